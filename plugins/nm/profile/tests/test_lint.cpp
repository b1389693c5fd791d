// SPDX-License-Identifier: LGPL-2.1-or-later
// What the lint finds, and that it is silent about a sound profile.
#include "nm/profile/lint.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "a_profile.hpp"

namespace wgnl::nm {
namespace {

const SettingLocator locate = [](std::string_view group, std::string_view key) {
    return Location{std::string(group.substr(0, group.find('.'))) + "/" + std::string(key)};
};

std::string found(const std::string& lines, const LintHost& host = {}) {
    std::string text;
    const auto profile = test::profile_from(test::head() + "autoconnect=false\n[wireguard]\n" +
                                            "private-key=" + test::private_text + "\n" + lines);
    for (const auto& problem : lint(profile.get(), locate, host))
        text += to_string(problem) + '\n';
    return text;
}

std::string peer(const std::string& lines = {}) {
    return test::peer(test::first_peer, "endpoint=192.0.2.1:51820\n" + lines);
}

/// One finding, "PLACE: SEVERITY: …", that says what to do.
void expect_one(const std::string& text, std::string_view start, std::string_view advice) {
    EXPECT_TRUE(text.starts_with(start)) << text << "does not start with " << start;
    EXPECT_TRUE(text.contains(advice)) << text << "does not advise " << advice;
    EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
}

TEST(Lint, IsSilentAboutASoundProfile) {
    EXPECT_EQ(found("listen-port=51821\nmtu=1420\n" +
                    peer(std::string("preshared-key=") + test::preshared_text +
                         "\npreshared-key-flags=0\nallowed-ips=10.0.0.2/32;0.0.0.0/0;\n")),
              "");
    EXPECT_EQ(found("mtu=1400\n", {.has_profile = true,
                                   .version = 1042,
                                   .strict_rp_filter = true,
                                   .route_mtu = {{"192.0.2.1:51820", 1500}},
                                   .other_profiles = {{"Other", "u", 0}}}),
              "");
}

TEST(Lint, FindsPresharedKeysThatAreNotUsed) {
    const auto key = std::string("preshared-key=") + test::preshared_text + "\n";
    expect_one(found(peer(key)),
               "wireguard-peer/preshared-key-flags: warning: there is a preshared",
               "write preshared-key-flags=0");
    expect_one(found(peer(key + "preshared-key-flags=4\n")), "wireguard-peer/", "flags=0");
    expect_one(found(peer("preshared-key-flags=1\n")),
               "wireguard-peer/preshared-key-flags: warning: preshared-key-flags=1",
               "preshared-key-flags=0");
    EXPECT_EQ(found(peer()), ""); // 4 by default, and no key
}

TEST(Lint, FindsPrivateKeysThatNobodyCanAskFor) {
    expect_one(found("private-key-flags=1\n"), "wireguard/private-key-flags: warning: ",
               "write private-key-flags=0 in [wireguard]");
    expect_one(found("private-key-flags=2\n", {.has_profile = true}),
               "wireguard/private-key-flags: warning: private-key-flags=2",
               "nmcli connection modify 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d "
               "wireguard.private-key-flags 0 wireguard.private-key KEY");
}

TEST(Lint, NotesAutoconnect) {
    const auto profile = test::wireguard_profile("");
    const auto problems = lint(profile.get(), locate, {.has_profile = true});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(to_string(problems[0].location), "connection/autoconnect");
    EXPECT_EQ(problems[0].severity, Severity::note);
    EXPECT_TRUE(problems[0].text.contains("connection.autoconnect no"));
}

TEST(Lint, NotesWhatAnImportLeftOut) {
    expect_one(found("[user]\norg.wgnl.left-out=f.conf:5: PostUp=\n"),
               "user/org.wgnl.left-out: note: the profile was imported without",
               "f.conf:5: PostUp=");
}

TEST(Lint, FindsPortsThatAreTakenTwice) {
    const LintHost host{.other_profiles = {{"Other", "a-uuid", 7}, {"Third", "c", 8}}};
    expect_one(found("listen-port=7\n", host),
               "wireguard/listen-port: warning: listen-port=7 is also that of the profile Other "
               "(a-uuid)",
               "write listen-port=0 in [wireguard]");
    EXPECT_EQ(found("listen-port=9\n", host), "");
    EXPECT_EQ(found("", {.other_profiles = {{"Other", "u", 0}}}), "");
}

TEST(Lint, NotesWhatEditorsOfGnomeDo) {
    expect_one(found("listen-port=51820\n"), "wireguard/listen-port: note: ", "GNOME 44 to 48");
    expect_one(found("peer-routes=false\n"), "wireguard/peer-routes: note: ", "nmcli does");
    expect_one(found(test::peer(test::first_peer, "allowed-ips=10.0.0.2/32;\n")),
               "wireguard-peer/endpoint: note: ", "\"Unknown\"");
}

TEST(Lint, FindsAnMtuThatDoesNotFit) {
    const auto through = [](std::uint32_t mtu) {
        return LintHost{.has_profile = true,
                        .route_mtu = {{"192.0.2.1:51820", mtu}, {"192.0.2.2:51820", 9000}}};
    };
    expect_one(found("mtu=1420\n", through(1492)),
               "wireguard/mtu: warning: an MTU of 1420 does not fit", "wireguard.mtu 1412");
    expect_one(found("", through(1492)),
               "wireguard/mtu: warning: an MTU of 1420 (that of the "
               "kernel) does not fit",
               "wireguard.mtu 1412");
    EXPECT_EQ(found("mtu=1412\n", through(1492)), "");
    EXPECT_EQ(found("mtu=8000\n", {.route_mtu = {{"192.0.2.1:51820", 9000}}}), "");
    expect_one(found("mtu=1421\n"), "wireguard/mtu: note: mtu=1421 is more than 1420", "mtu=1420");
    expect_one(found("mtu=1279\n"), "wireguard/mtu: warning: mtu=1279 is less than 1280",
               "write mtu=1280");
    EXPECT_EQ(found("mtu=1280\n"), "");
    EXPECT_EQ(found("mtu=1279\n[ipv6]\nmethod=disabled\n"), "");
}

TEST(Lint, FindsAFullTunnelThatRpFilterCuts) {
    const auto full = peer("allowed-ips=10.0.0.0/8;0.0.0.0/0;\n");
    expect_one(found(full, {.version = 1042, .strict_rp_filter = true}),
               "wireguard/peers: warning: all IPv4 traffic goes through the tunnel, rp_filter is "
               "strict and NetworkManager 1.42",
               "sysctl net.ipv4.conf.all.src_valid_mark=1");
    EXPECT_EQ(found(full, {.version = 1052, .strict_rp_filter = true}), "");
    EXPECT_EQ(found(full, {.version = 1042}), "");
    EXPECT_EQ(found(full, {.strict_rp_filter = true}), "");
    EXPECT_EQ(found(full, {.version = 1042, .strict_rp_filter = true, .src_valid_mark = true}), "");
    EXPECT_EQ(
        found(peer("allowed-ips=::/0;10.0.0.0/8;\n"), {.version = 1042, .strict_rp_filter = true}),
        "");
    EXPECT_EQ(
        found("ip4-auto-default-route=0\n" + full, {.version = 1042, .strict_rp_filter = true}),
        "");
}

TEST(Lint, FindsPrefixesThatStandTwice) {
    expect_one(found(peer("allowed-ips=10.0.0.2;10.0.0.3;10.0.0.2/32;\n")),
               "wireguard-peer/allowed-ips: warning: 10.0.0.2/32 stands twice", "remove one");
    expect_one(found(peer("allowed-ips=10.0.0.2/24;\n")), "wireguard-peer/allowed-ips: note: ",
               "10.0.0.2/24 of allowed-ips is taken as 10.0.0.0/24");
}

TEST(Lint, HasNothingToSayOfOtherTypes) {
    const auto profile = test::profile_from("[connection]\nid=x\ntype=dummy\n");
    EXPECT_TRUE(lint(profile.get(), locate).empty());
}

} // namespace
} // namespace wgnl::nm
