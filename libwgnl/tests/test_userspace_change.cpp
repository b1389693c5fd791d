// SPDX-License-Identifier: LGPL-2.1-or-later
// Changes, as they are asked of a userspace implementation.
#include "userspace/protocol.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "change_model.hpp"
#include "fake_userspace.hpp"
#include "userspace_tools.hpp"

namespace wgnl {
namespace {

using namespace tests;
using Action = PeerChange::Action;

PublicKey numbered(std::uint8_t number) { return PublicKey(KeyBytes{number}); }

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

TEST(UserspaceChange, nothing_is_no_request) { EXPECT_TRUE(requests({}).empty()); }

TEST(UserspaceChange, writes_each_field) {
    DeviceChange change;
    change.private_key = PrivateKey(from_hex(private_hex));
    change.listen_port = 51820;
    change.fwmark = 7;
    change.peers.push_back({.public_key = key(peer_hex),
                            .action = Action::add,
                            .preshared_key = PresharedKey(from_hex(psk_hex)),
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

TEST(UserspaceChange, a_triggered_handshake_sends_one_keepalive_and_ends_at_what_is_wanted) {
    constexpr std::array<std::uint16_t, 3> intervals{0, 1, 25};
    for (const auto before : intervals) {
        for (const auto wanted : intervals) {
            FakeUserspace fake;
            fake.device.peers.push_back(
                {.public_key = key(peer_hex), .persistent_keepalive = before});
            DeviceChange change;
            change.peers.push_back({.public_key = key(peer_hex),
                                    .persistent_keepalive = wanted,
                                    .trigger_handshake = true});
            for (const auto& request : requests(change))
                fake.set(request);
            EXPECT_TRUE(fake.complaints.empty());
            EXPECT_EQ(fake.keepalives, 1U) << before << ' ' << wanted;
            EXPECT_EQ(fake.device.peers[0].persistent_keepalive, wanted);
        }
    }
}

TEST(UserspaceChange,
     a_triggered_handshake_without_a_keepalive_is_refused_before_anything_is_sent) {
    DeviceChange change;
    change.listen_port = 1;
    change.peers.push_back({.public_key = key(peer_hex), .trigger_handshake = true});
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
        Model model = Model::of(fake.device);
        const DeviceChange change = any_change(model);
        model.apply(change);
        removal = carry_out(fake, change, removal, limits);
        RC_ASSERT(fake.complaints == std::vector<std::string>{});
        RC_ASSERT(Model::of(fake.device) == model);
    }
    RC_ASSERT(fake.most_peers_in_a_request <=
              std::max<std::size_t>(1, limits.new_or_removed_peers));
    RC_ASSERT(fake.longest_request <= std::max<std::size_t>(800, limits.bytes));
}

} // namespace
} // namespace wgnl
