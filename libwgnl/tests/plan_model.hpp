// SPDX-License-Identifier: LGPL-2.1-or-later
// A model of the WireGuard module that is slow and obvious, for the property tests of plan().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <wgnl/device.hpp>

namespace wgnl::testing {

/// What a peer has besides its prefixes.
struct ModelPeer {
    std::optional<PresharedKey> preshared_key{};
    std::optional<Endpoint> endpoint{};
    std::uint16_t persistent_keepalive{};
    bool triggered{false};

    bool operator==(const ModelPeer&) const = default;
};

/// Peers by key, prefixes by owner: an allowed IP has one owner, as in the module's trie.
struct Model {
    std::optional<PrivateKey> private_key{};
    std::uint16_t listen_port{};
    std::uint32_t fwmark{};
    std::map<PublicKey, ModelPeer> peers{};
    std::map<AllowedIp, PublicKey> owners{};
    std::string misuse{}; ///< what was asked that must never be asked

    explicit Model(const Device& device)
        : private_key(device.private_key), listen_port(device.listen_port), fwmark(device.fwmark) {
        for (const auto& peer : device.peers) {
            peers[peer.public_key] = {peer.preshared_key, peer.endpoint, peer.persistent_keepalive};
            for (const auto& prefix : peer.allowed_ips)
                owners[prefix] = peer.public_key;
        }
    }

    /// Calls `cut` after each single operation: a message may end there.
    void apply(const DeviceChange& change, const std::function<void()>& cut) {
        if (!change.private_key.keeps()) {
            private_key = change.private_key.sets() ? std::optional(change.private_key.value())
                                                    : std::nullopt;
        }
        listen_port = change.listen_port.value_or(listen_port);
        fwmark = change.fwmark.value_or(fwmark);
        for (const auto& peer : change.peers) {
            cut();
            apply(peer, cut);
        }
        cut();
    }

    /// The device as a dump shows it; a peer so triggered has shaken hands.
    Device device() const {
        Device live;
        live.name = "wg0";
        live.private_key = private_key;
        live.listen_port = listen_port;
        live.fwmark = fwmark;
        for (const auto& [key, peer] : peers) {
            live.peers.push_back(
                {key, peer.preshared_key, peer.endpoint, peer.persistent_keepalive});
            live.peers.back().last_handshake = std::chrono::seconds(peer.triggered ? 1 : 0);
            for (const auto& [prefix, owner] : owners)
                if (owner == key)
                    live.peers.back().allowed_ips.push_back(prefix);
        }
        return live;
    }

private:
    void apply(const PeerChange& change, const std::function<void()>& cut) {
        const bool exists = peers.contains(change.public_key);
        if (change.action == PeerChange::Action::remove) {
            remove(change.public_key);
            return;
        }
        if (exists == (change.action == PeerChange::Action::add)) {
            misuse = exists ? "a live peer was added again" : "a peer that is not live was updated";
            return;
        }
        set_fields(change, peers[change.public_key]);
        for (const auto& prefix : change.add_allowed_ips) {
            owners[prefix] = change.public_key;
            cut();
        }
        for (const auto& prefix : change.remove_allowed_ips) {
            take(prefix, change.public_key);
            cut();
        }
    }
    void set_fields(const PeerChange& change, ModelPeer& peer) {
        if (!change.preshared_key.keeps()) {
            peer.preshared_key = change.preshared_key.sets()
                                     ? std::optional(change.preshared_key.value())
                                     : std::nullopt;
        }
        peer.endpoint = change.endpoint ? change.endpoint : peer.endpoint;
        peer.persistent_keepalive = change.persistent_keepalive.value_or(peer.persistent_keepalive);
        if (change.trigger_handshake && !change.persistent_keepalive)
            misuse = "a handshake triggered without its keepalive";
        peer.triggered |= change.trigger_handshake;
    }
    void take(const AllowedIp& prefix, const PublicKey& key) {
        const auto owner = owners.find(prefix);
        if (owner == owners.end() || owner->second != key) {
            misuse = "a prefix was taken from a peer that does not have it";
            return;
        }
        owners.erase(owner);
    }
    void remove(const PublicKey& key) {
        if (peers.erase(key) == 0)
            misuse = "a peer that is not live was removed";
        std::erase_if(owners, [&](const auto& entry) { return entry.second == key; });
    }
};

} // namespace wgnl::testing
