// SPDX-License-Identifier: LGPL-2.1-or-later
// Configuration text with mistakes: what they hold, how they are said, and the limits.
#include <wgnl/wg_quick.hpp>

#include <ostream>

#include <gtest/gtest.h>

#include "wg_quick_tools.hpp"

namespace wgnl {
namespace {

using namespace tests;

TEST(WgQuick, HoldsAPeerWithAMistakeAndGoesOn) {
    const auto parsed = parse("[Interface]\nListenPort=nine\nFwMark=3\n" +
                              peer(key_a, "AllowedIP = 10.0.0.0/8\nAllowedIPs = 10.3.0.0/16\n") +
                              peer(key_b, "AllowedIPs = 10.2.0.0/16\n"));
    EXPECT_FALSE(parsed.accepted);
    const auto& declared = parsed.declaration;
    EXPECT_EQ(declared.listen_port, std::nullopt);
    EXPECT_EQ(declared.fwmark, 3U);
    ASSERT_EQ(declared.peers.size(), 2U);
    EXPECT_TRUE(declared.peers[0].kept_as_is);
    EXPECT_TRUE(declared.peers[0].allowed_ips.empty());
    EXPECT_FALSE(declared.peers[1].kept_as_is);
    EXPECT_EQ(prefixes_of(declared.peers[1]), Texts{"10.2.0.0/16"});
    EXPECT_EQ(problems_of(parsed),
              "f:2: error: ListenPort=nine is not a port from 1 to 65535; write its number; it is "
              "not declared\n"
              "f:6: error: AllowedIP= is no setting of [Peer]; this peer is kept as it is\n");
}

TEST(WgQuick, GivesNobodyElseWhatAMistakenPeerClaims) {
    for (const auto* rest : {"Endpoint = nowhere\n", "PublicKey = x\n"}) {
        const auto parsed = parse(peer(key_a, "AllowedIPs = 10.0.0.0/8,10.1.0.0/16\n") +
                                  peer(key_b, std::string("AllowedIPs = 10.1.0.0/16\n") + rest));
        EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), Texts{"10.0.0.0/8"}) << rest;
    }
}

TEST(WgQuick, KeepsAllPeersWhileAnyLineMayMeanOneThatNobodyNames) {
    const auto keeps = [](const std::string& text) {
        return parse("[Interface]\nListenPort = 1\n" + text).declaration.keeps_peers;
    };
    const std::string key = std::string("PublicKey = ") + key_a + "\n";
    EXPECT_TRUE(keeps("[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e6\n"));
    EXPECT_TRUE(keeps("[Peer]\nAllowedIPs = 10.0.0.0/8\n"));
    EXPECT_TRUE(keeps("[Pear]\n" + key)) << "another header";
    EXPECT_TRUE(keeps(key)) << "no header, below [Interface]";
    EXPECT_TRUE(keeps(peer(key_b) + key)) << "no header, below another peer";
    EXPECT_TRUE(parse(key).declaration.keeps_peers) << "no header at all";
    EXPECT_FALSE(keeps(peer(key_a) + peer(key_b, "Endpoint = nowhere\n")));
}

TEST(WgQuick, HoldsADeviceWhosePrivateKeyCannotBeRead) {
    const auto parsed =
        parse("[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq\n" + peer(key_a));
    EXPECT_FALSE(parsed.accepted);
    EXPECT_TRUE(parsed.declaration.kept_as_is);
    EXPECT_EQ(problems_of(parsed), "f:2: error: PrivateKey= cannot be read: a key is 44 characters "
                                   "of base64, not 25: it was cut; write what \"wg genkey\" "
                                   "printed; the device is left as it is\n");
}

struct Refused {
    const char* text;
    const char* problem; ///< a part of it
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << printable(refused.problem); }
class Refusal : public testing::TestWithParam<Refused> {};

TEST_P(Refusal, NamesTheLineAndTheReason) {
    const auto parsed = parse(GetParam().text);
    EXPECT_FALSE(parsed.accepted);
    EXPECT_NE(problems_of(parsed).find(GetParam().problem), std::string::npos)
        << problems_of(parsed);
}

#define PEER "[Peer]\nPublicKey=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n"
INSTANTIATE_TEST_SUITE_P(
    Texts, Refusal,
    testing::Values(
        Refused{"ListenPort=1", "f:1: error: a setting stands before any section"},
        Refused{"[Interface]\nListenPort 1", "f:2: error: this line has no \"=\""},
        Refused{"[Interface]\nListenPort=", "f:2: error: ListenPort= has no value"},
        Refused{"[Interface]\nListenPort=65536", "ListenPort=65536 is not a port"},
        Refused{"[Interface]\nListenPort=-1", "ListenPort=-1 is not a port"},
        Refused{"[Interface]\nListenPort=domain", "write its number"},
        Refused{"[Interface]\nFwMark=0X1", "FwMark=0X1 is not a mark"},
        Refused{"[Interface]\nFwMark=0x", "FwMark=0x is not a mark"},
        Refused{"[Interface]\nFwMark=4294967296", "is not a mark"},
        Refused{"[Interface]\nFwMark=-1", "is not a mark"},
        Refused{"[Interface]\nJd=4", "Jd= is no setting of [Interface]"},
        Refused{"[Interface]\nJc=4", "f:2: error: Jc= is a setting of AmneziaWG"},
        Refused{"[Interface]\n; at work", "f:2: error: this line cannot be read: a comment begins"},
        Refused{"[Interface]\nListenPort: 5", "\":\" stands where \"=\" belongs"},
        Refused{"; at work", "f:1: error: this line cannot be read: a comment begins with \"#\""},
        Refused{"[Peer] ; laptop", "neither [Interface] nor [Peer]: a comment begins with \"#\""},
        Refused{"[Interface]\nPrivateKey = \"x\"", "PrivateKey= cannot be read: quotes stand"},
        Refused{"[Interface]\nFwMark = 7 ; mark", "FwMark= cannot be read: a comment begins"},
        Refused{"[Interface]\n ListenPort = 5\u200b", "(U+200B) stands in column 16"},
        Refused{"[Interface]\nEndpoint=a:1", "Endpoint= is no setting of [Interface]"},
        Refused{"[Interface", "f:1: error: this is neither [Interface] nor [Peer]"},
        Refused{"[Server]\nanything", "f:1: error: this is neither"},
        Refused{"[Peer]\n", "f:1: error: the section has no PublicKey="},
        Refused{"[Peer]\nPublicKey=abc\n", "f:2: error: PublicKey=abc cannot be read"},
        Refused{"[Peer]\nPublicKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "all zero"},
        Refused{PEER "PresharedKey=abc", "f:3: error: PresharedKey= cannot be read"},
        Refused{PEER "AllowedIPs=", "f:3: error: AllowedIPs= has no value"},
        Refused{PEER "AllowedIPs=10.0.0.0/8,", "there is a comma too many"},
        Refused{PEER "AllowedIPs=10.0.0.0/8,,10.1.0.0/16", "there is a comma too many"},
        Refused{PEER "AllowedIPs=10.0.0.0/88,", "AllowedIPs=10.0.0.0/88 is no address"},
        Refused{PEER "Endpoint = \"a.b:7\"", "Endpoint= cannot be read: quotes stand around it"},
        Refused{PEER "AllowedIPs=10.0.0.0/33", "AllowedIPs=10.0.0.0/33 is no address"},
        Refused{PEER "AllowedIPs=10.0.0.0/8/8", "is no address"},
        Refused{PEER "AllowedIPs=10.0.0", "is no address"},
        Refused{PEER "Endpoint=192.0.2.1", "Endpoint=192.0.2.1 has no port"},
        Refused{PEER "Endpoint=192.0.2.1:0", "has no port from 1 to 65535"},
        Refused{PEER "Endpoint=192.0.2.1:domain", "has no port from 1 to 65535"},
        Refused{PEER "Endpoint=[fe80::1", "has no port"},
        Refused{PEER "Endpoint=[fe80::1]7", "has no port"},
        Refused{PEER "Endpoint=:7", "names no host"},
        Refused{PEER "Endpoint=127.1:7", "names no host"},
        Refused{PEER "Endpoint=a b\xe4:7", "a byte that is no character of UTF-8 (0xE4)"},
        Refused{PEER "PersistentKeepalive=65536", "is not an interval"},
        Refused{PEER "PersistentKeepalive=+1", "is not an interval"},
        Refused{"\xef\xbb\xbf[Interface]\nListenPort=1", "f:1: error: the text begins with a byte"},
        Refused{"[Interface]\rListenPort=1\r", "f:1: error: this is neither"}));

TEST(WgQuick, TellsASlipOnceForALine) {
    const auto parsed = quick("[Interface]\nAddress = \"10.0.0.1/24\", \"10.0.0.2/24\"\n" +
                              peer(key_a, "AllowedIPs = 10.1.0.0/16 ; 10.2.0.0/16 ; home\n"));
    EXPECT_EQ(
        problems_of(parsed),
        "f:2: error: Address= cannot be read: quotes stand around it; write it without them; it "
        "is not declared\n"
        "f:5: error: AllowedIPs= cannot be read: a \";\" stands where a comma belongs; write "
        "\",\"; this peer is kept as it is\n");
}

TEST(WgQuick, LooksAtALongLineOfMistakesOnce) {
    std::string ranges = "AllowedIPs = 10.0.0.0/8";
    for (int i = 0; i < 20000; ++i)
        ranges += ", 1.2.3.0-1.2.3.255";
    EXPECT_NE(problems_of(quick(peer(key_a, ranges + "\n"))), "");
}

TEST(WgQuick, HoldsADeviceOfAmneziaWgAndSaysSoOnce) {
    const auto parsed = quick("[Interface]\nS1 = 9\nJc = 4\nI1 = <b 0xc7>\n" +
                              peer(key_a, "AdvancedSecurity = on\nAllowedIPs = 10.0.0.0/8\n"));
    EXPECT_FALSE(parsed.accepted);
    EXPECT_TRUE(parsed.declaration.kept_as_is);
    ASSERT_EQ(parsed.declaration.problems.size(), 1U) << problems_of(parsed);
    EXPECT_EQ(problems_of(parsed).find("f:2: error: S1= and 3 more are settings of AmneziaWG"), 0U);
}

TEST(WgQuick, ReadsOnAfterAByteOrderMark) {
    EXPECT_EQ(parse("\xef\xbb\xbf[Interface]\nListenPort=1").declaration.listen_port, 1);
}

TEST(WgQuick, ShowsNoSecret) {
    const std::string secret = private_text;
    for (const auto& text : {
             "[Interface]\nPrivateKey " + secret,
             "[Interface]\nPrivatKey = " + secret,
             "[Interface]\n" + secret,
             "[Interface]\n" + secret.substr(20),
             secret,
             "[Interface] PrivateKey = " + secret,
             "[Interface]\nListenPort = " + secret,
             "[Interface]\nFwMark = " + secret,
             "[Interface]\nPrivateKey = " + secret + "=",
             peer(key_a, "AllowedIPs = " + secret),
             peer(key_a, "Endpoint = " + secret + ":7"),
             peer(key_a, "PresharedKey = x" + secret),
             peer(secret + "x"),
             "[Interface]\nAddress = " + secret + "\nTable = " + secret + "\nMTU = " + secret,
             "[Interface]\nSaveConfig = " + secret,
         }) {
        const auto said = problems_of(quick(text));
        EXPECT_NE(said, "");
        EXPECT_EQ(said.find(secret.substr(0, 8)), std::string::npos) << said;
        EXPECT_EQ(said.find(secret.substr(24, 8)), std::string::npos) << said;
    }
}

class UnusableText : public testing::Test {
protected:
    static void expect_unusable(const ParsedWgQuick& parsed, std::string_view reason) {
        EXPECT_FALSE(parsed.accepted);
        EXPECT_TRUE(parsed.declaration.kept_as_is);
        EXPECT_TRUE(parsed.declaration.peers.empty());
        EXPECT_EQ(parsed.declaration.private_key, std::nullopt);
        ASSERT_EQ(parsed.declaration.problems.size(), 1U);
        EXPECT_NE(parsed.declaration.problems[0].text.find(reason), std::string::npos)
            << parsed.declaration.problems[0].text;
        EXPECT_TRUE(check(parsed.declaration).has_value());
    }
    static ParsedWgQuick limited(const std::string& text, const WgQuickLimits& limits) {
        return parse_wg_quick(text, {.file = "f", .device = "wg0", .limits = limits});
    }
};

TEST_F(UnusableText, HasANul) {
    expect_unusable(parse(std::string("[Interface]\0\nListenPort=1", 25)), "NUL");
}

TEST_F(UnusableText, IsTooLong) {
    expect_unusable(limited("# 4567890", {.bytes = 8}), "longer than 8");
    expect_unusable(limited("\n# 34567890\n", {.line = 8}), "a line of 10 bytes");
    EXPECT_TRUE(limited("# 345678", {.bytes = 8, .line = 8}).accepted);
}

TEST_F(UnusableText, HasTooManyPeers) {
    const auto two = peer(key_a) + peer(key_b);
    EXPECT_TRUE(limited(two, {.peers = 2}).accepted);
    expect_unusable(limited(two + "[Peer]", {.peers = 2}), "more than 2 peers");
}

TEST(WgQuick, CountsTheProblemsThatItDoesNotList) {
    const auto parsed = parse_wg_quick("a\nb\nc\nd\n", {.limits = {.problems = 3}});
    ASSERT_EQ(parsed.declaration.problems.size(), 3U);
    EXPECT_EQ(to_string(parsed.declaration.problems[0]).find("line 1: error: "), 0U);
    EXPECT_EQ(parsed.declaration.problems[2].text, "2 more problems are not listed");
}

TEST(WgQuick, TakesAnythingForAText) {
    for (const auto* text : {"", "\n", "#", "[", "]", "=", "\xff\xfe", "[Peer]#", "[Peer]\n#\n=\n"})
        EXPECT_TRUE(check(quick(text).declaration).has_value()) << text;
}

} // namespace
} // namespace wgnl
