// SPDX-License-Identifier: LGPL-2.1-or-later
// Key files with their mistakes, by line.
#include "nm/profile/keyfile.hpp"

#include <gtest/gtest.h>

#include "a_profile.hpp"

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

TEST(Keyfile, KnowsTheLines) {
    const auto read =
        read_keyfile("# a comment\n[connection]\n id = x\n\n[ipv4]\naddress1=10.0.0.1\n"
                     "[connection]\nid=y\n",
                     "f");
    EXPECT_EQ(read.lines.place("connection"), "f:2");
    EXPECT_EQ(read.lines.place("connection", "id"), "f:8"); // the last one counts
    EXPECT_EQ(read.lines.place("connection", "zone"), "f:2");
    EXPECT_EQ(read.lines.place("ipv4", "addresses"), "f:6");
    EXPECT_EQ(read.lines.place("ipv6", "dns"), "f");
    EXPECT_EQ(read.places()("connection", "id"), "f:8");
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
    EXPECT_EQ(read.problems[0].where, "f:9");
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
