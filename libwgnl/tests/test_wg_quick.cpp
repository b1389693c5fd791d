// SPDX-License-Identifier: LGPL-2.1-or-later
// Configuration text of wg and wg-quick into declarations: each rule, and names of peers.
#include <wgnl/wg_quick.hpp>

#include <ostream>

#include <gtest/gtest.h>

#include "wg_quick_tools.hpp"

namespace wgnl {
namespace {

using namespace tests;

void expect_silent(const ParsedWgQuick& parsed) {
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(problems_of(parsed), "");
}

TEST(WgQuick, ReadsEveryKeyOfWg) {
    const auto parsed = parse(std::string("[Interface]\nPrivateKey = ") + private_text +
                              "\nListenPort = 51820\nFwMark = 0xca6c\n" +
                              peer(key_a, std::string("PresharedKey = ") + key_b +
                                              "\nAllowedIPs = 10.0.0.0/24, fd00::1\n"
                                              "Endpoint = vpn.example.org:51820\n"
                                              "PersistentKeepalive = 25\n"));
    expect_silent(parsed);
    const auto& declared = parsed.declaration;
    EXPECT_EQ(declared.device, "wg0");
    EXPECT_EQ(to_string(declared.location), "f");
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
    EXPECT_EQ(to_string(one.location), "f:5");
}

TEST(WgQuick, KeepsWhatOnlyWgQuickKnows) {
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
    using Line = WgQuickLine;
    EXPECT_EQ(parsed.unsupported_lines,
              (std::vector<Line>{{"Table", SecretText("off"), {"f", 5}},
                                 {"DNS", SecretText("10.0.0.2, example.org"), {"f", 6}},
                                 {"PostUp", SecretText("a = \"b\""), {"f", 7}},
                                 {"SaveConfig", SecretText("True"), {"f", 8}}}));
}

TEST(WgQuick, SaysTheTableThatWgQuickWouldUse) {
    EXPECT_EQ(quick("").declaration.route_table, 254U);
    EXPECT_EQ(quick("[Interface]\nTable=auto").declaration.route_table, 254U);
    EXPECT_EQ(quick("[Interface]\nTable=0x10").declaration.route_table, 16U);
    EXPECT_EQ(quick("[Interface]\nTable=off\nTable=7").declaration.route_table, 7U);
    EXPECT_EQ(parse("").declaration.route_table, std::nullopt);
}

TEST(WgQuick, RefusesKeysOfWgQuickWhereWgWould) {
    EXPECT_FALSE(parse("[Interface]\nMTU = 1400\n").accepted);
    EXPECT_FALSE(quick(peer(key_a, "MTU = 1400\n")).accepted);
    EXPECT_FALSE(quick("[ Interface ]\nMTU = 1400\n").accepted); // wg-quick wants it tight
    EXPECT_FALSE(quick("[Interface]\nM TU = 1400\n").accepted);
    EXPECT_FALSE(quick("[Interface]\nSaveConfig = yes\n").accepted);
}

TEST(WgQuick, ReportsWhatWgQuickWouldFailOnLater) {
    const auto parsed = quick("[Interface]\nAddress = here, 10.0.0.1/24, 10.0.0.1/24\nMTU = 67\n"
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
        "f:3: error: MTU=67 is not a number of bytes from 68 to 65535; it is not declared\n"
        "f:4: error: Table=mine is no routing table; write \"auto\", \"off\", \"main\" or its "
        "number; it is not declared\n");
}

TEST(WgQuick, WarnsOfAnMtuThatIsTooSmallForIpv6WhereThatIsUsed) {
    const std::string small = "[Interface]\nAddress = 10.0.0.1/24\nMTU = 1200\n";
    const auto narrow = quick(small);
    expect_silent(narrow);
    EXPECT_EQ(narrow.declaration.mtu, 1200U);
    constexpr auto warning = "f:3: warning: MTU=1200 is less than 1280, with which the kernel "
                             "switches IPv6 off for the device\n";
    EXPECT_EQ(problems_of(quick(small + "Address = fd00::1/64\n")), warning);
    const auto peers = quick(small + peer(key_a, "AllowedIPs = fd00::/64\n"));
    EXPECT_TRUE(peers.accepted);
    EXPECT_EQ(problems_of(peers), warning);
    expect_silent(quick("[Interface]\nAddress = fd00::1/64\nMTU = 1280\n"));
}

TEST(WgQuick, IgnoresCaseBlanksAndComments) {
    const auto parsed = parse("  # note\r\n[ inter FACE ] # x\r\n LISTEN port = 5 182 0 # y\r\n\v\f"
                              "fwmark=OFF\r\n");
    expect_silent(parsed);
    EXPECT_EQ(parsed.declaration.listen_port, 51820);
    EXPECT_EQ(parsed.declaration.fwmark, 0U);
}

TEST(WgQuick, ReadsValuesAsWgDoes) {
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

TEST(WgQuick, MeansNothingByAllZero) {
    const auto parsed = parse(std::string("[Interface]\nPrivateKey=") + zeros + "\nListenPort=0\n" +
                              peer(key_a, std::string("PresharedKey=") + zeros));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(parsed.declaration.private_key, std::nullopt);
    EXPECT_EQ(parsed.declaration.listen_port, std::nullopt);
    EXPECT_EQ(parsed.declaration.peers[0].preshared_key, std::nullopt);
}

TEST(WgQuick, WarnsOfHostBitsAndMissingBrackets) {
    const auto parsed = parse(peer(key_a, "AllowedIPs = 10.0.0.1/24\nEndpoint = fe80::1:7\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(problems_of(parsed),
              "f:3: warning: AllowedIPs=10.0.0.1/24 has host bits; it is taken as 10.0.0.0/24\n"
              "f:4: warning: Endpoint=fe80::1:7 has no brackets; it is taken as [fe80::1]:7\n");
}

TEST(WgQuick, LetsTheLastOfAKeyCount) {
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

TEST(WgQuick, GivesAPrefixToTheLaterPeer) {
    const auto parsed = parse(peer(key_a, "AllowedIPs=10.0.0.0/8,10.1.0.0/16\n") +
                              peer(key_b, "AllowedIPs=10.1.0.0/16\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), Texts{"10.0.0.0/8"});
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[1]), Texts{"10.1.0.0/16"});
    EXPECT_EQ(problems_of(parsed), "f:3: warning: AllowedIPs=10.1.0.0/16 stands at f:6 too, and "
                                   "the later peer has it; this one is applied without it\n");
}

TEST(WgQuick, PutsTwoSectionsOfAPeerTogether) {
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
    EXPECT_EQ(to_string(both.location), "f:9");
    EXPECT_NE(problems_of(parsed).find(std::string("f:9: warning: the peer ") + key_a +
                                       " has a section at f:1 too"),
              std::string::npos);
}

TEST(WgQuick, AddsAndTakesSinglePrefixes) {
    const auto parsed = parse(peer(key_a, "AllowedIPs=10.0.0.0/8,10.1.0.0/16\n") +
                              peer(key_a, "AllowedIPs=+10.2.0.0/16,-10.1.0.0/16,-10.9.0.0/16\n"));
    EXPECT_TRUE(parsed.accepted);
    EXPECT_EQ(prefixes_of(parsed.declaration.peers[0]), (Texts{"10.0.0.0/8", "10.2.0.0/16"}));
}

TEST(WgQuick, LeavesOutTheDevicesOwnKey) {
    const auto parsed = parse(peer(own_public, "AllowedIPs=10.0.0.0/8\n") +
                              "[Interface]\nPrivateKey=" + private_text);
    EXPECT_TRUE(parsed.accepted);
    EXPECT_TRUE(parsed.declaration.peers.empty());
    EXPECT_EQ(parsed.declaration.problems.size(), 1U);
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
        Named{"[Peer]\n" KEY
              "# Name = a\n\n[Peer]\nPublicKey=TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=\n",
              ""}));

INSTANTIATE_TEST_SUITE_P(
    OfInstallers, PeerName,
    testing::Values(
        Named{"# BEGIN_PEER laptop\n[Peer]\n" KEY "# END_PEER laptop\n", "laptop"},
        Named{"### begin laptop ###\n[Peer]\n" KEY "### end laptop ###\n", "laptop"},
        Named{"### end tablet ###\n### begin laptop ###\n[Peer]\n" KEY, "laptop"},
        Named{"# Client: laptop (6f1c24be-3f3c-4c36-9f0b-0f4f4f6f3a10)\n[Peer]\n" KEY, "laptop"},
        Named{"# Client: laptop (12)\n[Peer]\n" KEY, "laptop"},
        Named{"### Client laptop\n[Peer]\n" KEY, "laptop"},
        Named{"# laptop start\n[Peer]\n" KEY "# laptop end\n", "laptop"},
        Named{"[Peer]\n# peer_laptop\n" KEY, "laptop"}, Named{"[Peer]\n# peer1\n" KEY, "peer1"},
        Named{"[Peer]\n#Name# = laptop\n" KEY, "laptop"},
        Named{"# BEGIN ANSIBLE MANAGED BLOCK laptop\n[Peer]\n" KEY, "laptop"},
        Named{"# BEGIN ANSIBLE MANAGED BLOCK\n[Peer]\n" KEY, ""},
        Named{"# Laptop / ana@example.org / Updated: 2026-01-01 10:00:00 / Created: 2026-01-01\n"
              "[Peer]\n" KEY,
              "Laptop"},
        Named{"[Peer]\n# -WGP- Peer: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n"
              "# -WGP- Display name: Ana's phone\n" KEY,
              "Ana's phone"},
        Named{"# ID:           cl3k9s2d0000\n# Name:         Laptop of Ana\n"
              "# Email:        ana@example.org\n# Created at:   2026-03-01\n[Peer]\n" KEY,
              "Laptop of Ana"},
        Named{"# start peer laptop\n[Peer]\n" KEY, "laptop"},
        Named{"# laptop (10.0.0.2)\n[Peer]\n" KEY, "laptop"},
        Named{"# End-user laptop\n[Peer]\n" KEY, "End-user laptop"},
        Named{"# User: ana\n# Device: laptop\n[Peer]\n" KEY, "laptop"},
        Named{"# ---- laptop ----\n[Peer]\n" KEY, "laptop"},
        Named{"# ------\n# laptop\n# ------\n[Peer]\n" KEY, "laptop"},
        Named{"[Peer]\n# NL-FREE#12\n" KEY, "NL-FREE#12"}, Named{"# C#\n[Peer]\n" KEY, "C#"},
        Named{"# Client 1\n[Peer]\n" KEY, "Client 1"},
        Named{"# peer-to-peer\n[Peer]\n" KEY, "peer-to-peer"},
        Named{"# Client-VPN\n[Peer]\n" KEY, "Client-VPN"},
        Named{"# Start page\n[Peer]\n" KEY, "Start page"},
        Named{"# End office\n[Peer]\n" KEY, "End office"}));

INSTANTIATE_TEST_SUITE_P(
    OfNobody, PeerName,
    testing::Values(
        Named{"# END_PEER laptop\n[Peer]\n" KEY, ""}, Named{"### end laptop ###\n[Peer]\n" KEY, ""},
        Named{"### begin tablet ###\n#[disabled] [Peer]\n#[disabled] PublicKey = x\n"
              "### end tablet ###\n[Peer]\n" KEY,
              ""},
        Named{"# Name = tablet\n#[Peer]\n#PublicKey = x\n[Peer]\n" KEY, ""},
        Named{"#[Peer]\n# Name = tablet\n#PublicKey = x\n[Peer]\n" KEY, ""},
        Named{"#[Peer]\n# Name = tablet\n#PublicKey = x\n# Name = laptop\n[Peer]\n" KEY, "laptop"},
        Named{"#Endpoint 192.0.2.1:7\n[Peer]\n" KEY, ""},
        Named{"# AllowedIPs: 10.0.0.0/8\n[Peer]\n" KEY, ""},
        Named{"# Created at: 2026-03-01\n[Peer]\n" KEY, ""},
        Named{"[Peer]\n" KEY "# friendly_name = laptop\n\n# [Peer]\n# PublicKey = x\n"
              "# Name: phone\n\n",
              "laptop"},
        Named{"# Client: yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n[Peer]\n" KEY, ""},
        Named{"# BEGIN_PEER yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n[Peer]\n" KEY, ""},
        Named{"# https://vpn.example.org/peers\n[Peer]\n" KEY, ""},
        Named{"# created by a program\n[Peer]\n" KEY, ""},
        Named{"# Do not edit this file\n[Peer]\n" KEY, ""}));

TEST(WgQuick, GivesCommentsAboveASectionToThatSection) {
    const auto parsed = parse("# Name = a\n" + peer(key_a) + "# Name = b\n" + peer(key_b) +
                              "# Name = c\n[Interface]\n");
    ASSERT_EQ(parsed.declaration.peers.size(), 2U);
    EXPECT_EQ(parsed.declaration.peers[0].name, "a");
    EXPECT_EQ(parsed.declaration.peers[1].name, "b");
}

TEST(WgQuick, NamesTheDeviceAfterItsFile) {
    EXPECT_EQ(device_of_wg_quick("/etc/wireguard/wg-home_0.conf"), "wg-home_0");
    EXPECT_EQ(device_of_wg_quick("a=+.b.conf"), "a=+.b");
    for (const auto* bad : {"", "wg0", ".conf", "my tunnel.conf", "sixteen_letters_.conf",
                            "wg0.conf/", "..conf", "wg0.CONF", "w\xc3\xbc.conf"}) {
        EXPECT_FALSE(device_of_wg_quick(bad).has_value()) << bad;
    }
}

} // namespace
} // namespace wgnl
