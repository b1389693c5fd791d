// SPDX-License-Identifier: LGPL-2.1-or-later
// Changes as requests to a userspace implementation.
#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>
#include <sodium.h>

#include "codec/device_encoder.hpp"
#include "protocol.hpp"

namespace wgnl {
namespace {

constexpr std::string_view begin_request = "set=1\n";
/// The longest line of the protocol is below this, and so is what ends a throw-away peer.
constexpr std::size_t longest_block = 384;
/// Whatever the limits say.
constexpr std::size_t most_bytes = std::size_t{1} << 20;

/// Gathers lines into requests that stay within the limits.
class RequestWriter {
public:
    RequestWriter(const BatchLimits& limits, const RequestSink& sink)
        : limits_(limits), sink_(sink) {
        limits_.bytes = std::min(limits_.bytes, most_bytes);
        text_.reserve(limits_.bytes + longest_block);
        text_.append(begin_request);
    }

    template <typename... Values>
    void line(fmt::format_string<Values...> format, Values&&... values) {
        text_.append(fmt::format(format, std::forward<Values>(values)...));
        text_.append('\n');
    }
    void key_line(std::string_view name, std::span<const std::uint8_t, key_size> key) {
        std::array<char, 2 * key_size + 1> hex{};
        sodium_bin2hex(hex.data(), hex.size(), key.data(), key.size());
        text_.append(name);
        text_.append('=');
        text_.append({hex.data(), 2 * key_size});
        text_.append('\n');
        wipe(hex.data(), hex.size());
    }

    /// A block is never cut, so it must be small.
    bool has_room_for_block() const { return text_.size() + longest_block <= limits_.bytes; }
    bool is_empty() const { return text_.size() == begin_request.size(); }
    /// Counts a peer that this request creates or removes.
    bool may_count_peer() const {
        return expensive_ < std::max<std::size_t>(1, limits_.new_or_removed_peers);
    }
    void count_peer() { ++expensive_; }

    Result<void> flush() {
        if (is_empty())
            return {};
        text_.append('\n');
        auto sent = sink_(text_.view());
        text_.clear();
        text_.append(begin_request);
        expensive_ = 0;
        return sent;
    }
    Result<void> make_room() { return has_room_for_block() ? Result<void>{} : flush(); }

private:
    BatchLimits limits_;
    const RequestSink& sink_;
    SecretText text_{};
    std::size_t expensive_{0};
};

constexpr KeyBytes no_key{};

void write_device(RequestWriter& out, const DeviceChange& change) {
    if (change.private_key.sets())
        out.key_line("private_key", change.private_key.value().reveal());
    else if (change.private_key.clears())
        out.key_line("private_key", no_key);
    if (change.listen_port)
        out.line("listen_port={}", *change.listen_port);
    if (change.fwmark)
        out.line("fwmark={}", *change.fwmark);
}

/// update_only stands directly behind the key: wireguard-go takes back there what the key created.
void write_live_peer(RequestWriter& out, const PublicKey& key) {
    out.key_line("public_key", key.bytes());
    out.line("update_only=true");
}

/// The scope as a number, which every implementation reads.
std::string endpoint_text(const Endpoint& endpoint) {
    if (endpoint.address.family() == Family::ipv4)
        return fmt::format("{}:{}", endpoint.address.to_string(), endpoint.port);
    const std::string scope =
        endpoint.scope_id == 0 ? std::string{} : fmt::format("%{}", endpoint.scope_id);
    return fmt::format("[{}{}]:{}", endpoint.address.to_string(), scope, endpoint.port);
}

void write_scalars(RequestWriter& out, const PeerChange& peer) {
    if (peer.preshared_key.sets())
        out.key_line("preshared_key", peer.preshared_key.value().reveal());
    else if (peer.preshared_key.clears())
        out.key_line("preshared_key", no_key);
    if (peer.endpoint)
        out.line("endpoint={}", endpoint_text(*peer.endpoint));
    if (peer.persistent_keepalive && !peer.trigger_handshake)
        out.line("persistent_keepalive_interval={}", *peer.persistent_keepalive);
}

bool only_removes_prefixes(const PeerChange& peer) {
    return peer.action == PeerChange::Action::update && peer.preshared_key.keeps() &&
           !peer.endpoint && !peer.persistent_keepalive && peer.add_allowed_ips.empty();
}

Result<void> write_added_prefixes(RequestWriter& out, const PeerChange& peer) {
    for (const AllowedIp& prefix : peer.add_allowed_ips) {
        if (!out.has_room_for_block()) {
            if (auto sent = out.flush(); !sent)
                return sent;
            write_live_peer(out, peer.public_key);
        }
        out.line("allowed_ip={}", prefix.to_string());
    }
    return {};
}

/// The keepalive that a switched-on interval sends goes out at the end of a peer's block (in older
/// implementations at once): so on and off are two blocks, and the second sets what is wanted.
void write_trigger(RequestWriter& out, const PeerChange& peer) {
    write_live_peer(out, peer.public_key);
    out.line("persistent_keepalive_interval=0");
    out.line("persistent_keepalive_interval=1");
    write_live_peer(out, peer.public_key);
    out.line("persistent_keepalive_interval={}", *peer.persistent_keepalive);
}

void write_removal(RequestWriter& out, const PublicKey& key) {
    write_live_peer(out, key);
    out.line("remove=true");
}

Result<void> make_room_for_peer(RequestWriter& out) {
    if (out.may_count_peer() && out.has_room_for_block())
        return {};
    return out.flush();
}

/// Everything still to be removed, from the peer itself.
Result<void> write_removals(RequestWriter& out, const PublicKey& key,
                            std::span<const AllowedIp> prefixes) {
    if (prefixes.empty())
        return {};
    if (auto room = out.make_room(); !room)
        return room;
    write_live_peer(out, key);
    for (const AllowedIp& prefix : prefixes) {
        if (!out.has_room_for_block()) {
            if (auto sent = out.flush(); !sent)
                return sent;
            write_live_peer(out, key);
        }
        out.line("allowed_ip=-{}", prefix.to_string());
    }
    return {};
}

/// One prefix in a request of its own. Who does not know how says EINVAL, and has done nothing.
Result<void> try_removal(RequestWriter& out, const PublicKey& key, const AllowedIp& prefix,
                         PrefixRemoval& removal) {
    if (auto sent = out.flush(); !sent)
        return sent;
    write_live_peer(out, key);
    out.line("allowed_ip=-{}", prefix.to_string());
    const auto tried = out.flush();
    if (!tried && tried.error().errnum() != EINVAL)
        return tried;
    removal = tried ? PrefixRemoval::flag : PrefixRemoval::throw_away;
    return {};
}

/// One throw-away peer for as many of the prefixes as fit; returns how many did.
std::size_t write_throw_away(RequestWriter& out, std::span<const AllowedIp> prefixes) {
    const PublicKey key = public_key_of(PrivateKey::generate());
    out.count_peer();
    out.key_line("public_key", key.bytes());
    std::size_t written = 0;
    do
        out.line("allowed_ip={}", prefixes[written++].to_string());
    while (written < prefixes.size() && out.has_room_for_block());
    write_removal(out, key);
    return written;
}

Result<void> write_removed_prefixes(RequestWriter& out, const PeerChange& peer,
                                    PrefixRemoval& removal) {
    std::span<const AllowedIp> prefixes = peer.remove_allowed_ips;
    if (removal == PrefixRemoval::untested && !prefixes.empty()) {
        if (auto tried = try_removal(out, peer.public_key, prefixes.front(), removal); !tried)
            return tried;
        prefixes = prefixes.subspan(removal == PrefixRemoval::flag ? 1 : 0);
    }
    if (removal == PrefixRemoval::flag)
        return write_removals(out, peer.public_key, prefixes);
    while (!prefixes.empty()) {
        if (auto room = make_room_for_peer(out); !room)
            return room;
        prefixes = prefixes.subspan(write_throw_away(out, prefixes));
    }
    return {};
}

Result<void> write_settings(RequestWriter& out, const PeerChange& peer) {
    if (only_removes_prefixes(peer))
        return {};
    if (peer.action == PeerChange::Action::add) {
        out.count_peer();
        out.key_line("public_key", peer.public_key.bytes());
    } else {
        write_live_peer(out, peer.public_key);
    }
    write_scalars(out, peer);
    if (auto written = write_added_prefixes(out, peer); !written || !peer.trigger_handshake)
        return written;
    if (auto room = out.make_room(); !room)
        return room;
    write_trigger(out, peer);
    return {};
}

Result<void> write_peer(RequestWriter& out, const PeerChange& peer, PrefixRemoval& removal) {
    const bool update = peer.action == PeerChange::Action::update;
    if (auto room = update ? out.make_room() : make_room_for_peer(out); !room)
        return room;
    if (peer.action == PeerChange::Action::remove) {
        out.count_peer();
        write_removal(out, peer.public_key);
        return {};
    }
    if (auto written = write_settings(out, peer); !written)
        return written;
    return write_removed_prefixes(out, peer, removal);
}

} // namespace

Result<void> write_userspace_change(const DeviceChange& change, const BatchLimits& limits,
                                    const RequestSink& sink, PrefixRemoval& removal) {
    if (auto checked = check_change(change); !checked)
        return checked;
    RequestWriter out(limits, sink);
    write_device(out, change);
    for (const PeerChange& peer : change.peers)
        if (auto written = write_peer(out, peer, removal); !written)
            return written;
    return out.flush();
}

} // namespace wgnl
