// SPDX-License-Identifier: LGPL-2.1-or-later
// What a mistake in a .netdev file does: it holds, and it is said.
#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

struct Mistake {
    const char* name;
    std::string line;
    std::string said; ///< behind "/etc/systemd/network/wg0.netdev:8: error: "
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }
std::string name_of(const testing::TestParamInfo<Mistake>& example) { return example.param.name; }

class PeerMistake : public testing::TestWithParam<Mistake> {};

TEST_P(PeerMistake, HoldsThePeerAndLeavesTheOthers) {
    auto declaration = declared(
        wg0(peer_section(1, GetParam().line + "\n") + peer_section(2, "AllowedIPs=10.0.0.9/32\n")));
    ASSERT_EQ(declaration.peers.size(), 2U);
    const auto& bad = declaration.peers[0];
    EXPECT_EQ(bad,
              (DeclaredPeer{
                  .public_key = public_key(1), .location = {"wg0.netdev", 6}, .kept_as_is = true}));
    EXPECT_FALSE(declaration.peers[1].kept_as_is);
    EXPECT_EQ(declaration.peers[1].allowed_ips.size(), 1U);
    auto text = lines(declaration.problems);
    EXPECT_EQ(text.find("/etc/systemd/network/wg0.netdev:8: error: " + GetParam().said), 0U)
        << text;
    EXPECT_NE(text.find("; this peer is kept as it is\n"), std::string::npos) << text;
    EXPECT_TRUE(check(declaration));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, PeerMistake,
    testing::Values(
        Mistake{"Keepalive", "PersistentKeepalive=foo",
                "PersistentKeepalive=foo is not a number from 0 to 65535 or \"off\""},
        Mistake{"KeepaliveTooLarge", "PersistentKeepalive=65536", "PersistentKeepalive=65536 is"},
        Mistake{"KeepaliveOffHasOneSpelling", "PersistentKeepalive=OFF", "PersistentKeepalive=OFF"},
        Mistake{"KeepaliveEmpty", "PersistentKeepalive=", "PersistentKeepalive= is not"},
        Mistake{"PresharedKey", "PresharedKey=notbase64!!", "PresharedKey= is no key"},
        Mistake{"PresharedKeyShort", "PresharedKey=AAAA", "PresharedKey= is no key"},
        Mistake{"PresharedKeyCredential", "PresharedKey=@none",
                "PresharedKey=@none names a credential that this service was not given"},
        Mistake{"PresharedKeyFileRelative", "PresharedKeyFile=psk",
                "PresharedKeyFile=psk is not an absolute path"},
        Mistake{"PresharedKeyFileInProc", "PresharedKeyFile=/proc/self/environ",
                "PresharedKeyFile=/proc/self/environ lies in /proc"},
        Mistake{"PresharedKeyFileInDevByDots", "PresharedKeyFile=/etc/../dev/urandom",
                "PresharedKeyFile=/etc/../dev/urandom has \"..\" in it"},
        Mistake{"PresharedKeyFileMissing", "PresharedKeyFile=/no/such/file",
                "PresharedKeyFile=/no/such/file does not exist"},
        Mistake{"EndpointWithoutPort", "Endpoint=10.0.0.1", "Endpoint=10.0.0.1 is not HOST:PORT"},
        Mistake{"EndpointUnbracketed", "Endpoint=2001:db8::1:4500",
                "Endpoint=2001:db8::1:4500 is not HOST:PORT"},
        Mistake{"EndpointPort", "Endpoint=vpn.example.org:0", "Endpoint=vpn.example.org:0 is not"},
        Mistake{"EndpointService", "Endpoint=vpn.example.org:https", "Endpoint="},
        Mistake{"EndpointEmpty", "Endpoint=", "Endpoint= is not HOST:PORT"},
        Mistake{"EndpointCredential", "Endpoint=@none", "Endpoint=@none names a credential"},
        Mistake{"EndpointTwiceOneBad", "Endpoint=foo\nEndpoint=192.0.2.1:1",
                "Endpoint=foo is not HOST:PORT"},
        Mistake{"AllowedIps", "AllowedIPs=10.0.0.3/32, banana",
                "AllowedIPs=banana is no address or prefix"},
        Mistake{"AllowedIpsLength", "AllowedIPs=10.0.0.0/33", "AllowedIPs=10.0.0.0/33 is no"},
        Mistake{"EndpointUnseen", "Endpoint=vpn.example.org\u200b:1",
                "Endpoint= cannot be read: a character that cannot be seen (U+200B) stands in "
                "column 25; delete it"},
        Mistake{"EndpointUnseenInALineThatGoesOn", "Endpoint=vpn.example.org\u200b\\\n",
                "Endpoint= cannot be read: a character that cannot be seen (U+200B) stands in it"},
        Mistake{"EndpointQuoted", "Endpoint=\"vpn.example.org:1\"",
                "Endpoint= cannot be read: quotes stand around it; write it without them"},
        Mistake{"PresharedKeyQuoted", "PresharedKey='" + key_text(3) + "'",
                "PresharedKey= cannot be read: quotes"},
        Mistake{"PresharedKeyPlaceholder", "PresharedKey=<psk>",
                "PresharedKey= cannot be read: a placeholder"},
        Mistake{"PresharedKeyPath", "PresharedKey=/etc/psk",
                "PresharedKey= is the path of a file, which PresharedKeyFile= takes; write that"},
        Mistake{"CommentBehind", "AllowedIPs=10.0.0.3/32 # office, home",
                "AllowedIPs= cannot be read: a comment has a line of its own"},
        Mistake{"RouteTable", "RouteTable=nosuch", "RouteTable=nosuch is neither a known table"},
        Mistake{"RouteTableZero", "RouteTable=4294967296", "RouteTable=4294967296 is neither"},
        Mistake{"RouteMetric", "RouteMetric=-1", "RouteMetric=-1 is not a number"},
        Mistake{"External", "X-PresharedKey=internal",
                "X-PresharedKey=internal is not \"external\""},
        Mistake{"ExternalAndGiven", "X-PresharedKey=external\nPresharedKey=" + key_text(3),
                "X-PresharedKey=external contradicts"}),
    name_of);

TEST(Netdev, APeerWithoutAReadablePublicKeyNamesNobody) {
    for (const auto* line : {"PublicKey=junk", "PublicKey=", "", "PublicKey=@none",
                             "PublicKeyFile=/no/such/file", "PublicKeyFile=relative"}) {
        auto declaration =
            declared(wg0(std::string("[WireGuardPeer]\n") + line + "\n" + peer_section(2)));
        ASSERT_EQ(declaration.peers.size(), 1U) << line;
        EXPECT_EQ(declaration.peers[0].public_key, public_key(2)) << line;
        EXPECT_EQ(declaration.problems.size(), 1U) << lines(declaration.problems);
    }
}

TEST(Netdev, AnAllZeroPublicKeyNamesNobody) {
    EXPECT_TRUE(declared(wg0(peer_section(0))).peers.empty());
}

class DeviceMistake : public testing::TestWithParam<std::string> {};

TEST_P(DeviceMistake, LeavesOutThatKeyAlone) {
    auto declaration =
        declared(wg0(GetParam() + "\nListenPort=1000\nFirewallMark=7\n" + peer_section(1)));
    EXPECT_FALSE(declaration.kept_as_is);
    EXPECT_EQ(declaration.listen_port, 1000);
    EXPECT_EQ(declaration.fwmark, 7U);
    EXPECT_EQ(declaration.peers.size(), 1U);
    ASSERT_EQ(declaration.problems.size(), 1U);
    EXPECT_EQ(to_string(declaration.problems[0].location), "/etc/systemd/network/wg0.netdev:6");
    EXPECT_EQ(declaration.problems[0].severity, Severity::error);
}
INSTANTIATE_TEST_SUITE_P(Keys, DeviceMistake,
                         testing::Values("ListenPort=0", "ListenPort=65536", "ListenPort=x",
                                         "FirewallMark=-1", "FwMark=4294967296", "RouteTable=x",
                                         "RouteTable=0x", "RouteMetric=much"));

TEST(Netdev, APrivateKeyThatCannotBeReadHoldsTheDevice) {
    const std::string head = "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\n";
    for (const auto* line :
         {"PrivateKey=junk", "PrivateKey=@none", "PrivateKeyFile=relative",
          "PrivateKeyFile=/no/such", "PrivateKeyFile=/sys/x", "", "PrivateKey="}) {
        auto declaration = declared(head + line + "\n" + peer_section(1));
        EXPECT_TRUE(declaration.kept_as_is) << line;
        EXPECT_FALSE(declaration.private_key) << line;
        EXPECT_EQ(declaration.problems.size(), 1U) << lines(declaration.problems);
    }
}

TEST(KeepsPeers, WhileASectionNamesNobody) {
    const auto none = "PublicKey=" + key_text(9).substr(0, 20) + "\n";
    const auto whole = "PublicKey=" + key_text(9) + "\n";
    for (const auto& section :
         {"[WireGuardPeer]\n" + none, std::string("[WireGuardPeer]\nAllowedIPs=10.9.0.0/16\n"),
          std::string("[WireGuardPeer]\n"), std::string("[WireGuardPeer]\nPublicKeyFile=/none\n"),
          std::string("[WireGuardPeer]\nPublicKey=@none\n"), "[WireGuardPeer]\nPublickKey=" + none,
          "[Peer]\n" + whole, "[WireguardPeer]\n" + whole, "[WireGuard]\n" + whole}) {
        const auto declaration = declared(wg0(section + peer_section(1)));
        EXPECT_TRUE(declaration.keeps_peers) << section;
        EXPECT_FALSE(declaration.kept_as_is) << section;
        EXPECT_EQ(declaration.peers.size(), 1U) << "the rest applies: " << section;
        EXPECT_FALSE(declaration.problems.empty()) << section;
    }
    EXPECT_TRUE(declared(whole + wg0()).keeps_peers) << "before any section";
}

TEST(KeepsPeers, WhileASectionNamesTwo) {
    const auto declaration = declared(wg0(peer_section(1, "PublicKey=" + key_text(2) + "\n")));
    EXPECT_TRUE(declaration.keeps_peers);
    ASSERT_EQ(declaration.peers.size(), 1U);
    EXPECT_EQ(declaration.peers[0].public_key.to_base64(), key_text(2)) << "as under networkd";
    EXPECT_EQ(declaration.problems.size(), 1U) << lines(declaration.problems);
}

TEST(KeepsPeers, NoLongerOnceEverySectionNamesSomebody) {
    EXPECT_FALSE(
        declared(wg0(peer_section(1, "Endpoint=nowhere\n") + peer_section(2))).keeps_peers);
    EXPECT_FALSE(declared(wg0("[X-WireGuardPeer]\nPublicKey=" + key_text(2) + "\n")).keeps_peers)
        << "taken out on purpose";
    EXPECT_FALSE(declared(wg0(peer_section(1, "PublicKey=" + key_text(1) + "\n"))).keeps_peers)
        << "the same key again";
}

TEST(KeepsPeers, WhatSuchASectionClaimsGoesToNobody) {
    const auto declaration =
        declared(wg0("[WireGuardPeer]\nPublicKey=cut\nAllowedIPs=10.9.0.0/16\n" +
                     peer_section(1, "AllowedIPs=10.9.0.0/16,10.8.0.0/16\n")));
    ASSERT_EQ(declaration.peers.size(), 1U);
    ASSERT_EQ(declaration.peers[0].allowed_ips.size(), 1U) << lines(declaration.problems);
    EXPECT_EQ(declaration.peers[0].allowed_ips[0].to_string(), "10.8.0.0/16");
}

TEST(Netdev, APathThatCannotBeOneIsAMistakeAlsoAboveAnotherOne) {
    EXPECT_TRUE(only_peer("PresharedKeyFile=psk\nPresharedKeyFile=\n").kept_as_is);
    EXPECT_TRUE(only_peer("PublicKeyFile=/proc/key\nPublicKeyFile=\n").kept_as_is);
    EXPECT_TRUE(only_peer("PresharedKeyFile=/etc/../psk\nPresharedKeyFile=\n").kept_as_is);
    EXPECT_FALSE(only_peer("PresharedKeyFile=/none\nPresharedKeyFile=\n").kept_as_is);
}

TEST(Netdev, NoMistakeRepeatsASecret) {
    std::string secret = "c2VjcmV0c2VjcmV0c2VjcmV0";
    auto declaration =
        declared("[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey=" + secret +
                 "\nPrivateKeyy=" + secret + "\n" + secret + "\n" +
                 peer_section(1, "PresharedKey=" + secret + "\nPsk=" + secret));
    EXPECT_EQ(declaration.problems.size(), 5U);
    EXPECT_EQ(lines(declaration.problems).find(secret), std::string::npos);
}

TEST(Netdev, AKeyThatLacksItsNameIsNotRepeated) {
    const auto secret = key_text(9); // it ends with '=': "NAME=", as it were
    const auto text =
        lines(declared("[NetDev]\nName=wg0\nKind=wireguard\n" + secret + "\n[WireGuard]\n" +
                       secret + "\n" + peer_section(1, secret + "\n"))
                  .problems);
    EXPECT_TRUE(text.contains("what stands here is no key of [WireGuard] ")) << text;
    EXPECT_TRUE(text.contains("what stands here is no key of [WireGuardPeer] ")) << text;
    EXPECT_FALSE(text.contains(secret.substr(0, 8))) << text;
}

TEST(Netdev, UnknownKeysAndSectionsAreWarnedOfUnlessTheyAreExtensions) {
    auto text = "[NetDev]\nName=wg0\nKind=wireguard\nColour=red\nX-a=1\n[WireGuard]\nPrivateKey=" +
                key_text(200) + "\nJunk=1\nX-b=2\n[VLAN]\nId=1\n[X-Else]\nk=v\n" +
                peer_section(1, "Junk=1\nX-c=3\n") + "[X-Wgnl]\nJunk=1\n";
    auto declaration = declared(text);
    EXPECT_EQ(declaration.problems.size(), 5U) << lines(declaration.problems);
    for (const auto& problem : declaration.problems)
        EXPECT_EQ(problem.severity, Severity::warning);
    EXPECT_FALSE(declaration.kept_as_is || declaration.peers[0].kept_as_is);
}

TEST(Netdev, ASlipIsToldOnceForALine) {
    const auto declaration =
        declared(wg0(peer_section(1, "AllowedIPs=10.0.0.3/32 # office, home\n") +
                     peer_section(2, "AllowedIPs=10.0.0.3/32\n")));
    ASSERT_EQ(declaration.problems.size(), 2U) << lines(declaration.problems);
    EXPECT_TRUE(declaration.peers[1].allowed_ips.empty())
        << "the claim of the peer that is kept as it is stands";
}

TEST(Netdev, ALongLineOfMistakesIsLookedAtOnce) {
    std::string ranges = "AllowedIPs=10.0.0.0/8";
    for (int i = 0; i < 20000; ++i)
        ranges += ", 1.2.3.0-1.2.3.255";
    EXPECT_FALSE(declared(wg0(peer_section(1, ranges + "\n"))).problems.empty());
}

TEST(Netdev, SettingsOfAmneziaWgAreToldOnceAndIgnoredAsNetworkdIgnoresThem) {
    const auto declaration =
        declared(wg0("S1=9\nJc=4\nH4=1\n" + peer_section(1, "AdvancedSecurity=on\n")));
    ASSERT_EQ(declaration.problems.size(), 1U) << lines(declaration.problems);
    EXPECT_EQ(to_string(declaration.problems[0].location), "/etc/systemd/network/wg0.netdev:6");
    EXPECT_EQ(declaration.problems[0].severity, Severity::error);
    EXPECT_TRUE(declaration.problems[0].text.starts_with(
        "S1= and 3 more are settings of AmneziaWG, which the kernel, systemd-networkd"));
    EXPECT_FALSE(declaration.kept_as_is || declaration.peers[0].kept_as_is);
}

TEST(Netdev, AKindOfAmneziaWgIsSaidToBeOne) {
    const auto netdev = parse({"[NetDev]\nName=wg0\nKind=amneziawg\n"});
    EXPECT_EQ(netdev.status, Netdev::Status::broken);
    ASSERT_EQ(netdev.problems.size(), 1U);
    EXPECT_TRUE(
        netdev.problems[0].text.starts_with("Kind=amneziawg is AmneziaWG, which the kernel"));
}

TEST(Netdev, AKeyThatNobodySeesWholeIsSaidToBeOne) {
    const auto declaration = declared(wg0(peer_section(1, "Endpoint\u200b=a.b:1\n")));
    ASSERT_EQ(declaration.problems.size(), 1U);
    EXPECT_TRUE(declaration.problems[0].text.ends_with(
        "is no key of [WireGuardPeer] and is ignored: a character that cannot be seen (U+200B) "
        "stands in it; delete it"))
        << lines(declaration.problems);
}

TEST(Netdev, ALineOfAnotherFormIsToldByItsForm) {
    for (const auto& [line, words] :
         {std::pair{"// office", "a comment begins with \"#\", not with \"//\""},
          std::pair{"ListenPort: 1", "\":\" stands where \"=\" belongs"},
          std::pair{"［WireGuardPeer］", "write [WireGuardPeer]"}}) {
        const auto declaration = declared(wg0(std::string(line) + "\n"));
        ASSERT_EQ(declaration.problems.size(), 1U) << line;
        EXPECT_EQ(declaration.problems[0].severity, Severity::warning);
        EXPECT_NE(declaration.problems[0].text.find(words), std::string::npos)
            << declaration.problems[0].text;
    }
    EXPECT_TRUE(
        declared(wg0("[WireGuardPeer] # laptop\n")).problems[0].text.contains("of its own"));
}

TEST(Netdev, WhatStandsBeforeAnySectionIsWarnedOf) {
    auto declaration = declared("ListenPort=7\n" + wg0());
    EXPECT_FALSE(declaration.listen_port);
    ASSERT_EQ(declaration.problems.size(), 1U);
    EXPECT_EQ(to_string(declaration.problems[0].location), "/etc/systemd/network/wg0.netdev:1");
}

TEST(Netdev, AFileWithoutNameOrKindIsBroken) {
    for (const auto* text :
         {"[NetDev]\nKind=wireguard\n", "[NetDev]\nName=wg0\n[WireGuard]\n",
          "[NetDev]\nName=a/b\nKind=wireguard\n", "[NetDev]\nName=wg$(id)\nKind=wireguard\n",
          "nonsense", "[NetDev]\nNa"}) {
        auto netdev = parse({text});
        EXPECT_EQ(netdev.status, Netdev::Status::broken) << text;
        EXPECT_FALSE(netdev.problems.empty()) << text;
    }
}

TEST(Netdev, AMisspeltKindIsBrokenAndAnotherIsNotForUs) {
    for (const auto* kind : {"WireGuard", "WIREGUARD", "wiregaurd", "wirguard", "wg"}) {
        auto netdev = parse({fmt::format("[NetDev]\nName=wg0\nKind={}\n", kind)});
        EXPECT_EQ(netdev.status, Netdev::Status::broken) << kind;
        ASSERT_EQ(netdev.problems.size(), 1U) << kind;
        EXPECT_EQ(to_string(netdev.problems[0].location), "/etc/systemd/network/wg0.netdev:3");
        EXPECT_TRUE(netdev.problems[0].text.contains("did you mean Kind=wireguard?"));
    }
    for (const auto* kind : {"bridge", "vlan", "wgx", "wlan"}) {
        EXPECT_EQ(parse({fmt::format("[NetDev]\nName=wg0\nKind={}\n", kind)}).status,
                  Netdev::Status::not_for_us)
            << kind;
    }
}

TEST(Netdev, AKindThatNetworkdDoesNotKnowIsPassedOver) {
    const auto kinds = [](const std::string& lines) {
        return parse({"[NetDev]\nName=wg0\n" + lines + "[WireGuard]\nPrivateKey=" + key_text(200)});
    };
    for (const auto* lines : {"Kind=wire\nKind=wireguard\n", "Kind=wireguard\nKind=wire\n",
                              "Kind=WireGuard\nKind=wireguard\n"}) {
        const auto netdev = kinds(lines);
        ASSERT_EQ(netdev.status, Netdev::Status::declares) << lines;
        ASSERT_EQ(netdev.declaration.problems.size(), 1U) << lines;
        EXPECT_TRUE(netdev.declaration.problems[0].text.contains("is ignored"));
    }
    EXPECT_EQ(kinds("Kind=wireguard\nKind=bridge\n").status, Netdev::Status::declares);
    EXPECT_EQ(kinds("Kind=bridge\nKind=wireguard\n").status, Netdev::Status::not_for_us);
    EXPECT_EQ(kinds("Kind=\n").status, Netdev::Status::broken);
}

TEST(Netdev, AnEndpointWithAnInterfaceIsNoneForNetworkd) {
    const auto text = wg0(peer_section(1, "Endpoint=[fe80::5%lo]:51820\n"));
    const auto declaration = declared(text);
    EXPECT_FALSE(declaration.peers[0].kept_as_is);
    EXPECT_EQ(declaration.peers[0].endpoint, "[fe80::5%lo]:51820");
    ASSERT_EQ(declaration.problems.size(), 1U);
    EXPECT_EQ(to_string(declaration.problems[0].location), "/etc/systemd/network/wg0.netdev:8");
    EXPECT_EQ(declaration.problems[0].severity, Severity::warning);
    EXPECT_TRUE(declared("[Match]\nCredential=wgnl.own\n" + text).problems.empty())
        << "networkd skips that file";
}

TEST(Netdev, ABrokenSectionHeaderHoldsTheDevice) {
    auto declaration = declared(wg0("[WireGuardPeer\n"));
    EXPECT_TRUE(declaration.kept_as_is);
    ASSERT_EQ(declaration.problems.size(), 1U);
    EXPECT_EQ(to_string(declaration.problems[0].location), "/etc/systemd/network/wg0.netdev:6");
}

TEST(Netdev, AnUnreadableModeHoldsTheDevice) {
    EXPECT_TRUE(declared(wg0("[X-Wgnl]\nMode=obseve\n")).kept_as_is);
}

TEST(Netdev, ManyMistakesFitADocument) {
    std::string text = wg0();
    for (int i = 0; i < 5000; ++i)
        text += "[WireGuardPeer]\nPublicKey=junk\n";
    auto declaration = declared(text);
    EXPECT_LE(declaration.problems.size(), DeclarationLimits{}.problems);
    EXPECT_NE(declaration.problems.back().text.find("more problems"), std::string::npos);
    EXPECT_TRUE(check(declaration));
}

TEST(Netdev, NoTextCanBreakTheReaderAndWhatItDeclaresIsValid) {
    const std::vector<std::string> pieces{"[NetDev]\n",
                                          "Name=wg0\n",
                                          "Kind=wireguard\n",
                                          "[WireGuard]\n",
                                          "[WireGuardPeer]\n",
                                          "[Match]\n",
                                          "[X-Wgnl]\n",
                                          "Mode=own\n",
                                          "Host=*\n",
                                          "Credential=!x\n",
                                          "PublicKey=",
                                          "PrivateKey=",
                                          "PresharedKey=",
                                          "AllowedIPs=",
                                          "Endpoint=",
                                          "PersistentKeepalive=",
                                          "RouteTable=",
                                          "ListenPort=",
                                          key_text(1),
                                          key_text(2),
                                          "10.0.0.0/8",
                                          ",",
                                          " ",
                                          "::/0",
                                          "192.0.2.1:1",
                                          "@x",
                                          "off",
                                          "25",
                                          "\n",
                                          "\\\n",
                                          "X-Name=",
                                          "\x1b",
                                          "é",
                                          "\xff",
                                          "="};
    EXPECT_TRUE(rc::check("files made of pieces", [&] {
        auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces));
        std::string text;
        for (const auto& part : parts)
            text += part;
        auto netdev = parse({wg0(), text});
        RC_ASSERT(netdev.status != Netdev::Status::declares || check(netdev.declaration));
    }));
    EXPECT_TRUE(rc::check("any bytes", [](const std::string& text) { parse({text}); }));
}

} // namespace
} // namespace wgnl::networkd::test
