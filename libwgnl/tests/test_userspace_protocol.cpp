// SPDX-License-Identifier: LGPL-2.1-or-later
// The text protocol of userspace implementations, both ways.
#include "userspace_protocol.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <net/if.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "change_model.hpp"
#include "fake_userspace.hpp"
#include "generators.hpp"

namespace wgnl {
namespace {

using tests::FakeUserspace;
using Action = PeerChange::Action;

constexpr std::string_view private_hex =
    "e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a";
constexpr std::string_view peer_hex =
    "b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33";
constexpr std::string_view psk_hex =
    "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52";

PublicKey key(std::string_view hex) { return PublicKey(tests::from_hex(hex)); }
PublicKey numbered(std::uint8_t number) { return PublicKey(KeyBytes{number}); }
AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text)->value; }

Result<Device> read(std::string_view text) {
    UserspaceReply reply("wg0", "read device wg0");
    if (auto fed = reply.feed(text); !fed)
        return std::unexpected(fed.error());
    return std::move(reply).take();
}

std::vector<std::string> requests(const DeviceChange& change, const BatchLimits& limits = {},
                                  PrefixRemoval removal = PrefixRemoval::throw_away) {
    std::vector<std::string> all;
    const auto written = write_userspace_change(
        change, limits,
        [&](std::string_view request) -> Result<void> {
            all.emplace_back(request);
            return {};
        },
        removal);
    EXPECT_TRUE(written) << written.error().to_string();
    return all;
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
    EXPECT_EQ(tests::hex(device->private_key->reveal()), private_hex);
    EXPECT_EQ(device->public_key, public_key_of(*device->private_key));
    EXPECT_EQ(device->listen_port, 12912);
    EXPECT_EQ(device->fwmark, 51U);
    ASSERT_EQ(device->peers.size(), 2U);
    const Peer& peer = device->peers[0];
    EXPECT_EQ(peer.public_key, key(peer_hex));
    EXPECT_EQ(peer.preshared_key, PresharedKey(tests::from_hex(psk_hex)));
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
    const auto back = read(tests::reply_of(device));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == device);
}

RC_GTEST_PROP(UserspaceReplyLaw, any_text_is_answered, (const std::string& text)) {
    const auto device = read(text);
    RC_ASSERT(device || !device.error().detail().empty());
}

TEST(UserspaceChange, nothing_is_no_request) { EXPECT_TRUE(requests({}).empty()); }

TEST(UserspaceChange, writes_each_field) {
    DeviceChange change;
    change.private_key = PrivateKey(tests::from_hex(private_hex));
    change.listen_port = 51820;
    change.fwmark = 7;
    change.peers.push_back({.public_key = key(peer_hex),
                            .action = Action::add,
                            .preshared_key = PresharedKey(tests::from_hex(psk_hex)),
                            .endpoint = Endpoint{*IpAddress::parse("fe80::1"), 5, 3},
                            .persistent_keepalive = 25,
                            .add_allowed_ips = {prefix("10.0.0.2/32"), prefix("fd00::/64")}});
    const auto sent = requests(change);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0], fmt::format("set=1\nprivate_key={}\nlisten_port=51820\nfwmark=7\n"
                                   "public_key={}\npreshared_key={}\nendpoint=[fe80::1%3]:5\n"
                                   "persistent_keepalive_interval=25\n"
                                   "allowed_ip=10.0.0.2/32\nallowed_ip=fd00::/64\n\n",
                                   private_hex, peer_hex, psk_hex));
}

TEST(UserspaceChange, clears_and_removes) {
    DeviceChange change;
    change.private_key = Edit<PrivateKey>::cleared();
    change.peers.push_back(
        {.public_key = key(peer_hex), .preshared_key = Edit<PresharedKey>::cleared()});
    change.peers.push_back({.public_key = key(peer_hex), .action = Action::remove});
    const auto sent = requests(change);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0], fmt::format("set=1\nprivate_key={0:064}\npublic_key={1}\nupdate_only=true\n"
                                   "preshared_key={0:064}\npublic_key={1}\nupdate_only=true\n"
                                   "remove=true\n\n",
                                   0, peer_hex));
}

TEST(UserspaceChange, a_prefix_leaves_by_a_peer_that_lives_for_one_request) {
    FakeUserspace fake;
    fake.device.peers.push_back(
        {.public_key = key(peer_hex), .allowed_ips = {prefix("10.0.0.1/32"), prefix("::/0")}});
    DeviceChange change;
    change.peers.push_back({.public_key = key(peer_hex), .remove_allowed_ips = {prefix("::/0")}});
    const auto sent = requests(change);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].find(peer_hex), std::string::npos) << "the peer itself is left alone";
    fake.set(sent[0]);
    EXPECT_TRUE(fake.complaints.empty());
    ASSERT_EQ(fake.device.peers.size(), 1U);
    EXPECT_EQ(fake.device.peers[0].allowed_ips, (std::vector{prefix("10.0.0.1/32")}));
    EXPECT_NE(requests(change), sent) << "another one each time";
}

TEST(UserspaceChange, a_nudge_sends_one_keepalive_and_ends_at_what_is_wanted) {
    constexpr std::array<std::uint16_t, 3> intervals{0, 1, 25};
    for (const auto before : intervals) {
        for (const auto wanted : intervals) {
            FakeUserspace fake;
            fake.device.peers.push_back(
                {.public_key = key(peer_hex), .persistent_keepalive = before});
            DeviceChange change;
            change.peers.push_back(
                {.public_key = key(peer_hex), .persistent_keepalive = wanted, .nudge = true});
            for (const auto& request : requests(change))
                fake.set(request);
            EXPECT_TRUE(fake.complaints.empty());
            EXPECT_EQ(fake.keepalives, 1U) << before << ' ' << wanted;
            EXPECT_EQ(fake.device.peers[0].persistent_keepalive, wanted);
        }
    }
}

TEST(UserspaceChange, a_nudge_without_a_keepalive_is_refused_before_anything_is_sent) {
    DeviceChange change;
    change.listen_port = 1;
    change.peers.push_back({.public_key = key(peer_hex), .nudge = true});
    int sent = 0;
    auto removal = PrefixRemoval::untested;
    const auto count = [&](std::string_view) -> Result<void> {
        ++sent;
        return {};
    };
    const auto written = write_userspace_change(change, {}, count, removal);
    EXPECT_EQ(written.error().code(), Errc::invalid_argument);
    EXPECT_EQ(sent, 0);
}

TEST(UserspaceChange, many_peers_go_in_portions) {
    DeviceChange change;
    for (std::uint8_t i = 1; i <= 100; ++i)
        change.peers.push_back({.public_key = numbered(i), .action = Action::add});
    const auto sent = requests(change);
    ASSERT_EQ(sent.size(), 4U);
    FakeUserspace fake;
    for (const auto& request : sent)
        fake.set(request);
    EXPECT_EQ(fake.most_peers_in_a_request, 32U);
    EXPECT_EQ(fake.device.peers.size(), 100U);
}

TEST(UserspaceChange, one_peer_may_be_cut) {
    DeviceChange change;
    PeerChange peer{.public_key = key(peer_hex), .action = Action::add, .persistent_keepalive = 9};
    for (int i = 0; i < 3000; ++i)
        peer.add_allowed_ips.push_back(prefix(fmt::format("10.0.{}.{}/32", i / 200, i % 200)));
    peer.remove_allowed_ips.assign(peer.add_allowed_ips.begin(), peer.add_allowed_ips.end() - 10);
    change.peers.push_back(peer);
    FakeUserspace fake;
    const auto sent = requests(change);
    EXPECT_GT(sent.size(), 4U);
    for (const auto& request : sent)
        fake.set(request);
    EXPECT_TRUE(fake.complaints.empty());
    EXPECT_LE(fake.longest_request, 32U * 1024);
    ASSERT_EQ(fake.device.peers.size(), 1U);
    EXPECT_EQ(fake.device.peers[0].allowed_ips.size(), 10U);
    EXPECT_EQ(fake.device.peers[0].persistent_keepalive, 9);
}

TEST(UserspaceChange, stops_at_the_first_failure) {
    DeviceChange change;
    for (std::uint8_t i = 1; i <= 100; ++i)
        change.peers.push_back({.public_key = numbered(i), .action = Action::add});
    int sent = 0;
    auto removal = PrefixRemoval::untested;
    const auto refuse = [&](std::string_view) -> Result<void> {
        return ++sent < 2 ? Result<void>{} : fail(Errc::system, "set", "no", ENOMEM);
    };
    const auto written = write_userspace_change(change, {}, refuse, removal);
    EXPECT_EQ(written.error().errnum(), ENOMEM);
    EXPECT_EQ(sent, 2);
}

/// A change carried out on the fake; what was found out about it.
PrefixRemoval carry_out(FakeUserspace& fake, const DeviceChange& change, PrefixRemoval removal,
                        const BatchLimits& limits = {}) {
    const auto sink = [&](std::string_view request) -> Result<void> {
        const int errnum = fake.set(request);
        return errnum == 0 ? Result<void>{} : fail(Errc::system, "set", "refused", errnum);
    };
    const auto written = write_userspace_change(change, limits, sink, removal);
    EXPECT_TRUE(written) << written.error().to_string();
    return removal;
}

class UserspaceRemoval : public ::testing::TestWithParam<bool> {
protected:
    UserspaceRemoval() {
        fake_.removes_prefixes = GetParam();
        fake_.device.peers.push_back(
            {.public_key = key(peer_hex),
             .allowed_ips = {prefix("10.0.0.1/32"), prefix("::/0"), prefix("10.0.0.0/8")}});
        change_.peers.push_back({.public_key = key(peer_hex),
                                 .persistent_keepalive = 5,
                                 .remove_allowed_ips = {prefix("::/0"), prefix("10.0.0.0/8")}});
    }
    PrefixRemoval best() const {
        return GetParam() ? PrefixRemoval::flag : PrefixRemoval::throw_away;
    }
    FakeUserspace fake_{};
    DeviceChange change_{};
};
INSTANTIATE_TEST_SUITE_P(OldAndNew, UserspaceRemoval, ::testing::Bool());

TEST_P(UserspaceRemoval, is_tried_once_and_takes_those_prefixes_alone) {
    const auto found = carry_out(fake_, change_, PrefixRemoval::untested);
    EXPECT_EQ(found, best());
    EXPECT_EQ(fake_.created, GetParam() ? 0U : 1U) << "the throw-away peer, where it must be";
    ASSERT_EQ(fake_.device.peers.size(), 1U);
    EXPECT_EQ(fake_.device.peers[0].allowed_ips, std::vector{prefix("10.0.0.1/32")});
    EXPECT_EQ(fake_.device.peers[0].persistent_keepalive, 5);
    EXPECT_EQ(carry_out(fake_, change_, found), found) << "what is gone already is fine";
    EXPECT_TRUE(fake_.complaints.empty());
}

TEST_P(UserspaceRemoval, is_tried_on_a_peer_that_is_gone_too) {
    fake_.device.peers.clear();
    EXPECT_EQ(carry_out(fake_, change_, PrefixRemoval::untested), best());
    EXPECT_TRUE(fake_.device.peers.empty());
}

TEST(UserspaceChange, a_failure_of_another_kind_tells_nothing_of_removals) {
    DeviceChange change;
    change.peers.push_back({.public_key = key(peer_hex), .remove_allowed_ips = {prefix("::/0")}});
    auto removal = PrefixRemoval::untested;
    const auto written = write_userspace_change(
        change, {},
        [](std::string_view) -> Result<void> { return fail(Errc::system, "set", "no", ENOMEM); },
        removal);
    EXPECT_EQ(written.error().errnum(), ENOMEM);
    EXPECT_EQ(removal, PrefixRemoval::untested);
}

TEST(UserspaceChange, many_direct_removals_are_cut) {
    DeviceChange change;
    PeerChange peer{.public_key = key(peer_hex)};
    for (int i = 0; i < 3000; ++i)
        peer.remove_allowed_ips.push_back(prefix(fmt::format("10.0.{}.{}/32", i / 200, i % 200)));
    change.peers.push_back(peer);
    FakeUserspace fake;
    fake.removes_prefixes = true;
    fake.device.peers.push_back(
        {.public_key = key(peer_hex), .allowed_ips = peer.remove_allowed_ips});
    carry_out(fake, change, PrefixRemoval::flag, {.bytes = 4096});
    EXPECT_LE(fake.longest_request, 4096U);
    EXPECT_TRUE(fake.device.peers.at(0).allowed_ips.empty());
    EXPECT_TRUE(fake.complaints.empty());
}

RC_GTEST_PROP(UserspaceChangeLaw, requests_do_what_the_change_says, ()) {
    FakeUserspace fake;
    fake.removes_prefixes = *rc::gen::arbitrary<bool>();
    auto removal = PrefixRemoval::untested;
    const BatchLimits limits{*rc::gen::inRange<std::size_t>(0, 4),
                             *rc::gen::inRange<std::size_t>(0, 2000)};
    for (int round = 0; round < 3; ++round) {
        tests::Model model = tests::Model::of(fake.device);
        const DeviceChange change = tests::any_change(model);
        model.apply(change);
        removal = carry_out(fake, change, removal, limits);
        RC_ASSERT(fake.complaints == std::vector<std::string>{});
        RC_ASSERT(tests::Model::of(fake.device) == model);
    }
    RC_ASSERT(fake.most_peers_in_a_request <=
              std::max<std::size_t>(1, limits.new_or_removed_peers));
    RC_ASSERT(fake.longest_request <= std::max<std::size_t>(800, limits.bytes));
}

} // namespace
} // namespace wgnl
