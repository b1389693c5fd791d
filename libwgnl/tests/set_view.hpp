// SPDX-License-Identifier: LGPL-2.1-or-later
// A WG_CMD_SET_DEVICE message taken apart again, for tests that look at what is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <gtest/gtest.h>

#include <wgnl/device.hpp>

#include "codec/attributes.hpp"
#include "codec/wireguard_uapi.hpp"

namespace wgnl::tests {

struct PrefixView {
    AllowedIp prefix{};
    std::uint32_t flags{};
    bool operator==(const PrefixView&) const = default;
};

struct PeerView {
    PublicKey key{};
    std::uint32_t flags{};
    bool has_preshared_key{};
    std::size_t endpoint_bytes{};
    std::uint32_t scope_id{};
    std::optional<std::uint16_t> keepalive{};
    std::vector<PrefixView> prefixes{};
    bool operator==(const PeerView&) const = default;
};

struct SetView {
    std::string name{};
    std::size_t size{};
    bool has_private_key{};
    bool has_flags{};
    bool nested{true}; ///< every nest carries NLA_F_NESTED, every element type 0
    std::optional<std::uint16_t> listen_port{};
    std::optional<std::uint32_t> fwmark{};
    std::vector<PeerView> peers{};
};

inline PrefixView view_prefix(AttributeReader fields) {
    PrefixView view;
    Bytes address;
    while (fields.next()) {
        if (fields.type() == WGALLOWEDIP_A_IPADDR)
            address = fields.payload();
        if (fields.type() == WGALLOWEDIP_A_CIDR_MASK)
            view.prefix.prefix_length = fields.as<std::uint8_t>();
        if (fields.type() == allowedip_a_flags)
            view.flags = fields.as<std::uint32_t>();
    }
    view.prefix.network = address.size() == 4 ? IpAddress::v4(address.first<4>())
                                              : IpAddress::v6(address.first<16>());
    return view;
}

inline PeerView view_peer(AttributeReader fields, bool& nested) {
    PeerView view;
    while (fields.next()) {
        switch (fields.type()) {
        case WGPEER_A_PUBLIC_KEY:
            view.key = PublicKey(fields.as<KeyBytes>());
            break;
        case WGPEER_A_PRESHARED_KEY:
            view.has_preshared_key = true;
            break;
        case WGPEER_A_FLAGS:
            view.flags = fields.as<std::uint32_t>();
            break;
        case WGPEER_A_ENDPOINT:
            view.endpoint_bytes = fields.payload().size();
            if (view.endpoint_bytes == sizeof(sockaddr_in6))
                view.scope_id = fields.as<sockaddr_in6>().sin6_scope_id;
            break;
        case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
            view.keepalive = fields.as<std::uint16_t>();
            break;
        case WGPEER_A_ALLOWEDIPS:
            nested = nested && fields.is_nested();
            for (AttributeReader list = fields.nested(); list.next();) {
                nested = nested && list.is_nested() && list.type() == array_element;
                view.prefixes.push_back(view_prefix(list.nested()));
            }
            break;
        default:
            ADD_FAILURE() << "unexpected attribute " << fields.type();
        }
    }
    EXPECT_TRUE(fields.ok());
    return view;
}

inline SetView view_set(Bytes message) {
    SetView view;
    view.size = message.size();
    AttributeReader fields = message_attributes(message, sizeof(genlmsghdr));
    while (fields.next()) {
        switch (fields.type()) {
        case WGDEVICE_A_IFNAME:
            view.name = fields.text();
            break;
        case WGDEVICE_A_PRIVATE_KEY:
            view.has_private_key = true;
            break;
        case WGDEVICE_A_FLAGS:
            view.has_flags = true;
            break;
        case WGDEVICE_A_LISTEN_PORT:
            view.listen_port = fields.as<std::uint16_t>();
            break;
        case WGDEVICE_A_FWMARK:
            view.fwmark = fields.as<std::uint32_t>();
            break;
        case WGDEVICE_A_PEERS:
            view.nested = view.nested && fields.is_nested();
            for (AttributeReader list = fields.nested(); list.next();) {
                view.nested = view.nested && list.is_nested() && list.type() == array_element;
                view.peers.push_back(view_peer(list.nested(), view.nested));
            }
            break;
        default:
            ADD_FAILURE() << "unexpected attribute " << fields.type();
        }
    }
    EXPECT_TRUE(fields.ok());
    return view;
}

} // namespace wgnl::tests
