// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations and devices as configuration text, and the way there and back.
#include <wgnl/wg_quick.hpp>

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "generators.hpp"
#include "wgquick/peer_names.hpp"
#include "wgquick/values.hpp"

namespace wgnl {
namespace {

PublicKey public_key(std::uint8_t number) { return PublicKey(KeyBytes{number}); }

std::string text_of(const Declaration& declaration, Dialect dialect = Dialect::wg_quick) {
    return std::string(to_wg_quick(declaration, dialect).text.view());
}

Declaration whole() {
    const KeyBytes bytes{8};
    Declaration declaration{.device = "wg0", .mode = Mode::own};
    declaration.private_key.emplace(bytes);
    declaration.listen_port = 51820;
    declaration.fwmark = 0xca6c;
    declaration.mtu = 1400;
    declaration.addresses = {*InterfaceAddress::parse("10.0.0.1/24"),
                             *InterfaceAddress::parse("fd00::1/64")};
    declaration.route_table = 254;
    DeclaredPeer peer{.public_key = public_key(1), .name = "laptop"};
    peer.preshared_key.emplace(bytes);
    peer.endpoint = "vpn.example.org:51820";
    peer.allowed_ips = {AllowedIp::parse("10.0.0.2")->value, AllowedIp::parse("fd00::/64")->value};
    peer.persistent_keepalive = 25;
    declaration.peers = {std::move(peer), {.public_key = public_key(2)}};
    declaration.peers[1].persistent_keepalive = 0;
    return declaration;
}

TEST(WgQuickWriter, WritesTheTextOfWgQuick) {
    const auto written = to_wg_quick(whole());
    EXPECT_TRUE(written.not_expressible.empty());
    EXPECT_EQ(written.text.view(), R"([Interface]
ListenPort = 51820
FwMark = 0xca6c
PrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Address = 10.0.0.1/24, fd00::1/64
MTU = 1400

[Peer]
# friendly_name = laptop
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
PresharedKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 10.0.0.2/32, fd00::/64
Endpoint = vpn.example.org:51820
PersistentKeepalive = 25

[Peer]
PublicKey = AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
PersistentKeepalive = off
)");
}

TEST(WgQuickWriter, WritesTablesAsWgQuickMeansThem) {
    const auto line = [](std::optional<std::uint32_t> table) {
        return text_of({.device = "wg0", .route_table = table});
    };
    EXPECT_EQ(line({}), "[Interface]\nTable = off\n");
    EXPECT_EQ(line(0), "[Interface]\nTable = off\n");
    EXPECT_EQ(line(254), "[Interface]\n");
    EXPECT_EQ(line(51820), "[Interface]\nTable = 51820\n");
}

TEST(WgQuickWriter, NamesWhatTheTextCannotSay) {
    Declaration declaration{.device = "wg0",
                            .mode = Mode::observe,
                            .kept_as_is = true,
                            .strict = true,
                            .is_private = true,
                            .keeps_peers = true};
    declaration.location = {"d"};
    declaration.route_metric = 5;
    declaration.mtu = 1400;
    declaration.route_table = 254;
    declaration.addresses = {*InterfaceAddress::parse("10.0.0.1/24")};
    declaration.peers = {
        {.public_key = public_key(1), .name = "held", .location = {"d", 1}, .kept_as_is = true},
        {.public_key = public_key(2),
         .name = " blank first",
         .location = {"d", 2},
         .external_preshared_key = true,
         .route_table = 7}};
    const auto written = to_wg_quick(declaration, Dialect::wg);
    std::vector<std::string> said;
    for (const auto& problem : written.not_expressible) {
        EXPECT_EQ(problem.severity, Severity::warning);
        said.push_back(to_string(problem.location) + ": " + problem.text);
    }
    const auto one = public_key(1).to_base64();
    const auto two = public_key(2).to_base64();
    EXPECT_EQ(said, (std::vector<std::string>{
                        "d: mode observe cannot be written",
                        "d: a private key that could not be read cannot be written",
                        "d: \"strict\" cannot be written",
                        "d: a section that names nobody cannot be written",
                        "d: \"private\" cannot be written",
                        "d: the metric of routes cannot be written",
                        "d: the device's addresses cannot be written",
                        "d: the MTU cannot be written",
                        "d: the routing table cannot be written",
                        "d:1: the section of the peer " + one + " has a mistake; it is left out",
                        "d:2: the name of the peer " + two +
                            " would not be read back as it is; it is left out",
                        "d:2: that someone else sets the preshared key of the peer " + two +
                            " cannot be written",
                        "d:2: the route table and metric of the peer " + two + " cannot be written",
                    }));
    EXPECT_EQ(written.text.view(), "[Interface]\n\n[Peer]\nPublicKey = " + two + "\n");
}

TEST(WgQuickWriter, LetsNoNameBreakOutOfItsLine) {
    Declaration declaration{.device = "wg0"};
    declaration.peers = {{.public_key = public_key(1), .name = "a\n[Peer]\nAllowedIPs = ::/0"}};
    declaration.peers[0].endpoint = "a:1\nAllowedIPs = ::/0";
    const auto text = text_of(declaration);
    EXPECT_EQ(text.find("\n[Peer]\nAllowed"), std::string::npos);
    EXPECT_EQ(text.find("\nAllowedIPs"), std::string::npos);
}

TEST(WgQuickWriter, PrintsALiveDeviceAsWgDoes) {
    Device device{.name = "wg0", .listen_port = 51820, .fwmark = 1};
    EXPECT_EQ(to_wg_quick(device).view(), "[Interface]\nListenPort = 51820\nFwMark = 0x1\n\n");
    const KeyBytes bytes{8};
    device.private_key.emplace(bytes);
    device.peers = {{.public_key = public_key(1)}, {.public_key = public_key(2)}};
    device.peers[0].endpoint = *Endpoint::parse("[2001:db8::1]:7");
    device.peers[0].allowed_ips = {AllowedIp::parse("10.0.0.2")->value};
    device.peers[1].persistent_keepalive = 25;
    EXPECT_EQ(to_wg_quick(device).view(), R"([Interface]
ListenPort = 51820
FwMark = 0x1
PrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

[Peer]
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 10.0.0.2/32
Endpoint = [2001:db8::1]:7

[Peer]
PublicKey = AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
PersistentKeepalive = 25
)");
}

/// What of a peer a configuration can say.
DeclaredPeer expressible(DeclaredPeer peer) {
    peer.location = {};
    peer.external_preshared_key = false;
    peer.route_table.reset();
    peer.route_metric.reset();
    peer.routes.clear();
    if (tagged_name("friendly_name=" + peer.name) != peer.name)
        peer.name.clear();
    return peer;
}

/// What of a declaration a configuration can say.
Declaration expressible(Declaration declaration, Dialect dialect) {
    Declaration kept{.device = "wg0", .mode = Mode::own};
    kept.private_key = std::move(declaration.private_key);
    kept.listen_port = declaration.listen_port;
    kept.fwmark = declaration.fwmark;
    if (dialect == Dialect::wg_quick) {
        kept.mtu = declaration.mtu;
        kept.route_table = declaration.route_table == 0U ? std::nullopt : declaration.route_table;
        for (const auto& address : declaration.addresses)
            if (std::ranges::find(kept.addresses, address) == kept.addresses.end())
                kept.addresses.push_back(address);
    }
    for (auto& peer : declaration.peers)
        if (!peer.kept_as_is)
            kept.peers.push_back(expressible(std::move(peer)));
    return kept;
}

ParsedWgQuick reread(const WrittenWgQuick& written, Dialect dialect) {
    auto parsed = parse_wg_quick(written.text.view(), {.dialect = dialect, .device = "wg0"});
    for (auto& peer : parsed.declaration.peers)
        peer.location = {};
    return parsed;
}

rc::Gen<Dialect> dialects() { return rc::gen::element(Dialect::wg, Dialect::wg_quick); }

RC_GTEST_PROP(WgQuickRoundTrip, ReadsWhatItWrote, ()) {
    auto declaration = *testing::declarations();
    if (declaration.mtu) // a smaller one gets a warning where there is IPv6
        declaration.mtu = std::max(*declaration.mtu, smallest_ipv6_mtu);
    const auto dialect = *dialects();
    const auto parsed = reread(to_wg_quick(declaration, dialect), dialect);
    RC_ASSERT(parsed.accepted);
    auto said = parsed.declaration;
    std::erase_if(said.problems, [](const Problem& p) { return p.text.contains("stands above"); });
    RC_ASSERT((said == expressible(declaration, dialect)));
}

/// Configurations as people write and miswrite them.
rc::Gen<std::string> configurations() {
    const auto line = rc::gen::element<std::string>(
        "[Interface]", "[Peer]", "[peer] # Name = x", "[Other]", "[", "# laptop", "#name=desk", "",
        "PrivateKey=yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", "PrivateKey=x", "ListenPort=7",
        "ListenPort = 0", "FwMark=off", "FwMark=0x7", "FwMark=-", "Address=10.0.0.1/8, fd00::1",
        "MTU=1400", "MTU=1", "Table=off", "Table=9", "Table=", "Table = auto", "DNS=10.0.0.1",
        "PostUp=a # b", "dns = example.org", "PreDown=", "SaveConfig=true", "SaveConfig=maybe",
        "PublicKey=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
        "PublicKey=TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=",
        "PublicKey=HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
        "PresharedKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "PresharedKey=TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=", "AllowedIPs=10.0.0.0/8",
        "AllowedIPs=10.0.0.1/8, ::/0", "AllowedIPs=+10.0.0.0/9,-10.0.0.0/8", "AllowedIPs=x",
        "Endpoint=a:1", "Endpoint=fe80::1:1", "Endpoint=[fe80::1%lo]:1", "Endpoint=a",
        "PersistentKeepalive=off", "PersistentKeepalive=3\r", "\xff=\xfe", "\xef\xbb\xbf");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(line),
                        [](const std::vector<std::string>& lines) {
                            std::string text;
                            for (const auto& each : lines)
                                text += each + '\n';
                            return text;
                        });
}

RC_GTEST_PROP(WgQuickRoundTrip, DeclaresSomethingValidForEveryText, ()) {
    const auto text = *configurations();
    const auto dialect = *dialects();
    const auto parsed = parse_wg_quick(text, {.dialect = dialect, .device = "wg0"});
    const auto valid = check(parsed.declaration);
    if (!valid)
        RC_FAIL(valid.error().to_string());
    const bool complains = std::ranges::any_of(parsed.declaration.problems, [](const Problem& p) {
        return p.severity == Severity::error;
    });
    RC_ASSERT((parsed.accepted || complains));
}

RC_GTEST_PROP(WgQuickRoundTrip, WritesAgainWhatItReadFromItsOwnText, ()) {
    const auto dialect = *dialects();
    const auto first = to_wg_quick(
        parse_wg_quick(*configurations(), {.dialect = dialect, .device = "wg0"}).declaration,
        dialect);
    const auto second = to_wg_quick(reread(first, dialect).declaration, dialect);
    RC_ASSERT((second.text == first.text));
    RC_ASSERT(second.not_expressible.empty());
}

/// Key and value of each line; the last Table= alone, and only if it says more than the default.
std::vector<std::string> lines_of(const ParsedWgQuick& parsed) {
    std::vector<std::string> lines;
    std::string table;
    for (const auto& line : parsed.unsupported_lines) {
        auto text = line.key + '=' + std::string(line.value.view());
        if (line.key == "Table")
            table = line.value.empty() ? "" : std::move(text);
        else if (!line.value.empty())
            lines.push_back(std::move(text));
    }
    lines.push_back(table);
    return lines;
}

TEST(WgQuickWriter, WritesTheLinesOfWgQuick) {
    const auto parsed = parse_wg_quick(
        "[Interface]\nTable=9\nPostUp = a 'b'; c\nDNS=10.0.0.9, example.org\nTable=main\n"
        "DNS = fd00::9\nSaveConfig=false\nPreDown=\nPostUp=d\n");
    const auto written = to_wg_quick(parsed.declaration, parsed.unsupported_lines);
    EXPECT_TRUE(written.not_expressible.empty());
    EXPECT_EQ(written.text.view(), "[Interface]\nTable = main\nPostUp = a 'b'; c\nDNS = 10.0.0.9, "
                                   "example.org\nDNS = fd00::9\nSaveConfig = false\nPostUp = d\n");
}

TEST(WgQuickWriter, LetsTheDeclarationSayTheTable) {
    const std::vector<WgQuickLine> lines{{.key = "Table", .value = SecretText("off")}};
    EXPECT_EQ(to_wg_quick({.device = "wg0", .route_table = 254}, lines).text.view(),
              "[Interface]\n");
    EXPECT_EQ(to_wg_quick({.device = "wg0", .route_table = 7}, lines).text.view(),
              "[Interface]\nTable = 7\n");
}

TEST(WgQuickWriter, WritesNoLineThatWouldBeAnother) {
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"PostUp", "a\n[Peer]"},
                                                          {"PostUp", "a # b"},
                                                          {"PostUp", " a"},
                                                          {"PostUp", std::string("a\0b", 3)},
                                                          {"DNS\nPrivateKey", "a"},
                                                          {"PrivateKey", "secret-word"}}) {
        const std::vector<WgQuickLine> lines{
            {.key = key, .value = SecretText(value), .location = {"f", 3}}};
        const auto written =
            to_wg_quick({.device = "wg0", .mode = Mode::own, .route_table = 254}, lines);
        EXPECT_EQ(written.text.view(), "[Interface]\n");
        ASSERT_EQ(written.not_expressible.size(), 1U);
        EXPECT_EQ(to_string(written.not_expressible[0].location), "f:3");
        EXPECT_FALSE(written.not_expressible[0].text.contains("secret-word"));
    }
}

RC_GTEST_PROP(WgQuickRoundTrip, KeepsTheLinesOfWgQuick, ()) {
    const auto first = parse_wg_quick(*configurations(), {.device = "wg0"});
    const auto written = to_wg_quick(first.declaration, first.unsupported_lines);
    const auto again = reread(written, Dialect::wg_quick);
    RC_ASSERT((lines_of(again) == lines_of(first)));
    RC_ASSERT((to_wg_quick(again.declaration, again.unsupported_lines).text == written.text));
    const bool odd = std::ranges::any_of(
        written.not_expressible, [](const Problem& p) { return p.text.ends_with("as it is"); });
    RC_ASSERT(!odd);
}

TEST(SecretText, GrowsAndMoves) {
    SecretText text("abc");
    for (int i = 0; i < 1000; ++i)
        text.append('x');
    EXPECT_EQ(text.size(), 1003U);
    auto moved = std::move(text);
    EXPECT_TRUE(text.empty()); // NOLINT(bugprone-use-after-move): that is the promise
    auto copy = moved;
    EXPECT_EQ(copy, moved);
    copy = SecretText("d");
    EXPECT_EQ(copy.view(), "d");
    copy = moved;
    copy.clear();
    EXPECT_TRUE(copy.empty());
    EXPECT_EQ(moved.view().substr(0, 4), "abcx");
}

TEST(SecretText, WipesWhatItEmpties) {
    SecretText text;
    text.reserve(64);
    text.append("secret");
    const auto* bytes = text.view().data();
    text.clear();
    EXPECT_EQ(std::string_view(bytes, 6), std::string_view("\0\0\0\0\0\0", 6));
}

} // namespace
} // namespace wgnl
