// SPDX-License-Identifier: LGPL-2.1-or-later
// The ledger's decisions.
#include "networkd/service/declared_devices.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include <wgnl/key.hpp>

namespace wgnl::networkd {

Document::~Document() { wipe(bytes_.data(), bytes_.size()); }

std::size_t Document::digest() const noexcept {
    const auto* text = reinterpret_cast<const char*>(bytes_.data());
    return std::hash<std::string_view>{}({text, bytes_.size()});
}

void Ledger::restore(const std::vector<Claim>& claims) {
    for (const auto& claim : claims)
        entries_.try_emplace(claim.device, Entry{.path = claim.path, .mode = claim.mode});
}

std::vector<Claim> Ledger::claims() const {
    std::vector<Claim> claims;
    for (const auto& [device, entry] : entries_)
        claims.push_back({device, entry.path, entry.mode});
    return claims;
}

void Ledger::forget_sent() {
    for (auto& [device, entry] : entries_)
        entry.sent.reset();
}

void Ledger::forget_sent(const std::string& device) {
    if (auto found = entries_.find(device); found != entries_.end())
        found->second.sent.reset();
}

Ledger::Decision Ledger::decide(const Scan& scan, Time now) {
    Decision decision;
    std::set<std::string_view> declared;
    for (const auto& declaration : scan.declarations) {
        declared.insert(declaration.device);
        if (!lacks_a_file(declaration, scan, now, decision))
            take(declaration, scan, decision);
    }
    for (auto item = entries_.begin(); item != entries_.end();) {
        const bool goes = !declared.contains(item->first) &&
                          withdraws(item->first, item->second, scan, now, decision);
        item = goes ? entries_.erase(item) : std::next(item);
    }
    for (const auto& [device, entry] : entries_)
        decision.retain.push_back(device);
    decision.loose = loose_problems(scan);
    return decision;
}

/// So many are told, whatever lies in the folders.
constexpr std::size_t most_loose = 100;

/// Of a file that had declared a device, the device has them; notes are for those who ask.
std::vector<Problem> Ledger::loose_problems(const Scan& scan) const {
    std::set<std::string> known;
    for (const auto& [device, entry] : entries_)
        known.insert(key_of(entry.path));
    std::vector<Problem> loose;
    const auto add = [&](const Problem& problem) {
        const auto has_it = [&](const Declaration& declaration) {
            return std::ranges::find(declaration.problems, problem) != declaration.problems.end();
        };
        if (problem.severity == Severity::note ||
            std::ranges::find(loose, problem) != loose.end() ||
            std::ranges::any_of(scan.declarations, has_it))
            return;
        if (loose.size() < most_loose)
            loose.push_back(problem);
        else
            loose.back() = {Severity::error, {}, "more problems are not listed: see the journal"};
    };
    std::ranges::for_each(scan.problems, add);
    for (const auto& [key, file] : scan.files)
        if (!known.contains(key))
            std::ranges::for_each(file.problems, add);
    return loose;
}

/// Whether what the device was last declared from, its file in this folder or a drop-in with peers,
/// is gone or empty for less than the time of belief: then what was said of it still holds.
bool Ledger::lacks_a_file(const Declaration& declaration, const Scan& scan, Time now,
                          Decision& decision) {
    auto found = entries_.find(declaration.device);
    if (found == entries_.end() || key_of(found->second.path) != key_of(declaration.location.file))
        return false;
    auto& entry = found->second;
    auto missing = entry.peer_files;
    std::erase_if(missing, [&](const auto& path) { return scan.inputs.present.contains(path); });
    if (missing.empty() || scan.incomplete) {
        entry.missing.clear();
        return !missing.empty();
    }
    if (entry.missing != missing) {
        entry.missing = std::move(missing);
        entry.missing_since = now;
    }
    return !is_due(entry.missing_since, now, decision);
}

/// Whether an absence since then is believed; if not, asks to be called when it is.
bool Ledger::is_due(Time since, Time now, Decision& decision) {
    auto due = since + belief_time;
    if (now < due)
        decision.look_again = std::min(decision.look_again.value_or(due), due);
    return now >= due;
}

void Ledger::take(const Declaration& declaration, const Scan& scan, Decision& decision) {
    auto& entry = entries_[declaration.device];
    auto file = scan.files.find(key_of(declaration.location.file));
    entry.peer_files = file == scan.files.end() ? std::set<std::string>{} : file->second.peer_files;
    entry.peer_files.insert(declaration.location.file);
    entry.missing.clear();
    entry.path = declaration.location.file;
    entry.mode = declaration.mode;
    entry.absence.reset();
    send_if_new(declaration.device, entry, declaration, decision);
}

void Ledger::send_if_new(const std::string& device, Entry& entry, const Declaration& declaration,
                         Decision& decision) const {
    Document document(declaration);
    auto digest = document.digest();
    if (entry.sent == digest)
        return;
    entry.sent = digest;
    decision.declare.push_back({device, entry.path, std::move(document)});
}

std::string Ledger::key_of(const std::string& path) const {
    return unit_key(place_of(root_, path), path);
}

Ledger::Absence Ledger::absence_of(const Entry& entry, const Scan& scan) const {
    auto found = scan.files.find(key_of(entry.path));
    if (found == scan.files.end())
        return Absence::gone;
    const auto& file = found->second;
    if (file.state == FileState::absent)
        return Absence::gone;
    if (file.state == FileState::empty)
        return Absence::empty;
    if (file.state == FileState::unreadable || file.broken)
        return Absence::illegible;
    // Masked, or read and about something else: that is what somebody wrote.
    return Absence::meant;
}

/// False while the device stays declared; then it may be declared as held.
bool Ledger::withdraws(const std::string& device, Entry& entry, const Scan& scan, Time now,
                       Decision& decision) const {
    if (scan.incomplete)
        return false;
    auto absence = absence_of(entry, scan);
    if (absence == Absence::meant)
        return true;
    if (entry.absence != absence) {
        entry.absence = absence;
        entry.absent_since = now;
    }
    if (!is_due(entry.absent_since, now, decision))
        return false;
    // A file of no content says nothing that would be reason to delete a device.
    const bool says_nothing =
        absence == Absence::illegible || (absence == Absence::empty && entry.mode == Mode::own);
    if (says_nothing)
        send_if_new(device, entry, held(device, entry, scan), decision);
    return !says_nothing;
}

Declaration Ledger::held(const std::string& device, const Entry& entry, const Scan& scan) const {
    Declaration declaration{.device = device, .mode = entry.mode, .held = true};
    declaration.location.file = entry.path;
    auto found = scan.files.find(key_of(entry.path));
    if (found != scan.files.end())
        declaration.problems = found->second.problems;
    if (declaration.problems.empty())
        declaration.problems.push_back(
            {Severity::error,
             {printable(entry.path)},
             "the file is empty; the device is left as it is (remove the file, or make it a link "
             "to /dev/null, to delete the device)"});
    return declaration;
}

} // namespace wgnl::networkd
