// SPDX-License-Identifier: LGPL-2.1-or-later
// Configuration text of wg and wg-quick into declarations: each rule, each mistake, each limit.
#include <wgnl/configuration.hpp>

#include <ostream>

#include <gtest/gtest.h>

namespace wgnl {
namespace {

constexpr auto key_a = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
constexpr auto key_b = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
constexpr auto private_text = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
constexpr auto own_public = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
constexpr auto zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

ParsedConfiguration parse(const std::string& text, Dialect dialect = Dialect::wg) {
    auto parsed = parse_configuration(text, {.dialect = dialect, .file = "f", .device = "wg0"});
    const auto valid = check(parsed.declaration);
    EXPECT_TRUE(valid.has_value()) << valid.error().to_string();
    return parsed;
}
ParsedConfiguration quick(const std::string& text) { return parse(text, Dialect::wg_quick); }

std::string peer(const std::string& key, const std::string& rest = {}) {
    return "[Peer]\nPublicKey = " + key + "\n" + rest;
}

/// "f:3: error: …", one a line.
std::string problems_of(const ParsedConfiguration& parsed) {
    std::string text;
    for (const auto& problem : parsed.declaration.problems) {
        text += to_string(problem) + '\n';
    }
    return text;
}

void expect_silent(const ParsedConfiguration& parsed) {
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(problems_of(parsed), "");
}

std::vector<std::string> prefixes_of(const DeclaredPeer& peer) {
    std::vector<std::string> texts;
    for (const auto& prefix : peer.allowed_ips) {
        texts.push_back(prefix.to_string());
    }
    return texts;
}
using Texts = std::vector<std::string>;

TEST(Configuration, ReadsEveryKeyOfWg) {
    const auto parsed = parse(std::string("[Interface]\nPrivateKey = ") + private_text +
                              "\nListenPort = 51820\nFwMark = 0xca6c\n" +
                              peer(key_a, std::string("PresharedKey = ") + key_b +
                                              "\nAllowedIPs = 10.0.0.0/24, fd00::1\n"
                                              "Endpoint = vpn.example.org:51820\n"
                                              "PersistentKeepalive = 25\n"));
    expect_silent(parsed);
    const auto& declared = parsed.declaration;
    EXPECT_EQ(declared.device, "wg0");
    EXPECT_EQ(declared.where, "f");
    EXPECT_EQ(declared.private_key, *PrivateKey::parse(private_text));
    EXPECT_EQ(declared.listen_port, 51820);
    EXPECT_EQ(declared.fwmark, 0xca6cU);
    ASSERT_EQ(declared.peers.size(), 1U);
    const auto& one = declared.peers[0];
    EXPECT_EQ(one.public_key, *PublicKey::parse(key_a));
    EXPECT_EQ(one.preshared_key, *PresharedKey::parse(key_b));
    EXPECT_EQ(prefixes_of(one), (Texts{"10.0.0.0/24", "fd00::1/128"}));
    EXPECT_EQ(one.endpoint, "vpn.example.org:51820");
    EXPECT_EQ(one.persistent_keepalive, 25);
    EXPECT_EQ(one.where, "f:5");
}

TEST(Configuration, KeepsWhatOnlyWgQuickKnows) {
    const auto parsed = quick("[Interface]\nAddress = 10.0.0.1/24, fd00::1/64\naddress=10.1.0.1\n"
                              "MTU = 1400\nTable = off\nDNS = 10.0.0.2, example.org # ours\n"
                              "PostUp = a = \"b\" # c\nSaveConfig = True\n");
    expect_silent(parsed);
    const auto& declared = parsed.declaration;
    ASSERT_EQ(declared.addresses.size(), 3U);
    EXPECT_EQ(declared.addresses[0].to_string(), "10.0.0.1/24");
    EXPECT_EQ(declared.addresses[2].to_string(), "10.1.0.1/32");
    EXPECT_EQ(declared.mtu, 1400U);
    EXPECT_FALSE(declared.route_table.has_value());
    using Line = ConfigurationLine;
    EXPECT_EQ(parsed.others,
              (std::vector<Line>{{"Table", SecretText("off"), 5, "f:5"},
                                 {"DNS", SecretText("10.0.0.2, example.org"), 6, "f:6"},
                                 {"PostUp", SecretText("a = \"b\""), 7, "f:7"},
                                 {"SaveConfig", SecretText("True"), 8, "f:8"}}));
}

TEST(Configuration, SaysTheTableThatWgQuickWouldUse) {
    EXPECT_EQ(quick("").declaration.route_table, 254U);
    EXPECT_EQ(quick("[Interface]\nTable=auto").declaration.route_table, 254U);
    EXPECT_EQ(quick("[Interface]\nTable=0x10").declaration.route_table, 16U);
    EXPECT_EQ(quick("[Interface]\nTable=off\nTable=7").declaration.route_table, 7U);
    EXPECT_EQ(parse("").declaration.route_table, std::nullopt);
}

TEST(Configuration, RefusesKeysOfWgQuickWhereWgWould) {
    EXPECT_FALSE(parse("[Interface]\nMTU = 1400\n").accepted);
    EXPECT_FALSE(quick(peer(key_a, "MTU = 1400\n")).accepted);
    EXPECT_FALSE(quick("[ Interface ]\nMTU = 1400\n").accepted); // wg-quick wants it tight
    EXPECT_FALSE(quick("[Interface]\nM TU = 1400\n").accepted);
    EXPECT_FALSE(quick("[Interface]\nSaveConfig = yes\n").accepted);
}

TEST(Configuration, ReportsWhatWgQuickWouldFailOnLater) {
    const auto parsed = quick("[Interface]\nAddress = here, 10.0.0.1/24, 10.0.0.1/24\nMTU = 100\n"
                              "Table = mine\n");
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(parsed.declaration.addresses.size(), 1U);
    EXPECT_EQ(parsed.declaration.mtu, std::nullopt);
    EXPECT_EQ(parsed.declaration.route_table, std::nullopt);
    EXPECT_EQ(
        problems_of(parsed),
        "f:2: error: Address=here is no address; write such as 10.0.0.1/24 or fd00::1/64; it "
        "is not declared\n"
        "f:2: warning: Address=10.0.0.1/24 stands above already\n"
        "f:3: error: MTU=100 is not a number of bytes from 1280 to 65535; it is not declared\n"
        "f:4: error: Table=mine is no routing table; write \"auto\", \"off\", \"main\" or its "
        "number; it is not declared\n");
}

TEST(Configuration, IgnoresCaseBlanksAndComments) {
    const auto parsed = parse("  # note\r\n[ inter FACE ] # x\r\n LISTEN port = 5 182 0 # y\r\n\v\f"
                              "fwmark=OFF\r\n");
    expect_silent(parsed);
    EXPECT_EQ(parsed.declaration.listen_port, 51820);
    EXPECT_EQ(parsed.declaration.fwmark, 0U);
}

TEST(Configuration, ReadsValuesAsWgDoes) {
    EXPECT_EQ(parse("[Interface]\nListenPort=+00080").declaration.listen_port, 80);
    EXPECT_EQ(parse("[Interface]\nFwMark=010").declaration.fwmark, 10U);
    EXPECT_EQ(parse("[Interface]\nFwMark=0xFFFFffff").declaration.fwmark, 0xffffffffU);
    const auto endpoint = [](const std::string& text) {
        const auto parsed = parse(peer(key_a, "Endpoint = " + text));
        EXPECT_TRUE(parsed.accepted) << text;
        return parsed.declaration.peers[0].endpoint.value_or("none");
    };
    EXPECT_EQ(endpoint("192.0.2.1:+7"), "192.0.2.1:7");
    EXPECT_EQ(endpoint("[192.0.2.1]:7"), "192.0.2.1:7");
    EXPECT_EQ(endpoint("[2001:db8::1]:7"), "[2001:db8::1]:7");
    EXPECT_EQ(endpoint("2001:db8::1:7"), "[2001:db8::1]:7");
    EXPECT_EQ(endpoint("[fe80::1%lo]:7"), "[fe80::1%lo]:7");
    EXPECT_EQ(endpoint("localhost:7"), "localhost:7");
}

TEST(Configuration, MeansNothingByAllZero) {
    const auto parsed = parse(std::string("[Interface]\nPrivateKey=") + zeros + "\nListenPort=0\n" +
                              peer(key_a, std::string("PresharedKey=") + zeros));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(parsed.declaration.private_key, std::nullopt);
    EXPECT_EQ(parsed.declaration.listen_port, std::nullopt);
    EXPECT_EQ(parsed.declaration.peers[0].preshared_key, std::nullopt);
}

TEST(Configuration, WarnsOfHostBitsAndMissingBrackets) {
    const auto parsed = parse(peer(key_a, "AllowedIPs = 10.0.0.1/24\nEndpoint = fe80::1:7\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(problems_of(parsed),
              "f:3: warning: AllowedIPs=10.0.0.1/24 has host bits; it is taken as 10.0.0.0/24\n"
              "f:4: warning: Endpoint=fe80::1:7 has no brackets; it is taken as [fe80::1]:7\n");
}

TEST(Configuration, LetsTheLastOfAKeyCount) {
    const auto parsed =
        parse("[Interface]\nListenPort=1\n[interface]\nListenPort=2\n" +
              peer(key_a, "PersistentKeepalive=1\nPersistentKeepalive=2\n"
                          "AllowedIPs=10.0.0.0/8\nAllowedIPs=10.0.0.0/8,fd00::/8\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(parsed.declaration.listen_port, 2);
    EXPECT_EQ(parsed.declaration.peers[0].persistent_keepalive, 2);
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), (Texts{"10.0.0.0/8", "fd00::/8"}));
    EXPECT_EQ(problems_of(parsed),
              "f:4: warning: ListenPort= stands at f:2 too; this one counts\n"
              "f:8: warning: PersistentKeepalive= stands at f:7 too; this one counts\n");
}

TEST(Configuration, GivesAPrefixToTheLaterPeer) {
    const auto parsed = parse(peer(key_a, "AllowedIPs=10.0.0.0/8,10.1.0.0/16\n") +
                              peer(key_b, "AllowedIPs=10.1.0.0/16\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), Texts{"10.0.0.0/8"});
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[1]), Texts{"10.1.0.0/16"});
    EXPECT_EQ(problems_of(parsed), "f:3: warning: AllowedIPs=10.1.0.0/16 stands at f:6 too, and "
                                   "the later peer has it; this one is applied without it\n");
}

TEST(Configuration, PutsTwoSectionsOfAPeerTogether) {
    const auto parsed = parse(peer(key_a, std::string("PresharedKey=") + key_b +
                                              "\nAllowedIPs=10.0.0.0/8\n"
                                              "PersistentKeepalive=5\n") +
                              peer(key_b, "AllowedIPs=10.1.0.0/16\n") +
                              peer(key_a, "AllowedIPs=10.2.0.0/16\nEndpoint=192.0.2.1:7\n"));
    EXPECT_TRUE(parsed.accepted);
    ASSERT_EQ(parsed.declaration.peers.size(), 2U);
    const auto& both = parsed.declaration.peers[0];
    EXPECT_TRUE(both.preshared_key.has_value());
    EXPECT_EQ(both.persistent_keepalive, 5);
    EXPECT_EQ(both.endpoint, "192.0.2.1:7");
    EXPECT_EQ(prefixes_of(both), Texts{"10.2.0.0/16"});
    EXPECT_EQ(both.where, "f:9");
    EXPECT_NE(problems_of(parsed).find(std::string("f:9: warning: the peer ") + key_a +
                                       " has a section at f:1 too"),
              std::string::npos);
}

TEST(Configuration, AddsAndTakesSinglePrefixes) {
    const auto parsed = parse(peer(key_a, "AllowedIPs=10.0.0.0/8,10.1.0.0/16\n") +
                              peer(key_a, "AllowedIPs=+10.2.0.0/16,-10.1.0.0/16,-10.9.0.0/16\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), (Texts{"10.0.0.0/8", "10.2.0.0/16"}));
}

TEST(Configuration, LeavesOutTheDevicesOwnKey) {
    const auto parsed = parse(peer(own_public, "AllowedIPs=10.0.0.0/8\n") +
                              "[Interface]\nPrivateKey=" + private_text);
    EXPECT_TRUE(parsed.accepted);
    EXPECT_TRUE(parsed.declaration.peers.empty());
    EXPECT_EQ(parsed.declaration.problems.size(), 1U);
}

TEST(Configuration, HoldsAPeerWithAMistakeAndGoesOn) {
    const auto parsed = parse("[Interface]\nListenPort=nine\nFwMark=3\n" +
                              peer(key_a, "AllowedIP = 10.0.0.0/8\nAllowedIPs = 10.3.0.0/16\n") +
                              peer(key_b, "AllowedIPs = 10.2.0.0/16\n"));
    EXPECT_FALSE(parsed.accepted);
    const auto& declared = parsed.declaration;
    EXPECT_EQ(declared.listen_port, std::nullopt);
    EXPECT_EQ(declared.fwmark, 3U);
    ASSERT_EQ(declared.peers.size(), 2U);
    EXPECT_TRUE(declared.peers[0].held);
    EXPECT_TRUE(declared.peers[0].allowed_ips.empty());
    EXPECT_FALSE(declared.peers[1].held);
    EXPECT_EQ(prefixes_of(declared.peers[1]), Texts{"10.2.0.0/16"});
    EXPECT_EQ(problems_of(parsed),
              "f:2: error: ListenPort=nine is not a port from 1 to 65535; write its number; it is "
              "not declared\n"
              "f:6: error: AllowedIP= is no setting of [Peer]; this peer is held as it is\n");
}

TEST(Configuration, GivesNobodyElseWhatAMistakenPeerClaims) {
    for (const auto* rest : {"Endpoint = nowhere\n", "PublicKey = x\n"}) {
        const auto parsed = parse(peer(key_a, "AllowedIPs = 10.0.0.0/8,10.1.0.0/16\n") +
                                  peer(key_b, std::string("AllowedIPs = 10.1.0.0/16\n") + rest));
        EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), Texts{"10.0.0.0/8"}) << rest;
    }
}

TEST(Configuration, HoldsADeviceWhosePrivateKeyCannotBeRead) {
    const auto parsed =
        parse("[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq\n" + peer(key_a));
    EXPECT_FALSE(parsed.accepted);
    EXPECT_TRUE(parsed.declaration.held);
    EXPECT_EQ(problems_of(parsed),
              "f:2: error: PrivateKey= cannot be read: a key is 44 characters "
              "of base64, not 25; write what \"wg genkey\" printed; the device is left as it is\n");
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
        Refused{"[Interface]\nJc=4", "Jc= is no setting of [Interface]"},
        Refused{"[Interface]\nEndpoint=a:1", "Endpoint= is no setting of [Interface]"},
        Refused{"[Interface", "f:1: error: this is neither [Interface] nor [Peer]"},
        Refused{"[Server]\nanything", "f:1: error: this is neither"},
        Refused{"[Peer]\n", "f:1: error: the section has no PublicKey="},
        Refused{"[Peer]\nPublicKey=abc\n", "f:2: error: PublicKey=abc cannot be read"},
        Refused{"[Peer]\nPublicKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "all zero"},
        Refused{PEER "PresharedKey=abc", "f:3: error: PresharedKey= cannot be read"},
        Refused{PEER "AllowedIPs=", "f:3: error: AllowedIPs= has no value"},
        Refused{PEER "AllowedIPs=10.0.0.0/8,", "AllowedIPs= is no address"},
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
        Refused{PEER "Endpoint=a b\xe4:7", "names no host"},
        Refused{PEER "PersistentKeepalive=65536", "is not an interval"},
        Refused{PEER "PersistentKeepalive=+1", "is not an interval"},
        Refused{"\xef\xbb\xbf[Interface]\nListenPort=1", "f:1: error: the text begins with a byte"},
        Refused{"[Interface]\rListenPort=1\r", "f:1: error: this is neither"}));

TEST(Configuration, ReadsOnAfterAByteOrderMark) {
    EXPECT_EQ(parse("\xef\xbb\xbf[Interface]\nListenPort=1").declaration.listen_port, 1);
}

TEST(Configuration, ShowsNoSecret) {
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
    static void expect_unusable(const ParsedConfiguration& parsed, std::string_view reason) {
        EXPECT_FALSE(parsed.accepted);
        EXPECT_TRUE(parsed.declaration.held);
        EXPECT_TRUE(parsed.declaration.peers.empty());
        EXPECT_EQ(parsed.declaration.private_key, std::nullopt);
        ASSERT_EQ(parsed.declaration.problems.size(), 1U);
        EXPECT_NE(parsed.declaration.problems[0].text.find(reason), std::string::npos)
            << parsed.declaration.problems[0].text;
        EXPECT_TRUE(check(parsed.declaration).has_value());
    }
    static ParsedConfiguration limited(const std::string& text, const ConfigurationLimits& limits) {
        return parse_configuration(text, {.file = "f", .device = "wg0", .limits = limits});
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

TEST(Configuration, CountsTheProblemsThatItDoesNotList) {
    const auto parsed = parse_configuration("a\nb\nc\nd\n", {.limits = {.problems = 3}});
    ASSERT_EQ(parsed.declaration.problems.size(), 3U);
    EXPECT_EQ(to_string(parsed.declaration.problems[0]).find("line 1: error: "), 0U);
    EXPECT_EQ(parsed.declaration.problems[2].text, "2 more problems are not listed");
}

TEST(Configuration, TakesAnythingForAText) {
    for (const auto* text :
         {"", "\n", "#", "[", "]", "=", "\xff\xfe", "[Peer]#", "[Peer]\n#\n=\n"}) {
        EXPECT_TRUE(check(quick(text).declaration).has_value()) << text;
    }
}

struct Named {
    const char* text;
    const char* name;
};
void PrintTo(const Named& named, std::ostream* out) { *out << printable(named.text); }
class PeerName : public testing::TestWithParam<Named> {};

TEST_P(PeerName, StandsInAComment) {
    const auto parsed = parse(GetParam().text);
    EXPECT_TRUE(parsed.accepted);
    ASSERT_FALSE(parsed.declaration.peers.empty());
    EXPECT_EQ(parsed.declaration.peers.back().name, GetParam().name);
}

#define KEY "PublicKey=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n"
INSTANTIATE_TEST_SUITE_P(
    Texts, PeerName,
    testing::Values(
        Named{"[Peer]\n# friendly_name = laptop\n" KEY, "laptop"},
        Named{"[Peer]\n" KEY "#friendly_name=Ann's laptop", "Ann's laptop"},
        Named{"[Peer]\n" KEY "\n## Name: M\xc3\xbcller = 1 \r\n", "M\xc3\xbcller = 1"},
        Named{"[Peer]\nPublicKey=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= # Name = a", "a"},
        Named{"# Name = laptop\n[Peer]\n" KEY, "laptop"}, Named{"# laptop\n[Peer]\n" KEY, "laptop"},
        Named{"# of Ann:\n# laptop\n[Peer]\n" KEY, "laptop"},
        Named{"[Peer] # laptop\n" KEY, "laptop"}, Named{"[Peer]\n# laptop\n" KEY, "laptop"},
        Named{"# other\n[Peer] # laptop\n# third\n" KEY, "laptop"},
        Named{"# other\n[Peer]\n" KEY "# Name = laptop\n", "laptop"},
        Named{"# M\xfcller\n[Peer]\n" KEY, "M\xef\xbf\xbdller"},
        Named{"# laptop\n\n[Peer]\n" KEY, ""}, Named{"[Peer]\n" KEY "# laptop\n", ""},
        Named{"# -----\n[Peer]\n" KEY, ""}, Named{"#[Peer]\n[Peer]\n" KEY, ""},
        Named{"# PresharedKey = x\n[Peer]\n" KEY, ""},
        Named{"# yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk\n[Peer]\n" KEY, ""},
        Named{"# Name = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n[Peer]\n" KEY, ""},
        Named{"# This tunnel is kept by the department of communication, floor three\n[Peer]\n" KEY,
              ""},
        Named{PEER "# Name = a\n\n[Peer]\nPublicKey=TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=\n",
              ""}));

TEST(Configuration, GivesCommentsAboveASectionToThatSection) {
    const auto parsed = parse("# Name = a\n" + peer(key_a) + "# Name = b\n" + peer(key_b) +
                              "# Name = c\n[Interface]\n");
    ASSERT_EQ(parsed.declaration.peers.size(), 2U);
    EXPECT_EQ(parsed.declaration.peers[0].name, "a");
    EXPECT_EQ(parsed.declaration.peers[1].name, "b");
}

TEST(Configuration, NamesTheDeviceAfterItsFile) {
    EXPECT_EQ(device_of_configuration("/etc/wireguard/wg-home_0.conf"), "wg-home_0");
    EXPECT_EQ(device_of_configuration("a=+.b.conf"), "a=+.b");
    for (const auto* bad : {"", "wg0", ".conf", "my tunnel.conf", "sixteen_letters_.conf",
                            "wg0.conf/", "..conf", "wg0.CONF", "w\xc3\xbc.conf"}) {
        EXPECT_FALSE(device_of_configuration(bad).has_value()) << bad;
    }
}

} // namespace
} // namespace wgnl
