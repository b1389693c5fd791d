// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations written as .netdev and read again are the same, up to what is named.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>
#include <wgnl/wg_quick.hpp>

#include "generators.hpp"
#include "networkd/netdev/netdev_writer.hpp"
#include "networkd/netdev/network_file.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

std::vector<SourceFile> as_file(const std::string& name, std::string_view text) {
    std::vector<SourceFile> files;
    files.push_back({"/etc/wgnl/network/" + name, name, IniFile::parse(SecretText(text)), false});
    return files;
}

/// What the readers make of the two files, as in a folder of wgnl's own.
Declaration read_back(const WrittenNetdev& written) {
    Inputs inputs;
    const ReadContext context;
    auto netdev = parse_netdev(as_file("wg0.netdev", written.netdev.view()), context, inputs);
    auto declaration = std::move(netdev.declaration);
    declaration.mode = netdev.requested_mode.value_or(Mode::own);
    if (written.network.empty())
        return declaration;
    auto files = as_file("wg0.network", written.network);
    EXPECT_TRUE(network_matches(files, declaration.device, {}));
    auto network = read_network(files, {});
    EXPECT_EQ(lines(network.problems), "");
    declaration.addresses = network.addresses;
    return declaration;
}

/// Makes a declaration one that a file in /etc/wgnl/network can say in full.
Declaration sayable(Declaration declaration) {
    declaration.mode = declaration.mode == Mode::observe ? Mode::observe : Mode::own;
    declaration.kept_as_is = false;
    declaration.viewers.clear();
    if (!declaration.private_key)
        declaration.private_key = PrivateKey::generate();
    if (declaration.route_table == 0U)
        declaration.route_table.reset();
    std::erase_if(declaration.peers, [](const DeclaredPeer& peer) { return peer.kept_as_is; });
    for (auto& peer : declaration.peers) {
        std::erase_if(peer.name, [](char byte) { return byte == ' ' || byte == '\\'; });
        // A default route, or a half of one, is kept out of the tables that lead to the endpoint.
        std::erase_if(peer.allowed_ips,
                      [](const AllowedIp& allowed) { return allowed.prefix_length <= 1; });
        peer.routes.clear();
    }
    std::ranges::sort(declaration.addresses, {}, &InterfaceAddress::to_string);
    const auto twice = std::ranges::unique(declaration.addresses);
    declaration.addresses.erase(twice.begin(), twice.end());
    return declaration;
}

Declaration sayable_by_wg_quick(Declaration declaration) {
    declaration = sayable(std::move(declaration));
    declaration.mode = Mode::own;
    declaration.strict = declaration.is_private = false;
    declaration.route_metric.reset();
    for (auto& peer : declaration.peers) {
        peer.name = peer.name.empty() ? "" : "laptop";
        peer.external_preshared_key = false;
        peer.route_table.reset();
        peer.route_metric.reset();
    }
    return declaration;
}

TEST(NetdevWriter, WhatAFileCanSayComesBack) {
    const auto property = [] {
        const auto declaration = sayable(*testing::declarations());
        const auto written = to_netdev(declaration, FolderOwner::wgnl);
        RC_ASSERT(lines(written.not_expressible).empty());
        auto again = read_back(written);
        RC_ASSERT(lines(again.problems).empty());
        RC_ASSERT((without_places(std::move(again)) == without_places(declaration)));
    };
    EXPECT_TRUE(rc::check(property));
}

TEST(NetdevWriter, WhateverItIsTheTextHasNoMistakeAndSaysTheSameTwice) {
    const auto property = [] {
        const auto declaration = *testing::declarations();
        const auto written = to_netdev(declaration, FolderOwner::networkd);
        for (const auto& problem : written.not_expressible)
            RC_ASSERT((problem.severity != Severity::error && !problem.text.empty()));
        auto again = read_back(written);
        RC_ASSERT((again.kept_as_is == !declaration.private_key));
        RC_ASSERT((again.problems.size() == (again.kept_as_is ? 1U : 0U)));
        again.private_key = declaration.private_key;
        again.kept_as_is = false;
        RC_ASSERT((to_netdev(again, FolderOwner::wgnl).netdev == written.netdev));
    };
    EXPECT_TRUE(rc::check(property));
}

TEST(NetdevWriter, ThroughAConfigurationOfWgQuickItComesBack) {
    const auto property = [] {
        const auto declaration = sayable_by_wg_quick(*testing::declarations());
        const auto text = to_wg_quick(declaration);
        RC_ASSERT(lines(text.not_expressible).empty());
        auto parsed = parse_wg_quick(text.text.view(), {.device = declaration.device});
        const auto written = to_netdev(parsed.declaration, FolderOwner::wgnl);
        RC_ASSERT((without_places(read_back(written)) == without_places(declaration)));
    };
    EXPECT_TRUE(rc::check(property));
}

Declaration small() {
    Declaration declaration{.device = "wg0", .mode = Mode::own, .location = {"wg0.conf"}};
    declaration.private_key = PrivateKey(public_key(200).bytes());
    declaration.peers.push_back({.public_key = public_key(1), .location = {"wg0.conf", 7}});
    return declaration;
}
std::string not_expressible(const Declaration& declaration, FolderOwner owner = FolderOwner::wgnl) {
    return lines(to_netdev(declaration, owner).not_expressible);
}
bool has(const std::string& text, std::string_view part) { return text.contains(part); }

TEST(NetdevWriter, IsPlainText) {
    auto declaration = small();
    declaration.addresses = {InterfaceAddress::parse("10.0.0.1/24").value()};
    declaration.peers[0].allowed_ips = {AllowedIp::parse("10.0.0.2/32").value().value,
                                        AllowedIp::parse("fd00::2/128").value().value};
    const auto written = to_netdev(declaration, FolderOwner::wgnl);
    EXPECT_EQ(written.netdev.view(),
              "[NetDev]\nName=wg0\nKind=wireguard\n\n[WireGuard]\nPrivateKey=" + key_text(200) +
                  "\n\n[WireGuardPeer]\nPublicKey=" + key_text(1) +
                  "\nAllowedIPs=10.0.0.2/32, fd00::2/128\n");
    EXPECT_EQ(written.network, "[Match]\nName=wg0\n\n[Network]\nAddress=10.0.0.1/24\n");
}

TEST(NetdevWriter, NamesAModeThatTheFolderDoesNotMean) {
    auto declaration = small();
    EXPECT_EQ(not_expressible(declaration), "");
    EXPECT_TRUE(
        has(not_expressible(declaration, FolderOwner::networkd), "wg0.conf: note: mode own"));
    declaration.mode = Mode::sync;
    EXPECT_EQ(not_expressible(declaration, FolderOwner::networkd), "");
    EXPECT_TRUE(has(not_expressible(declaration), "wg0.conf: note: mode sync"));
    declaration.mode = Mode::observe;
    EXPECT_EQ(not_expressible(declaration) + not_expressible(declaration, FolderOwner::networkd),
              "");
}

TEST(NetdevWriter, NamesWhatItCannotWrite) {
    auto declaration = small();
    declaration.peers[0].name = "ends in \\";
    EXPECT_TRUE(has(not_expressible(declaration),
                    "wg0.conf:7: warning: peer " + key_text(1) + ": its name"));
    declaration = small();
    declaration.peers[0].kept_as_is = true;
    EXPECT_TRUE(has(not_expressible(declaration), "its section has a mistake"));
    EXPECT_FALSE(has(std::string(to_netdev(declaration, FolderOwner::wgnl).netdev.view()), "Peer"));
    declaration = small();
    declaration.private_key.reset();
    EXPECT_TRUE(has(not_expressible(declaration), "no private key"));
    declaration = small();
    declaration.device = "wg[0]";
    declaration.addresses = {InterfaceAddress::parse("10.0.0.1/24").value()};
    EXPECT_TRUE(has(not_expressible(declaration), "the addresses are left out"));
    EXPECT_EQ(to_netdev(declaration, FolderOwner::wgnl).network, "");
}

TEST(NetdevWriter, NamesAnEndpointThatNetworkdRefuses) {
    auto declaration = small();
    declaration.peers[0].endpoint = "[fe80::1%eth0]:51820";
    EXPECT_EQ(not_expressible(declaration), "");
    EXPECT_TRUE(
        has(not_expressible(declaration, FolderOwner::networkd), "no endpoint with an interface"));
}

TEST(NetdevWriter, KeepsADefaultRouteOutOfTheTablesThatLeadToTheEndpoint) {
    auto declaration = small();
    declaration.route_table = 254;
    declaration.peers[0].allowed_ips = {AllowedIp::parse("0.0.0.0/0").value().value};
    const WriteOptions into_main{.lines = {{.key = "Table", .value = SecretText("main")}}};
    auto written = to_netdev(declaration, FolderOwner::wgnl, into_main);
    EXPECT_TRUE(has(lines(written.not_expressible), "RouteTable=off"));
    EXPECT_EQ(read_back(written).peers[0].route_table, 0U);
    declaration.peers[0].route_table = 255;
    EXPECT_TRUE(has(not_expressible(declaration), "RouteTable=off"));
    declaration.peers[0].route_table = 1000;
    EXPECT_EQ(not_expressible(declaration), "");
    EXPECT_EQ(read_back(to_netdev(declaration, FolderOwner::wgnl)).peers[0].route_table, 1000U);
}

const WriteOptions of_new_systemd{.systemd = src_valid_mark_since};

AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text).value().value; }

/// One that wg-quick brings up with a mark, a table and rules.
Declaration full(std::initializer_list<std::string_view> prefixes) {
    auto declaration = small();
    declaration.route_table = 254;
    for (const auto each : prefixes)
        declaration.peers[0].allowed_ips.push_back(prefix(each));
    return declaration;
}

/// What the pair says in wg-quick's terms.
AsWgQuick quick_again(const WrittenNetdev& written) {
    const auto network = read_network(as_file("wg0.network", written.network), {});
    return as_wg_quick(read_back(written), network.wg_quick, network.not_applied);
}

TEST(FullTunnel, HasAMarkATableAndRules) {
    const auto written =
        to_netdev(full({"0.0.0.0/0", "10.1.0.0/16"}), FolderOwner::wgnl, of_new_systemd);
    EXPECT_FALSE(has(lines(written.not_expressible), "warning"));
    EXPECT_TRUE(has(std::string(written.netdev.view()), "\nFirewallMark=51820\nRouteTable=254\n"));
    EXPECT_TRUE(has(std::string(written.netdev.view()),
                    "\nAllowedIPs=0.0.0.0/0, 10.1.0.0/16\nRouteTable=51820\n"));
    EXPECT_EQ(written.network,
              "[Match]\nName=wg0\n\n[Network]\nIPv4SrcValidMark=yes\n"
              "\n[Route]\nDestination=10.1.0.0/16\n"
              "\n[RoutingPolicyRule]\nFamily=ipv4\nPriority=32764\nTable=main\n"
              "SuppressPrefixLength=0\n"
              "\n[RoutingPolicyRule]\nFamily=ipv4\nPriority=32765\nFirewallMark=51820\n"
              "InvertRule=yes\nTable=51820\n\n[X-Wgnl]\nFirewallMark=auto\n");
}

TEST(FullTunnel, HasRulesOfTheFamiliesThatItHas) {
    const auto rules = [](const Declaration& declaration) {
        return to_netdev(declaration, FolderOwner::wgnl, of_new_systemd).network;
    };
    EXPECT_TRUE(has(rules(full({"::/1", "8000::/1"})), "Family=ipv6\n"));
    EXPECT_TRUE(has(rules(full({"0.0.0.0/0", "::/0"})), "Family=both\n"));
    EXPECT_FALSE(has(rules(full({"::/0"})), "IPv4SrcValidMark"));
    EXPECT_EQ(rules(full({"10.0.0.0/8"})), "");
}

TEST(FullTunnel, HasTheMarkThatIsWrittenOrOneThatNobodyHas) {
    auto declaration = full({"0.0.0.0/0"});
    auto written = to_netdev(declaration, FolderOwner::wgnl, {.taken = {51820, 51821}});
    EXPECT_TRUE(has(written.network, "FirewallMark=51822\nInvertRule=yes\nTable=51822\n"));
    declaration.fwmark = 51820;
    written = to_netdev(declaration, FolderOwner::wgnl);
    EXPECT_TRUE(has(written.network, "FirewallMark=51820\n"));
    EXPECT_FALSE(has(written.network, "X-Wgnl"));
    EXPECT_EQ(quick_again(written).declaration.fwmark, 51820U);
    declaration.fwmark = 254; // of a table that every packet is looked up in
    written = to_netdev(declaration, FolderOwner::wgnl);
    EXPECT_TRUE(has(written.network, "FirewallMark=254\nInvertRule=yes\nTable=51820\n"));
    EXPECT_EQ(quick_again(written).declaration.fwmark, 254U);
}

TEST(FullTunnel, SaysWhatTheUplinkNeeds) {
    for (const unsigned systemd : {257U, src_valid_mark_since}) {
        const auto written =
            to_netdev(full({"0.0.0.0/0"}), FolderOwner::wgnl, {.systemd = systemd});
        EXPECT_TRUE(has(lines(written.not_expressible), "needs rp_filter 2"));
        EXPECT_TRUE(has(lines(written.not_expressible), "IPv4ReversePathFilter=loose"));
        EXPECT_EQ(has(written.network, "IPv4SrcValidMark"), systemd >= src_valid_mark_since);
    }
    EXPECT_EQ(lines(to_netdev(full({"::/0"}), FolderOwner::wgnl).not_expressible), "");
}

TEST(FullTunnel, KeepsRoutesOfPeopleApartFromItsOwn) {
    auto written = to_netdev(full({"0.0.0.0/0", "10.1.0.0/16"}), FolderOwner::wgnl);
    EXPECT_EQ(lines(quick_again(written).not_expressible), "");
    written.network += "\n[Route]\nDestination=10.1.0.0/16\nTable=1000\n"
                       "\n[Route]\nDestination=0.0.0.0/0\nTable=1000\n";
    const auto again = lines(quick_again(written).not_expressible);
    EXPECT_EQ(std::ranges::count(again, '\n'), 2 * 2) << again;
}

TEST(FullTunnel, IsWgQuicksOwnAgain) {
    const auto property = [] {
        auto declaration = sayable_by_wg_quick(*testing::declarations());
        declaration.route_table = 254;
        const std::vector<std::vector<std::string_view>> kinds{
            {"0.0.0.0/0"}, {"::/0"}, {"0.0.0.0/0", "::/0"}, {"0.0.0.0/1", "128.0.0.0/1", "::/0"}};
        const auto wide = *rc::gen::elementOf(kinds);
        declaration.peers.push_back({.public_key = public_key(251), .allowed_ips = {}});
        for (const auto each : wide)
            declaration.peers.back().allowed_ips.push_back(prefix(each));
        const auto written = to_netdev(declaration, FolderOwner::wgnl, of_new_systemd);
        const auto again = quick_again(written);
        RC_ASSERT(lines(again.not_expressible).empty());
        RC_ASSERT((without_places(again.declaration) == without_places(declaration)));
    };
    EXPECT_TRUE(rc::check(property));
}

TEST(FullTunnel, StaysWhereTheFilesDoNotDoWhatWgQuickDoes) {
    const auto written = to_netdev(full({"0.0.0.0/0", "10.1.0.0/16"}), FolderOwner::wgnl);
    const std::pair<std::string_view, std::string_view> changes[]{
        {"InvertRule=yes\n", ""},
        {"SuppressPrefixLength=0\n", ""},
        {"SuppressPrefixLength=0\n", "SuppressPrefixLength=0\nFrom=10.0.0.0/8\n"},
        {"Priority=32764", "Priority=40000"},
        {"FirewallMark=51820\n", "FirewallMark=7\n"},
        {"Table=51820\n", "Table=7\n"},
        {"Family=ipv4\n", "Family=ipv6\n"}};
    for (const auto& [from, to] : changes) {
        auto changed = to_netdev(full({"0.0.0.0/0", "10.1.0.0/16"}), FolderOwner::wgnl);
        changed.network.replace(changed.network.find(from), from.size(), to);
        const auto again = quick_again(changed);
        EXPECT_EQ(again.declaration.peers[0].route_table, 51820U) << changed.network;
        EXPECT_TRUE(has(lines(again.not_expressible), "[RoutingPolicyRule]")) << changed.network;
    }
    EXPECT_FALSE(quick_again(written).declaration.peers[0].route_table);
}

TEST(NameServers, OfWgQuickAreThoseOfNetworkdAndBack) {
    const auto through = [](std::string_view dns, const Declaration& declaration) {
        const auto written = to_netdev(
            declaration, FolderOwner::wgnl,
            {.lines = {{.key = "DNS", .value = SecretText(dns)}}, .systemd = src_valid_mark_since});
        const auto again = quick_again(written);
        EXPECT_EQ(lines(written.not_expressible) + lines(again.not_expressible), "");
        EXPECT_EQ(again.lines.size(), 1U);
        EXPECT_EQ(again.lines.at(0).value.view(), dns);
        return written.network;
    };
    const auto split = full({"10.0.0.0/8"});
    const auto all = full({"::/0"});
    EXPECT_TRUE(has(through("1.1.1.1, 2606:4700::1111", split),
                    "\nDNS=1.1.1.1\nDNS=2606:4700::1111\nDomains=~.\n"));
    EXPECT_TRUE(has(through("10.0.0.1, lan.example", split), "\nDomains=lan.example\n"));
    EXPECT_TRUE(has(through("10.0.0.1, lan.example", all), "\nDomains=lan.example ~.\n"));
    EXPECT_TRUE(has(through("10.0.0.1, ~corp.example, ~", split), "\nDomains=~corp.example ~.\n"));
}

TEST(NameServers, ThatNetworkdAloneChoosesOrHasWithMoreAreNamed) {
    const auto network =
        read_network(as_file("wg0.network",
                             "[Match]\nName=wg0\n[Network]\nDNS=10.0.0.1\nDNS=1.1.1.1#one.example\n"
                             "LLMNR=yes\n"),
                     {});
    const auto again = as_wg_quick(full({"10.0.0.0/8"}), network.wg_quick, network.not_applied);
    ASSERT_EQ(again.lines.size(), 1U);
    EXPECT_EQ(again.lines[0].value.view(), "10.0.0.1");
    EXPECT_EQ(again.not_expressible.size(), 3U) << lines(again.not_expressible);
    EXPECT_TRUE(has(lines(again.not_expressible), "network:5: note: DNS="));
    EXPECT_TRUE(has(lines(again.not_expressible), "network:4: note: that systemd-resolved itself"));
}

TEST(NameServers, OutsideTheTunnelFindItsEndpoint) {
    for (const auto* all :
         {"::/0", "10.0.0.0/8"}) { // a split tunnel without domains asks there, too
        auto declaration = full({all});
        declaration.peers[0].endpoint = "gw.example.net:51820";
        const WriteOptions options{.lines = {{.key = "DNS", .value = SecretText("10.0.0.1")}},
                                   .systemd = src_valid_mark_since};
        EXPECT_TRUE(has(lines(to_netdev(declaration, FolderOwner::wgnl, options).not_expressible),
                        "wg0.conf:7: warning: every query goes into the tunnel"));
        declaration.peers[0].endpoint = "192.0.2.1:51820";
        EXPECT_EQ(lines(to_netdev(declaration, FolderOwner::wgnl, options).not_expressible), "");
    }
}

} // namespace
} // namespace wgnl::networkd::test
