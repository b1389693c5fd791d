// SPDX-License-Identifier: LGPL-2.1-or-later
// Every key of a .netdev file and its forms, and which of two sections keeps what both claim.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

TEST(Netdev, AWholeFileBecomesADeclaration) {
    auto declaration = declared(wg0("ListenPort=51820\nFirewallMark=0x10\nRouteTable=main\n"
                                    "RouteMetric=50\n" +
                                    peer_section(1, "PresharedKey=" + key_text(9) +
                                                        "\nAllowedIPs=10.0.0.2/32, fd00::2\n"
                                                        "Endpoint=vpn.example.org:51820\n"
                                                        "PersistentKeepalive=25\nX-Name=laptop\n") +
                                    "[X-Wgnl]\nStrict=yes\nPrivate=on\nMode=observe\n"));
    EXPECT_EQ(lines(declaration.problems), "");
    EXPECT_EQ(declaration.device, "wg0");
    EXPECT_EQ(to_string(declaration.location), "/etc/systemd/network/wg0.netdev");
    EXPECT_FALSE(declaration.kept_as_is);
    EXPECT_TRUE(declaration.private_key);
    EXPECT_EQ(declaration.listen_port, 51820);
    EXPECT_EQ(declaration.fwmark, 16U);
    EXPECT_EQ(declaration.route_table, 254U);
    EXPECT_EQ(declaration.route_metric, 50U);
    EXPECT_TRUE(declaration.strict);
    EXPECT_TRUE(declaration.is_private);
    ASSERT_EQ(declaration.peers.size(), 1U);
    const auto& peer = declaration.peers.front();
    EXPECT_EQ(peer.public_key, public_key(1));
    EXPECT_EQ(peer.name, "laptop");
    EXPECT_EQ(to_string(peer.location), "wg0.netdev:10");
    EXPECT_EQ(peer.preshared_key->reveal()[0], 9);
    EXPECT_EQ(peer.endpoint, "vpn.example.org:51820");
    EXPECT_EQ(peer.persistent_keepalive, 25);
    ASSERT_EQ(peer.allowed_ips.size(), 2U);
    EXPECT_EQ(peer.allowed_ips[1].to_string(), "fd00::2/128");
    EXPECT_TRUE(check(declaration));
}

TEST(Netdev, WhatIsNotWrittenIsNotDeclared) {
    auto declaration = declared(wg0(peer_section(1)));
    EXPECT_FALSE(declaration.listen_port || declaration.fwmark || declaration.route_table ||
                 declaration.route_metric || declaration.mtu);
    const auto& peer = declaration.peers.front();
    EXPECT_FALSE(peer.preshared_key || peer.endpoint || peer.persistent_keepalive ||
                 peer.route_table || peer.route_metric);
    EXPECT_TRUE(peer.allowed_ips.empty());
}

TEST(Netdev, KeepaliveForms) {
    EXPECT_EQ(only_peer("PersistentKeepalive=off\n").persistent_keepalive, 0);
    EXPECT_EQ(only_peer("PersistentKeepalive=0\n").persistent_keepalive, 0);
    EXPECT_EQ(only_peer("PersistentKeepalive=65535\n").persistent_keepalive, 65535);
}

TEST(Netdev, EndpointForms) {
    for (const auto* text : {"192.0.2.1:51820", "[2001:db8::1]:51820", "vpn.example.org:1"})
        EXPECT_EQ(only_peer(std::string("Endpoint=") + text + "\n").endpoint, text);
    EXPECT_EQ(only_peer("Endpoint=a.example:1\nEndpoint=b.example:2\n").endpoint, "b.example:2");
}

TEST(Netdev, AllowedIpsRepeatResetAndMask) {
    auto peer = only_peer("AllowedIPs=10.1.0.0/16 10.2.0.0/16\nAllowedIPs=fd00::/8\n");
    EXPECT_EQ(peer.allowed_ips.size(), 3U);
    peer = only_peer("AllowedIPs=10.1.0.0/16\nAllowedIPs=\nAllowedIPs=10.3.0.0/16,\n");
    ASSERT_EQ(peer.allowed_ips.size(), 1U);
    EXPECT_EQ(peer.allowed_ips[0].to_string(), "10.3.0.0/16");
    auto declaration = declared(wg0(peer_section(1, "AllowedIPs=10.1.2.3/16\n")));
    EXPECT_EQ(declaration.peers[0].allowed_ips[0].to_string(), "10.1.0.0/16");
    EXPECT_FALSE(declaration.peers[0].kept_as_is);
    EXPECT_EQ(
        lines(declaration.problems),
        "/etc/systemd/network/wg0.netdev:8: warning: AllowedIPs=10.1.2.3/16 has host bits; it "
        "is taken as 10.1.0.0/16\n");
}

TEST(Netdev, EmptyAndZeroPresharedKeysAreNone) {
    EXPECT_FALSE(only_peer("PresharedKey=" + key_text(3) + "\nPresharedKey=\n").preshared_key);
    EXPECT_FALSE(only_peer("PresharedKey=" + key_text(0) + "\n").preshared_key);
}

TEST(Netdev, APresharedKeyMayBeSomeoneElsesMatter) {
    EXPECT_TRUE(only_peer("X-PresharedKey=external\n").external_preshared_key);
    EXPECT_FALSE(only_peer("X-PresharedKey=external\n").preshared_key);
    EXPECT_FALSE(only_peer("X-PresharedKey=external\nX-PresharedKey=\n").external_preshared_key);
}

TEST(Netdev, RouteTablesByNameAndOff) {
    ReadContext context;
    context.tables.define("blue:1234 bad: :7 red:0");
    auto text = wg0("RouteTable=blue\n" + peer_section(1, "RouteTable=off\n") +
                    peer_section(2, "RouteTable=default\nRouteMetric=7\n") +
                    peer_section(3, "RouteTable=9\nRouteTable=\n"));
    auto declaration = declared(text, context);
    EXPECT_EQ(declaration.route_table, 1234U);
    EXPECT_EQ(declaration.peers[0].route_table, 0U);
    EXPECT_EQ(declaration.peers[1].route_table, 253U);
    EXPECT_EQ(declaration.peers[1].route_metric, 7U);
    EXPECT_EQ(declaration.peers[2].route_table, std::nullopt);
    EXPECT_EQ(declared(wg0("RouteTable=main\nRouteTable=off\n")).route_table, std::nullopt);
}

TEST(Netdev, PortAndMarkForms) {
    EXPECT_EQ(declared(wg0("ListenPort=51820\nListenPort=auto\n")).listen_port, std::nullopt);
    EXPECT_EQ(declared(wg0("ListenPort=1\nListenPort=\n")).listen_port, std::nullopt);
    EXPECT_EQ(declared(wg0("FwMark=12\n")).fwmark, 12U);
    EXPECT_EQ(declared(wg0("FirewallMark=0\n")).fwmark, 0U);
}

TEST(Netdev, AnEmptyMarkOrMtuChangesNothing) {
    auto declaration =
        declared("[NetDev]\nMTUBytes=1300\nMTUBytes=\n" + wg0("FirewallMark=7\nFirewallMark=\n"));
    EXPECT_EQ(declaration.mtu, 1300U);
    EXPECT_EQ(declaration.fwmark, 7U);
    EXPECT_EQ(declaration.problems.size(), 2U);
}

TEST(Netdev, AnEmptyNameTakesTheNameBack) {
    EXPECT_EQ(parse({wg0("[NetDev]\nName=\n")}).status, Netdev::Status::broken);
}

TEST(Netdev, APortIsANumberOfAnyBase) {
    EXPECT_EQ(only_peer("Endpoint=192.0.2.1:0x50\n").endpoint, "192.0.2.1:80");
    EXPECT_EQ(only_peer("Endpoint=[2001:db8::1]:+80\n").endpoint, "[2001:db8::1]:80");
    EXPECT_EQ(only_peer("Endpoint=vpn.example.org:0120\n").endpoint, "vpn.example.org:80");
    EXPECT_TRUE(only_peer("Endpoint=192.0.2.1:089\n").kept_as_is);
}

TEST(Netdev, OtherKindsAreNotOurs) {
    EXPECT_EQ(parse({"[NetDev]\nName=br0\nKind=bridge\n"}).status, Netdev::Status::not_for_us);
}

TEST(Netdev, TheFirstSectionKeepsAPrefix) {
    auto declaration = declared(wg0(peer_section(1, "AllowedIPs=10.0.0.0/24\n") +
                                    peer_section(2, "AllowedIPs=10.0.1.0/24 10.0.0.0/24\n")));
    EXPECT_EQ(declaration.peers[0].allowed_ips.size(), 1U);
    ASSERT_EQ(declaration.peers[1].allowed_ips.size(), 1U);
    EXPECT_EQ(declaration.peers[1].allowed_ips[0].to_string(), "10.0.1.0/24");
    EXPECT_EQ(lines(declaration.problems),
              "/etc/systemd/network/wg0.netdev:11: warning: AllowedIPs=10.0.0.0/24 belongs to the "
              "peer of /etc/systemd/network/wg0.netdev:8; this peer is applied without it\n");
    EXPECT_TRUE(check(declaration));
}

TEST(Netdev, AHeldPeerKeepsItsPrefixes) {
    auto declaration =
        declared(wg0(peer_section(1, "AllowedIPs=10.0.0.0/24\nPersistentKeepalive=foo\n") +
                     peer_section(2, "AllowedIPs=10.0.0.0/24\n")));
    EXPECT_TRUE(declaration.peers[0].kept_as_is);
    EXPECT_TRUE(declaration.peers[1].allowed_ips.empty());
}

TEST(Netdev, AHeldSectionKeepsItsPublicKey) {
    auto declaration = declared(wg0(peer_section(1, "PersistentKeepalive=foo\n") +
                                    peer_section(1, "AllowedIPs=10.0.0.2/32\n")));
    ASSERT_EQ(declaration.peers.size(), 1U);
    EXPECT_TRUE(declaration.peers[0].kept_as_is);
    EXPECT_NE(lines(declaration.problems).find("already declared at"), std::string::npos);
}

TEST(Netdev, TheFirstSectionKeepsAPublicKeyAndNothingOfTheOtherIsTaken) {
    auto declaration = declared(wg0(peer_section(1, "AllowedIPs=10.0.0.0/24\n") +
                                    peer_section(1, "AllowedIPs=10.0.1.0/24\n")));
    ASSERT_EQ(declaration.peers.size(), 1U);
    EXPECT_EQ(declaration.peers[0].allowed_ips[0].to_string(), "10.0.0.0/24");
    auto text = lines(declaration.problems);
    EXPECT_NE(text.find("wg0.netdev:9: warning"), std::string::npos) << text;
    EXPECT_NE(text.find("wg0.netdev:6; this section is ignored"), std::string::npos) << text;
}

TEST(Netdev, WhatARepeatedPublicKeyClaimsGoesToNobody) {
    auto declaration = declared(wg0(peer_section(1, "AllowedIPs=10.0.0.1/32\n") +
                                    peer_section(1, "AllowedIPs=10.0.0.2/32\n") +
                                    peer_section(2, "AllowedIPs=10.0.0.2/32 10.0.0.3/32\n")));
    ASSERT_EQ(declaration.peers.size(), 2U);
    EXPECT_EQ(declaration.peers[0].allowed_ips.size(), 1U);
    ASSERT_EQ(declaration.peers[1].allowed_ips.size(), 1U);
    EXPECT_EQ(declaration.peers[1].allowed_ips[0].to_string(), "10.0.0.3/32");
    EXPECT_NE(lines(declaration.problems).find("AllowedIPs=10.0.0.2/32 belongs to"),
              std::string::npos);
}

TEST(Netdev, APrefixTwiceInOneSectionIsNoMistake) {
    auto peer = only_peer("AllowedIPs=10.0.0.0/24, 10.0.0.0/24\n");
    EXPECT_EQ(peer.allowed_ips.size(), 1U);
}

TEST(Netdev, DropInsComeAfterTheMainFileAndMakeTheirOwnPeers) {
    auto netdev = parse(
        {wg0("ListenPort=1\n" + peer_section(1, "AllowedIPs=10.0.0.0/24\n")),
         "[WireGuard]\nListenPort=2\n" + peer_section(2, "AllowedIPs=10.0.0.0/24 10.0.2.0/24\n"),
         peer_section(1, "AllowedIPs=10.0.3.0/24\n")});
    const auto& declaration = netdev.declaration;
    EXPECT_EQ(declaration.listen_port, 2);
    ASSERT_EQ(declaration.peers.size(), 2U);
    EXPECT_EQ(declaration.peers[0].allowed_ips.size(), 1U);
    EXPECT_EQ(to_string(declaration.peers[1].location), "wg0.netdev.d/1.conf:3");
    EXPECT_EQ(declaration.peers[1].allowed_ips[0].to_string(), "10.0.2.0/24");
    EXPECT_EQ(declaration.problems.size(), 2U);
}

TEST(Netdev, TheDevicesOwnKeyIsNoPeer) {
    auto own = public_key_of(*PrivateKey::parse(key_text(200)));
    auto declaration = declared(wg0("[WireGuardPeer]\nPublicKey=" + own.to_base64() + "\n"));
    EXPECT_TRUE(declaration.peers.empty());
    EXPECT_EQ(declaration.problems.size(), 1U);
}

/// 100,000 peers; the time is printed, not judged.
TEST(Netdev, AHundredThousandPeers) {
    std::string text = wg0();
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        KeyBytes bytes{1};
        bytes[1] = static_cast<std::uint8_t>(i);
        bytes[2] = static_cast<std::uint8_t>(i >> 8);
        bytes[3] = static_cast<std::uint8_t>(i >> 16);
        text += "[WireGuardPeer]\nPublicKey=" + PublicKey(bytes).to_base64() + "\nAllowedIPs=10." +
                std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." +
                std::to_string(i & 255) + "/32\nEndpoint=192.0.2.1:51820\n";
    }
    auto begin = std::chrono::steady_clock::now();
    auto declaration = declared(text);
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    RecordProperty("seconds", std::to_string(time.count()));
    EXPECT_EQ(declaration.peers.size(), 100'000U);
    EXPECT_TRUE(declaration.problems.empty());
}

} // namespace
} // namespace wgnl::networkd::test
