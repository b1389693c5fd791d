// SPDX-License-Identifier: LGPL-2.1-or-later
// A dump's messages, one after another, to a Device.
#include "device_decoder.hpp"

#include <cstring>
#include <limits>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "wireguard_uapi.hpp"

namespace wgnl {
namespace {

/// A message may tell nothing new when the peer it should begin with is removed meanwhile; so many
/// in a row mean a kernel that will never end.
constexpr std::size_t most_idle_messages = 1024;
/// What the module itself allows a device.
constexpr std::size_t most_peers = std::size_t{1} << 20;

/// All zeros mean that there is none.
template <typename Key> void read_key(AttributeReader& attribute, std::optional<Key>& key) {
    static constexpr KeyBytes none{};
    const auto bytes = attribute.bytes<key_size>();
    if (std::memcmp(bytes.data(), none.data(), none.size()) == 0)
        key.reset();
    else
        key.emplace(bytes);
}

IpAddress address_of(const in_addr& address) {
    return IpAddress::v4(std::span<const std::uint8_t, 4>(
        reinterpret_cast<const std::uint8_t*>(&address), sizeof(address)));
}

IpAddress address_of(const in6_addr& address) {
    return IpAddress::v6(std::span<const std::uint8_t, 16>(address.s6_addr));
}

std::optional<Endpoint> read_endpoint(AttributeReader& attribute) {
    if (attribute.payload().size() == sizeof(sockaddr_in)) {
        const auto v4 = attribute.as<sockaddr_in>();
        if (v4.sin_family == AF_INET)
            return Endpoint{address_of(v4.sin_addr), ntohs(v4.sin_port), 0};
    } else {
        const auto v6 = attribute.as<sockaddr_in6>();
        if (v6.sin6_family == AF_INET6)
            return Endpoint{address_of(v6.sin6_addr), ntohs(v6.sin6_port), v6.sin6_scope_id};
    }
    attribute.reject();
    return std::nullopt;
}

std::chrono::nanoseconds read_time(AttributeReader& attribute) {
    struct KernelTime {
        std::int64_t seconds;
        std::int64_t nanoseconds;
    };
    constexpr std::int64_t second = 1'000'000'000;
    const auto time = attribute.as<KernelTime>();
    const bool sane = time.seconds >= 0 && time.nanoseconds >= 0 && time.nanoseconds < second &&
                      time.seconds < std::numeric_limits<std::int64_t>::max() / second;
    if (!sane)
        attribute.reject();
    return std::chrono::nanoseconds(sane ? time.seconds * second + time.nanoseconds : 0);
}

/// Address and length as they come, before they are known to fit together.
struct RawPrefix {
    std::uint16_t family{};
    Bytes address{};
    std::uint8_t length{};

    std::size_t address_size() const { return family == AF_INET ? 4 : 16; }
    bool valid() const {
        return (family == AF_INET || family == AF_INET6) && address.size() == address_size() &&
               length <= 8 * address_size();
    }
    AllowedIp value() const {
        const IpAddress network = family == AF_INET ? IpAddress::v4(address.first<4>())
                                                    : IpAddress::v6(address.first<16>());
        return {network.masked(length), length};
    }
};

void read_allowed_ip(AttributeReader& element, std::vector<AllowedIp>& ips) {
    RawPrefix prefix;
    AttributeReader fields = element.nested();
    while (fields.next()) {
        switch (fields.type()) {
        case WGALLOWEDIP_A_FAMILY:
            prefix.family = fields.as<std::uint16_t>();
            break;
        case WGALLOWEDIP_A_IPADDR:
            prefix.address = fields.payload();
            break;
        case WGALLOWEDIP_A_CIDR_MASK:
            prefix.length = fields.as<std::uint8_t>();
            break;
        default:
            break;
        }
    }
    if (fields.ok() && prefix.valid())
        ips.push_back(prefix.value());
    else
        element.reject();
}

void read_allowed_ips(AttributeReader& attribute, std::vector<AllowedIp>& ips) {
    AttributeReader list = attribute.nested();
    while (list.next())
        read_allowed_ip(list, ips);
    if (!list.ok())
        attribute.reject();
}

/// One attribute of a peer; what a fragment does not carry stays as an earlier one said.
void read_peer_field(AttributeReader& field, Peer& peer) {
    switch (field.type()) {
    case WGPEER_A_PRESHARED_KEY:
        read_key(field, peer.preshared_key);
        break;
    case WGPEER_A_ENDPOINT:
        peer.endpoint = read_endpoint(field);
        break;
    case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
        peer.persistent_keepalive = field.as<std::uint16_t>();
        break;
    case WGPEER_A_LAST_HANDSHAKE_TIME:
        peer.last_handshake = read_time(field);
        break;
    case WGPEER_A_RX_BYTES:
        peer.rx_bytes = field.as<std::uint64_t>();
        break;
    case WGPEER_A_TX_BYTES:
        peer.tx_bytes = field.as<std::uint64_t>();
        break;
    case WGPEER_A_ALLOWEDIPS:
        read_allowed_ips(field, peer.allowed_ips);
        break;
    default:
        break;
    }
}

/// The kernel puts the key first, but nothing promises that.
std::optional<PublicKey> key_of(AttributeReader peer) {
    while (peer.next())
        if (peer.type() == WGPEER_A_PUBLIC_KEY)
            break;
    if (peer.type() == WGPEER_A_PUBLIC_KEY && peer.payload().size() == key_size)
        return PublicKey(peer.as<KeyBytes>());
    return std::nullopt;
}

/// An empty peer in the memory of an old one.
void reuse(Peer& peer, const PublicKey& key) {
    std::vector<AllowedIp> ips = std::move(peer.allowed_ips);
    ips.clear();
    peer = Peer{.public_key = key, .allowed_ips = std::move(ips)};
}

Error malformed_answer(std::string detail) {
    return Error(Errc::protocol, "read device", std::move(detail));
}

} // namespace

void DeviceDecoder::expect_peers(std::size_t count) { device_.peers.reserve(count); }

DeviceDecoder::DeviceDecoder(Device recycled) {
    device_.peers = std::move(recycled.peers);
    device_.backend = Backend::kernel;
}

Result<void> DeviceDecoder::add(Bytes message) {
    progress_ = false;
    AttributeReader attributes = message_attributes(message, sizeof(genlmsghdr));
    while (attributes.next())
        read_device(attributes);
    if (malformed_ || !attributes.ok())
        return std::unexpected(malformed_answer("the kernel's answer is malformed"));
    if (peers_ > most_peers)
        return std::unexpected(malformed_answer("the kernel tells of more peers than it can have"));
    idle_messages_ = progress_ ? 0 : idle_messages_ + 1;
    if (idle_messages_ > most_idle_messages)
        return std::unexpected(malformed_answer("the kernel repeats itself without an end"));
    return {};
}

void DeviceDecoder::read_device(AttributeReader& attribute) {
    switch (attribute.type()) {
    case WGDEVICE_A_IFINDEX:
        device_.ifindex = attribute.as<std::uint32_t>();
        break;
    case WGDEVICE_A_IFNAME:
        device_.name = attribute.text();
        break;
    case WGDEVICE_A_PRIVATE_KEY:
        read_key(attribute, device_.private_key);
        break;
    case WGDEVICE_A_PUBLIC_KEY:
        device_.public_key = PublicKey(attribute.as<KeyBytes>());
        break;
    case WGDEVICE_A_LISTEN_PORT:
        device_.listen_port = attribute.as<std::uint16_t>();
        break;
    case WGDEVICE_A_FWMARK:
        device_.fwmark = attribute.as<std::uint32_t>();
        break;
    case WGDEVICE_A_PEERS:
        read_peers(attribute.nested());
        break;
    default:
        break;
    }
}

void DeviceDecoder::read_peers(AttributeReader peers) {
    while (peers.next() && !malformed_)
        read_peer(peers.nested());
    malformed_ = malformed_ || !peers.ok();
}

void DeviceDecoder::read_peer(AttributeReader fields) {
    const auto key = key_of(fields);
    if (!key) {
        malformed_ = true;
        return;
    }
    const std::size_t peers_before = peers_;
    Peer& peer = peer_of(*key);
    const std::size_t ips_before = peer.allowed_ips.size();
    while (fields.next())
        read_peer_field(fields, peer);
    malformed_ = malformed_ || !fields.ok();
    note_progress(peer, peers_ > peers_before, ips_before);
}

/// A fragment of a peer goes on where the one before it ended: one that begins as that did tells
/// nothing new.
void DeviceDecoder::note_progress(const Peer& peer, bool is_new, std::size_t ips_before) {
    const bool has_ips = peer.allowed_ips.size() > ips_before;
    const bool repeats = has_ips && !is_new && fragment_start_ == peer.allowed_ips[ips_before];
    progress_ = progress_ || is_new || (has_ips && !repeats);
    if (has_ips)
        fragment_start_ = peer.allowed_ips[ips_before];
    else if (is_new)
        fragment_start_.reset();
}

/// The peer that the last fragment was about if it has this key, else a new one.
Peer& DeviceDecoder::peer_of(const PublicKey& key) {
    if (peers_ > 0 && device_.peers[peers_ - 1].public_key == key)
        return device_.peers[peers_ - 1];
    if (peers_ == device_.peers.size())
        device_.peers.push_back({.public_key = key});
    else
        reuse(device_.peers[peers_], key);
    return device_.peers[peers_++];
}

Result<Device> DeviceDecoder::finish() && {
    if (device_.name.empty())
        return std::unexpected(malformed_answer("the kernel's answer names no device"));
    device_.peers.resize(peers_);
    return std::move(device_);
}

} // namespace wgnl
