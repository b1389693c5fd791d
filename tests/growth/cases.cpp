// SPDX-License-Identifier: LGPL-2.1-or-later
// Files, declarations, devices and records of any number of peers, and what is done with them.
#include "cases.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <wgnl/peer_list.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/record.hpp>
#include <wgnl/wg_quick.hpp>

#include "codec/device_decoder.hpp"
#include "codec/device_encoder.hpp"
#include "fake_kernel.hpp"
#include "formats/doubts.hpp"
#include "model/device_model.hpp"
#include "networkd/netdev/netdev.hpp"
#include "networkd/netdev/netdev_writer.hpp"

namespace wgnl::test {
namespace {

PublicKey key_of(std::size_t number) {
    KeyBytes bytes{};
    for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i)
        bytes[i] = static_cast<std::uint8_t>((number + 1) >> (8 * i));
    return PublicKey(bytes);
}

std::string address_of(std::size_t number) {
    return fmt::format("10.{}.{}.{}", number >> 16U & 0xffU, number >> 8U & 0xffU, number & 0xffU);
}

AllowedIp prefix_of(std::size_t number) { return AllowedIp::parse(address_of(number))->value; }

} // namespace

Declaration declaration_of(std::size_t peers) {
    Declaration all{.device = "wg0", .mode = Mode::own, .route_table = 254};
    for (std::size_t i = 0; i < peers; ++i)
        all.peers.push_back({.public_key = key_of(i),
                             .name = fmt::format("peer {}", i),
                             .location = {"wg0.netdev", static_cast<std::uint32_t>(i * 5 + 9)},
                             .endpoint = fmt::format("192.0.2.{}:{}", i % 250, 1024 + i % 60'000),
                             .allowed_ips = {prefix_of(i)},
                             .persistent_keepalive = 25});
    return all;
}

namespace {

Device device_of(std::size_t peers, std::uint16_t keepalive = 25) {
    Device all;
    all.name = "wg0";
    for (std::size_t i = 0; i < peers; ++i)
        all.peers.push_back(
            {.public_key = key_of(i),
             .endpoint = *Endpoint::parse(fmt::format("192.0.2.{}:{}", i % 250, 1024 + i % 60'000)),
             .persistent_keepalive = keepalive,
             .allowed_ips = {prefix_of(i)}});
    return all;
}

/// Sections of peers, each of what `lines_of` says.
std::string text_of(std::size_t peers, const char* header,
                    const std::function<std::string(std::size_t)>& lines_of) {
    std::string text;
    for (std::size_t i = 0; i < peers; ++i)
        text += fmt::format("[{}]\n{}\n", header, lines_of(i));
    return text;
}

std::string good_peer(std::size_t number) {
    return fmt::format("PublicKey={}\nAllowedIPs={}/32\nEndpoint=192.0.2.1:{}\n",
                       key_of(number).to_base64(), address_of(number), 1024 + number % 60'000);
}
std::string clashing_peer(std::size_t number) {
    return fmt::format("PublicKey={}\nAllowedIPs=10.0.0.0/8\n", key_of(number).to_base64());
}
std::string repeated_peer(std::size_t number) {
    return fmt::format("PublicKey={}\nAllowedIPs={}/32\n", key_of(0).to_base64(),
                       address_of(number));
}
std::string mistaken_peer(std::size_t number) {
    return fmt::format("PublicKey={}\nAllowedIPs=10.0.0.0/99\nPersistentKeepalive=x{}\nAbc={}\n",
                       key_of(number).to_base64(), number, number);
}
std::string nobody(std::size_t number) { return fmt::format("PublicKey=abc{}=\n", number); }

std::string lines_of_prefixes(std::size_t prefixes) {
    auto text = "PublicKey=" + key_of(0).to_base64() + "\n";
    for (std::size_t i = 0; i < prefixes; ++i)
        text += fmt::format("AllowedIPs={}/32\n", address_of(i));
    return text;
}
std::string line_of_prefixes(std::size_t prefixes, const char* end) {
    auto text = "PublicKey=" + key_of(0).to_base64() + "\nAllowedIPs=";
    for (std::size_t i = 0; i < prefixes; ++i)
        text += fmt::format("{}{}, ", address_of(i), end);
    return text + "10.255.0.0/16\n";
}

/// The same texts for both formats; of one peer, where the size is that of its list.
std::string text_named(std::string_view kind, const char* header, std::size_t size) {
    if (kind == "clashing")
        return text_of(size, header, clashing_peer);
    if (kind == "repeated")
        return text_of(size, header, repeated_peer);
    if (kind == "mistaken")
        return text_of(size, header, mistaken_peer);
    if (kind == "nobody")
        return text_of(size, header, nobody);
    if (kind == "lines")
        return fmt::format("[{}]\n{}", header, lines_of_prefixes(size));
    if (kind == "line")
        return fmt::format("[{}]\n{}", header, line_of_prefixes(size, "/32"));
    if (kind == "mistaken line")
        return fmt::format("[{}]\n{}", header, line_of_prefixes(size, "/77"));
    return text_of(size, header, good_peer);
}

Case wg_quick(const char* kind) {
    return {kind, [kind](std::size_t size) -> Work {
                return [text = "[Interface]\n" + text_named(kind, "Peer", size)] {
                    parse_wg_quick(text, {.file = "wg0.conf", .device = "wg0"});
                };
            }};
}

Case peer_list(const char* kind) {
    return {kind, [kind](std::size_t size) -> Work {
                return
                    [text = "[X-PeerList]\nName=office\nSerial=1\nNotAfter=2100-01-01T00:00:00Z\n" +
                            text_named(kind, "WireGuardPeer", size)] {
                        (void)parse_peer_list(text, "office");
                    };
            }};
}

Case netdev(const char* kind) {
    return {kind, [kind](std::size_t size) -> Work {
                return [text = "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\n" +
                               text_named(kind, "WireGuardPeer", size)] {
                    std::vector<networkd::SourceFile> files;
                    files.push_back({.path = "/etc/systemd/network/wg0.netdev",
                                     .label = "wg0.netdev",
                                     .ini = IniFile::parse(SecretText(text))});
                    networkd::Inputs inputs;
                    networkd::parse_netdev(files, {}, inputs);
                };
            }};
}

struct Sides {
    Declaration declared;
    Device live;
    Record last;
};
Sides sides_of(std::size_t declared, std::size_t live, std::size_t recorded, std::uint16_t every) {
    return {declaration_of(declared), device_of(live, every),
            record_of(declaration_of(recorded), nullptr)};
}
void make_plan(const Sides& sides) { plan(sides.declared, &sides.last, sides.live, {}); }

void encode(const DeviceChange& change) {
    const EncodeOptions options{.family = 1, .device = "wg0"};
    std::vector<std::uint8_t> storage(message_storage(options.limits));
    DeviceEncoder encoder(change, options, storage);
    while (!encoder.next().empty()) {
    }
}

void decode(const std::vector<std::vector<std::uint8_t>>& dump) {
    DeviceDecoder decoder;
    for (const auto& message : dump)
        (void)decoder.add(message);
    (void)std::move(decoder).finish();
}

Moment moment(std::chrono::nanoseconds after) { return {Boottime(after), after}; }

daemon::DeviceReading reading_of(std::size_t peers, std::chrono::nanoseconds at) {
    return daemon::without_secrets({.name = "wg0", .ifindex = 7, .up = true}, device_of(peers),
                                   moment(at), {});
}

void live_once(std::size_t peers) {
    daemon::DeviceModel model("wg0");
    model.declare(daemon::summary_of(declaration_of(peers), "command", "a file"));
    model.take(reading_of(peers, std::chrono::seconds(1)));
    model.take(reading_of(peers, std::chrono::seconds(2)));
    model.judge_at(Boottime(std::chrono::seconds(500)));
    model.lose(moment(std::chrono::seconds(501)));
}

const auto same_number = [](std::size_t peers) { return peers; };

} // namespace

std::vector<Case> plain_cases() {
    return {
        of("written as wg-quick's", declaration_of, [](const auto& d) { to_wg_quick(d); }),
        of("written as .netdev", declaration_of,
           [](const auto& d) { networkd::to_netdev(d, networkd::FolderOwner::wgnl); }),
        of("checked", declaration_of, [](const auto& d) { (void)check(d); }),
        of("as JSON", declaration_of, [](const auto& d) { (void)parse_declaration(to_json(d)); }),
        of("handed over", declaration_of,
           [](const auto& d) { (void)decode_document(encode_document(d)); }),
        of("loops of routes", declaration_of, [](const auto& d) { cli::loops_of(d); }),
        of("default routes", declaration_of, [](const auto& d) { cli::default_routes_of(d); }),
        of("keys hidden", declaration_of,
           [](const auto& d) {
               auto copy = d;
               hide_keys(copy);
           }),
        of("record", declaration_of,
           [](const auto& d) { (void)parse_record(to_json(record_of(d, nullptr))); }),
        of("union of records", declaration_of,
           [](const auto& d) {
               const auto record = record_of(d, nullptr);
               union_of(record, record);
           }),
        of(
            "plan of all", [](std::size_t n) { return sides_of(n, 0, 0, 25); }, make_plan),
        of(
            "plan of nothing", [](std::size_t n) { return sides_of(n, n, n, 25); }, make_plan),
        of(
            "plan of removals", [](std::size_t n) { return sides_of(0, n, n, 25); }, make_plan),
        of(
            "plan of changes", [](std::size_t n) { return sides_of(n, n, n, 99); }, make_plan),
        of(
            "plan of strangers", [](std::size_t n) { return sides_of(1, n, 1, 25); }, make_plan),
        of(
            "differences", [](std::size_t n) { return sides_of(n, n / 2, n, 99); },
            [](const Sides& sides) { differences(sides.declared, sides.live); }),
        of(
            "printed", [](std::size_t n) { return plan(declaration_of(n), nullptr, {}, {}); },
            [](const Plan& made) {
                to_text(made);
                to_json(made);
            }),
        of(
            "messages",
            [](std::size_t n) { return plan(declaration_of(n), nullptr, {}, {}).change; }, encode),
        of(
            "dump", [](std::size_t n) { return tests::dump_messages(device_of(n), 1, 3776); },
            decode),
        of("the daemon's model", same_number, live_once),
    };
}

namespace {

constexpr const char* kinds[] = {"good",   "clashing", "repeated", "mistaken",
                                 "nobody", "lines",    "line",     "mistaken line"};

} // namespace

std::vector<Case> wg_quick_cases() {
    std::vector<Case> all;
    for (const auto* kind : kinds)
        all.push_back(wg_quick(kind));
    return all;
}

std::vector<Case> peer_list_cases() {
    std::vector<Case> all;
    for (const auto* kind : kinds)
        all.push_back(peer_list(kind));
    return all;
}

std::vector<Case> netdev_cases() {
    std::vector<Case> all;
    for (const auto* kind : kinds)
        all.push_back(netdev(kind));
    return all;
}

} // namespace wgnl::test
