// SPDX-License-Identifier: LGPL-2.1-or-later
// DeviceChange to WG_CMD_SET_DEVICE messages, cut to the limits of a batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wgnl/device.hpp>

#include "attributes.hpp"
#include "values/device_backend.hpp"

namespace wgnl {

struct EncodeOptions {
    std::uint16_t family{};    ///< generic netlink family
    std::string_view device{}; ///< selects by name
    BatchLimits limits{};      ///< raised to `smallest` where they are below
    PrefixRemoval removal{PrefixRemoval::untested};
};

/// Below these no message could carry the largest piece that must not be cut.
inline constexpr BatchLimits smallest_limits{.new_or_removed_peers = 2, .bytes = 512};
/// The largest message that makes sense: one nest may have 65,535 bytes.
inline constexpr std::size_t largest_message = 66 * 1024;
/// Storage that a DeviceEncoder needs for these limits.
std::size_t message_storage(const BatchLimits& limits) noexcept;

/// invalid_argument if the change cannot be said to a kernel: a prefix longer than its address, a
/// handshake to be triggered without the keepalive to return to.
Result<void> check_change(const DeviceChange& change);

/// Writes one message after another into the same storage, in the order of the change, as few as
/// the limits allow. Device attributes go into the first. A peer is cut between any two allowed
/// IPs: what follows is its public key, UPDATE_ONLY and more allowed IPs. Never sets a REPLACE
/// flag.
class DeviceEncoder {
public:
    /// `change`, `options.device` and `storage` (message_storage() bytes) must outlive the encoder;
    /// the change must have passed check_change().
    DeviceEncoder(const DeviceChange& change, const EncodeOptions& options,
                  std::span<std::uint8_t> storage) noexcept;

    /// The next message (it holds secrets: wipe the storage afterwards); empty at the end.
    std::span<std::uint8_t> next();
    /// The last message tries the flag: tell decide() how it went.
    bool is_trial() const noexcept { return is_trial_; }
    /// How prefixes are removed from here on; after a trial that failed, its prefix among them.
    void decide(PrefixRemoval removal) noexcept;

private:
    const PeerChange& current() const { return change_.peers[at_.peer]; }
    bool finished();
    void advance() noexcept;
    void put_device_attributes();
    bool has_room_for_peers(std::size_t count) const noexcept;

    bool encode_current();
    bool encode_trigger(const PeerChange& change);
    bool encode_entry(const PeerChange& change);
    bool encode_trial(const PeerChange& change);
    bool encode_throw_away();

    bool additions_remain(const PeerChange& change) const noexcept;
    bool removals_remain(const PeerChange& change) const noexcept;
    bool entry_remains(const PeerChange& change) const noexcept;
    void put_allowed_ips(const PeerChange& change);
    bool try_allowed_ip(const AllowedIp& ip, std::uint32_t flags);
    void put_removals();
    const AllowedIp* next_removal() noexcept;

    const DeviceChange& change_;
    EncodeOptions options_;
    MessageWriter writer_;
    std::size_t peers_in_message_{}; ///< new or removed ones
    std::size_t empty_message_{};    ///< its bytes
    bool is_trial_{};

    /// Where the change is cut: the peer, and what of it went out already.
    struct Cursor {
        bool device_done{};
        std::size_t peer{};
        bool fields_done{};
        std::size_t added{};   ///< of its add_allowed_ips
        std::size_t removed{}; ///< of its remove_allowed_ips
    };
    Cursor at_{};
    Cursor message_start_{};
};

/// The request for a dump of `device`, written into `storage` (at least 64 bytes).
std::span<std::uint8_t> encode_dump_request(std::uint16_t family, std::string_view device,
                                            std::span<std::uint8_t> storage) noexcept;

} // namespace wgnl
