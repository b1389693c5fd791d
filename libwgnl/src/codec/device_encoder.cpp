// SPDX-License-Identifier: LGPL-2.1-or-later
// DeviceChange to WG_CMD_SET_DEVICE messages, cut to the limits of a batch.
#include "device_encoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <fmt/format.h>

#include "wireguard_uapi.hpp"

namespace wgnl {
namespace {

constexpr KeyBytes no_key{};
constexpr std::uint32_t no_flags = 0;
/// What removes the throw-away peer again: a nest, its key, its flags.
constexpr std::size_t nest_header_bytes = 4;
constexpr std::size_t removal_entry_bytes = 4 + 36 + 8;
/// An IPv6 allowed IP without flags: a nest, family, address, mask.
constexpr std::size_t longest_allowed_ip_bytes = 4 + 8 + 20 + 8;

template <typename T>
void put_edit(MessageWriter& writer, std::uint16_t type, const Edit<T>& edit) {
    if (edit.sets())
        writer.put_bytes(type, edit.value().reveal());
    else if (edit.clears())
        writer.put_bytes(type, no_key);
}

void put_endpoint(MessageWriter& writer, const Endpoint& endpoint) {
    const Bytes address = endpoint.address.bytes();
    if (endpoint.address.family() == Family::ipv4) {
        sockaddr_in socket_address{};
        socket_address.sin_family = AF_INET;
        socket_address.sin_port = htons(endpoint.port);
        std::memcpy(&socket_address.sin_addr, address.data(), address.size());
        writer.put(WGPEER_A_ENDPOINT, socket_address);
    } else {
        sockaddr_in6 socket_address{};
        socket_address.sin6_family = AF_INET6;
        socket_address.sin6_port = htons(endpoint.port);
        socket_address.sin6_scope_id = endpoint.scope_id;
        std::memcpy(&socket_address.sin6_addr, address.data(), address.size());
        writer.put(WGPEER_A_ENDPOINT, socket_address);
    }
}

void put_allowed_ip(MessageWriter& writer, const AllowedIp& ip, std::uint32_t flags) {
    const bool v4 = ip.network.family() == Family::ipv4;
    writer.open_nest(array_element);
    writer.put(WGALLOWEDIP_A_FAMILY, static_cast<std::uint16_t>(v4 ? AF_INET : AF_INET6));
    writer.put_bytes(WGALLOWEDIP_A_IPADDR, ip.network.bytes());
    writer.put(WGALLOWEDIP_A_CIDR_MASK, ip.prefix_length);
    if (flags != no_flags)
        writer.put(allowedip_a_flags, flags);
    writer.close_nest();
}

void open_peer(MessageWriter& writer, const PublicKey& key, std::uint32_t flags) {
    writer.open_nest(array_element);
    writer.put_bytes(WGPEER_A_PUBLIC_KEY, key.bytes());
    if (flags != no_flags)
        writer.put(WGPEER_A_FLAGS, flags);
}

void put_fields(MessageWriter& writer, const PeerChange& change,
                std::optional<std::uint16_t> keepalive) {
    put_edit(writer, WGPEER_A_PRESHARED_KEY, change.preshared_key);
    if (change.endpoint)
        put_endpoint(writer, *change.endpoint);
    if (keepalive)
        writer.put(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, *keepalive);
}

void put_keepalive_entry(MessageWriter& writer, const PublicKey& key, std::uint16_t seconds) {
    open_peer(writer, key, WGPEER_F_UPDATE_ONLY);
    writer.put(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, seconds);
    writer.close_nest();
}

std::uint32_t flags_of(PeerChange::Action action) {
    switch (action) {
    case PeerChange::Action::add:
        return no_flags;
    case PeerChange::Action::remove:
        return WGPEER_F_REMOVE_ME;
    case PeerChange::Action::update:
        break;
    }
    return WGPEER_F_UPDATE_ONLY;
}

bool removes(const PeerChange& change) { return change.action == PeerChange::Action::remove; }

/// Says something about the peer beyond its allowed IPs.
bool has_fields(const PeerChange& change) {
    return change.action != PeerChange::Action::update || !change.preshared_key.keeps() ||
           change.endpoint || change.persistent_keepalive;
}

/// 32 random bytes: no live peer has them.
PublicKey throw_away_key() {
    KeyBytes bytes;
    std::ranges::copy(PresharedKey::generate().reveal(), bytes.begin());
    return PublicKey(bytes);
}

BatchLimits at_least_smallest(const BatchLimits& limits) {
    return {std::max(limits.new_or_removed_peers, smallest_limits.new_or_removed_peers),
            std::clamp(limits.bytes, smallest_limits.bytes, largest_message)};
}

Result<void> check_prefixes(const PeerChange& change, const std::vector<AllowedIp>& prefixes) {
    const auto bad = std::ranges::find_if(prefixes, [](const AllowedIp& ip) {
        return ip.prefix_length > address_bits(ip.network.family());
    });
    if (bad == prefixes.end())
        return {};
    return fail(Errc::invalid_argument, "change peer " + change.public_key.to_base64(),
                fmt::format("the prefix length {} is longer than the address {}",
                            bad->prefix_length, bad->network.to_string()));
}

Result<void> check_peer(const PeerChange& change) {
    if (change.trigger_handshake && !removes(change) && !change.persistent_keepalive)
        return fail(Errc::invalid_argument,
                    "trigger a handshake of peer " + change.public_key.to_base64(),
                    "the keepalive interval to return to is missing");
    if (change.endpoint && change.endpoint->port == 0)
        return fail(Errc::invalid_argument, "change peer " + change.public_key.to_base64(),
                    "its endpoint has port 0, to which nothing can be sent");
    if (auto checked = check_prefixes(change, change.add_allowed_ips); !checked)
        return checked;
    return check_prefixes(change, change.remove_allowed_ips);
}

void begin_request(MessageWriter& writer, std::uint16_t family, std::uint8_t command,
                   std::string_view device) {
    writer.begin(family, command == WG_CMD_GET_DEVICE ? NLM_F_REQUEST | NLM_F_DUMP
                                                      : NLM_F_REQUEST | NLM_F_ACK);
    writer.put_header(genlmsghdr{command, WG_GENL_VERSION, 0});
    writer.put_text(WGDEVICE_A_IFNAME, device);
}

} // namespace

std::size_t message_storage(const BatchLimits& limits) noexcept {
    return at_least_smallest(limits).bytes;
}

Result<void> check_change(const DeviceChange& change) {
    for (const PeerChange& peer : change.peers)
        if (auto checked = check_peer(peer); !checked)
            return checked;
    return {};
}

DeviceEncoder::DeviceEncoder(const DeviceChange& change, const EncodeOptions& options,
                             std::span<std::uint8_t> storage) noexcept
    : change_(change), options_(options), writer_(storage) {
    options_.limits = at_least_smallest(options.limits);
    assert(storage.size() >= options_.limits.bytes);
    writer_ = MessageWriter(storage.first(options_.limits.bytes));
}

std::span<std::uint8_t> DeviceEncoder::next() {
    if (finished())
        return {};
    message_start_ = at_;
    peers_in_message_ = 0;
    is_trial_ = false;
    begin_request(writer_, options_.family, WG_CMD_SET_DEVICE, options_.device);
    empty_message_ = writer_.mark().size;
    if (!at_.device_done)
        put_device_attributes();
    const auto without_peers = writer_.mark();
    writer_.open_nest(WGDEVICE_A_PEERS);
    const auto no_peer = writer_.mark();
    while (at_.peer < change_.peers.size() && encode_current()) {
    }
    if (writer_.mark().size > no_peer.size)
        writer_.close_nest();
    else
        writer_.rollback(without_peers);
    return writer_.finish();
}

/// Passes over entries that say nothing.
bool DeviceEncoder::finished() {
    const bool device = !change_.private_key.keeps() || change_.listen_port || change_.fwmark;
    while (at_.peer < change_.peers.size() && !entry_remains(current()) &&
           !removals_remain(current()))
        advance();
    return at_.peer == change_.peers.size() && (at_.device_done || !device);
}

void DeviceEncoder::advance() noexcept {
    at_ = {.device_done = at_.device_done, .peer = at_.peer + 1};
}

void DeviceEncoder::decide(PrefixRemoval removal) noexcept {
    options_.removal = removal;
    if (removal == PrefixRemoval::throw_away)
        at_ = message_start_;
}

void DeviceEncoder::put_device_attributes() {
    put_edit(writer_, WGDEVICE_A_PRIVATE_KEY, change_.private_key);
    if (change_.listen_port)
        writer_.put(WGDEVICE_A_LISTEN_PORT, *change_.listen_port);
    if (change_.fwmark)
        writer_.put(WGDEVICE_A_FWMARK, *change_.fwmark);
    at_.device_done = true;
}

bool DeviceEncoder::has_room_for_peers(std::size_t count) const noexcept {
    return peers_in_message_ + count <= options_.limits.new_or_removed_peers;
}

/// False if the message is full.
bool DeviceEncoder::encode_current() {
    const PeerChange& change = current();
    if (change.trigger_handshake && !removes(change) && !at_.fields_done && !encode_trigger(change))
        return false;
    if (entry_remains(change) && !encode_entry(change))
        return false;
    if (removals_remain(change))
        return options_.removal == PrefixRemoval::untested ? encode_trial(change)
                                                           : encode_throw_away();
    advance();
    return true;
}

bool DeviceEncoder::additions_remain(const PeerChange& change) const noexcept {
    return !removes(change) && at_.added < change.add_allowed_ips.size();
}

bool DeviceEncoder::removals_remain(const PeerChange& change) const noexcept {
    return !removes(change) && at_.removed < change.remove_allowed_ips.size();
}

/// Something remains that goes out under the peer's own key.
bool DeviceEncoder::entry_remains(const PeerChange& change) const noexcept {
    return (!at_.fields_done && has_fields(change)) || additions_remain(change) ||
           (options_.removal == PrefixRemoval::flag && removals_remain(change));
}

/// Off, on and back to what it shall be, which must not be torn apart.
bool DeviceEncoder::encode_trigger(const PeerChange& change) {
    const bool creates = change.action == PeerChange::Action::add;
    if (creates && !has_room_for_peers(1))
        return false;
    const auto before = writer_.mark();
    open_peer(writer_, change.public_key, flags_of(change.action));
    put_fields(writer_, change, std::uint16_t{0});
    writer_.close_nest();
    put_keepalive_entry(writer_, change.public_key, 1);
    put_keepalive_entry(writer_, change.public_key, *change.persistent_keepalive);
    if (writer_.overflowed()) {
        writer_.rollback(before);
        return false;
    }
    peers_in_message_ += creates ? 1 : 0;
    at_.fields_done = true;
    return true;
}

/// One entry under the peer's key: its fields unless they went out before, and as many of its
/// allowed IPs as fit.
bool DeviceEncoder::encode_entry(const PeerChange& change) {
    const bool continues = at_.fields_done || !has_fields(change);
    const bool counts = !continues && change.action != PeerChange::Action::update;
    if (counts && !has_room_for_peers(1))
        return false;
    const auto before = writer_.mark();
    open_peer(writer_, change.public_key,
              continues ? std::uint32_t{WGPEER_F_UPDATE_ONLY} : flags_of(change.action));
    if (!continues && !removes(change))
        put_fields(writer_, change, change.persistent_keepalive);
    if (writer_.overflowed()) {
        writer_.rollback(before);
        return false;
    }
    const auto without_ips = writer_.mark();
    put_allowed_ips(change);
    if (continues && writer_.mark().size == without_ips.size) {
        writer_.rollback(before);
        return false;
    }
    writer_.close_nest();
    peers_in_message_ += counts ? 1 : 0;
    at_.fields_done = true;
    return !entry_remains(change);
}

/// As many as fit: those to add, then, by flag, those to remove.
void DeviceEncoder::put_allowed_ips(const PeerChange& change) {
    const auto without = writer_.mark();
    writer_.open_nest(WGPEER_A_ALLOWEDIPS);
    const auto empty = writer_.mark();
    const bool by_flag = options_.removal == PrefixRemoval::flag;
    while (additions_remain(change) && try_allowed_ip(change.add_allowed_ips[at_.added], no_flags))
        ++at_.added;
    while (by_flag && !additions_remain(change) && removals_remain(change) &&
           try_allowed_ip(change.remove_allowed_ips[at_.removed], allowedip_f_remove_me))
        ++at_.removed;
    if (writer_.mark().size == empty.size)
        writer_.rollback(without);
    else
        writer_.close_nest();
}

bool DeviceEncoder::try_allowed_ip(const AllowedIp& ip, std::uint32_t flags) {
    const auto before = writer_.mark();
    put_allowed_ip(writer_, ip, flags);
    if (!writer_.overflowed())
        return true;
    writer_.rollback(before);
    return false;
}

/// One removal by flag, alone, so that a kernel that refuses it has done nothing.
bool DeviceEncoder::encode_trial(const PeerChange& change) {
    if (writer_.mark().size > empty_message_ + nest_header_bytes)
        return false;
    open_peer(writer_, change.public_key, WGPEER_F_UPDATE_ONLY);
    writer_.open_nest(WGPEER_A_ALLOWEDIPS);
    put_allowed_ip(writer_, change.remove_allowed_ips[at_.removed++], allowedip_f_remove_me);
    writer_.close_nest();
    writer_.close_nest();
    is_trial_ = true;
    return false;
}

/// A complete unit: the throw-away peer takes the prefixes, and goes with them. It serves this peer
/// and those directly behind it from which nothing but prefixes is taken.
bool DeviceEncoder::encode_throw_away() {
    constexpr std::size_t smallest_unit =
        4 + 36 + 4 + longest_allowed_ip_bytes + removal_entry_bytes;
    if (!has_room_for_peers(2) || writer_.room() < smallest_unit)
        return false;
    const PublicKey key = throw_away_key();
    open_peer(writer_, key, no_flags);
    writer_.open_nest(WGPEER_A_ALLOWEDIPS);
    put_removals();
    writer_.close_nest();
    writer_.close_nest();
    open_peer(writer_, key, WGPEER_F_REMOVE_ME);
    writer_.close_nest();
    peers_in_message_ += 2;
    return next_removal() == nullptr;
}

void DeviceEncoder::put_removals() {
    const AllowedIp* ip = next_removal();
    while (ip && writer_.room() >= longest_allowed_ip_bytes + removal_entry_bytes) {
        put_allowed_ip(writer_, *ip, no_flags);
        ++at_.removed;
        ip = next_removal();
    }
}

/// The next prefix that the same throw-away peer may take, or null at the end of the run.
const AllowedIp* DeviceEncoder::next_removal() noexcept {
    while (at_.peer < change_.peers.size() && !entry_remains(current())) {
        if (removals_remain(current()))
            return &current().remove_allowed_ips[at_.removed];
        advance();
    }
    return nullptr;
}

std::span<std::uint8_t> encode_dump_request(std::uint16_t family, std::string_view device,
                                            std::span<std::uint8_t> storage) noexcept {
    MessageWriter writer(storage);
    begin_request(writer, family, WG_CMD_GET_DEVICE, device);
    return writer.finish();
}

} // namespace wgnl
