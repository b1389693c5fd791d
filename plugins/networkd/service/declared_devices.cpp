// SPDX-License-Identifier: LGPL-2.1-or-later
// Device by device: does its file still declare it, and is that news.
#include "networkd/service/declared_devices.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace wgnl::networkd {

void DeclaredDevices::restore(const std::vector<RememberedDevice>& devices) {
    for (const auto& device : devices)
        devices_.try_emplace(
            device.name,
            Device{.path = device.path, .mode = device.mode, .addresses = device.addresses});
}

std::vector<RememberedDevice> DeclaredDevices::to_remember() const {
    std::vector<RememberedDevice> devices;
    for (const auto& [name, device] : devices_)
        devices.push_back({name, device.path, device.mode, device.addresses});
    return devices;
}

DeclaredDevices::Decision DeclaredDevices::decide(const Scan& scan, Boottime now) {
    Decision decision;
    std::set<std::string_view> declared;
    for (const auto& declaration : scan.declarations) {
        declared.insert(declaration.device);
        if (!lacks_a_file(declaration, scan, now, decision))
            take(declaration, scan, decision);
    }
    for (auto item = devices_.begin(); item != devices_.end();) {
        const bool goes = !declared.contains(item->first) &&
                          withdraws(item->first, item->second, scan, now, decision);
        if (goes)
            sent_.forget(item->first);
        item = goes ? devices_.erase(item) : std::next(item);
    }
    for (const auto& [name, device] : devices_)
        decision.retain.push_back(name);
    decision.loose = loose_problems(scan);
    return decision;
}

/// So many are told, whatever lies in the folders.
constexpr std::size_t most_loose = 100;

/// Of a file that had declared a device, the device has them; notes are for those who ask.
std::vector<Problem> DeclaredDevices::loose_problems(const Scan& scan) const {
    std::set<std::string> known;
    for (const auto& [name, device] : devices_)
        known.insert(key_of(device.path));
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

/// Whether what the device was last declared from, its file in this folder or a drop-in with peers
/// or their lists, is gone or empty for less than the time of belief: then what was said of it
/// still holds.
bool DeclaredDevices::lacks_a_file(const Declaration& declaration, const Scan& scan, Boottime now,
                                   Decision& decision) {
    auto found = devices_.find(declaration.device);
    if (found == devices_.end() || key_of(found->second.path) != key_of(declaration.location.file))
        return false;
    auto& device = found->second;
    auto missing = device.peer_files;
    std::erase_if(missing, [&](const auto& path) { return scan.inputs.present.contains(path); });
    if (missing.empty() || scan.incomplete) {
        device.missing.clear();
        return !missing.empty();
    }
    if (device.missing != missing) {
        device.missing = std::move(missing);
        device.missing_since = now;
    }
    return !is_due(device.missing_since, now, decision);
}

/// Whether an absence since then is believed; if not, asks to be called when it is.
bool DeclaredDevices::is_due(Boottime since, Boottime now, Decision& decision) {
    auto due = since + belief_time;
    if (now < due)
        decision.look_again = std::min(decision.look_again.value_or(due), due);
    return now >= due;
}

/// IPv6 has an address once only, whatever the length of its prefix.
void DeclaredDevices::keep_addresses(const Device& device, Declaration& declaration) {
    for (const auto& kept : device.addresses) {
        const auto is_same = [&](const InterfaceAddress& each) {
            return each == kept ||
                   (each.address == kept.address && kept.address.family() == Family::ipv6);
        };
        if (std::ranges::none_of(declaration.addresses, is_same))
            declaration.addresses.push_back(kept);
    }
}

void DeclaredDevices::take(Declaration declaration, const Scan& scan, Decision& decision) {
    auto& device = devices_[declaration.device];
    if (scan.keep_addresses.contains(declaration.device))
        keep_addresses(device, declaration);
    auto file = scan.files.find(key_of(declaration.location.file));
    device.peer_files =
        file == scan.files.end() ? std::set<std::string>{} : file->second.peer_files;
    device.peer_files.insert(declaration.location.file);
    device.missing.clear();
    device.path = declaration.location.file;
    device.mode = declaration.mode;
    if (!declaration.kept_as_is)
        device.addresses = declaration.addresses;
    device.absence.reset();
    send_if_new(device, declaration, decision);
}

void DeclaredDevices::send_if_new(const Device& device, const Declaration& declaration,
                                  Decision& decision) {
    if (auto pending = sent_.declare(declaration.device, device.path, declaration))
        decision.declare.push_back(std::move(*pending));
}

std::string DeclaredDevices::key_of(const std::string& path) const {
    return unit_key(folder_owner_of(root_, path), path);
}

DeclaredDevices::Absence DeclaredDevices::absence_of(const Device& device, const Scan& scan) const {
    auto found = scan.files.find(key_of(device.path));
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

/// False while the device stays declared; then it may be declared as one to be kept as it is.
bool DeclaredDevices::withdraws(const std::string& name, Device& device, const Scan& scan,
                                Boottime now, Decision& decision) {
    if (scan.incomplete)
        return false;
    auto absence = absence_of(device, scan);
    if (absence == Absence::meant)
        return true;
    if (device.absence != absence) {
        device.absence = absence;
        device.absent_since = now;
    }
    if (!is_due(device.absent_since, now, decision))
        return false;
    // A file of no content says nothing that would be reason to delete a device.
    const bool says_nothing =
        absence == Absence::illegible || (absence == Absence::empty && device.mode == Mode::own);
    if (says_nothing)
        send_if_new(device, kept_as_it_is(name, device, scan), decision);
    return !says_nothing;
}

Declaration DeclaredDevices::kept_as_it_is(const std::string& name, const Device& device,
                                           const Scan& scan) const {
    Declaration declaration{.device = name, .mode = device.mode, .kept_as_is = true};
    declaration.location.file = device.path;
    auto found = scan.files.find(key_of(device.path));
    if (found != scan.files.end())
        declaration.problems = found->second.problems;
    if (declaration.problems.empty())
        declaration.problems.push_back(
            {Severity::error,
             {printable(device.path)},
             "the file is empty; the device is left as it is (remove the file, or make it a link "
             "to /dev/null, to delete the device)"});
    return declaration;
}

} // namespace wgnl::networkd
