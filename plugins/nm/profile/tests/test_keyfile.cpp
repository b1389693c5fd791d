// SPDX-License-Identifier: LGPL-2.1-or-later
// Key files with their mistakes, by line.
#include "nm/profile/keyfile.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "a_profile.hpp"
#include "nm/profile/lint.hpp"
#include "nm/profile/portable.hpp"

namespace wgnl::nm {
namespace {

std::string said(const std::vector<Problem>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text += to_string(problem) + '\n';
    return text;
}

std::string whole(const std::string& lines) {
    return test::head() + "[wireguard]\nprivate-key=" + test::private_text + "\n" + lines;
}

TEST(Keyfile, ReadsAProfileWithoutMistakes) {
    const auto read = read_keyfile(
        whole("listen-port=51820\n" + test::peer(test::first_peer, "allowed-ips=10.0.0.2/32;\n")),
        "f");
    ASSERT_NE(read.profile, nullptr) << said(read.problems);
    EXPECT_EQ(said(read.problems), "");
    EXPECT_EQ(view(nm_connection_get_id(read.profile.get())), "My VPN");
}

TEST(Keyfile, TellsWhatSomebodyDidToAValue) {
    const auto read =
        read_keyfile(whole(test::peer(test::first_peer, "endpoint=\"a.example.org:1\"\n"
                                                        "allowed-ips=10.0.0.2/32,10.0.0.3/32\n")),
                     "f");
    const auto text = said(read.problems);
    EXPECT_NE(text.find("passes this over: quotes stand around it"), std::string::npos) << text;
    EXPECT_NE(text.find("a \",\" stands where a \";\" belongs"), std::string::npos) << text;
}

TEST(Keyfile, TellsOfAmneziaWgOnce) {
    const auto read = read_keyfile(whole("jc=4\njmin=40\nh1=1\n"), "f");
    ASSERT_EQ(read.problems.size(), 1U) << said(read.problems);
    EXPECT_TRUE(read.problems[0].text.starts_with("jc= and 2 more are settings of AmneziaWG"));
    EXPECT_EQ(read.problems[0].severity, Severity::error);
}

TEST(Keyfile, KnowsTheLines) {
    const auto read =
        read_keyfile("# a comment\n[connection]\n id = x\n\n[ipv4]\naddress1=10.0.0.1\n"
                     "[connection]\nid=y\n",
                     "f");
    EXPECT_EQ(to_string(read.lines.locate("connection")), "f:2");
    EXPECT_EQ(to_string(read.lines.locate("connection", "id")), "f:8"); // the last one counts
    EXPECT_EQ(to_string(read.lines.locate("connection", "zone")), "f:2");
    EXPECT_EQ(to_string(read.lines.locate("ipv4", "addresses")), "f:6");
    EXPECT_EQ(to_string(read.lines.locate("ipv6", "dns")), "f");
    EXPECT_EQ(to_string(read.locator()("connection", "id")), "f:8");
}

TEST(Keyfile, TellsWhatNetworkManagerPassesOver) {
    const auto read = read_keyfile(
        whole("listen-port=nine\nport=9\n" +
              test::peer(test::first_peer, "endpoint=nowhere\nallowed-ips=10.0.0.2/32;x;\n"
                                           "presharedkey=" +
                                               std::string(test::preshared_text) + "\n")),
        "f");
    ASSERT_NE(read.profile, nullptr);
    const auto text = said(read.problems);
    EXPECT_TRUE(text.contains("f:8: error: NetworkManager passes this over: ")) << text;
    EXPECT_TRUE(text.contains("f:9: warning: port= is no key of [wireguard]")) << text;
    EXPECT_TRUE(text.contains("f:11: error: NetworkManager passes this over: ")) << text;
    EXPECT_TRUE(text.contains("f:12: error: NetworkManager passes this over: ")) << text;
    EXPECT_TRUE(text.contains("f:13: warning: presharedkey= is no key of [wireguard-peer.…]"));
    EXPECT_FALSE(text.contains(test::preshared_text));
}

TEST(Keyfile, SaysNothingThatHoldsAKey) {
    const std::string key = test::preshared_text;
    for (const auto& line : std::vector<std::string>{
             "listen-port=" + key, "peer-routes=" + key, key + "=1", "mtu=" + key, "[" + key + "]",
             "[ipv4]\ndns=" + key, "[ipv4]\naddress1=" + key, "[ipv6]\nmethod=" + key,
             test::peer(test::first_peer, "endpoint=" + key + "\nallowed-ips=" + key + ";\n" + key +
                                              "=1\npersistent-keepalive=" + key),
             test::peer(key + "x", "allowed-ips=10.0.0.2/32;")}) {
        auto text = said(read_keyfile(whole(line + "\n"), "f").problems);
        EXPECT_FALSE(text.contains(key.substr(0, 40))) << line << '\n' << text;
    }
}

TEST(Keyfile, TellsOfADroppedPeer) {
    const auto odd = std::string(test::first_peer).substr(0, 43);
    const auto read = read_keyfile(whole(test::peer(odd, "allowed-ips=10.0.0.2/32;\n") +
                                         test::peer("laptop", "allowed-ips=10.0.0.3/32;\n")),
                                   "f");
    const auto text = said(read.problems);
    EXPECT_TRUE(text.contains("f:8: error: NetworkManager drops this peer without a word: the name "
                              "of its group must be [wireguard-peer." +
                              std::string(test::first_peer) + "]"))
        << text;
    EXPECT_TRUE(
        text.contains("f:10: error: NetworkManager drops this peer without a word: the name "
                      "of its group holds no public key"))
        << text;
}

TEST(Keyfile, QuotesNoSecret) {
    for (const auto& lines :
         {test::peer(test::first_peer, "preshared-key=hunter2\n"), std::string("hunter2\n")}) {
        const auto text = said(read_keyfile(whole(lines), "f").problems);
        EXPECT_NE(text, "");
        EXPECT_FALSE(text.contains("hunter2")) << text;
    }
}

TEST(Keyfile, QuotesNoSecretThatLacksItsName) {
    const auto bare = std::string(test::preshared_text) + "\n"; // "NAME=", as it were
    const auto text =
        said(read_keyfile(whole(bare + test::peer(test::first_peer, bare)), "f").problems);
    EXPECT_TRUE(text.contains("f:8: warning: what stands here is no key of [wireguard];")) << text;
    EXPECT_TRUE(text.contains("f:10: warning: what stands here is no key of [wireguard-peer.…];"))
        << text;
    EXPECT_FALSE(text.contains(std::string(test::preshared_text).substr(0, 8))) << text;
}

TEST(Keyfile, TellsOfADroppedPeerBesideOneOfTheSameKey) {
    const auto odd = std::string(test::first_peer).substr(0, 43);
    const auto read =
        read_keyfile(whole(test::peer(test::first_peer, "") + test::peer(odd, "")), "f");
    ASSERT_EQ(read.problems.size(), 1U) << said(read.problems);
    EXPECT_EQ(to_string(read.problems[0].location), "f:9");
}

TEST(Keyfile, RefusesWhatIsNoProfile) {
    const auto no_file = read_keyfile("[Interface\nx", "f");
    EXPECT_EQ(no_file.profile, nullptr);
    EXPECT_EQ(said(no_file.problems),
              "f: error: this is no key file: every line is [group], key=value or a comment\n");
    const auto dhcp = read_keyfile(whole("[ipv4]\nmethod=auto\n"), "f");
    EXPECT_TRUE(said(dhcp.problems)
                    .contains("f:9: error: NetworkManager takes no such profile: "
                              "ipv4.method"))
        << said(dhcp.problems);
}

/// Lines that a key file is made of, in any order.
rc::Gen<std::vector<std::string>> lines() {
    return rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "[wireguard]", "listen-port=99999", "listen-port=51820", "mtu=1", "peer-routes=x",
        "private-key-flags=1", "fwmark=-1",
        "[wireguard-peer." + std::string(test::first_peer) + "]",
        "[wireguard-peer." + std::string(test::second_peer) + "]", "[wireguard-peer.]",
        "[wireguard-peer.x]", "endpoint=:", "endpoint=[::1]:1", "allowed-ips=;",
        "allowed-ips=10.0.0.0/8;x;", "allowed-ips=::/0;0.0.0.0/0;", "preshared-key=",
        "preshared-key=" + std::string(test::preshared_text), "preshared-key-flags=4",
        "persistent-keepalive=-1", "[ipv4]", "method=manual", "method=auto",
        "address1=10.0.0.1/24,10.0.0.9", "dns=x;10.0.0.9;", "dns-search=~;", "route-table=7",
        "route1=10.1.0.0/16,10.0.0.2,5", "never-default=yes", "[ipv6]", "address1=fd00::1/64",
        "[user]", "org.wgnl.mode=x", "org.wgnl.strict=yes", "#x", "a=\xff", ""));
}

/// Lines that none is made of: GLib reads nothing of a file with such a one.
rc::Gen<std::string> last_line() {
    return rc::gen::weightedOneOf<std::string>(
        {{3, rc::gen::just(std::string())},
         {1, rc::gen::element<std::string>("=", "=x", "[", "]", "[]", "\xff\xfe=\xff",
                                           "a\x1b[31m=b", "[\x1b[31m]")},
         {1, rc::gen::arbitrary<std::string>()}});
}

RC_GTEST_PROP(KeyfileOfAnything, IsReadOrRefusedInWordsThatCanBeShown, ()) {
    g_log_set_always_fatal(static_cast<GLogLevelFlags>(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
    auto text = *rc::gen::weightedElement<std::string>({{3, whole("")}, {1, ""}});
    for (const auto& line : *lines())
        text += line + '\n';
    const auto read = read_keyfile(text + *last_line(), "f");
    RC_TAG(read.profile ? "read" : "refused");
    auto told = read.problems;
    if (read.profile) {
        const auto portable = portable_of(read.profile.get(), read.locator());
        const auto remarks = lint(read.profile.get(), read.locator());
        for (const auto& more : {portable.problems, portable.not_expressible, remarks})
            told.insert(told.end(), more.begin(), more.end());
    } else {
        RC_ASSERT(!told.empty());
    }
    for (const auto& problem : told) {
        RC_ASSERT(problem.location.file.starts_with("f"));
        RC_ASSERT(printable(problem.text) == problem.text);
    }
}

TEST(Keyfile, WritesWhatItReads) {
    const auto text = whole("listen-port=51820\n");
    const auto first = keyfile_of(read_keyfile(text, "f").profile.get());
    ASSERT_TRUE(first.has_value());
    const auto again = keyfile_of(read_keyfile(first->view(), "g").profile.get());
    EXPECT_TRUE(again.value() == *first);
    EXPECT_TRUE(first->view().contains("listen-port=51820\n"));
}

} // namespace
} // namespace wgnl::nm
