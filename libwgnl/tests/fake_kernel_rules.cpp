// SPDX-License-Identifier: LGPL-2.1-or-later
// What the fake of the module takes and what it makes of it: policies, peers, allowed IPs.
#include "fake_kernel_rules.hpp"

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>

namespace wgnl::tests {
namespace {

struct Policy;

struct Rule {
    enum class Kind : std::uint8_t { none, exact, at_least, flags, list, text } kind{Kind::none};
    std::size_t size{};             ///< of flags: those that are known
    const Policy* element{nullptr}; ///< of a list
};
struct Policy {
    std::array<Rule, std::tuple_size_v<ParsedAttributes>> rules{};
};
using enum Rule::Kind;

constexpr Policy allowed_ip_policy{{{{}, {exact, 2}, {at_least, 4}, {exact, 1}, {flags, 1}}}};
constexpr Policy old_allowed_ip_policy{{{{}, {exact, 2}, {at_least, 4}, {exact, 1}}}};
constexpr Policy peer_policy{{{{},
                               {exact, 32},
                               {exact, 32},
                               {flags, 7},
                               {at_least, 16},
                               {exact, 2},
                               {exact, 16},
                               {exact, 8},
                               {exact, 8},
                               {list, 0, &allowed_ip_policy},
                               {exact, 4}}}};
constexpr Policy device_policy{{{{},
                                 {exact, 4},
                                 {text, 16},
                                 {exact, 32},
                                 {exact, 32},
                                 {flags, 1},
                                 {exact, 2},
                                 {exact, 4},
                                 {list, 0, &peer_policy}}}};

bool satisfies(const AttributeReader& attribute, const Rule& rule,
               const FakeKernel::Features& features) {
    const Bytes payload = attribute.payload();
    switch (rule.kind) {
    case none:
        return false;
    case exact:
        return payload.size() == rule.size;
    case at_least:
        return payload.size() >= rule.size;
    case flags:
        return payload.size() == 4 &&
               (!features.removes_by_flag || (value_of<std::uint32_t>(payload) & ~rule.size) == 0);
    case list:
        return attribute.is_nested();
    case text:
        return payload.size() <= rule.size && !payload.empty() && payload.back() == 0;
    }
    return false;
}

/// The first attribute that breaks the policy, as its bytes behind the header; null if none does.
const std::uint8_t* offender(AttributeReader reader, const Policy& policy,
                             const FakeKernel::Features& features, bool deep);

const std::uint8_t* offender_in_list(AttributeReader list, const Policy& policy,
                                     const FakeKernel::Features& features) {
    while (list.next()) {
        if (!list.is_nested())
            return list.payload().data();
        if (const auto* found = offender(list.nested(), policy, features, true))
            return found;
    }
    return nullptr;
}

const std::uint8_t* offender(AttributeReader reader, const Policy& policy,
                             const FakeKernel::Features& features, bool deep) {
    while (reader.next()) {
        const bool known = reader.type() < policy.rules.size();
        if (!known || !satisfies(reader, policy.rules[reader.type()], features))
            return reader.payload().data();
        const Policy* const element = policy.rules[reader.type()].element;
        if (const auto* found =
                deep && element ? offender_in_list(reader.nested(), *element, features) : nullptr)
            return found;
    }
    return nullptr;
}

int parse(AttributeReader reader, const Policy& policy, const FakeKernel::Features& features,
          ParsedAttributes& parsed) {
    if (offender(reader, policy, features, false))
        return EINVAL;
    while (reader.next())
        parsed[reader.type()] = reader.payload();
    return reader.ok() ? 0 : EINVAL;
}

bool all_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

} // namespace

FakeKernel::Fault parse_request(Bytes request, const FakeKernel::Features& features,
                                ParsedAttributes& fields) {
    const AttributeReader reader = message_attributes(request, sizeof(genlmsghdr));
    if (const auto* found = offender(reader, device_policy, features, features.validates_first)) {
        const auto offset = static_cast<std::uint32_t>(found - request.data() - NLA_HDRLEN);
        return {EINVAL, "Attribute failed policy validation", offset};
    }
    return {parse(reader, device_policy, features, fields), {}, {}};
}

int check_flags(std::uint32_t flags, std::uint32_t known, const FakeKernel::Features& features) {
    if ((flags & ~known) == 0)
        return 0;
    return features.removes_by_flag ? EINVAL : EOPNOTSUPP;
}

Peer* FakeChange::find(const PublicKey& key) {
    const auto found = std::ranges::find(device_.peers, key, &Peer::public_key);
    return found == device_.peers.end() ? nullptr : &*found;
}

void FakeChange::create(const PublicKey& key) {
    device_.peers.push_back({.public_key = key});
    ++record_.created;
}

void FakeChange::remove(const PublicKey& key) {
    record_.removed +=
        std::erase_if(device_.peers, [&](const Peer& peer) { return peer.public_key == key; });
    std::erase_if(live_.owners, [&](const auto& entry) { return entry.second == key; });
}

void FakeChange::remove_all_peers() {
    record_.removed += device_.peers.size();
    device_.peers.clear();
    live_.owners.clear();
}

void FakeChange::set_private_key(Bytes bytes) {
    device_.private_key.reset();
    device_.public_key.reset();
    if (all_zero(bytes))
        return;
    auto clamped = value_of<KeyBytes>(bytes);
    clamped[0] &= 248;
    clamped[31] = static_cast<std::uint8_t>((clamped[31] & 127) | 64);
    device_.private_key.emplace(clamped);
    device_.public_key = public_key_of(*device_.private_key);
    if (find(*device_.public_key))
        remove(*device_.public_key);
}

int FakeChange::set_peers(Bytes peers) {
    AttributeReader reader(peers);
    while (reader.next()) {
        ParsedAttributes fields;
        if (!reader.is_nested() || parse(reader.nested(), peer_policy, features_, fields) != 0)
            return EINVAL;
        if (const int errnum = set_peer(fields))
            return errnum;
    }
    return 0;
}

int FakeChange::set_peer(const ParsedAttributes& fields) {
    if (!fields[WGPEER_A_PUBLIC_KEY])
        return EINVAL;
    const PublicKey key(value_of<KeyBytes>(*fields[WGPEER_A_PUBLIC_KEY]));
    const auto flags = value_or<std::uint32_t>(fields[WGPEER_A_FLAGS], 0);
    if (const int errnum = check_flags(flags, 7, features_))
        return errnum;
    if (value_or<std::uint32_t>(fields[WGPEER_A_PROTOCOL_VERSION], 1) != 1)
        return EPFNOSUPPORT;
    if (!find(key)) {
        if ((flags & (WGPEER_F_REMOVE_ME | WGPEER_F_UPDATE_ONLY)) || device_.public_key == key)
            return 0;
        if (device_.peers.size() >= features_.most_peers)
            return ENOMEM;
        create(key);
    }
    if (flags & WGPEER_F_REMOVE_ME) {
        remove(key);
        return 0;
    }
    if (const auto& bytes = fields[WGPEER_A_PRESHARED_KEY])
        find(key)->preshared_key =
            all_zero(*bytes) ? std::nullopt : std::optional(PresharedKey(bytes->first<key_size>()));
    if (fields[WGPEER_A_ENDPOINT])
        set_endpoint(*find(key), *fields[WGPEER_A_ENDPOINT]);
    if (flags & WGPEER_F_REPLACE_ALLOWEDIPS) {
        find(key)->allowed_ips.clear();
        std::erase_if(live_.owners, [&](const auto& entry) { return entry.second == key; });
    }
    if (fields[WGPEER_A_ALLOWEDIPS])
        if (const int errnum = set_allowed_ips(key, *fields[WGPEER_A_ALLOWEDIPS]))
            return errnum;
    if (const auto& bytes = fields[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
        set_keepalive(*find(key), value_of<std::uint16_t>(*bytes));
    return 0;
}

void FakeChange::set_keepalive(Peer& peer, std::uint16_t seconds) {
    if (peer.persistent_keepalive == 0 && seconds != 0 && live_.up)
        ++live_.keepalives[peer.public_key];
    peer.persistent_keepalive = seconds;
}

/// Anything but the two socket addresses is passed over without a word.
void FakeChange::set_endpoint(Peer& peer, Bytes bytes) {
    const auto family = value_of<sa_family_t>(bytes);
    if (bytes.size() == sizeof(sockaddr_in) && family == AF_INET) {
        const auto v4 = value_of<sockaddr_in>(bytes);
        const auto address = value_of<std::array<std::uint8_t, 4>>(bytes.subspan(4));
        peer.endpoint = Endpoint{IpAddress::v4(address), ntohs(v4.sin_port), 0};
    } else if (bytes.size() == sizeof(sockaddr_in6) && family == AF_INET6) {
        const auto v6 = value_of<sockaddr_in6>(bytes);
        peer.endpoint =
            Endpoint{IpAddress::v6(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port), v6.sin6_scope_id};
    }
}

int FakeChange::set_allowed_ips(const PublicKey& key, Bytes list) {
    const Policy& policy = features_.removes_by_flag ? allowed_ip_policy : old_allowed_ip_policy;
    AttributeReader reader(list);
    while (reader.next()) {
        ParsedAttributes fields;
        if (!reader.is_nested() || parse(reader.nested(), policy, features_, fields) != 0)
            return EINVAL;
        if (const int errnum = set_allowed_ip(key, fields))
            return errnum;
    }
    return 0;
}

static std::optional<AllowedIp> allowed_ip_of(const ParsedAttributes& fields) {
    if (!fields[WGALLOWEDIP_A_FAMILY] || !fields[WGALLOWEDIP_A_IPADDR] ||
        !fields[WGALLOWEDIP_A_CIDR_MASK])
        return std::nullopt;
    const auto family = value_of<std::uint16_t>(*fields[WGALLOWEDIP_A_FAMILY]);
    const Bytes address = *fields[WGALLOWEDIP_A_IPADDR];
    const std::uint8_t length = fields[WGALLOWEDIP_A_CIDR_MASK]->front();
    if (family == AF_INET && length <= 32 && address.size() == 4)
        return AllowedIp{IpAddress::v4(address.first<4>()).masked(length), length};
    if (family == AF_INET6 && length <= 128 && address.size() == 16)
        return AllowedIp{IpAddress::v6(address.first<16>()).masked(length), length};
    return std::nullopt;
}

void FakeChange::take(const AllowedIp& ip, const PublicKey& from) {
    if (Peer* const peer = find(from))
        std::erase(peer->allowed_ips, ip);
    live_.owners.erase(ip);
}

int FakeChange::set_allowed_ip(const PublicKey& key, const ParsedAttributes& fields) {
    const auto ip = allowed_ip_of(fields);
    if (!ip)
        return EINVAL;
    const auto flags = value_or<std::uint32_t>(fields[allowedip_a_flags], 0);
    const auto owner = live_.owners.find(*ip);
    if (flags & allowedip_f_remove_me) {
        if (owner != live_.owners.end() && owner->second == key)
            take(*ip, key);
        return 0;
    }
    if (owner != live_.owners.end())
        take(*ip, PublicKey(owner->second));
    live_.owners.emplace(*ip, key);
    find(key)->allowed_ips.push_back(*ip);
    return 0;
}

} // namespace wgnl::tests
