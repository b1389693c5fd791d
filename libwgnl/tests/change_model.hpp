// SPDX-License-Identifier: LGPL-2.1-or-later
// What a change means, said as simply as possible, and changes to try it with.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include <wgnl/device.hpp>

#include "generators.hpp"

namespace wgnl::tests {

/// A device as sets and maps: no order, no messages, no limits.
struct Model {
    struct ModelPeer {
        std::optional<PresharedKey> preshared_key{};
        std::optional<Endpoint> endpoint{};
        std::uint16_t persistent_keepalive{};
        std::set<AllowedIp> allowed_ips{};
        bool operator==(const ModelPeer&) const = default;
    };
    std::optional<PublicKey> own_key{};
    std::uint16_t listen_port{};
    std::uint32_t fwmark{};
    std::map<PublicKey, ModelPeer> peers{};

    bool operator==(const Model&) const = default;

    static Model of(const Device& device) {
        Model model{device.public_key, device.listen_port, device.fwmark, {}};
        for (const Peer& peer : device.peers)
            model.peers.emplace(peer.public_key,
                                ModelPeer{peer.preshared_key,
                                          peer.endpoint,
                                          peer.persistent_keepalive,
                                          {peer.allowed_ips.begin(), peer.allowed_ips.end()}});
        return model;
    }

    void apply(const DeviceChange& change) {
        listen_port = change.listen_port.value_or(listen_port);
        fwmark = change.fwmark.value_or(fwmark);
        if (change.private_key.clears())
            own_key.reset();
        if (change.private_key.sets()) {
            own_key = public_key_of(change.private_key.value());
            peers.erase(*own_key);
        }
        for (const PeerChange& peer : change.peers)
            apply(peer);
    }

    void apply(const PeerChange& change) {
        if (change.action == PeerChange::Action::remove)
            peers.erase(change.public_key);
        else if (change.action == PeerChange::Action::add)
            update(peers[change.public_key], change);
        else if (const auto found = peers.find(change.public_key); found != peers.end())
            update(found->second, change);
    }

    void update(ModelPeer& peer, const PeerChange& change) {
        if (!change.preshared_key.keeps())
            peer.preshared_key = change.preshared_key.sets()
                                     ? std::optional(change.preshared_key.value())
                                     : std::nullopt;
        if (change.endpoint)
            peer.endpoint = change.endpoint;
        peer.persistent_keepalive = change.persistent_keepalive.value_or(peer.persistent_keepalive);
        for (const AllowedIp& ip : change.add_allowed_ips) {
            for (auto& other : peers)
                other.second.allowed_ips.erase(ip);
            peer.allowed_ips.insert(ip);
        }
        for (const AllowedIp& ip : change.remove_allowed_ips)
            peer.allowed_ips.erase(ip);
    }
};

/// For the log of a failed property; without secrets.
inline std::string describe(const PeerChange& change) {
    static constexpr std::array<const char*, 3> actions = {"add", "update", "remove"};
    std::string text = std::string(actions.at(static_cast<std::size_t>(change.action))) + " " +
                       std::to_string(change.public_key.bytes()[0]);
    text += change.preshared_key.keeps() ? "" : " psk";
    text += change.endpoint ? " endpoint" : "";
    text += change.persistent_keepalive
                ? " keepalive " + std::to_string(*change.persistent_keepalive)
                : "";
    for (const AllowedIp& ip : change.add_allowed_ips)
        text += " +" + ip.to_string();
    for (const AllowedIp& ip : change.remove_allowed_ips)
        text += " -" + ip.to_string();
    return text + (change.trigger_handshake ? " trigger_handshake\n" : "\n");
}

inline std::string describe(const DeviceChange& change) {
    std::string text = "change:\n";
    for (const PeerChange& peer : change.peers)
        text += "  " + describe(peer);
    return text;
}

template <typename T> rc::Gen<Edit<T>> edits(rc::Gen<T> values) {
    return rc::gen::oneOf(rc::gen::just(Edit<T>()), rc::gen::just(Edit<T>::cleared()),
                          rc::gen::map(std::move(values), [](T value) { return Edit<T>(value); }));
}

inline rc::Gen<PeerChange> peer_changes() {
    using testing::maybe;
    using Prefixes = std::vector<AllowedIp>;
    const auto prefixes = rc::gen::container<Prefixes>(testing::few_allowed_ips(60));
    return rc::gen::build<PeerChange>(
        rc::gen::set(&PeerChange::public_key, testing::few_public_keys(8)),
        rc::gen::set(&PeerChange::action,
                     rc::gen::element(PeerChange::Action::add, PeerChange::Action::update,
                                      PeerChange::Action::remove)),
        rc::gen::set(&PeerChange::preshared_key, edits(testing::preshared_keys())),
        rc::gen::set(&PeerChange::endpoint, maybe(testing::endpoints())),
        rc::gen::set(&PeerChange::persistent_keepalive, maybe(rc::gen::arbitrary<std::uint16_t>())),
        rc::gen::set(&PeerChange::add_allowed_ips, prefixes),
        rc::gen::set(&PeerChange::remove_allowed_ips, prefixes),
        rc::gen::set(&PeerChange::trigger_handshake, testing::rarely()));
}

/// Makes an entry keep the rules of PeerChange on a device like `model`: a live peer is not added
/// again, only its own prefixes are taken from a peer, a triggered handshake has an interval to
/// return to.
inline void obey_rules(PeerChange& change, const Model& model) {
    const auto live = model.peers.find(change.public_key);
    if (change.action == PeerChange::Action::add && live != model.peers.end())
        change.action = PeerChange::Action::update;
    if (change.trigger_handshake && !change.persistent_keepalive)
        change.persistent_keepalive = 25;
    std::erase_if(change.remove_allowed_ips, [&](const AllowedIp& ip) {
        return live == model.peers.end() || !live->second.allowed_ips.contains(ip);
    });
    std::erase_if(change.add_allowed_ips, [&](const AllowedIp& ip) {
        return std::ranges::find(change.remove_allowed_ips, ip) != change.remove_allowed_ips.end();
    });
}

/// Any change that keeps the rules on a device like `model`.
inline DeviceChange any_change(const Model& model) {
    DeviceChange change{.private_key = *edits(testing::private_keys()),
                        .listen_port = *testing::maybe(rc::gen::arbitrary<std::uint16_t>()),
                        .fwmark = *testing::maybe(rc::gen::arbitrary<std::uint32_t>()),
                        .peers = *rc::gen::container<std::vector<PeerChange>>(peer_changes())};
    Model after = model;
    for (PeerChange& peer : change.peers) {
        obey_rules(peer, after);
        after.apply(peer);
    }
    return change;
}

} // namespace wgnl::tests
