// SPDX-License-Identifier: LGPL-2.1-or-later
// What a userspace implementation replies, read.
#include "userspace/protocol.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include <net/if.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "fake_userspace.hpp"
#include "generators.hpp"
#include "userspace_tools.hpp"

namespace wgnl {
namespace {

using namespace tests;

Result<Device> read(std::string_view text) {
    UserspaceReply reply("wg0", "read device wg0");
    if (auto fed = reply.feed(text); !fed)
        return std::unexpected(fed.error());
    return std::move(reply).take();
}

std::string whole_reply() {
    return fmt::format(
        "private_key={}\nlisten_port=12912\nfwmark=51\n"
        "public_key={}\npreshared_key={}\nprotocol_version=1\n"
        "endpoint=[abcd:23::33%2]:51820\nlast_handshake_time_sec=1700000000\n"
        "last_handshake_time_nsec=500\ntx_bytes=38333\nrx_bytes=2224\n"
        "persistent_keepalive_interval=111\n"
        "allowed_ip=192.168.4.4/32\nallowed_ip=fd00::/8\n"
        "public_key=0100000000000000000000000000000000000000000000000000000000000000\n"
        "preshared_key={:064}\nsomething_new=1\nerrno=0\n\n",
        private_hex, peer_hex, psk_hex, 0);
}

TEST(UserspaceReply, reads_all_figures) {
    const auto device = read(whole_reply());
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->name, "wg0");
    EXPECT_EQ(device->backend, Backend::userspace);
    ASSERT_TRUE(device->private_key);
    EXPECT_EQ(hex(device->private_key->reveal()), private_hex);
    EXPECT_EQ(device->public_key, public_key_of(*device->private_key));
    EXPECT_EQ(device->listen_port, 12912);
    EXPECT_EQ(device->fwmark, 51U);
    ASSERT_EQ(device->peers.size(), 2U);
    const Peer& peer = device->peers[0];
    EXPECT_EQ(peer.public_key, key(peer_hex));
    EXPECT_EQ(peer.preshared_key, PresharedKey(from_hex(psk_hex)));
    EXPECT_EQ(peer.endpoint, (Endpoint{*IpAddress::parse("abcd:23::33"), 51820, 2}));
    EXPECT_EQ(peer.persistent_keepalive, 111);
    EXPECT_EQ(peer.last_handshake, std::chrono::nanoseconds{1'700'000'000'000'000'500});
    EXPECT_EQ(peer.rx_bytes, 2224U);
    EXPECT_EQ(peer.tx_bytes, 38333U);
    EXPECT_EQ(peer.allowed_ips, (std::vector{prefix("192.168.4.4/32"), prefix("fd00::/8")}));
    EXPECT_EQ(device->peers[1].preshared_key, std::nullopt) << "all zero is no key";
    EXPECT_EQ(device->peers[1].endpoint, std::nullopt);
}

TEST(UserspaceReply, a_device_may_be_empty) {
    const auto device = read("errno=0\n\n");
    ASSERT_TRUE(device);
    EXPECT_FALSE(device->private_key || device->public_key);
    EXPECT_EQ(device->listen_port, 0);
    EXPECT_TRUE(device->peers.empty());
}

TEST(UserspaceReply, arrives_in_any_pieces) {
    const std::string text = whole_reply();
    const auto expected = read(text);
    for (std::size_t size = 1; size < 100; size += 7) {
        UserspaceReply reply("wg0", "read device wg0");
        for (std::size_t at = 0; at < text.size(); at += size) {
            EXPECT_FALSE(reply.complete());
            ASSERT_TRUE(reply.feed(std::string_view(text).substr(at, size)));
        }
        EXPECT_TRUE(reply.complete());
        EXPECT_EQ(*std::move(reply).take(), *expected);
    }
}

TEST(UserspaceReply, errno_is_an_error_of_either_sign) {
    for (const auto* text : {"errno=98\n\n", "errno=-98\n\n"}) {
        const auto device = read(text);
        ASSERT_FALSE(device);
        EXPECT_EQ(device.error().errnum(), EADDRINUSE);
        EXPECT_EQ(device.error().operation(), "read device wg0");
    }
    EXPECT_EQ(read("errno=-1\n\n").error().code(), Errc::permission_denied);
}

TEST(UserspaceReply, refuses_what_is_no_reply_and_repeats_nothing_of_it) {
    const auto peer = [](std::string_view field) {
        return fmt::format("public_key={}\n{}\nerrno=0\n\n", peer_hex, field);
    };
    const std::vector<std::string> texts{
        "",
        "errno=0\n",
        "\n",
        "listen_port=1\n\n",
        "SECRET\nerrno=0\n\n",
        "errno=SECRET\n\n",
        "errno=\n\n",
        "errno=-2147483648\n\n",
        "private_key=SECRET\nerrno=0\n\n",
        fmt::format("private_key={}SECRET\nerrno=0\n\n", private_hex),
        fmt::format("private_key={}gg\nerrno=0\n\n", private_hex.substr(2)),
        "listen_port=65536\nerrno=0\n\n",
        "listen_port=-1\nerrno=0\n\n",
        "fwmark=0x1\nerrno=0\n\n",
        "public_key=SECRET\nerrno=0\n\n",
        peer("preshared_key=SECRET"),
        peer("endpoint=SECRET"),
        peer("endpoint=[fe80::1%eth0]"),
        peer("endpoint=%]:1"),
        peer("persistent_keepalive_interval=65536"),
        peer("allowed_ip=SECRET"),
        peer("allowed_ip=10.0.0.0/33"),
        peer("rx_bytes=18446744073709551616"),
        peer("tx_bytes=1 "),
        peer("last_handshake_time_sec=-1"),
        peer("last_handshake_time_sec=9223372036854775807"),
        peer("last_handshake_time_sec=9223372036\nlast_handshake_time_nsec=999999999"),
        "errno=0\n\nSECRET",
        std::string(5000, 'x'),
    };
    for (const auto& text : texts) {
        const auto device = read(text);
        ASSERT_FALSE(device) << text;
        EXPECT_EQ(device.error().code(), Errc::protocol) << text;
        EXPECT_EQ(device.error().to_string().find("SECRET"), std::string::npos);
    }
}

TEST(UserspaceReply, a_line_is_bounded_and_the_longest_goes) {
    EXPECT_TRUE(read("new=" + std::string(4092, 'x') + "\nerrno=0\n\n"));
    EXPECT_FALSE(read("new=" + std::string(4093, 'x') + "\nerrno=0\n\n"));
}

TEST(UserspaceReply, keys_may_be_written_in_capitals) {
    std::string capitals(peer_hex);
    std::ranges::transform(capitals, capitals.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    const auto device = read(fmt::format("public_key={}\nerrno=0\n\n", capitals));
    ASSERT_TRUE(device);
    EXPECT_EQ(device->peers.at(0).public_key, key(peer_hex));
}

TEST(UserspaceReply, what_nobody_knows_yet_survives_at_both_levels) {
    const auto device = read(
        fmt::format("new=1\nempty=\nlisten_port=7\npublic_key={}\nprotocol_version=2\nnew=a=b\n"
                    "rx_bytes=5\nerrno=0\n\n",
                    peer_hex));
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->listen_port, 7);
    EXPECT_EQ(device->peers.at(0).rx_bytes, 5U);
}

TEST(UserspaceReply, a_peer_that_comes_twice_is_refused) {
    const auto device = read(fmt::format(
        "public_key={0}\npublic_key={1}\npublic_key={0}\nerrno=0\n\n", peer_hex, private_hex));
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().code(), Errc::protocol);
    EXPECT_NE(device.error().detail().find(key(peer_hex).to_base64()), std::string::npos);
}

TEST(UserspaceReply, may_be_very_long) {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += fmt::format("public_key={:064x}\nallowed_ip=10.{}.{}.0/24\n", i, i / 256, i % 256);
    const auto device = read(text + "errno=0\n\n");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->peers.size(), 50'000U);
}

TEST(UserspaceReply, a_scope_may_be_a_name) {
    const auto device =
        read(fmt::format("public_key={}\nendpoint=[fe80::1%lo]:7\nerrno=0\n\n", peer_hex));
    ASSERT_TRUE(device);
    EXPECT_EQ(device->peers[0].endpoint->scope_id, if_nametoindex("lo"));
}

/// "wg set … endpoint 192.0.2.1:0" is taken by all of them; the device is to be read all the same.
TEST(UserspaceReply, an_endpoint_may_have_port_0) {
    for (const auto* text : {"192.0.2.1:0", "[2001:db8::1]:0", "[fe80::1%lo]:0"}) {
        const auto device =
            read(fmt::format("public_key={}\nendpoint={}\nerrno=0\n\n", peer_hex, text));
        ASSERT_TRUE(device) << text;
        EXPECT_EQ(device->peers[0].endpoint->port, 0) << text;
    }
    EXPECT_FALSE(read(fmt::format("public_key={}\nendpoint=:0\nerrno=0\n\n", peer_hex)));
}

TEST(UserspaceReply, an_errno_is_said_in_words) {
    const auto words = [](int errnum) {
        return read(fmt::format("errno={}\n\n", errnum)).error().detail();
    };
    EXPECT_NE(words(-EADDRINUSE).find("choose another listen port"), std::string::npos);
    EXPECT_NE(words(-EINVAL).find("refuses a value"), std::string::npos);
    EXPECT_NE(words(-EPROTO).find("a newer one may"), std::string::npos);
    EXPECT_NE(words(-EIO).find("could not read the request"), std::string::npos);
    EXPECT_NE(words(EPERM).find("lacks a privilege"), std::string::npos);
    EXPECT_NE(words(-55).find("LOG_LEVEL=verbose"), std::string::npos);
    EXPECT_EQ(words(ENOMEM), "Cannot allocate memory");
}

TEST(UserspaceReply, a_scope_that_is_gone_leaves_the_rest) {
    const auto text =
        fmt::format("public_key={}\nendpoint=[fe80::1%no-such-link]:7\nerrno=0\n\n", peer_hex);
    const auto device = read(text);
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers[0].endpoint, (Endpoint{*IpAddress::parse("fe80::1"), 7, 0}));
}

Peer arbitrary_peer() {
    using namespace wgnl::testing;
    Peer peer;
    peer.preshared_key = *maybe(preshared_keys());
    peer.endpoint = *maybe(endpoints());
    peer.persistent_keepalive = *rc::gen::arbitrary<std::uint16_t>();
    peer.last_handshake =
        std::chrono::nanoseconds{*rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000'000'000)};
    peer.rx_bytes = *rc::gen::arbitrary<std::uint64_t>();
    peer.tx_bytes = *rc::gen::arbitrary<std::uint64_t>();
    peer.allowed_ips = *rc::gen::container<std::vector<AllowedIp>>(allowed_ips());
    return peer;
}

RC_GTEST_PROP(UserspaceReplyLaw, a_device_comes_back, ()) {
    using namespace wgnl::testing;
    Device device;
    device.name = "wg0";
    device.backend = Backend::userspace;
    device.private_key = *maybe(private_keys());
    if (device.private_key)
        device.public_key = public_key_of(*device.private_key);
    device.listen_port = *rc::gen::arbitrary<std::uint16_t>();
    device.fwmark = *rc::gen::arbitrary<std::uint32_t>();
    const int count = *rc::gen::inRange(0, 5);
    for (int i = 0; i < count; ++i) {
        device.peers.push_back(arbitrary_peer());
        device.peers.back().public_key = *public_keys();
    }
    const auto back = read(reply_of(device));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == device);
}

RC_GTEST_PROP(UserspaceReplyLaw, any_text_is_answered, (const std::string& text)) {
    const auto device = read(text);
    RC_ASSERT(device || !device.error().detail().empty());
}

} // namespace
} // namespace wgnl
