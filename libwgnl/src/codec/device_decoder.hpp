// SPDX-License-Identifier: LGPL-2.1-or-later
// A dump's messages, one after another, to a Device.
#pragma once

#include <cstddef>
#include <optional>

#include <wgnl/device.hpp>

#include "attributes.hpp"

namespace wgnl {

/// Feed it every message of one dump in order, then take the device. Attributes that it does not
/// know are passed over; a peer that the kernel split over messages becomes one.
class DeviceDecoder {
public:
    /// Builds the device in `recycled`, whose memory (peers, their lists) is used again.
    explicit DeviceDecoder(Device recycled = {});
    /// So many will probably come.
    void expect_peers(std::size_t count);

    /// `protocol` if the message is malformed, or if too many came that told nothing new.
    Result<void> add(Bytes message);
    /// `protocol` if no message named the device.
    Result<Device> finish() &&;

private:
    void read_device(AttributeReader& attribute);
    void read_peers(AttributeReader peers);
    void read_peer(AttributeReader fields);
    Peer& peer_of(const PublicKey& key);
    void note_progress(const Peer& peer, bool is_new, std::size_t ips_before);

    Device device_;
    std::size_t peers_{};                       ///< those of device_.peers that belong to this dump
    std::size_t idle_messages_{};               ///< in a row
    std::optional<AllowedIp> fragment_start_{}; ///< the first one in the last fragment of a peer
    bool progress_{};
    bool malformed_{};
};

} // namespace wgnl
