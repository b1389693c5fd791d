// SPDX-License-Identifier: LGPL-2.1-or-later
// The folder of sockets that userspace implementations of WireGuard are driven by.
#pragma once

#include <functional>
#include <memory>

#include "sd/loop.hpp"

namespace wgnl::daemon {

/// Calls back when a socket comes or goes: a tun device becomes a WireGuard device by its socket,
/// which appears a moment after its link. The folder itself may come later.
class SocketFolder {
public:
    SocketFolder(sd_event* event, std::function<void()> changed);
    SocketFolder(const SocketFolder&) = delete;
    SocketFolder& operator=(const SocketFolder&) = delete;

private:
    void watch();

    sd_event* event_;
    std::function<void()> changed_;
    std::unique_ptr<sd::FolderWatch> parent_{};
    std::unique_ptr<sd::FolderWatch> folder_{};
};

} // namespace wgnl::daemon
