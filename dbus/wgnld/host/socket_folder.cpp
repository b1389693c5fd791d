// SPDX-License-Identifier: LGPL-2.1-or-later
// inotify on the folder, and on its parent for as long as it may come and go.
#include "socket_folder.hpp"

#include <string_view>

namespace wgnl::daemon {

namespace {

constexpr const char* parent = "/var/run";
constexpr const char* folder = "/var/run/wireguard";
constexpr std::string_view name = "wireguard";

} // namespace

SocketFolder::SocketFolder(sd_event* event, std::function<void()> changed)
    : event_(event), changed_(std::move(changed)) {
    auto watched = sd::FolderWatch::open(event_, parent, [this](std::string_view entry) {
        if (entry == name)
            watch();
    });
    if (watched)
        parent_ = std::move(*watched);
    watch();
}

/// Where there is no such folder there is nothing to watch, and nothing lost.
void SocketFolder::watch() {
    auto watched = sd::FolderWatch::open(event_, folder, [this](std::string_view) { changed_(); });
    folder_ = watched ? std::move(*watched) : nullptr;
    changed_();
}

} // namespace wgnl::daemon
