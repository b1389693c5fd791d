// SPDX-License-Identifier: LGPL-2.1-or-later
// A model of a userspace implementation: the text protocol on a device in memory.
#pragma once

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <wgnl/device.hpp>

namespace wgnl::tests {

inline std::string hex(std::span<const std::uint8_t, key_size> key) {
    std::string text;
    for (const std::uint8_t byte : key)
        text += fmt::format("{:02x}", byte);
    return text;
}

inline KeyBytes from_hex(std::string_view text) {
    KeyBytes key{};
    for (std::size_t i = 0; i < key.size(); ++i)
        std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, key[i], 16);
    return key;
}

template <typename Key> std::optional<Key> secret_from_hex(std::string_view text) {
    const Key key(from_hex(text));
    return key.is_zero() ? std::nullopt : std::optional{key};
}

/// The reply to "get=1" of a device with these figures, in the order in which wireguard-go writes.
inline std::string reply_of(const Device& device) {
    std::string text;
    const auto line = [&text](std::string_view key, const auto& value) {
        text += fmt::format("{}={}\n", key, value);
    };
    if (device.private_key)
        line("private_key", hex(device.private_key->reveal()));
    if (device.listen_port != 0)
        line("listen_port", device.listen_port);
    if (device.fwmark != 0)
        line("fwmark", device.fwmark);
    for (const Peer& peer : device.peers) {
        const KeyBytes none{};
        line("public_key", hex(peer.public_key.bytes()));
        line("preshared_key", peer.preshared_key ? hex(peer.preshared_key->reveal()) : hex(none));
        line("protocol_version", 1);
        if (peer.endpoint)
            line("endpoint", peer.endpoint->to_string());
        line("last_handshake_time_sec", peer.last_handshake.count() / 1'000'000'000);
        line("last_handshake_time_nsec", peer.last_handshake.count() % 1'000'000'000);
        line("tx_bytes", peer.tx_bytes);
        line("rx_bytes", peer.rx_bytes);
        line("persistent_keepalive_interval", peer.persistent_keepalive);
        for (const AllowedIp& prefix : peer.allowed_ips)
            line("allowed_ip", prefix.to_string());
    }
    return text + "errno=0\n\n";
}

/// What set requests do to a device. Anything that wireguard-go does not know stops it.
class FakeUserspace {
public:
    Device device{};
    bool removes_prefixes{false}; ///< "allowed_ip=-…", which came in 2025
    unsigned binds{0};            ///< times that the port was bound
    unsigned keepalives{0};       ///< sent because an interval was switched on
    unsigned created{0};
    unsigned removed{0};
    std::size_t most_peers_in_a_request{0}; ///< created or removed
    std::size_t longest_request{0};
    std::vector<std::string> complaints{};

    /// 0, or EINVAL at a removal that it does not know: what comes after it is not read.
    int set(std::string_view request) {
        longest_request = std::max(longest_request, request.size());
        touched_.clear();
        if (!request.starts_with("set=1\n") || !request.ends_with("\n\n"))
            complaints.emplace_back("no set request");
        request.remove_prefix(std::min<std::size_t>(6, request.size()));
        current_ = Block{};
        while (!request.empty() && !request.starts_with('\n')) {
            const auto end = request.find('\n');
            if (!removes_prefixes && request.starts_with("allowed_ip=-"))
                return EINVAL;
            read_line(request.substr(0, end));
            request.remove_prefix(end + 1);
        }
        if (request != "\n")
            complaints.emplace_back("text behind the end");
        end_block();
        most_peers_in_a_request = std::max<std::size_t>(most_peers_in_a_request, touched_.size());
        return 0;
    }

    Peer* find(const PublicKey& key) {
        const auto at = std::ranges::find(device.peers, key, &Peer::public_key);
        return at == device.peers.end() ? nullptr : &*at;
    }

private:
    struct Block {
        PublicKey key{};
        bool named{false}; ///< after the first public_key
        bool dummy{false};
        bool was_created{false};
        bool switched_on{false};
        unsigned lines{0};
    };

    void end_block() {
        if (current_.named && !current_.dummy && current_.switched_on)
            ++keepalives;
    }

    void read_line(std::string_view line) {
        const auto equals = line.find('=');
        const auto key = line.substr(0, equals);
        const auto value = line.substr(equals + 1);
        if (key == "public_key")
            return begin_peer(PublicKey(from_hex(value)));
        const bool known = current_.named ? set_peer(key, value) : set_device(key, value);
        ++current_.lines;
        if (!known)
            complaints.emplace_back(line);
    }

    void begin_peer(const PublicKey& key) {
        end_block();
        current_ = Block{.key = key, .named = true, .was_created = find(key) == nullptr};
        if (current_.was_created) {
            device.peers.push_back({.public_key = key});
            ++created;
            touched_.insert(key);
        }
    }

    void drop() {
        std::erase_if(device.peers,
                      [this](const Peer& peer) { return peer.public_key == current_.key; });
        current_.dummy = true;
    }

    template <typename T> static bool number(std::string_view text, T& value) {
        const auto* end = text.data() + text.size();
        return std::from_chars(text.data(), end, value).ptr == end;
    }

    bool set_device(std::string_view key, std::string_view value) {
        if (key == "private_key") {
            device.private_key = secret_from_hex<PrivateKey>(value);
            device.public_key.reset();
            if (device.private_key)
                device.public_key = public_key_of(*device.private_key);
            return true;
        }
        if (key == "listen_port")
            return ++binds, number(value, device.listen_port);
        return key == "fwmark" && number(value, device.fwmark);
    }

    bool set_peer(std::string_view key, std::string_view value) {
        if (key == "update_only")
            return update_only(value);
        if (key == "remove")
            return remove(value);
        if (current_.dummy)
            return true;
        Peer& peer = *find(current_.key);
        if (key == "preshared_key") {
            peer.preshared_key = secret_from_hex<PresharedKey>(value);
            return true;
        }
        if (key == "persistent_keepalive_interval")
            return set_keepalive(peer, value);
        if (key == "allowed_ip")
            return take(peer, value);
        if (key != "endpoint")
            return false;
        const auto endpoint = Endpoint::parse(value);
        peer.endpoint = endpoint ? std::optional{*endpoint} : std::nullopt;
        return endpoint.has_value();
    }

    bool update_only(std::string_view value) {
        if (current_.was_created && !current_.dummy) {
            drop();
            --created;
            touched_.erase(current_.key);
        }
        return value == "true" && current_.lines == 0;
    }

    bool remove(std::string_view value) {
        if (!current_.dummy) {
            drop();
            ++removed;
            touched_.insert(current_.key);
        }
        return value == "true";
    }

    bool set_keepalive(Peer& peer, std::string_view value) {
        const auto old = peer.persistent_keepalive;
        const bool ok = number(value, peer.persistent_keepalive);
        current_.switched_on = old == 0 && peer.persistent_keepalive != 0;
        return ok;
    }

    /// A prefix has one owner.
    bool take(Peer& peer, std::string_view value) {
        const bool removes = value.starts_with('-');
        value.remove_prefix(removes ? 1 : 0);
        const auto prefix = AllowedIp::parse(value);
        if (!prefix || prefix->value.to_string() != value)
            return false;
        if (removes)
            return std::erase(peer.allowed_ips, prefix->value), true;
        for (Peer& each : device.peers)
            std::erase(each.allowed_ips, prefix->value);
        peer.allowed_ips.push_back(prefix->value);
        return true;
    }

    Block current_{};
    std::set<PublicKey> touched_{};
};

} // namespace wgnl::tests
