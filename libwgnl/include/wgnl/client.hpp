// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: WireGuard devices of the kernel and of userspace implementations, and their links.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/device.hpp>
#include <wgnl/error.hpp>
#include <wgnl/plan.hpp>

namespace wgnl {

/// A WireGuard link as rtnetlink (or, for userspace, the socket directory) shows it.
struct Link {
    std::string name{};
    std::uint32_t ifindex{};
    Backend backend{Backend::kernel};
    bool up{false};
    std::uint32_t mtu{};
    std::vector<InterfaceAddress> addresses{};
    /// Differs for every device ever created, also under the same name and index; 0 if unknown.
    std::uint64_t creation{};

    bool operator==(const Link&) const = default;
};

/// How a change is cut into messages.
struct BatchLimits {
    /// A SET holds the kernel's network lock while it works, and a peer costs about 0.3 ms to add
    /// or remove under emulation, so few of them go into one message.
    std::size_t new_or_removed_peers{32};
    std::size_t bytes{32 * 1024}; ///< of one message
};

/// One per thread; movable, not copyable. Blocking: the kernel answers at once.
class Client {
public:
    /// Opens the kernel's netlink families in the calling thread's network namespace. Succeeds
    /// without the wireguard module: only userspace devices are seen then.
    static Result<Client> open();

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// All WireGuard devices of this network namespace, sorted by name.
    Result<std::vector<Link>> links();
    Result<Link> link(std::string_view name); ///< not_found if there is none or it is no WireGuard

    /// A complete, consistent reading; an interrupted dump is repeated up to 8 times, then
    /// `interrupted`; never partial data.
    Result<Device> get(std::string_view name);
    /// Carries out a change in order, each message acknowledged before the next. On an error what
    /// came before stays applied; the error carries the kernel's own words.
    Result<void> set(std::string_view name, const DeviceChange& change);

    /// Creates a device (kernel, or with `userspace` by starting wireguard-go); fails with
    /// system/EEXIST if a link of that name exists.
    Result<void> create(std::string_view name, Backend backend = Backend::kernel);
    /// Empties the device of its peers first: the kernel needs 17 s to delete one with 1,000 peers.
    Result<void> remove(std::string_view name);
    Result<void> set_up(std::string_view name, bool up);
    Result<void> set_mtu(std::string_view name, std::uint32_t mtu); ///< 1280 to 65535
    Result<void> add_address(std::string_view name, const InterfaceAddress& address);
    Result<void> remove_address(std::string_view name, const InterfaceAddress& address);

    void set_limits(const BatchLimits& limits);
    /// SET messages sent so far by this client: what "nothing to do" and "one small message" mean.
    std::uint64_t set_messages() const noexcept;

    /// Internal seam, see src/backend.hpp.
    struct Parts;
    explicit Client(std::unique_ptr<Parts> parts) noexcept;

private:
    std::unique_ptr<Parts> parts_;
};

/// Notices links that come, go, are renamed, go up or down, and addresses and default routes that
/// change, without polling.
class LinkMonitor {
public:
    static Result<LinkMonitor> open();
    LinkMonitor(LinkMonitor&&) noexcept;
    LinkMonitor& operator=(LinkMonitor&&) noexcept;
    ~LinkMonitor();

    int fd() const noexcept; ///< readable when there is something to drain
    struct Event {
        std::string name{};      ///< empty for an address or a default route
        std::uint32_t ifindex{}; ///< 0 for a default route through no link or several
        bool removed{false};
        bool up{false};
        bool wireguard{false}; ///< kind "wireguard", or a tun device
        bool network{false};   ///< not the link itself: an address or a default route changed
    };
    struct Drained {
        std::vector<Event> events{};
        bool overrun{false}; ///< the kernel dropped messages: read everything again
    };
    /// What happened since the last call, in its order; at most 1,024 events, then fd() stays
    /// readable. Never blocks.
    Result<Drained> drain();

private:
    struct State;
    explicit LinkMonitor(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

} // namespace wgnl
