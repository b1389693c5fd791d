// SPDX-License-Identifier: LGPL-2.1-or-later
// Short ways to write the declarations, records and live devices that tests of plan() need.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/record.hpp>

namespace wgnl::testing {

inline KeyBytes bytes_of(std::uint8_t number) {
    KeyBytes bytes{};
    bytes.fill(number);
    return bytes;
}
inline PublicKey key(std::uint8_t number) { return PublicKey(bytes_of(number)); }
inline PresharedKey secret(std::uint8_t number) { return PresharedKey(bytes_of(number)); }

/// A private key as the kernel keeps it.
inline PrivateKey identity(std::uint8_t number) {
    auto bytes = bytes_of(number);
    bytes[0] = static_cast<std::uint8_t>(bytes[0] & 0xf8U);
    bytes[31] = static_cast<std::uint8_t>((bytes[31] & 0x7fU) | 0x40U);
    return PrivateKey(bytes);
}

inline AllowedIp net(std::string_view text) { return AllowedIp::parse(text).value().value; }
inline std::vector<AllowedIp> nets(std::initializer_list<std::string_view> texts) {
    std::vector<AllowedIp> prefixes;
    for (const auto text : texts)
        prefixes.push_back(net(text));
    return prefixes;
}
inline Endpoint at(std::string_view text) { return Endpoint::parse(text).value(); }

inline DeclaredPeer declared_peer(std::uint8_t number,
                                  std::initializer_list<std::string_view> prefixes = {}) {
    DeclaredPeer peer;
    peer.public_key = key(number);
    peer.location = {"wg0.netdev", number};
    peer.allowed_ips = nets(prefixes);
    return peer;
}
inline DeclaredPeer held_peer(std::uint8_t number) {
    auto peer = declared_peer(number);
    peer.kept_as_is = true;
    return peer;
}
inline Peer live_peer(std::uint8_t number, std::initializer_list<std::string_view> prefixes = {}) {
    Peer peer;
    peer.public_key = key(number);
    peer.allowed_ips = nets(prefixes);
    return peer;
}

inline Declaration declaration(std::vector<DeclaredPeer> peers = {}) {
    Declaration declared;
    declared.device = "wg0";
    declared.location = {"wg0.netdev", 1};
    declared.peers = std::move(peers);
    return declared;
}
inline Device device(std::vector<Peer> peers = {}) {
    Device live;
    live.name = "wg0";
    live.ifindex = 7;
    live.peers = std::move(peers);
    return live;
}

/// The plan of a declaration when `before` was applied last.
inline Plan plan_after(const Declaration& before, const Declaration& declared, const Device& live,
                       const Policy& policy = {}) {
    const auto last = record_of(before, nullptr);
    return plan(declared, &last, live, policy);
}

} // namespace wgnl::testing
