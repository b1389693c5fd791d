// SPDX-License-Identifier: LGPL-2.1-or-later
// What profiles declare, setting by setting, and what mistakes in them do.
#include "nm/profile/profile_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "a_profile.hpp"

namespace wgnl::nm {
namespace {

using test::first_peer;
using test::peer;
using test::second_peer;
using test::wireguard_profile;

std::vector<std::string> texts(const std::vector<AllowedIp>& prefixes) {
    std::vector<std::string> all;
    for (const auto& prefix : prefixes)
        all.push_back(prefix.to_string());
    return all;
}

std::string routes_of(const DeclaredPeer& peer) {
    std::string text;
    for (const auto& [destination, table, metric] : peer.routes)
        text += fmt::format("{} {} {}\n", destination.to_string(), table, metric);
    return text;
}

std::string all_problems(const Declaration& declaration) {
    std::string text;
    for (const auto& problem : declaration.problems)
        text += to_string(problem) + "\n";
    return text;
}

bool says(const Declaration& declaration, std::string_view what) {
    return all_problems(declaration).find(what) != std::string::npos;
}

Declaration declared(const ObjectPtr<NMConnection>& profile, const ReadOptions& options = {}) {
    auto read = declaration_of(profile.get(), options);
    EXPECT_TRUE(read.declaration);
    EXPECT_TRUE(read.problems.empty());
    auto checked = check(*read.declaration);
    EXPECT_TRUE(checked) << checked.error().to_string();
    return std::move(*read.declaration);
}

/// Takes the preshared key of the only peer away, as NetworkManager shows profiles.
void forget_preshared_key(NMConnection* profile) {
    auto* wireguard =
        NM_SETTING_WIREGUARD(nm_connection_get_setting(profile, NM_TYPE_SETTING_WIREGUARD));
    auto* bare = nm_wireguard_peer_new_clone(nm_setting_wireguard_get_peer(wireguard, 0), 0);
    nm_setting_wireguard_set_peer(wireguard, bare, 0);
    nm_wireguard_peer_unref(bare);
}

TEST(ProfileReader, EverySettingHasItsPlace) {
    auto profile = wireguard_profile(
        "listen-port=51821\nfwmark=7\nmtu=1380\n",
        peer(first_peer, std::string("endpoint=vpn.example.org:51820\npersistent-keepalive=25\n"
                                     "preshared-key-flags=0\npreshared-key=") +
                             test::preshared_text + "\nallowed-ips=10.0.0.2;fd00::/64;\n") +
            "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\ndns=10.0.0.53;\ndns-search=~corp;\n"
            "[ipv6]\nmethod=manual\naddress1=fd00::1/64\n");
    auto read = declaration_of(profile.get());
    ASSERT_TRUE(read.declaration);
    const auto& device = *read.declaration;
    EXPECT_EQ(device.problems, std::vector<Problem>{});
    EXPECT_EQ(device.device, "wg0");
    EXPECT_EQ(device.mode, Mode::sync);
    EXPECT_EQ(to_string(device.location), "My VPN (9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d)");
    EXPECT_EQ(device.listen_port, 51821);
    EXPECT_EQ(device.fwmark, 7U);
    EXPECT_FALSE(device.mtu);
    EXPECT_TRUE(device.addresses.empty());
    ASSERT_TRUE(device.private_key);
    EXPECT_TRUE(*device.private_key == *PrivateKey::parse(test::private_text));
    ASSERT_EQ(device.peers.size(), 1U);
    const auto& one = device.peers.front();
    EXPECT_EQ(one.public_key.to_base64(), first_peer);
    EXPECT_EQ(to_string(one.location), device.location.file + ": wireguard-peer." + first_peer);
    EXPECT_EQ(one.endpoint, "vpn.example.org:51820");
    EXPECT_EQ(one.persistent_keepalive, 25);
    EXPECT_TRUE(one.preshared_key == PresharedKey::parse(test::preshared_text).value());
    EXPECT_EQ(texts(one.allowed_ips), (std::vector<std::string>{"10.0.0.2/32", "fd00::/64"}));
    EXPECT_EQ(device.route_table, 254U);
    EXPECT_EQ(device.route_metric, 50U);
    EXPECT_EQ(read.mtu, 1380U);
    ASSERT_EQ(read.addresses.size(), 2U);
    EXPECT_EQ(read.addresses[0].to_string(), "10.0.0.1/24");
    EXPECT_EQ(read.addresses[1].to_string(), "fd00::1/64");
    EXPECT_EQ(read.dns, std::vector<std::string>{"10.0.0.53"});
    EXPECT_EQ(read.dns_search, std::vector<std::string>{"~corp"});
    EXPECT_FALSE(read.route_table);
    EXPECT_TRUE(read.not_expressible.empty());
}

TEST(ProfileReader, WhatTheProfileLeavesOpenIsNotDeclared) {
    auto device = declared(wireguard_profile("", peer(first_peer, "")));
    EXPECT_FALSE(device.listen_port);
    EXPECT_EQ(device.fwmark, 0U);
    EXPECT_FALSE(device.peers.front().endpoint);
    EXPECT_FALSE(device.peers.front().preshared_key);
    EXPECT_FALSE(device.peers.front().external_preshared_key);
    EXPECT_EQ(device.peers.front().persistent_keepalive, 0); // NetworkManager writes it always
}

TEST(ProfileReader, AnotherTypeOrNoDeviceNameDeclaresNothing) {
    auto other = test::profile_from("[connection]\nid=LAN\nuuid=" + std::string(test::uuid) +
                                    "\ntype=ethernet\n[ethernet]\n");
    EXPECT_FALSE(declaration_of(other.get()).declaration);
    auto nameless = wireguard_profile("");
    g_object_set(nm_connection_get_setting_connection(nameless.get()), "interface-name", nullptr,
                 nullptr);
    auto read = declaration_of(nameless.get());
    EXPECT_FALSE(read.declaration);
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_NE(read.problems.front().text.find("connection.interface-name"), std::string::npos);
}

TEST(ProfileReader, WhatOneUserMaySeeIsPrivateToThem) {
    auto with = [](const std::string& lines) {
        return declared(test::profile_from(
            test::head() + lines + "[wireguard]\nprivate-key=" + test::private_text + "\n"));
    };
    EXPECT_FALSE(with("").is_private);
    auto hers = with("permissions=user:alice:;user:bob:;\n");
    EXPECT_TRUE(hers.is_private);
    EXPECT_EQ(hers.viewers, (std::vector<std::string>{"alice", "bob"}));
}

TEST(ProfileReader, ModeAndSwitchesStandInTheUserSetting) {
    auto with = [](const std::string& lines) {
        return declared(wireguard_profile("", "[user]\n" + lines));
    };
    EXPECT_EQ(with("org.wgnl.mode=observe\n").mode, Mode::observe);
    EXPECT_EQ(with("org.wgnl.mode=sync\n").mode, Mode::sync);
    EXPECT_TRUE(with("org.wgnl.strict=yes\n").strict);
    EXPECT_TRUE(with("org.wgnl.private=yes\n").is_private);
    EXPECT_FALSE(with("org.wgnl.private=no\n").is_private);
    auto own = with("org.wgnl.mode=own\n");
    EXPECT_TRUE(own.kept_as_is);
    EXPECT_TRUE(says(own, "write \"sync\" or \"observe\"")) << all_problems(own);
    auto unknown = with("org.wgnl.mode=repair\n");
    EXPECT_TRUE(unknown.kept_as_is);
    EXPECT_TRUE(says(unknown, "user.data org.wgnl.mode: error: \"repair\""))
        << all_problems(unknown);
    auto maybe = with("org.wgnl.strict=perhaps\n");
    EXPECT_FALSE(maybe.kept_as_is);
    EXPECT_FALSE(maybe.strict);
    EXPECT_TRUE(says(maybe, "\"perhaps\"")) << all_problems(maybe);
}

TEST(ProfileReader, APrivateKeyThatCannotBeReadStaysAsItIs) {
    auto owned = test::profile_from(test::head() + "[wireguard]\nprivate-key-flags=1\n");
    auto device = declared(owned);
    EXPECT_FALSE(device.private_key);
    EXPECT_FALSE(device.kept_as_is);
    EXPECT_TRUE(says(device, "user's session")) << all_problems(device);
    EXPECT_TRUE(says(device, "wireguard.private-key-flags 0")) << all_problems(device);
    auto unsaved =
        declared(test::profile_from(test::head() + "[wireguard]\nprivate-key-flags=2\n"));
    EXPECT_TRUE(says(unsaved, "not saved")) << all_problems(unsaved);
    auto refused = declared(test::profile_from(test::head() + "[wireguard]\n"),
                            {.secrets_failure = "access denied"});
    EXPECT_TRUE(says(refused, "access denied")) << all_problems(refused);
    EXPECT_EQ(all_problems(declared(owned, {.tell_missing_keys = false})), "");
}

TEST(ProfileReader, APrivateKeyThatIsNoneHoldsTheDeviceAndIsNotRepeated) {
    auto profile = wireguard_profile("");
    g_object_set(nm_connection_get_setting(profile.get(), NM_TYPE_SETTING_WIREGUARD), "private-key",
                 "almostakey", nullptr);
    auto device = declared(profile);
    EXPECT_TRUE(device.kept_as_is);
    EXPECT_TRUE(says(device, "wireguard.private-key: error")) << all_problems(device);
    EXPECT_FALSE(says(device, "almostakey"));
}

TEST(ProfileReader, APresharedKeyThatTheSessionKeepsIsSomeoneElses) {
    auto kept = declared(wireguard_profile("", peer(first_peer, "preshared-key-flags=1\n")));
    EXPECT_TRUE(kept.peers.front().external_preshared_key);
    EXPECT_TRUE(says(kept, "preshared-key-flags=0")) << all_problems(kept);
    auto untold = declared(wireguard_profile("", peer(first_peer, "preshared-key-flags=1\n")),
                           {.tell_missing_keys = false});
    EXPECT_TRUE(untold.peers.front().external_preshared_key);
    EXPECT_EQ(all_problems(untold), "");
    auto profile = wireguard_profile(
        "", peer(first_peer, std::string("preshared-key-flags=0\npreshared-key=") +
                                 test::preshared_text + "\n"));
    forget_preshared_key(profile.get());
    auto refused = declared(profile, {.secrets_failure = "access denied"});
    EXPECT_TRUE(refused.peers.front().external_preshared_key);
    auto none = declared(profile);
    EXPECT_FALSE(none.peers.front().external_preshared_key);
    EXPECT_FALSE(none.peers.front().preshared_key);
}

TEST(ProfileReader, StoredPresharedKeysAreHiddenWithAPrivateKeyThatIsNotStored) {
    auto profile =
        test::profile_from(test::head() + "[wireguard]\nprivate-key-flags=1\n" +
                           peer(first_peer, std::string("preshared-key-flags=0\npreshared-key=") +
                                                test::preshared_text + "\n") +
                           peer(second_peer, "allowed-ips=10.0.0.2/32;\n"));
    forget_preshared_key(profile.get());
    auto device = declared(profile);
    EXPECT_TRUE(device.peers[0].external_preshared_key);
    EXPECT_FALSE(device.peers[1].external_preshared_key); // it has none
    EXPECT_TRUE(says(device, "private-key: warning: the private key cannot be read (private-key-"
                             "flags says that the user's session keeps it), so the one in use is "
                             "left alone, and NetworkManager gives no preshared key without it"))
        << all_problems(device);
    EXPECT_TRUE(says(device, std::string("wireguard-peer.") + first_peer +
                                 ": warning: the preshared key cannot be read (NetworkManager "
                                 "gives none of the profile while its private key is not stored)"))
        << all_problems(device);
    EXPECT_FALSE(says(device, std::string("wireguard-peer.") + second_peer));
}

TEST(ProfileReader, APresharedKeyThatIsNotRequiredIsNotUsed) {
    auto profile = wireguard_profile(
        "", peer(first_peer, std::string("preshared-key=") + test::preshared_text + "\n"));
    auto device = declared(profile);
    EXPECT_FALSE(device.peers.front().preshared_key);
    EXPECT_FALSE(device.peers.front().external_preshared_key);
    EXPECT_TRUE(says(device, "preshared-key-flags is 4")) << all_problems(device);
    EXPECT_EQ(all_problems(declared(profile, {.tell_unused_keys = false})), "");
}

TEST(ProfileReader, APeerWithAMistakeIsHeld) {
    auto profile = wireguard_profile("", peer(first_peer, "allowed-ips=10.0.0.2/32;\n"));
    auto* wireguard =
        NM_SETTING_WIREGUARD(nm_connection_get_setting(profile.get(), NM_TYPE_SETTING_WIREGUARD));
    auto* broken = nm_wireguard_peer_new();
    nm_wireguard_peer_set_public_key(broken, second_peer, 1);
    nm_wireguard_peer_append_allowed_ip(broken, "10.0.0.2/33", 1);
    nm_wireguard_peer_append_allowed_ip(broken, "10.0.0.3/32", 1);
    nm_setting_wireguard_append_peer(wireguard, broken);
    nm_wireguard_peer_unref(broken);
    auto device = declared(profile);
    ASSERT_EQ(device.peers.size(), 2U);
    EXPECT_FALSE(device.peers[0].kept_as_is);
    EXPECT_TRUE(device.peers[1].kept_as_is);
    EXPECT_TRUE(device.peers[1].allowed_ips.empty());
    EXPECT_TRUE(says(device, "10.0.0.2/33")) << all_problems(device);
}

TEST(ProfileReader, TheLaterPeerOwnsAPrefixAndHostBitsDoNotHideThat) {
    auto device =
        declared(wireguard_profile("", peer(first_peer, "allowed-ips=10.0.0.0/24;10.0.1.0/24;\n") +
                                           peer(second_peer, "allowed-ips=10.0.0.7/24;\n")));
    EXPECT_EQ(texts(device.peers[0].allowed_ips), std::vector<std::string>{"10.0.1.0/24"});
    EXPECT_EQ(texts(device.peers[1].allowed_ips), std::vector<std::string>{"10.0.0.0/24"});
    EXPECT_TRUE(says(device, std::string("wireguard-peer.") + first_peer)) << all_problems(device);
    EXPECT_TRUE(says(device, std::string("wireguard-peer.") + second_peer)) << all_problems(device);
}

TEST(ProfileReader, APeerMayHaveVeryManyPrefixes) {
    auto profile = wireguard_profile("");
    auto* wireguard =
        NM_SETTING_WIREGUARD(nm_connection_get_setting(profile.get(), NM_TYPE_SETTING_WIREGUARD));
    auto* large = nm_wireguard_peer_new();
    nm_wireguard_peer_set_public_key(large, first_peer, 0);
    constexpr unsigned many = 200'000; // any user may have such a profile
    for (unsigned i = 0; i < many; ++i)
        nm_wireguard_peer_append_allowed_ip(
            large, fmt::format("fd00::{:x}:{:x}", i >> 16, i & 0xffff).c_str(), 0);
    nm_wireguard_peer_append_allowed_ip(large, "fd00::0/128", 0);
    nm_setting_wireguard_append_peer(wireguard, large);
    nm_wireguard_peer_unref(large);
    auto device = declaration_of(profile.get()).declaration.value();
    ASSERT_EQ(device.peers.size(), 1U);
    EXPECT_EQ(device.peers.front().allowed_ips.size(), many);
    EXPECT_EQ(device.peers.front().allowed_ips.back().to_string(), "fd00::3:d3f/128");
}

TEST(ProfileReader, ThePeerThatIsTheDeviceItselfIsIgnored) {
    auto own = public_key_of(*PrivateKey::parse(test::private_text)).to_base64();
    auto device = declared(wireguard_profile("", peer(own, "allowed-ips=10.0.0.2/32;\n")));
    EXPECT_TRUE(device.peers.empty());
    EXPECT_TRUE(says(device, "own public key")) << all_problems(device);
}

TEST(ProfileReader, RoutesFollowTheProfilesTableAndMetric) {
    auto with = [](const std::string& lines, const std::string& rest) {
        return declaration_of(
            wireguard_profile(lines, peer(first_peer, "allowed-ips=10.0.0.2/32;\n") +
                                         peer(second_peer, "allowed-ips=fd00::/64;\n") + rest)
                .get());
    };
    auto off = with("peer-routes=false\n", "");
    EXPECT_FALSE(off.declaration->route_table);
    EXPECT_EQ(off.route_table, 0U);
    auto set = with("", "[ipv4]\nmethod=disabled\n[ipv6]\nmethod=disabled\n");
    EXPECT_FALSE(set.declaration->route_table);
    auto apart = with("", "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\nroute-table=777\n"
                          "[ipv6]\nmethod=manual\naddress1=fd00::1/64\nroute-metric=9\n");
    EXPECT_EQ(apart.route_table, 777U);
    EXPECT_EQ(apart.declaration->route_table, 777U);
    EXPECT_EQ(apart.declaration->route_metric, 50U);
    EXPECT_FALSE(apart.declaration->peers[0].route_table);
    EXPECT_TRUE(apart.declaration->peers[0].routes.empty());
    EXPECT_EQ(apart.declaration->peers[1].route_table, 254U);
    EXPECT_EQ(apart.declaration->peers[1].route_metric, 9U);
    EXPECT_TRUE(apart.declaration->peers[1].routes.empty());
    EXPECT_TRUE(apart.declaration->problems.empty());
}

TEST(ProfileReader, EachFamilyOfAPeerHasItsOwnTableAndMetric) {
    auto both = peer(first_peer, "allowed-ips=10.0.0.2/32;fd00::/64;\n");
    auto apart = declared(wireguard_profile(
        "", both + "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\nroute-table=777\n"
                   "[ipv6]\nmethod=manual\naddress1=fd00::1/64\nroute-metric=9\n"));
    EXPECT_EQ(routes_of(apart.peers[0]), "10.0.0.2/32 777 50\nfd00::/64 254 9\n");
    EXPECT_EQ(all_problems(apart), "");
    auto alike = declared(wireguard_profile("", both));
    EXPECT_TRUE(alike.peers[0].routes.empty());
}

TEST(ProfileReader, AFamilyThatIsOffHasNoRoutes) {
    auto with = [](const std::string& method) {
        return declared(wireguard_profile(
            "", peer(first_peer, "allowed-ips=10.0.0.2/32;fd00::/64;\n") +
                    peer(second_peer, "allowed-ips=fd01::/64;\n") +
                    "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\n[ipv6]\nmethod=" + method +
                    "\n"));
    };
    auto off = with("disabled");
    EXPECT_EQ(routes_of(off.peers[0]), "10.0.0.2/32 254 50\n");
    EXPECT_EQ(off.peers[1].route_table, 0U);
    auto ignored = with("ignore"); // NetworkManager sets them all the same
    EXPECT_TRUE(ignored.peers[0].routes.empty());
    EXPECT_FALSE(ignored.peers[1].route_table);
}

const std::string full_tunnel =
    peer(first_peer, "allowed-ips=0.0.0.0/0;\n") + peer(second_peer, "allowed-ips=10.0.0.0/24;\n");

TEST(ProfileReader, AFullTunnelKeepsTheMarkThatItsRulesNeed) {
    auto profile = wireguard_profile("", full_tunnel);
    auto device = declared(profile, {.live_fwmark = 51999});
    EXPECT_EQ(device.fwmark, 51999U);
    EXPECT_EQ(device.peers[0].route_table, 0U); // NetworkManager's alone
    EXPECT_FALSE(device.peers[1].route_table);
    EXPECT_EQ(device.route_table, 254U);
    EXPECT_EQ(all_problems(device), "");
    EXPECT_FALSE(declared(profile).fwmark); // only NetworkManager knows which it takes
}

TEST(ProfileReader, AFullTunnelThatIsNotSetUpYetSaysWhatCompletesIt) {
    auto profile_with_both =
        wireguard_profile("", full_tunnel + "[ipv6]\nmethod=manual\naddress1=fd00::1/64\n" +
                                  peer(test::third_peer, "allowed-ips=::/0;\n"));
    auto added = declared(wireguard_profile("", full_tunnel), {.live_fwmark = 0});
    EXPECT_FALSE(added.fwmark);
    EXPECT_EQ(added.peers[0].route_table, 0U);
    EXPECT_TRUE(says(added, std::string("nmcli connection up ") + test::uuid));
    auto changed = declared(wireguard_profile("fwmark=5\n", full_tunnel), {.live_fwmark = 51999});
    EXPECT_EQ(changed.fwmark, 51999U);
    EXPECT_TRUE(says(changed, "nmcli connection up")) << all_problems(changed);
    auto half =
        declared(profile_with_both, {.live_fwmark = 51999, .set_up = FullTunnel{true, false}});
    EXPECT_TRUE(says(half, "nmcli connection up")) << all_problems(half);
    auto whole =
        declared(profile_with_both, {.live_fwmark = 51999, .set_up = FullTunnel{true, true}});
    EXPECT_EQ(all_problems(whole), "");
    auto removed = declared(wireguard_profile("", peer(first_peer, "")), {.live_fwmark = 51999});
    EXPECT_EQ(removed.fwmark, 51999U);
    EXPECT_TRUE(says(removed, "nmcli connection up")) << all_problems(removed);
}

TEST(ProfileReader, AnOrdinaryMarkIsTheProfiles) {
    auto device =
        declared(wireguard_profile("fwmark=9\n", peer(first_peer, "")), {.live_fwmark = 51999});
    EXPECT_EQ(device.fwmark, 9U);
    auto cleared = declared(wireguard_profile("", peer(first_peer, "")), {.live_fwmark = 9});
    EXPECT_EQ(cleared.fwmark, 0U);
    EXPECT_EQ(all_problems(cleared), "");
}

TEST(ProfileReader, NoDefaultRouteWhereTheProfileForbidsIt) {
    auto never = declared(
        wireguard_profile("", full_tunnel + "[ipv4]\nmethod=disabled\nnever-default=true\n"),
        {.live_fwmark = 0});
    EXPECT_EQ(all_problems(never), "");
    auto narrower =
        declared(wireguard_profile("", peer(first_peer, "allowed-ips=0.0.0.0/0;10.0.0.0/24;\n") +
                                           "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\n"
                                           "never-default=true\n"),
                 {.live_fwmark = 0});
    EXPECT_EQ(routes_of(narrower.peers[0]), "10.0.0.0/24 254 50\n");
    auto ordinary =
        declared(wireguard_profile("ip4-auto-default-route=0\n", full_tunnel), {.live_fwmark = 0});
    EXPECT_EQ(ordinary.fwmark, 0U);
    EXPECT_FALSE(ordinary.peers[0].route_table); // in main, like the others
    EXPECT_EQ(all_problems(ordinary), "");
}

TEST(ProfileReader, WhatHasNoPlaceIsNamed) {
    auto read = declaration_of(
        wireguard_profile("", "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24,10.0.0.254\n"
                              "route1=192.0.2.0/24,10.0.0.9\n")
            .get());
    ASSERT_EQ(read.not_expressible.size(), 2U);
    EXPECT_NE(read.not_expressible[0].location.file.find("ipv4.gateway"), std::string::npos);
    EXPECT_NE(read.not_expressible[1].location.file.find("ipv4.routes"), std::string::npos);
}

TEST(ProfileReader, NamesOfProfilesAreShownAsTheyMayBeShown) {
    auto profile = wireguard_profile("");
    g_object_set(nm_connection_get_setting_connection(profile.get()), "id", "a\x1b[31mb", nullptr);
    auto device = declared(profile);
    EXPECT_EQ(device.location.file.find('\x1b'), std::string::npos);
}

} // namespace
} // namespace wgnl::nm
