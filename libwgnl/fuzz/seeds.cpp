// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the first inputs of every target, made by the library's own encoders: FOLDER/TARGET/NAME.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <wgnl/declaration.hpp>
#include <wgnl/record.hpp>
#include <wgnl/wg_quick.hpp>

#include "codec/attributes.hpp"
#include "fake_kernel.hpp"
#include "fake_userspace.hpp"

namespace wgnl {
namespace {

using Seed = std::vector<std::uint8_t>;

/// One folder for each target, one numbered file for each seed.
class Seeds {
public:
    explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}

    void add(const char* target, const Seed& seed) {
        const auto folder = folder_ / target;
        std::filesystem::create_directories(folder);
        std::ofstream file(folder / ("seed-" + std::to_string(++count_)), std::ios::binary);
        file.write(reinterpret_cast<const char*>(seed.data()),
                   static_cast<std::streamsize>(seed.size()));
        good_ = good_ && file.flush().good();
    }
    void add(const char* target, std::string_view text) {
        add(target, Seed(text.begin(), text.end()));
    }
    bool good() const { return good_; }

private:
    std::filesystem::path folder_;
    std::size_t count_{};
    bool good_{true};
};

void append(Seed& seed, Bytes bytes) { seed.insert(seed.end(), bytes.begin(), bytes.end()); }

/// As fuzz::Input reads it: the number of bytes before them.
void append_chunk(Seed& seed, Bytes bytes) {
    seed.push_back(static_cast<std::uint8_t>(bytes.size()));
    seed.push_back(static_cast<std::uint8_t>(bytes.size() >> 8U));
    append(seed, bytes);
}

KeyBytes filled(std::uint8_t byte) {
    KeyBytes key{};
    key.fill(byte);
    return key;
}

AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text)->value; }

std::vector<AllowedIp> many_prefixes(std::uint8_t count) {
    std::vector<AllowedIp> prefixes;
    for (std::uint8_t i = 0; i < count; ++i)
        prefixes.push_back({IpAddress::v4(std::array<std::uint8_t, 4>{10, 9, i, 0}), 24});
    return prefixes;
}

Device full_device() {
    Device device{.name = "wg0", .ifindex = 5, .listen_port = 51820, .fwmark = 0x51};
    device.private_key = PrivateKey(filled(0x40));
    device.public_key = public_key_of(*device.private_key);
    device.peers.push_back({.public_key = PublicKey(filled(1)),
                            .preshared_key = PresharedKey(filled(2)),
                            .endpoint = *Endpoint::parse("192.0.2.1:51820"),
                            .persistent_keepalive = 25,
                            .last_handshake = std::chrono::nanoseconds(1'700'000'000'000'000'001),
                            .rx_bytes = 92,
                            .tx_bytes = 148,
                            .allowed_ips = {prefix("10.0.0.0/24"), prefix("fd00::/64")}});
    device.peers.push_back({.public_key = PublicKey(filled(3)),
                            .endpoint = *Endpoint::parse("[2001:db8::1]:51820"),
                            .allowed_ips = many_prefixes(40)});
    device.peers.push_back({.public_key = PublicKey(filled(4)), .allowed_ips = {prefix("::/0")}});
    return device;
}

Device small_device() {
    Device device{.name = "wg1", .ifindex = 6};
    device.peers.push_back({.public_key = PublicKey(filled(9))});
    return device;
}

void add_dumps(Seeds& seeds) {
    for (const auto& device : {full_device(), small_device(), Device{.name = "wg2"}}) {
        for (const std::size_t dump_bytes : {512U, 3776U}) {
            Seed seed{0};
            for (const auto& message : tests::dump_messages(device, 31, dump_bytes)) {
                append_chunk(seed, message);
                Seed attributes{0xff, 0x01};
                append(attributes, Bytes(message).subspan(sizeof(nlmsghdr) + sizeof(genlmsghdr)));
                seeds.add("attributes", attributes);
            }
            seeds.add("dump", seed);
        }
    }
}

/// A reply to the first request of the target's socket.
Seed reply(std::uint16_t type, std::uint16_t flags, const Seed& payload) {
    const nlmsghdr header{static_cast<std::uint32_t>(NLMSG_HDRLEN + payload.size()), type, flags, 1,
                          0x1111};
    Seed message(sizeof(header));
    std::memcpy(message.data(), &header, sizeof(header));
    append(message, payload);
    return message;
}

Seed error_payload(int error, std::string_view words) {
    nlmsgerr head{.error = error, .msg = {.nlmsg_len = NLMSG_HDRLEN}};
    Seed payload(sizeof(head));
    std::memcpy(payload.data(), &head, sizeof(head));
    std::array<std::uint8_t, 64> storage{};
    MessageWriter writer(storage);
    writer.begin(0, 0);
    writer.put_text(NLMSGERR_ATTR_MSG, words);
    append(payload, writer.finish().subspan(NLMSG_HDRLEN));
    return payload;
}

void add_exchanges(Seeds& seeds) {
    const Seed data = reply(31, NLM_F_MULTI, {1, 2, 3, 4});
    const Seed interrupted = reply(31, NLM_F_MULTI | NLM_F_DUMP_INTR, {1, 2, 3, 4});
    const Seed done = reply(NLMSG_DONE, NLM_F_MULTI, {0, 0, 0, 0});
    const Seed ack = reply(NLMSG_ERROR, NLM_F_CAPPED, error_payload(0, ""));
    const Seed refused =
        reply(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, error_payload(-EINVAL, "no such flag"));
    for (const auto& last : {done, ack, refused}) {
        for (const auto& first : {data, interrupted}) {
            Seed seed{0};
            append_chunk(seed, first);
            seed.push_back(0);
            append_chunk(seed, last);
            seeds.add("transport", seed);
        }
    }
    for (const auto kind : Seed{0xed, 0xee, 0xf5, 0xff})
        seeds.add("transport", Seed{kind, 4, 0, 1, 2, 3, 4});
}

template <typename Header, typename Fill>
Seed message(std::uint16_t type, const Header& header, const Fill& fill) {
    std::array<std::uint8_t, 512> storage{};
    MessageWriter writer(storage);
    writer.begin(type, 0);
    writer.put_header(header);
    fill(writer);
    const auto bytes = writer.finish();
    return {bytes.begin(), bytes.end()};
}

void add_links(Seeds& seeds) {
    for (const auto type : {RTM_NEWLINK, RTM_DELLINK}) {
        for (const char* kind : {"wireguard", "tun", "bridge"}) {
            const ifinfomsg header{.ifi_family = AF_UNSPEC, .ifi_index = 5, .ifi_flags = 1};
            seeds.add("messages", message(type, header, [&](MessageWriter& writer) {
                          writer.put_text(IFLA_IFNAME, "wg0");
                          writer.put(IFLA_MTU, std::uint32_t{1420});
                          writer.open_nest(IFLA_LINKINFO);
                          writer.put_text(IFLA_INFO_KIND, kind);
                          writer.close_nest();
                      }));
        }
    }
}

void add_addresses(Seeds& seeds) {
    const std::array<std::uint8_t, 4> v4{10, 0, 0, 1};
    const std::array<std::uint8_t, 16> v6{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    for (const auto type : {RTM_NEWADDR, RTM_DELADDR}) {
        seeds.add("messages", message(type, ifaddrmsg{AF_INET, 24, 0, 0, 5}, [&](auto& writer) {
                      writer.put_bytes(IFA_ADDRESS, v4);
                      writer.put_bytes(IFA_LOCAL, v4);
                  }));
        seeds.add("messages", message(type, ifaddrmsg{AF_INET6, 64, 0, 0, 5},
                                      [&](auto& writer) { writer.put_bytes(IFA_ADDRESS, v6); }));
    }
}

void add_routes(Seeds& seeds) {
    const std::array<std::uint8_t, 4> network{10, 9, 0, 0};
    for (const std::uint8_t length : Seed{0, 16}) {
        const rtmsg header{.rtm_family = AF_INET,
                           .rtm_dst_len = length,
                           .rtm_table = RT_TABLE_MAIN,
                           .rtm_type = RTN_UNICAST};
        seeds.add("messages", message(RTM_NEWROUTE, header, [&](MessageWriter& writer) {
                      if (length != 0)
                          writer.put_bytes(RTA_DST, network);
                      writer.put(RTA_OIF, std::uint32_t{5});
                      writer.put(RTA_TABLE, std::uint32_t{51820});
                      writer.put(RTA_PRIORITY, std::uint32_t{7});
                  }));
    }
}

void add_messages(Seeds& seeds) {
    const genlmsghdr header{CTRL_CMD_NEWFAMILY, 2, 0};
    seeds.add("messages", message(GENL_ID_CTRL, header, [](MessageWriter& writer) {
                  writer.put_text(CTRL_ATTR_FAMILY_NAME, "wireguard");
                  writer.put(CTRL_ATTR_FAMILY_ID, std::uint16_t{31});
              }));
    add_links(seeds);
    add_addresses(seeds);
    add_routes(seeds);
}

void add_replies(Seeds& seeds) {
    for (const auto& device : {full_device(), small_device()})
        seeds.add("userspace-reply", "!" + tests::reply_of(device));
    seeds.add("userspace-reply", " errno=98\n\n");
    seeds.add("userspace-reply", " errno=-1\n\n");
    seeds.add("userspace-reply", " public_key=" + tests::hex(filled(1)) +
                                     "\nendpoint=[fe80::1%2]:7\nsomething_new=1\nerrno=0\n\n");
}

Declaration full_declaration() {
    Declaration declaration{.device = "wg0", .mode = Mode::own, .strict = true};
    declaration.location = {"wg0.conf"};
    declaration.private_key = PrivateKey(filled(0x40));
    declaration.listen_port = 51820;
    declaration.fwmark = 0x51;
    declaration.mtu = 1420;
    declaration.addresses = {*InterfaceAddress::parse("10.0.0.1/24")};
    declaration.route_table = 254;
    declaration.route_metric = 100;
    declaration.peers.push_back({.public_key = PublicKey(filled(1)),
                                 .name = "Zoë",
                                 .location = {"wg0.conf", 7},
                                 .preshared_key = PresharedKey(filled(2)),
                                 .endpoint = "vpn.example.org:51820",
                                 .allowed_ips = {prefix("10.0.0.0/24"), prefix("fd00::/64")},
                                 .persistent_keepalive = 25,
                                 .route_table = 100,
                                 .route_metric = 7,
                                 .routes = {{prefix("fd00::/64"), 254, 50}}});
    declaration.peers.push_back({.public_key = PublicKey(filled(3)), .kept_as_is = true});
    declaration.problems.push_back({Severity::warning, {"wg0.conf", 9}, "an unknown key"});
    return declaration;
}

void add_declarations(Seeds& seeds) {
    for (const auto& declaration : {full_declaration(), Declaration{.device = "wg1"}}) {
        seeds.add("declaration-document", encode_document(declaration));
        seeds.add("declaration-json", to_json(declaration));
    }
    seeds.add("declaration-json", R"({"version":1,"device":"wg0","nothing":1})");
    seeds.add("declaration-json", R"({"version":1,"device":"\u0007","peers":[{"name":"\ud83e"}]})");
}

void add_records(Seeds& seeds) {
    auto record = record_of(full_declaration(), nullptr);
    record.ifindex = 5;
    record.link_generation = 77;
    record.source = "command";
    record.created_device = true;
    record.created_addresses = {*InterfaceAddress::parse("10.0.0.1/24")};
    seeds.add("record", to_json(record));
    seeds.add("record", R"({"version":1,"device":"wg0","ifindex":5,"creation":7,"mode":"sync"})");
}

void add_wg_quick_files(Seeds& seeds) {
    seeds.add("wg-quick", to_wg_quick(full_declaration()).text.view());
    seeds.add("wg-quick", to_wg_quick(full_declaration(), Dialect::wg).text.view());
    seeds.add("wg-quick", to_wg_quick(full_device()).view());
}

/// Texts alone: what signs one is ssh-keygen, and its work lies in the committed corpus.
void add_peer_lists(Seeds& seeds) {
    constexpr std::string_view head =
        "[X-PeerList]\nName=office\nSerial=7\nNotAfter=2100-01-01T00:00:00Z\n";
    seeds.add("peer-list", head);
    seeds.add("peer-list",
              std::string(head) +
                  "[WireGuardPeer]\nPublicKey=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
                  "X-Name=alpha\nAllowedIPs=10.0.0.1/32, fd00::1/128\n"
                  "Endpoint=a.example:51820\nPersistentKeepalive=25\n");
}

void add_texts(Seeds& seeds) {
    for (const char* text : {"10.0.0.1",
                             "10.0.0.0/24",
                             "10.0.0.1/24",
                             "fd00::1",
                             "fd00::/8",
                             "::ffff:192.0.2.1/128",
                             "192.0.2.1:51820",
                             "[2001:db8::1]:51820",
                             "[fe80::1%lo]:51820",
                             "[fe80::1%7]:1",
                             "vpn.example.org:51820",
                             "vpn.example.org.:1",
                             "1.2.3:4",
                             "wg0",
                             "exactly15bytes.",
                             "..",
                             "observe",
                             "sync",
                             "own",
                             "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
                             "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF=",
                             "Zoë 界 🦭",
                             "\xed\xa0\x80\xc2\x85\x07"})
        seeds.add("texts", text);
}

} // namespace
} // namespace wgnl

int main(int count, char** arguments) {
    using namespace wgnl;
    if (count != 2) {
        std::fprintf(stderr, "usage: fuzz-seeds FOLDER\n");
        return 2;
    }
    Seeds seeds(arguments[1]);
    add_dumps(seeds);
    add_exchanges(seeds);
    add_messages(seeds);
    add_replies(seeds);
    add_declarations(seeds);
    add_records(seeds);
    add_wg_quick_files(seeds);
    add_peer_lists(seeds);
    add_texts(seeds);
    return seeds.good() ? 0 : 1;
}
