// SPDX-License-Identifier: LGPL-2.1-or-later
// What `status` and `show` print for a device.
#include "output/render.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "a_device.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

using std::chrono::seconds;

PeerView nameless() {
    return {.public_key = "bmFtZWxlc3MgbmFtZWxlc3MgbmFtZWxlc3MgMTIzNDU=", .state = "never"};
}

DeviceView gateway() {
    auto device = tunnel();
    device.public_key = "Z2F0ZXdheSBnYXRld2F5IGdhdGV3YXkgZ2F0ZXdheSE=";
    device.listen_port = 51820;
    device.peer_count = 2;
    device.state_counts = {{"established", 1}, {"never", 1}, {"idle", 0}};
    device.peers = {laptop(), nameless()};
    return device;
}

bool has_line(const std::string& text, const std::string& wanted) {
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        if (line == wanted)
            return true;
    return false;
}

TEST(StatusText, IsPlainAndWholeInAPipe) {
    EXPECT_EQ(status_text(gateway(), Terminal{}, now),
              "● wg0 (established)\n"
              "           Mode: sync, declared by networkd: /etc/systemd/network/wg0.netdev\n"
              "    Listen port: 51820\n"
              "     Public key: Z2F0ZXdheSBnYXRld2F5IGdhdGV3YXkgZ2F0ZXdheSE=\n"
              "        In sync: yes\n"
              "          Peers: 2 (1 established, 1 never)\n"
              "\n"
              "  PEER      STATE        ENDPOINT         HANDSHAKE     ↓ RX     ↑ TX  ALLOWED IPS\n"
              "● laptop    established  192.0.2.1:51820  12s ago    1.5 KiB  3.0 MiB  "
              "10.0.0.2/32, fd00::2/128\n"
              "◌ bmFtZWxl  never                         never          0 B      0 B  (none)\n");
}

TEST(StatusText, UsesAsciiWhereTheLocaleHasNoMore) {
    const auto text = status_text(gateway(), Terminal{.unicode = false}, now);

    EXPECT_TRUE(text.starts_with("* wg0"));
    EXPECT_EQ(std::ranges::count_if(text, [](char byte) { return (byte & 0x80) != 0; }), 0);
}

TEST(StatusText, CutsAllowedIpsToTheTerminal) {
    constexpr std::size_t width = 90;
    std::istringstream stream{status_text(gateway(), Terminal{.width = width}, now)};
    std::string row;
    for (std::string line; std::getline(stream, line);)
        row = line.find("laptop") != line.npos ? line : row;

    EXPECT_EQ(display_width(row), width);
    EXPECT_TRUE(row.ends_with("…"));
}

/// The widest of its lines.
std::size_t widest(const std::string& text) {
    std::size_t width{};
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        width = std::max(width, display_width(line));
    return width;
}

/// Everything that can be long is.
DeviceView verbose() {
    auto device = gateway();
    device.in_sync = false;
    device.drift = {
        {"allowed IPs of laptop", "10.0.0.0/24, 10.0.1.0/24", "10.0.0.2/32, fd00::2/128"}};
    device.event_source = "polling";
    device.missed_events = 12345;
    device.problems = {
        {Severity::error,
         {"/etc/systemd/network/wg0.netdev", 40},
         "Endpoint=x is not an endpoint; write HOST:PORT, as vpn.example.org:51820"}};
    device.peers[0].name = "the laptop of somebody with a long name";
    device.peers[0].endpoint = "[2001:db8:1234:5678:9abc:def0:1234:5678]:51820";
    device.peers[0].problems = {{Severity::warning,
                                 {"wg0.netdev", 9},
                                 "this is only the peer's, and long enough for two lines"}};
    device.peers[1].allowed_ips = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8",
                                   "2001:db8:1234:5678:9abc:def0:1234:5678/128"};
    return device;
}

TEST(StatusText, FitsTheTerminalWhateverItsWidth) {
    for (const auto& device : {gateway(), verbose()})
        for (std::size_t width = 30; width <= 200; ++width)
            for (const bool colour : {false, true})
                EXPECT_LE(widest(status_text(device, {.colour = colour, .width = width}, now)),
                          width)
                    << status_text(device, {.width = width}, now);
}

TEST(StatusText, SaysTheSameInANarrowTerminal) {
    const auto without_blanks = [](std::string text) {
        std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
        return text;
    };
    for (const std::size_t width : {40, 80}) {
        const auto text = without_blanks(status_text(verbose(), {.width = width}, now));
        for (const char* part :
             {"thelaptopofsomebodywithalongname", "[2001:db8:1234:5678:9abc:def0:1234:5678]:51820",
              "established", "12sago", "1.5KiB", "3.0MiB", "192.168.0.0/16",
              "2001:db8:1234:5678:9abc:def0:1234:5678/128", "writeHOST:PORT",
              "thisisonlythepeer's,andlongenoughfortwolines"})
            EXPECT_NE(text.find(part), text.npos) << part << " in " << text;
    }
}

TEST(StatusText, IsWhatReadmePrints) {
    const char* const root = std::getenv("WGNL_SOURCE_ROOT"); // `meson test` sets it
    std::ifstream file(std::string(root ? root : ".") + "/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    auto device = tunnel();
    device.public_key = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
    device.listen_port = 51820;
    device.peer_count = 1;
    device.state_counts = {{"established", 1}};
    device.peers = {laptop()};
    device.peers[0].endpoint = "192.0.2.7:51820";
    device.peers[0].allowed_ips = {"10.0.0.2/32"};
    device.peers[0].rx_bytes = 1'468'006;
    device.peers[0].tx_bytes = 10'695'475;

    EXPECT_NE(readme.find("```\n" + status_text(device, {.width = 80}, now) + "```\n"), readme.npos)
        << status_text(device, {.width = 80}, now);
}

TEST(StatusText, OfEightyColumnsHasTheAllowedIpsBelow) {
    EXPECT_TRUE(has_line(status_text(gateway(), Terminal{.width = 80}, now),
                         "    10.0.0.2/32, fd00::2/128"));
}

TEST(StatusText, ColoursKeepTheColumns) {
    const auto plain = status_text(gateway(), Terminal{}, now);
    const auto coloured = status_text(gateway(), Terminal{.colour = true}, now);

    EXPECT_NE(plain, coloured);
    EXPECT_EQ(display_width(plain), display_width(coloured));
    EXPECT_NE(coloured.find("\033[32mestablished\033[0m"), coloured.npos);
}

TEST(StatusText, NamesDriftAndProblemsWithTheirPlace) {
    auto device = gateway();
    device.in_sync = false;
    device.drift = {{"listen port", "51820", "51821"}, {"peer abc", "", "live"}};
    device.problems = {{Severity::error, {"/etc/wg0.netdev", 40}, "Endpoint=x is not an endpoint"},
                       {Severity::warning, {}, "slow"}};

    const auto text = status_text(device, Terminal{}, now);

    EXPECT_TRUE(has_line(text, "        In sync: no, it drifted"));
    EXPECT_TRUE(has_line(text, "          Drift: listen port: declared 51820, live 51821"));
    EXPECT_TRUE(has_line(text, "                 peer abc: declared nothing, live live"));
    EXPECT_TRUE(has_line(
        text, "       Problems: /etc/wg0.netdev:40: error: Endpoint=x is not an endpoint"));
    EXPECT_TRUE(has_line(text, "                 warning: slow"));
}

TEST(StatusText, ShowsAPeersProblemUnlessTheDeviceDoes) {
    auto device = gateway();
    const Problem shared{Severity::error, {"wg0.netdev", 3}, "both"};
    device.problems = {shared};
    device.peers[0].problems = {shared, {Severity::warning, {"wg0.netdev", 9}, "only the peer's"}};

    const auto text = status_text(device, Terminal{}, now);

    EXPECT_EQ(text.find("both"), text.rfind("both"));
    EXPECT_TRUE(has_line(text, "  laptop: wg0.netdev:9: warning: only the peer's"));
}

TEST(StatusText, LetsNoNameSteerTheTerminal) {
    auto device = gateway();
    device.peers[0].name = "x\033[2J";
    device.origin = "/etc/\n● fake";

    const auto text = status_text(device, Terminal{}, now);

    EXPECT_EQ(text.find('\033'), text.npos);
    EXPECT_NE(text.find("/etc/\ufffd● fake"), text.npos);
}

TEST(StatusText, MarksEveryStateDifferently) {
    std::set<std::string> marks;
    for (const bool unicode : {true, false})
        for (const char* state : {"established", "handshaking", "unreachable", "idle", "never"}) {
            const auto text =
                status_text({.name = "wg0", .state = state}, Terminal{.unicode = unicode}, now);
            marks.insert(text.substr(0, text.find(' ')));
        }
    EXPECT_EQ(marks.size(), 10U);
}

TEST(StatusText, MarksAStalledPeer) {
    auto device = gateway();
    device.peers[0].stalled = true;

    const auto text = status_text(device, Terminal{.colour = true}, now);

    EXPECT_NE(text.find("\033[33m◍\033[0m laptop"), text.npos);
    EXPECT_NE(text.find("\033[33mestablished (stalled)\033[0m"), text.npos);
    const auto plain = status_text(device, Terminal{.unicode = false}, now);
    EXPECT_NE(plain.find("! laptop"), plain.npos) << "whoever sees no colours sees a shape";
}

TEST(StatusText, SaysHowHandshakesAreFoundUnlessByListening) {
    auto device = gateway();
    device.event_source = "packets";
    EXPECT_EQ(status_text(device, Terminal{}, now).find("Events:"), std::string::npos);
    device.event_source = "polling";
    EXPECT_TRUE(has_line(status_text(device, Terminal{}, now),
                         "         Events: handshakes are found by polling"));
    device.missed_events = 3;
    EXPECT_NE(status_text(device, Terminal{}, now).find("polling, 3 were not"), std::string::npos);
}

TEST(StatusText, SaysThatNobodyDeclaredTheDevice) {
    const auto text = status_text({.name = "wg9", .state = "down"}, Terminal{}, now);

    EXPECT_TRUE(has_line(text, "– wg9 (down)"));
    EXPECT_TRUE(
        has_line(text, "           Mode: not declared: wgnl watches it and writes nothing"));
    EXPECT_EQ(text.find("In sync"), text.npos);
}

TEST(StatusText, SaysThatNothingKeepsWhatTheCommandApplied) {
    const auto text =
        status_text({.name = "wg9", .applied_from = "/etc/wireguard/wg9.conf"}, Terminal{}, now);

    EXPECT_TRUE(has_line(
        text, "           Mode: not declared: \"wgnl apply /etc/wireguard/wg9.conf\" set it, "
              "and nothing keeps it so"))
        << text;
}

TEST(StatusText, SaysWhereTooManyPeersAre) {
    const auto text =
        status_text({.name = "wg0", .peer_count = 5000, .peers_listed = false}, Terminal{}, now);

    EXPECT_NE(text.find("wgnl show wg0"), text.npos);
}

TEST(ShowText, TellsEverythingOfAPeer) {
    auto device = gateway();
    device.peers[0].declared_endpoint = "vpn.example.org:51820";
    device.peers[0].stalled = true;

    const auto text = show_text(device, Terminal{}, now);

    EXPECT_TRUE(
        has_line(text, "          Public key: bGFwdG9wIGxhcHRvcCBsYXB0b3AgbGFwdG9wIDEyMzQ="));
    EXPECT_TRUE(has_line(text, "               State: established (stalled)"));
    EXPECT_TRUE(
        has_line(text, "            Endpoint: 192.0.2.1:51820 (declared: vpn.example.org:51820)"));
    EXPECT_TRUE(has_line(text, "       Preshared key: yes (hidden)"));
    EXPECT_TRUE(has_line(text, "           Keepalive: every 25s"));
}

TEST(ShowJson, HasTheKeysOfTheManual) {
    const auto json = nlohmann::json::parse(to_json(gateway()));

    std::set<std::string> device_keys;
    for (const auto& [key, value] : json.items())
        device_keys.insert(key);
    EXPECT_EQ(device_keys, (std::set<std::string>{"applied_from",
                                                  "backend",
                                                  "drift",
                                                  "event_source",
                                                  "firewall_mark",
                                                  "in_sync",
                                                  "interface_index",
                                                  "listen_port",
                                                  "missed_events",
                                                  "mode",
                                                  "name",
                                                  "origin",
                                                  "peer_count",
                                                  "peers",
                                                  "peers_listed",
                                                  "problems",
                                                  "public_key",
                                                  "rx_bytes",
                                                  "sampled_at_usec",
                                                  "source",
                                                  "state",
                                                  "state_counts",
                                                  "tx_bytes",
                                                  "up"}));
    EXPECT_EQ(json["peers"][0]["last_handshake_usec"], (now - seconds{12}).count());
    EXPECT_EQ(json["peers"][0]["allowed_ips"][1], "fd00::2/128");
    EXPECT_EQ(json["in_sync"], true);
}

TEST(ShowJson, LooksAsOneDocumentDoes) {
    auto lonely = gateway();
    lonely.peers.clear();
    auto crowded = gateway();
    crowded.peers.push_back(crowded.peers[0]);
    crowded.peers[0].name = "two\nlines";
    const auto pretty = [](const std::string& text) {
        return nlohmann::ordered_json::parse(text).dump(2) + "\n";
    };

    for (const auto& text :
         {to_json(lonely), to_json(crowded), to_json(std::vector<DeviceView>{}),
          to_json(std::vector{lonely}), to_json(std::vector{crowded, lonely, gateway()})})
        EXPECT_EQ(text, pretty(text));
}

TEST(ShowJson, SaysNullWhereNobodyKnows) {
    auto device = gateway();
    device.in_sync.reset();

    EXPECT_TRUE(nlohmann::json::parse(to_json(device))["in_sync"].is_null());
}

TEST(ShowJson, SurvivesTextThatIsNotUtf8) {
    auto device = gateway();
    device.peers[0].name = "\xff";

    EXPECT_NO_THROW(nlohmann::json::parse(to_json(device)));
}

} // namespace
} // namespace wgnl::cli
