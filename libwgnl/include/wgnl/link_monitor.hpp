// SPDX-License-Identifier: LGPL-2.1-or-later
// What happens to links, as the kernel tells it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <wgnl/error.hpp>
#include <wgnl/network_namespace.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Notices links that come, go, are renamed or moved, go up or down, addresses and default routes
/// that change, routes of this library that go and static ones that come, without polling.
class LinkMonitor {
public:
    /// Listens from now on.
    static Result<LinkMonitor> open(const OpenOptions& options = {});
    LinkMonitor(LinkMonitor&&) noexcept;
    LinkMonitor& operator=(LinkMonitor&&) noexcept;
    ~LinkMonitor();

    int fd() const noexcept; ///< readable when there is something to drain
    /// One thing that happened to a link, or to the network as a whole.
    struct Event {
        std::string name{};      ///< empty for an address or a default route
        std::uint32_t ifindex{}; ///< 0 for a default route through no link or several
        bool removed{false};     ///< deleted, or `moved`
        bool moved{false};       ///< it lives on in another network namespace
        /// The name that this link had when it was last told of, or when the monitor was opened;
        /// empty if it is still the same, or the link is new.
        std::string renamed_from{};
        bool up{false};        ///< as it is from this event on
        bool wireguard{false}; ///< kind "wireguard", or a tun device
        bool network{false};   ///< not the link itself: an address or a default route changed
        /// A route that this library made through this link was removed, by whomever, or one of
        /// protocol static (networkd's, NetworkManager's) was added, maybe beside ours. (The kernel
        /// does not tell of those that it drops when a link goes down.)
        bool route{false};
    };
    /// What drain() found.
    struct Drained {
        std::vector<Event> events{};
        bool overrun{false}; ///< the kernel dropped messages: read everything again
    };
    /// What happened since the last call, in its order; at most 1,024 events, then fd() stays
    /// readable. Never blocks.
    Result<Drained> drain();

private:
    struct [[gnu::visibility("hidden")]] State;
    [[gnu::visibility("hidden")]] explicit LinkMonitor(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

} // namespace wgnl
