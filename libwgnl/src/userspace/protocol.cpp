// SPDX-License-Identifier: LGPL-2.1-or-later
// Replies of a userspace implementation as values.
#include "protocol.hpp"

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstdlib>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <net/if.h>
#include <sodium.h>

#include "base/text.hpp"

namespace wgnl {
namespace {

/// Far beyond any line of the protocol, the longest of which is a key.
constexpr std::size_t longest_line = 4096;
/// The kernel's own limit; no implementation goes beyond it.
constexpr std::size_t most_peers = std::size_t{1} << 20;

template <std::integral T> bool read_number(std::string_view text, T& value) {
    const auto number = whole_number<T>(text);
    value = number.value_or(value);
    return number.has_value();
}

/// Constant time; `bytes` is zeroed on failure.
bool read_key(std::string_view hex, KeyBytes& bytes) {
    std::size_t size = 0;
    const char* end = nullptr;
    const bool ok = hex.size() == 2 * key_size &&
                    sodium_hex2bin(bytes.data(), bytes.size(), hex.data(), hex.size(), nullptr,
                                   &size, &end) == 0 &&
                    size == key_size && end == hex.data() + hex.size();
    if (!ok)
        wipe(bytes.data(), bytes.size());
    return ok;
}

/// All zero stands for no key.
template <typename Key> bool read_secret(std::string_view hex, std::optional<Key>& key) {
    KeyBytes bytes{};
    const bool ok = read_key(hex, bytes);
    key.reset();
    if (ok && !Key(bytes).is_zero())
        key.emplace(bytes);
    wipe(bytes.data(), bytes.size());
    return ok;
}

std::uint32_t scope_index(std::string_view scope) {
    std::uint32_t index = 0;
    return read_number(scope, index) ? index : if_nametoindex(std::string(scope).c_str());
}

/// Port 0, where nothing can be sent, is no endpoint for us; but programs keep one that they were
/// given.
std::optional<Endpoint> read_portless(std::string_view text) {
    auto endpoint = Endpoint::parse(std::string(text.substr(0, text.size() - 1)) + '1');
    if (!endpoint)
        return std::nullopt;
    endpoint->port = 0;
    return *endpoint;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    if (text.ends_with(":0"))
        return read_portless(text);
    const auto endpoint = Endpoint::parse(text);
    return endpoint ? std::optional{*endpoint} : std::nullopt;
}

/// The scope may name an interface that is gone by now: the endpoint is read all the same.
std::optional<Endpoint> read_endpoint(std::string_view text) {
    const auto percent = text.find('%');
    const auto bracket = text.find(']');
    if (percent == text.npos || bracket == text.npos || percent > bracket)
        return parse_endpoint(text);
    const std::string bare = fmt::format("{}{}", text.substr(0, percent), text.substr(bracket));
    auto endpoint = parse_endpoint(bare);
    if (!endpoint)
        return std::nullopt;
    endpoint->scope_id = scope_index(text.substr(percent + 1, bracket - percent - 1));
    return *endpoint;
}

bool read_endpoint(std::string_view text, std::optional<Endpoint>& endpoint) {
    endpoint = read_endpoint(text);
    return endpoint.has_value();
}

bool read_allowed_ip(std::string_view text, std::vector<AllowedIp>& list) {
    auto parsed = AllowedIp::parse(text);
    if (parsed)
        list.push_back(parsed->value);
    return parsed.has_value();
}

/// The time comes as two lines in either order; both only ever add to what is there.
bool add_time(std::string_view text, std::int64_t unit, std::chrono::nanoseconds& time) {
    std::int64_t count = 0;
    std::int64_t span = 0;
    std::int64_t sum = 0;
    if (!read_number(text, count) || count < 0 || __builtin_mul_overflow(count, unit, &span) ||
        __builtin_add_overflow(time.count(), span, &sum))
        return false;
    time = std::chrono::nanoseconds{sum};
    return true;
}

constexpr std::int64_t second_in_ns = 1'000'000'000;

/// What wireguard-go says where it has no number: "No anode".
constexpr int unknown_failure = ENOANO;

Error failure(int errnum, const std::string& operation) {
    Error error = Error::from_errno(errnum, operation);
    const auto because = [&](std::string_view text) {
        return Error(error.code(), operation, fmt::format("{}: {}", error.detail(), text), errnum);
    };
    switch (errnum) {
    case EADDRINUSE:
        // wireguard-go has one number for whatever keeps it from a port.
        return because("another socket has that UDP port (ss -lunp shows whose), or the WireGuard "
                       "program may not listen there (below 1024 that takes CAP_NET_BIND_SERVICE): "
                       "choose another listen port, or free that one");
    case EINVAL:
        return because("the WireGuard program refuses a value of this change; what comes before it "
                       "may be applied");
    case EPROTO:
        return because("the WireGuard program does not know a part of this request: a newer one "
                       "may");
    case EIO:
        return because("the WireGuard program could not read the request to its end");
    case EPERM:
    case EACCES:
        return because("the WireGuard program itself lacks a privilege (CAP_NET_ADMIN)");
    case unknown_failure:
        return {error.code(), operation,
                "the WireGuard program failed and does not say why: its log may (LOG_LEVEL=verbose "
                "when it is started)",
                errnum};
    default:
        return error;
    }
}

/// A key that comes twice: which of the two is the peer cannot be told.
const PublicKey* find_duplicate(const std::vector<Peer>& peers) {
    std::vector<const PublicKey*> keys;
    keys.reserve(peers.size());
    for (const Peer& peer : peers)
        keys.push_back(&peer.public_key);
    const auto value = [](const PublicKey* key) -> const PublicKey& { return *key; };
    std::ranges::sort(keys, {}, value);
    const auto twice = std::ranges::adjacent_find(keys, {}, value);
    return twice == keys.end() ? nullptr : *twice;
}

} // namespace

UserspaceReply::UserspaceReply(std::string device_name, std::string operation)
    : operation_(std::move(operation)) {
    device_.name = std::move(device_name);
    device_.backend = Backend::userspace;
}

Result<void> UserspaceReply::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (complete_)
            return fail(Errc::protocol, operation_, "the reply goes on behind its end");
        const auto end = bytes.find('\n');
        if (partial_.size() + std::min(end, bytes.size()) > longest_line)
            return fail(Errc::protocol, operation_, "a line of the reply has no end");
        partial_.append(bytes.substr(0, end));
        if (end == bytes.npos)
            return {};
        bytes.remove_prefix(end + 1);
        if (auto read = read_line(partial_.view()); !read)
            return read;
        partial_.clear();
    }
    return {};
}

Result<void> UserspaceReply::read_line(std::string_view line) {
    if (line.empty()) {
        if (!errnum_)
            return fail(Errc::protocol, operation_, "the reply ends without an errno");
        complete_ = true;
        return {};
    }
    const auto equals = line.find('=');
    if (equals == line.npos)
        return fail(Errc::protocol, operation_, "a line of the reply is no key=value");
    return read_field(line.substr(0, equals), line.substr(equals + 1));
}

/// Keys that nobody knows yet are passed over.
Result<void> UserspaceReply::read_field(std::string_view key, std::string_view value) {
    if (key == "errno") {
        int number = 0;
        if (!read_number(value, number) || number == std::numeric_limits<int>::min())
            return malformed(key);
        errnum_ = std::abs(number); // wireguard-go sends it negative
        return {};
    }
    if (key == "public_key")
        return begin_peer(value);
    const bool read =
        device_.peers.empty() ? read_device_field(key, value) : read_peer_field(key, value);
    return read ? Result<void>{} : malformed(key);
}

bool UserspaceReply::read_device_field(std::string_view key, std::string_view value) {
    if (key == "private_key")
        return read_secret(value, device_.private_key);
    if (key == "listen_port")
        return read_number(value, device_.listen_port);
    if (key == "fwmark")
        return read_number(value, device_.fwmark);
    return true;
}

bool UserspaceReply::read_peer_field(std::string_view key, std::string_view value) {
    Peer& peer = device_.peers.back();
    if (key == "preshared_key")
        return read_secret(value, peer.preshared_key);
    if (key == "endpoint")
        return read_endpoint(value, peer.endpoint);
    if (key == "persistent_keepalive_interval")
        return read_number(value, peer.persistent_keepalive);
    if (key == "allowed_ip")
        return read_allowed_ip(value, peer.allowed_ips);
    if (key == "last_handshake_time_sec")
        return add_time(value, second_in_ns, peer.last_handshake);
    if (key == "last_handshake_time_nsec")
        return add_time(value, 1, peer.last_handshake);
    if (key == "rx_bytes")
        return read_number(value, peer.rx_bytes);
    if (key == "tx_bytes")
        return read_number(value, peer.tx_bytes);
    return true;
}

Result<void> UserspaceReply::begin_peer(std::string_view value) {
    KeyBytes bytes{};
    if (!read_key(value, bytes))
        return malformed("public_key");
    if (device_.peers.size() == most_peers)
        return fail(Errc::protocol, operation_, "the reply has more peers than a device can have");
    device_.peers.emplace_back().public_key = PublicKey(bytes);
    return {};
}

Result<void> UserspaceReply::malformed(std::string_view key) const {
    return fail(Errc::protocol, operation_,
                fmt::format("the value of \"{}\" in the reply cannot be read", key));
}

Result<Device> UserspaceReply::take() && {
    if (!complete_)
        return fail(Errc::protocol, operation_, "the reply ended too early");
    if (*errnum_ != 0)
        return std::unexpected(failure(*errnum_, operation_));
    if (const auto* twice = find_duplicate(device_.peers))
        return fail(Errc::protocol, operation_,
                    fmt::format("the reply has the peer {} twice", twice->to_base64()));
    if (device_.private_key)
        device_.public_key = public_key_of(*device_.private_key);
    return std::move(device_);
}

} // namespace wgnl
