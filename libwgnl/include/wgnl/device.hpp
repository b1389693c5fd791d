// SPDX-License-Identifier: LGPL-2.1-or-later
// What a WireGuard device is seen to be (Device and Peer, Link), and what may be asked of it
// (DeviceChange).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/error.hpp>
#include <wgnl/key.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Longest interface name (IFNAMSIZ - 1).
inline constexpr std::size_t max_device_name = 15;

/// invalid_argument with a reason unless the kernel takes the name and it is a mere word to shells:
/// 1 to 15 bytes, not "." or "..", no '-' first, of ASCII only letters, digits and _ = + . , @ -.
Result<void> check_device_name(std::string_view name);

/// Who carries a device's packets.
enum class Backend : std::uint8_t { kernel, userspace };
std::string_view to_string(Backend backend); ///< "kernel", "userspace"

/// One peer as the back end reports it.
struct Peer {
    PublicKey public_key{};
    std::optional<PresharedKey> preshared_key{}; ///< absent: none is set
    std::optional<Endpoint> endpoint{};          ///< absent: none known
    std::uint16_t persistent_keepalive{};        ///< seconds, 0 = off
    std::chrono::nanoseconds last_handshake{};   ///< since the epoch (CLOCK_REALTIME), 0 = never
    std::uint64_t rx_bytes{}; ///< since the peer was created, with WireGuard's own overhead
    std::uint64_t tx_bytes{};
    std::vector<AllowedIp> allowed_ips{}; ///< in the back end's order: compare as a set

    bool operator==(const Peer&) const = default;
};

/// One device as the back end reports it. Copies carry the secrets; they wipe themselves.
struct Device {
    std::string name{};
    std::uint32_t ifindex{};
    Backend backend{Backend::kernel};
    std::optional<PrivateKey> private_key{}; ///< absent: none is set
    std::optional<PublicKey> public_key{};   ///< present with private_key
    std::uint16_t listen_port{};             ///< 0: none bound yet
    std::uint32_t fwmark{};                  ///< 0: off
    std::vector<Peer> peers{};               ///< in the back end's order, each key once

    bool operator==(const Device&) const = default;
};

/// A WireGuard link as rtnetlink (or, for userspace, the socket directory) shows it.
struct Link {
    std::string name{};      ///< 1 to 15 bytes
    std::uint32_t ifindex{}; ///< above 0
    Backend backend{Backend::kernel};
    bool up{false};      ///< as an administrator set it; WireGuard has no carrier
    std::uint32_t mtu{}; ///< bytes
    std::vector<InterfaceAddress> addresses{};
    /// Differs for every device ever created, also under the same name and index, and stays with a
    /// device that is renamed or moved; 0 if unknown. It comes from sysfs: for a namespace that was
    /// given to Client::open(), CAP_SYS_ADMIN is needed; for the caller's own, its sysfs on /sys.
    std::uint64_t link_generation{};

    bool operator==(const Link&) const = default;
};

/// Change of one field: keep it (default), clear it to the kernel's default, or set it.
template <typename T> class Edit {
public:
    Edit() = default;
    Edit(T value) : value_(std::move(value)), state_(State::set) {} // NOLINT(*-explicit-*)
    static Edit cleared() {
        Edit edit;
        edit.state_ = State::clear;
        return edit;
    }
    /// Exactly one of the three is true.
    bool keeps() const noexcept { return state_ == State::keep; }
    bool clears() const noexcept { return state_ == State::clear; }
    bool sets() const noexcept { return state_ == State::set; }
    const T& value() const { return *value_; } ///< only if sets()
    bool operator==(const Edit&) const = default;

private:
    enum class State : std::uint8_t { keep, clear, set };
    std::optional<T> value_{};
    State state_{State::keep};
};

/// One entry of a change, carried out in the order of the list; the same peer may come twice.
struct PeerChange {
    enum class Action : std::uint8_t {
        add,    ///< create the peer (must not be live: a live peer is never re-added)
        update, ///< only if the peer is live (UPDATE_ONLY); else nothing happens
        remove, ///< remove it; the other fields are ignored; unknown peer: nothing happens
    };
    PublicKey public_key{};
    Action action{Action::update};
    Edit<PresharedKey> preshared_key{};
    std::optional<Endpoint> endpoint{};                  ///< absent: stays, roamed or not
    std::optional<std::uint16_t> persistent_keepalive{}; ///< seconds, 0 = off
    std::vector<AllowedIp> add_allowed_ips{};    ///< added, or moved here from whoever has them
    std::vector<AllowedIp> remove_allowed_ips{}; ///< taken from this peer, which must own them
    /// Makes the kernel start a handshake now: the keepalive is switched on and back to what it
    /// is within one message (`persistent_keepalive` must be given). Kernel back end and
    /// wireguard-go both send a keepalive when the interval goes from 0 to more.
    bool trigger_handshake{false};

    bool operator==(const PeerChange&) const = default;
};

/// A change of a device. Absent means untouched. Never carries REPLACE flags.
struct DeviceChange {
    Edit<PrivateKey> private_key{};
    std::optional<std::uint16_t> listen_port{}; ///< 0 = let the kernel choose
    std::optional<std::uint32_t> fwmark{};      ///< 0 = off
    std::vector<PeerChange> peers{};

    /// Nothing would be sent.
    bool empty() const noexcept {
        return private_key.keeps() && !listen_port && !fwmark && peers.empty();
    }
    bool operator==(const DeviceChange&) const = default;
};

/// How a change is cut into messages.
struct BatchLimits {
    /// A SET holds the kernel's network lock while it works, and a peer costs about 0.3 ms to add
    /// or remove under emulation, so few of them go into one message.
    std::size_t new_or_removed_peers{32};
    std::size_t bytes{32 * 1024}; ///< of one message
};

} // namespace wgnl
