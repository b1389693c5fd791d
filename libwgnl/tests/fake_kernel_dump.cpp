// SPDX-License-Identifier: LGPL-2.1-or-later
// How the fake writes a dump: as the module does, cutting peers where a message ends.
#include "fake_kernel.hpp"

#include <algorithm>

#include <netinet/in.h>

#include "codec/attributes.hpp"
#include "codec/wireguard_uapi.hpp"

namespace wgnl::tests {
namespace {

struct KernelTime {
    std::int64_t seconds;
    std::int64_t nanoseconds;
};

KernelTime kernel_time(std::chrono::nanoseconds time) {
    return {time.count() / 1'000'000'000, time.count() % 1'000'000'000};
}

void put_endpoint(MessageWriter& writer, const Endpoint& endpoint) {
    const Bytes bytes = endpoint.address.bytes();
    if (endpoint.address.family() == Family::ipv4) {
        sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
        std::memcpy(&v4.sin_addr, bytes.data(), 4);
        writer.put(WGPEER_A_ENDPOINT, v4);
    } else {
        sockaddr_in6 v6{.sin6_family = AF_INET6, .sin6_port = htons(endpoint.port)};
        std::memcpy(&v6.sin6_addr, bytes.data(), 16);
        v6.sin6_scope_id = endpoint.scope_id;
        writer.put(WGPEER_A_ENDPOINT, v6);
    }
}

/// Walks through the peers, remembering where the last message ended.
class Dump {
public:
    Dump(const Device& device, std::uint16_t family, std::size_t bytes)
        : device_(device), family_(family), storage_(bytes), writer_(storage_) {}

    std::vector<std::vector<std::uint8_t>> messages() {
        std::vector<std::vector<std::uint8_t>> all;
        do {
            put_message();
            const auto message = writer_.finish();
            all.emplace_back(message.begin(), message.end());
        } while (peer_ < device_.peers.size());
        return all;
    }

private:
    void put_message() {
        writer_.begin(family_, NLM_F_MULTI);
        writer_.put_header(genlmsghdr{WG_CMD_GET_DEVICE, WG_GENL_VERSION, 0});
        if (peer_ == 0)
            put_device();
        writer_.open_nest(WGDEVICE_A_PEERS);
        while (peer_ < device_.peers.size() && put_peer(device_.peers[peer_]))
            ++peer_;
        writer_.close_nest();
    }

    void put_device() {
        writer_.put(WGDEVICE_A_LISTEN_PORT, device_.listen_port);
        writer_.put(WGDEVICE_A_FWMARK, device_.fwmark);
        writer_.put(WGDEVICE_A_IFINDEX, device_.ifindex);
        writer_.put_text(WGDEVICE_A_IFNAME, device_.name);
        if (!device_.private_key)
            return;
        writer_.put_bytes(WGDEVICE_A_PRIVATE_KEY, device_.private_key->reveal());
        writer_.put_bytes(WGDEVICE_A_PUBLIC_KEY, device_.public_key->bytes());
    }

    /// False if the message is full.
    bool put_peer(const Peer& peer) {
        const auto before = writer_.mark();
        writer_.open_nest(array_element);
        writer_.put_bytes(WGPEER_A_PUBLIC_KEY, peer.public_key.bytes());
        if (!continues_)
            put_fields(peer);
        if (!peer.allowed_ips.empty())
            writer_.open_nest(WGPEER_A_ALLOWEDIPS);
        if (writer_.overflowed()) {
            writer_.rollback(before);
            return false;
        }
        const bool whole = put_allowed_ips(peer);
        if (!peer.allowed_ips.empty())
            writer_.close_nest();
        writer_.close_nest();
        continues_ = !whole;
        return whole;
    }

    void put_fields(const Peer& peer) {
        static constexpr KeyBytes none{};
        writer_.put_bytes(WGPEER_A_PRESHARED_KEY,
                          peer.preshared_key ? Bytes(peer.preshared_key->reveal()) : Bytes(none));
        writer_.put(WGPEER_A_LAST_HANDSHAKE_TIME, kernel_time(peer.last_handshake));
        writer_.put(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer.persistent_keepalive);
        writer_.put(WGPEER_A_TX_BYTES, peer.tx_bytes);
        writer_.put(WGPEER_A_RX_BYTES, peer.rx_bytes);
        writer_.put(WGPEER_A_PROTOCOL_VERSION, std::uint32_t{1});
        if (peer.endpoint)
            put_endpoint(writer_, *peer.endpoint);
        ip_ = 0;
    }

    bool put_allowed_ips(const Peer& peer) {
        for (; ip_ < peer.allowed_ips.size(); ++ip_)
            if (!put_allowed_ip(peer.allowed_ips[ip_]))
                return false;
        return true;
    }

    bool put_allowed_ip(const AllowedIp& ip) {
        const auto before = writer_.mark();
        const bool v4 = ip.network.family() == Family::ipv4;
        writer_.open_nest(array_element);
        writer_.put(WGALLOWEDIP_A_CIDR_MASK, ip.prefix_length);
        writer_.put(WGALLOWEDIP_A_FAMILY, static_cast<std::uint16_t>(v4 ? AF_INET : AF_INET6));
        writer_.put_bytes(WGALLOWEDIP_A_IPADDR, ip.network.bytes());
        writer_.close_nest();
        if (!writer_.overflowed())
            return true;
        writer_.rollback(before);
        return false;
    }

    const Device& device_;
    std::uint16_t family_;
    std::vector<std::uint8_t> storage_;
    MessageWriter writer_;
    std::size_t peer_{};
    std::size_t ip_{};
    bool continues_{}; ///< the peer began in an earlier message
};

} // namespace

std::vector<std::vector<std::uint8_t>> dump_messages(const Device& device, std::uint16_t family,
                                                     std::size_t dump_bytes) {
    return Dump(device, family, dump_bytes).messages();
}

} // namespace wgnl::tests
