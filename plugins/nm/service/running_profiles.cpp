// SPDX-License-Identifier: LGPL-2.1-or-later
// Profile by profile: does it run, and is what it says news.
#include "nm/service/running_profiles.hpp"

#include <utility>

namespace wgnl::nm {

bool RunningProfiles::take(ActiveProfile now) {
    auto& profile = profiles_[now.profile];
    // A NetworkManager that ends takes its devices off the bus first: they are there all the same.
    if (now.device.empty()) {
        now.device = profile.active.device;
        now.fwmark = profile.active.fwmark;
    }
    // It has written the device anew, or another one.
    if (!now.activated || now.activation != profile.active.activation ||
        now.device != profile.active.device) {
        sent_.forget(now.profile);
        profile.set_up.reset();
    }
    const bool is_news = now.activated && now != profile.active;
    profile.active = std::move(now);
    return is_news;
}

void RunningProfiles::forget_all_but(const std::set<std::string>& running) {
    std::erase_if(profiles_, [&](const auto& item) {
        const auto& path = item.first;
        if (running.contains(path))
            return false;
        sent_.forget(path);
        wants_retain_ = true;
        return true;
    });
}

std::vector<std::string> RunningProfiles::follow(const std::vector<ActiveProfile>& active,
                                                 bool may_forget) {
    std::vector<std::string> to_read;
    std::set<std::string> running;
    for (const auto& now : active) {
        running.insert(now.profile);
        if (take(now))
            to_read.push_back(now.profile);
    }
    if (may_forget)
        forget_all_but(running);
    return to_read;
}

const ActiveProfile* RunningProfiles::find(const std::string& profile) const {
    auto found = profiles_.find(profile);
    return found == profiles_.end() || !found->second.active.activated ? nullptr
                                                                       : &found->second.active;
}

std::optional<adapter::PendingDeclaration>
RunningProfiles::declare(const std::string& profile, const Declaration& declaration) {
    if (find(profile) == nullptr)
        return std::nullopt;
    return sent_.declare(profile, profile, declaration);
}

std::optional<FullTunnel> RunningProfiles::set_up(const std::string& profile) const {
    auto found = profiles_.find(profile);
    return found == profiles_.end() ? std::nullopt : found->second.set_up;
}

void RunningProfiles::note_set_up(const std::string& profile, const FullTunnel& now) {
    auto found = profiles_.find(profile);
    if (found != profiles_.end() && !found->second.set_up)
        found->second.set_up = now;
}

std::set<std::string> RunningProfiles::retained() const {
    std::set<std::string> devices;
    for (const auto& [path, profile] : profiles_)
        if (!profile.active.device.empty())
            devices.insert(profile.active.device);
    return devices;
}

std::vector<std::string> RunningProfiles::forget_sent() {
    std::vector<std::string> to_read;
    for (const auto& [path, profile] : profiles_)
        if (profile.active.activated)
            to_read.push_back(path);
    sent_.forget_all();
    wants_retain_ = true;
    return to_read;
}

} // namespace wgnl::nm
