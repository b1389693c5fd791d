// SPDX-License-Identifier: LGPL-2.1-or-later
// A fake of rtnetlink: links, addresses and routes in memory, behind the same transport as the
// kernel's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/route.hpp>

#include "values/transport.hpp"

namespace wgnl::tests {

/// The links of one made-up network namespace, "lo" (index 1) among them. Any number of transports
/// may stand on one; it must outlive them. Not thread-safe.
class FakeRtnetlink {
public:
    /// What the WireGuard side of the fake wants to hear. An unset hook is not called.
    struct Hooks {
        /// A link of kind "wireguard" came into being.
        std::function<void(std::string_view name, std::uint32_t ifindex)> on_create{};
        /// A link of kind "wireguard" is going.
        std::function<void(std::uint32_t ifindex)> on_delete{};
        /// A link of kind "wireguard" is about to go up or down. Returns 0, or the positive errno
        /// that forbids it (EADDRINUSE: its port is taken).
        std::function<int(std::uint32_t ifindex, bool up)> on_updown{};
        /// A link of kind "wireguard" has another name.
        std::function<void(std::uint32_t ifindex, std::string_view name)> on_rename{};
    };
    struct Entry {
        std::string name{};
        std::string kind{}; ///< "wireguard", "tun", "" for lo
        std::uint32_t ifindex{};
        bool up{false};
        std::uint32_t mtu{1420};
        bool ipv6{true}; ///< false: it is switched off, and routes are refused
        std::vector<InterfaceAddress> addresses{};
        std::map<InterfaceAddress, std::uint8_t> protocols{}; ///< IFA_PROTO, where there is one
        std::map<InterfaceAddress, std::uint8_t> scopes{};    ///< as they were asked for
        std::vector<Route> routes{};                          ///< of any protocol
        std::uint64_t link_generation{};                      ///< never repeats
    };

    FakeRtnetlink();
    void set_hooks(Hooks hooks) { hooks_ = std::move(hooks); }
    /// A transport as open_netlink(NETLINK_ROUTE) would give.
    std::unique_ptr<Transport> transport();

    /// What somebody else does, as by `ip link`. Each returns 0 or the positive errno.
    int add(std::string_view name, std::string_view kind,
            std::uint32_t ifindex = 0); ///< 0: next free
    int remove(std::uint32_t ifindex);
    int set_up(std::uint32_t ifindex, bool up);
    int rename(std::uint32_t ifindex, std::string_view name);

    /// To another network namespace: nothing else becomes of it here.
    int move_away(std::uint32_t ifindex) { return remove(ifindex); }

    const std::vector<Entry>& entries() const noexcept { return entries_; }
    Entry* find(std::string_view name) noexcept; ///< null if there is none
    Entry* find(std::uint32_t ifindex) noexcept;
    /// For LinkLayer's second argument; 0 if there is no such link.
    std::uint64_t link_generation_of(std::string_view name, std::uint32_t ifindex) noexcept;

    /// Requests that changed something (not dumps), failed ones too.
    std::uint64_t changes() const noexcept { return changes_; }
    /// The next `count` dumps come back as `interrupted`.
    void interrupt_dumps(unsigned count) noexcept { interruptions_ = count; }
    /// Removing an IPv4 address takes the others of its network along, unless this is on, as it is
    /// in a kernel with net.ipv4.conf.*.promote_secondaries.
    void promote_secondaries(bool on) noexcept { promotes_ = on; }
    /// Called before each request, for what somebody else does at that moment.
    void before_request(std::function<void(std::uint16_t type)> call) {
        before_request_ = std::move(call);
    }

private:
    class Port;

    Hooks hooks_{};
    std::vector<Entry> entries_{};
    std::uint64_t generations_{0};
    std::uint64_t changes_{0};
    unsigned interruptions_{0};
    bool promotes_{false};
    std::function<void(std::uint16_t type)> before_request_{};
};

} // namespace wgnl::tests
