// SPDX-License-Identifier: LGPL-2.1-or-later
// Generators of the library's values for property tests: how they are made.
#include "generators.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

namespace wgnl::testing {

static rc::Gen<KeyBytes> key_bytes() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::uint8_t>>(key_size, rc::gen::arbitrary<std::uint8_t>()),
        [](const std::vector<std::uint8_t>& random) {
            KeyBytes bytes{};
            std::ranges::copy(random, bytes.begin());
            bytes[0] = static_cast<std::uint8_t>(bytes[0] | 8U); // never all zero
            return bytes;
        });
}

rc::Gen<PublicKey> public_keys() {
    return rc::gen::map(key_bytes(), [](const KeyBytes& bytes) { return PublicKey(bytes); });
}

rc::Gen<PublicKey> few_public_keys(int count) {
    return rc::gen::map(rc::gen::inRange(1, count + 1), [](int number) {
        KeyBytes bytes{};
        bytes[0] = static_cast<std::uint8_t>(number);
        return PublicKey(bytes);
    });
}

rc::Gen<PrivateKey> private_keys() {
    return rc::gen::map(key_bytes(), [](const KeyBytes& bytes) { return PrivateKey(bytes); });
}

rc::Gen<PresharedKey> preshared_keys() {
    return rc::gen::map(key_bytes(), [](const KeyBytes& bytes) { return PresharedKey(bytes); });
}

IpAddress address_of(Family family, const KeyBytes& bytes) {
    const std::span<const std::uint8_t, key_size> all(bytes);
    return family == Family::ipv4 ? IpAddress::v4(all.first<4>()) : IpAddress::v6(all.first<16>());
}

rc::Gen<Family> families() { return rc::gen::element(Family::ipv4, Family::ipv6); }

rc::Gen<IpAddress> ip_addresses() { return rc::gen::apply(address_of, families(), key_bytes()); }

rc::Gen<AllowedIp> allowed_ips() {
    return rc::gen::apply(
        [](const IpAddress& address, int number) {
            const auto length =
                static_cast<std::uint8_t>(number % (address_bits(address.family()) + 1));
            return AllowedIp{address.masked(length), length};
        },
        ip_addresses(), rc::gen::inRange(0, 33 * 129));
}

rc::Gen<AllowedIp> few_allowed_ips(int count) {
    return rc::gen::map(rc::gen::inRange(0, count), [](int number) {
        KeyBytes bytes{10, static_cast<std::uint8_t>(number / 3)};
        const auto address = address_of(number % 2 == 0 ? Family::ipv4 : Family::ipv6, bytes);
        const auto length = static_cast<std::uint8_t>(number % 3 == 0 ? 16 : 24);
        return AllowedIp{address.masked(length), length};
    });
}

rc::Gen<InterfaceAddress> interface_addresses() {
    return rc::gen::apply(
        [](const IpAddress& address, int number) {
            const auto bits = address_bits(address.family());
            return InterfaceAddress{address, static_cast<std::uint8_t>(number % (bits + 1))};
        },
        ip_addresses(), rc::gen::inRange(0, 33 * 129));
}

static rc::Gen<std::uint16_t> ports() {
    return rc::gen::map(rc::gen::inRange(1, 65536),
                        [](int port) { return static_cast<std::uint16_t>(port); });
}

rc::Gen<Endpoint> endpoints() {
    const auto any = rc::gen::apply(
        [](const IpAddress& address, std::uint16_t port) { return Endpoint{address, port, 0}; },
        ip_addresses(), ports());
    const auto link_local = rc::gen::apply(
        [](KeyBytes bytes, std::uint16_t port, std::uint32_t scope) {
            bytes[0] = 0xfe;
            bytes[1] = 0x80;
            return Endpoint{address_of(Family::ipv6, bytes), port, scope | 0x40000000U};
        },
        key_bytes(), ports(), rc::gen::arbitrary<std::uint32_t>());
    return rc::gen::weightedOneOf<Endpoint>({{4, any}, {1, link_local}});
}

rc::Gen<std::string> texts() {
    const auto piece = rc::gen::element<std::string>("a", "Z", "7", " ", "\"", "\\", "/", "%", "{",
                                                     "ä", "界", "🦭");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                        [](const std::vector<std::string>& pieces) {
                            std::string text;
                            for (const auto& each : pieces)
                                text += each;
                            return text;
                        });
}

rc::Gen<std::string> device_names() {
    return rc::gen::element<std::string>("wg0", "wg-home", "tun.5", "exactly15bytes.");
}

rc::Gen<std::string> endpoint_texts() {
    const auto numeric =
        rc::gen::map(endpoints(), [](const Endpoint& endpoint) { return endpoint.to_string(); });
    const auto named = rc::gen::apply(
        [](const std::string& host, std::uint16_t port) {
            return host + ':' + std::to_string(port);
        },
        rc::gen::element<std::string>("vpn.example.org", "peer", "a-1.example."), ports());
    return rc::gen::oneOf(numeric, named);
}

rc::Gen<bool> rarely() {
    return rc::gen::map(rc::gen::inRange(0, 8), [](int n) { return n == 0; });
}

static rc::Gen<Location> locations() {
    return rc::gen::map(rc::gen::tuple(texts(), rc::gen::arbitrary<std::uint32_t>(),
                                       rc::gen::arbitrary<std::uint32_t>()),
                        [](const auto& parts) {
                            const auto& [file, line, column] = parts;
                            return Location{file, line, line == 0 ? 0 : column};
                        });
}

static rc::Gen<DeclaredPeer> declared_peers(const rc::Gen<PublicKey>& keys,
                                            const rc::Gen<AllowedIp>& prefixes) {
    auto peers = rc::gen::build<DeclaredPeer>(
        rc::gen::set(&DeclaredPeer::public_key, keys), rc::gen::set(&DeclaredPeer::name, texts()),
        rc::gen::set(&DeclaredPeer::location, locations()),
        rc::gen::set(&DeclaredPeer::kept_as_is, rarely()),
        rc::gen::set(&DeclaredPeer::preshared_key, maybe(preshared_keys())),
        rc::gen::set(&DeclaredPeer::endpoint, maybe(endpoint_texts())),
        rc::gen::set(&DeclaredPeer::allowed_ips,
                     rc::gen::container<std::vector<AllowedIp>>(prefixes)),
        rc::gen::set(&DeclaredPeer::persistent_keepalive,
                     maybe(rc::gen::arbitrary<std::uint16_t>())),
        rc::gen::set(&DeclaredPeer::route_table, maybe(rc::gen::arbitrary<std::uint32_t>())),
        rc::gen::set(&DeclaredPeer::route_metric, maybe(rc::gen::arbitrary<std::uint32_t>())),
        rc::gen::set(&DeclaredPeer::external_preshared_key, rarely()));
    return rc::gen::map(std::move(peers), [](DeclaredPeer peer) {
        if (peer.external_preshared_key)
            peer.preshared_key.reset();
        return peer;
    });
}

rc::Gen<Problem> problems() {
    return rc::gen::build<Problem>(
        rc::gen::set(&Problem::severity,
                     rc::gen::element(Severity::error, Severity::warning, Severity::note)),
        rc::gen::set(&Problem::location, locations()), rc::gen::set(&Problem::hint, texts()),
        rc::gen::set(&Problem::key, texts()), rc::gen::set(&Problem::peer, maybe(public_keys())),
        rc::gen::set(&Problem::text,
                     rc::gen::map(texts(), [](std::string text) { return "because " + text; })));
}

/// Some of the peer's allowed IPs in tables of their own, for every other peer.
static std::vector<DeclaredRoute> some_routes(const DeclaredPeer& peer) {
    std::vector<DeclaredRoute> routes;
    const auto number = peer.route_metric.value_or(1);
    if (number % 2 == 0)
        for (std::size_t i = number % 3; i < peer.allowed_ips.size(); i += 2)
            routes.push_back({peer.allowed_ips[i], number / 2 + 1, number});
    return routes;
}

/// Drops what would make the declaration invalid: a key or prefix that stands there already.
static Declaration without_duplicates(Declaration declaration) {
    std::set<PublicKey> keys;
    std::set<AllowedIp> prefixes;
    std::erase_if(declaration.peers,
                  [&](const DeclaredPeer& peer) { return !keys.insert(peer.public_key).second; });
    for (auto& peer : declaration.peers) {
        std::erase_if(peer.allowed_ips,
                      [&](const AllowedIp& prefix) { return !prefixes.insert(prefix).second; });
        peer.routes = some_routes(peer);
    }
    return declaration;
}

rc::Gen<Declaration> declarations(const rc::Gen<PublicKey>& keys,
                                  const rc::Gen<AllowedIp>& prefixes) {
    const auto any = rc::gen::build<Declaration>(
        rc::gen::set(&Declaration::device, device_names()),
        rc::gen::set(&Declaration::mode, rc::gen::element(Mode::observe, Mode::sync, Mode::own)),
        rc::gen::set(&Declaration::kept_as_is, rarely()),
        rc::gen::set(&Declaration::strict, rarely()),
        rc::gen::set(&Declaration::is_private, rarely()),
        rc::gen::set(&Declaration::viewers,
                     rc::gen::container<std::vector<std::string>>(device_names())),
        rc::gen::set(&Declaration::location, locations()),
        rc::gen::set(&Declaration::private_key, maybe(private_keys())),
        rc::gen::set(&Declaration::listen_port, maybe(ports())),
        rc::gen::set(&Declaration::fwmark, maybe(rc::gen::arbitrary<std::uint32_t>())),
        rc::gen::set(&Declaration::mtu,
                     maybe(rc::gen::map(rc::gen::inRange(68, 65536),
                                        [](int mtu) { return static_cast<std::uint32_t>(mtu); }))),
        rc::gen::set(&Declaration::addresses,
                     rc::gen::container<std::vector<InterfaceAddress>>(interface_addresses())),
        rc::gen::set(&Declaration::route_table, maybe(rc::gen::arbitrary<std::uint32_t>())),
        rc::gen::set(&Declaration::route_metric, maybe(rc::gen::arbitrary<std::uint32_t>())),
        rc::gen::set(&Declaration::peers,
                     rc::gen::container<std::vector<DeclaredPeer>>(declared_peers(keys, prefixes))),
        rc::gen::set(&Declaration::problems, rc::gen::container<std::vector<Problem>>(problems())));
    // Peers times prefixes: a third of the usual size has every case, in a tenth of the time.
    return rc::gen::map(rc::gen::scale(0.33, any), without_duplicates);
}

rc::Gen<Declaration> declarations() { return declarations(public_keys(), allowed_ips()); }

rc::Gen<Declaration> alike_declarations() {
    return declarations(few_public_keys(), few_allowed_ips());
}

} // namespace wgnl::testing
