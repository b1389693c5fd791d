// SPDX-License-Identifier: LGPL-2.1-or-later
// The ledger's decisions.
#include "nm/service/running_profiles.hpp"

#include <functional>
#include <string_view>
#include <utility>

#include <wgnl/key.hpp>

namespace wgnl::nm {

Document::~Document() { wipe(bytes_); }

std::size_t Document::digest() const noexcept {
    const auto* text = reinterpret_cast<const char*>(bytes_.data());
    return std::hash<std::string_view>{}({text, bytes_.size()});
}

bool Ledger::take(ActiveProfile now) {
    auto& entry = entries_[now.profile];
    // A NetworkManager that ends takes its devices off the bus first: they are there all the same.
    if (now.device.empty()) {
        now.device = entry.active.device;
        now.fwmark = entry.active.fwmark;
    }
    // It has written the device anew, or another one.
    if (!now.activated || now.activation != entry.active.activation ||
        now.device != entry.active.device) {
        entry.sent.reset();
        entry.set_up.reset();
    }
    const bool is_news = now.activated && now != entry.active;
    entry.active = std::move(now);
    return is_news;
}

std::vector<std::string> Ledger::follow(const std::vector<ActiveProfile>& active, bool may_forget) {
    std::vector<std::string> to_read;
    std::set<std::string> running;
    for (const auto& now : active) {
        running.insert(now.profile);
        if (take(now))
            to_read.push_back(now.profile);
    }
    auto runs = [&](const auto& entry) { return running.contains(entry.first); };
    if (may_forget && std::erase_if(entries_, [&](const auto& entry) { return !runs(entry); }) > 0)
        wants_retain_ = true;
    return to_read;
}

const ActiveProfile* Ledger::find(const std::string& profile) const {
    auto found = entries_.find(profile);
    return found == entries_.end() || !found->second.active.activated ? nullptr
                                                                      : &found->second.active;
}

std::optional<Outgoing> Ledger::declare(const std::string& profile,
                                        const Declaration& declaration) {
    if (find(profile) == nullptr)
        return std::nullopt;
    auto& entry = entries_[profile];
    Document document(declaration);
    auto digest = document.digest();
    if (entry.sent == digest)
        return std::nullopt;
    entry.sent = digest;
    return Outgoing{declaration.device, profile, std::move(document)};
}

std::optional<FullTunnel> Ledger::set_up(const std::string& profile) const {
    auto found = entries_.find(profile);
    return found == entries_.end() ? std::nullopt : found->second.set_up;
}

void Ledger::note_set_up(const std::string& profile, const FullTunnel& now) {
    auto found = entries_.find(profile);
    if (found != entries_.end() && !found->second.set_up)
        found->second.set_up = now;
}

std::set<std::string> Ledger::retained() const {
    std::set<std::string> devices;
    for (const auto& [profile, entry] : entries_)
        if (!entry.active.device.empty())
            devices.insert(entry.active.device);
    return devices;
}

std::vector<std::string> Ledger::forget_sent() {
    std::vector<std::string> to_read;
    for (auto& [profile, entry] : entries_) {
        entry.sent.reset();
        if (entry.active.activated)
            to_read.push_back(profile);
    }
    wants_retain_ = true;
    return to_read;
}

void Ledger::forget_sent(const std::string& profile) {
    if (auto found = entries_.find(profile); found != entries_.end())
        found->second.sent.reset();
}

} // namespace wgnl::nm
