// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of keys: what is said of wrong values and names, and that the man page has the same
// keys.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "networkd/files/text.hpp"
#include "networkd/netdev/setting_table.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

using KeysBySection = std::map<std::string, std::set<std::string>, std::less<>>;

/// "*Key=*, *Another=*", and nothing else.
bool is_list_of_keys(std::string_view line) {
    return line.starts_with('*') && std::ranges::all_of(split(line, " ,"), [](auto word) {
               return word.starts_with('*') && word.ends_with("=*");
           });
}

/// Of wgnl.netdev(5): the keys that it lists below each "*[Section]*", up to the next chapter.
KeysBySection keys_of_man_page() {
    const char* const root = std::getenv("WGNL_SOURCE_ROOT"); // `meson test` sets it
    std::ifstream file(std::string(root != nullptr ? root : ".") + "/docs/man/wgnl.netdev.5.scd");
    KeysBySection keys;
    std::string section;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("# "))
            section.clear();
        else if (line.starts_with("*[") && line.ends_with("]*"))
            section = line.substr(2, line.size() - 4);
        else if (!section.empty() && is_list_of_keys(line))
            for (auto word : split(line, " ,"))
                keys[section].emplace(word.substr(1, word.size() - 3));
    }
    return keys;
}

TEST(SettingTable, HasTheKeysOfTheManPageAndNoOther) {
    KeysBySection keys;
    for (const auto& row : known_keys())
        keys[std::string(row.section)].emplace(row.key);
    ASSERT_EQ(keys.size(), 5U);
    EXPECT_EQ(keys, keys_of_man_page()) << "set WGNL_SOURCE_ROOT to the checkout";
}

TEST(SettingTable, NoKeyStandsTwiceInASection) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const auto& row : known_keys())
        EXPECT_TRUE(seen.emplace(row.section, row.key).second) << row.key;
}

/// The hint of the only problem of a file.
std::string hint_of(const std::string& text) {
    const auto problems = declared(text).problems;
    EXPECT_EQ(problems.size(), 1U) << lines(problems);
    return problems.empty() ? "" : problems.front().hint;
}

TEST(SettingTable, AWrongValueHasTheHintOfItsRow) {
    for (const auto& row : peer_settings()) {
        if (row.hint.empty() || row.key.starts_with("Public"))
            continue;
        EXPECT_EQ(hint_of(wg0(peer_section(1, std::string(row.key) + "=!"))),
                  row.key == "Endpoint" ? "" : row.hint) // its text says what to write
            << row.key;
    }
    for (const auto& row : device_settings())
        EXPECT_EQ(hint_of(wg0(std::string(row.key) + "=!")), row.hint) << row.key;
    for (const auto& row : extension_settings())
        EXPECT_EQ(hint_of(wg0("[X-Wgnl]\n" + std::string(row.key) + "=!")), row.hint) << row.key;
}

TEST(SettingTable, ThereIsNoHintWhereTheSpellingIsNotToBlame) {
    EXPECT_EQ(hint_of(wg0(peer_section(1, "PresharedKey=@missing"))), "");
    EXPECT_EQ(hint_of(wg0(peer_section(1, "PresharedKey=/etc/wg0.psk"))), "");
    EXPECT_EQ(hint_of(wg0(peer_section(1, "AllowedIPs=10.0.0.1/24"))), "");
}

TEST(SettingTable, AdviceFindsTheNameThatWasMeant) {
    const auto unknown = [](const std::string& name, const std::string& section) {
        return hint_of(wg0("[" + section + "]\n" +
                           (section == "WireGuardPeer" ? "PublicKey=" + key_text(1) + "\n" : "") +
                           name + "=1\n"));
    };
    EXPECT_EQ(unknown("AllowedIps", "WireGuardPeer"), "did you mean AllowedIPs=?");
    EXPECT_EQ(unknown("PresharedKye", "WireGuardPeer"), "did you mean PresharedKey=?");
    EXPECT_EQ(unknown("ListenPort", "WireGuardPeer"), "ListenPort= belongs into [WireGuard]");
    EXPECT_EQ(unknown("FWMark", "WireGuard"), "did you mean FwMark=?");
    EXPECT_EQ(unknown("MACAddres", "NetDev"), "did you mean MACAddress=?");
    EXPECT_EQ(unknown("Name", "WireGuardPeer"), "X-Name= is the name of a peer");
    EXPECT_EQ(unknown("Name", "WireGuard"), "Name= belongs into [NetDev]");
    EXPECT_EQ(unknown("Colour", "WireGuard"), "");
    EXPECT_EQ(unknown("Port", "WireGuard"), "") << "not Host=, which is of [Match]";
    EXPECT_EQ(unknown("Host", "WireGuard"), "Host= belongs into [Match]");
}

TEST(SettingTable, AdviceFindsTheSectionThatWasMeant) {
    EXPECT_EQ(advice_on_section("Wireguard-Peer"), "did you mean [WireGuardPeer]?");
    EXPECT_EQ(advice_on_section("Peer"), "that is wg-quick's; here it is [WireGuardPeer]");
    EXPECT_EQ(advice_on_section("Interface"), "that is wg-quick's; here it is [WireGuard]");
    EXPECT_EQ(advice_on_section("Nonsense"), "");
    EXPECT_EQ(advice_on_section(std::string(1 << 20, 'x')), "");
}

TEST(SettingTable, AKeyThatNetworkdDoesNotKnowYetIsToldOnce) {
    Tree tree;
    tree.write("/etc/key", key_text(1));
    tree.write("/etc/other", key_text(2));
    ReadContext context{.root = tree.root()};
    const auto text = wg0("[WireGuardPeer]\nPublicKeyFile=/etc/key\n"
                          "[WireGuardPeer]\nPublicKeyFile=/etc/other\n");
    const auto said_with = [&](const std::string& version) {
        context.host.ask_systemd = [=](std::string_view) { return std::optional(version); };
        return lines(declared(text, context).problems);
    };
    EXPECT_EQ(said_with("257.1"), "");
    EXPECT_EQ(said_with("252.39"),
              "/etc/systemd/network/wg0.netdev:7: warning: systemd-networkd 252 does not know "
              "PublicKeyFile=, which came with 257: it ignores the line, and wgnl does not\n");
}

TEST(SettingTable, ProblemsNameKeyPeerAndColumn) {
    const auto problems = declared(wg0(peer_section(1, "  AllowedIPs=10.0.0.0/8, 10.0.0.300/24\n") +
                                       peer_section(2, "AllowedIPs=10.0.0.0/8\n") + "Colour=red\n"))
                              .problems;
    ASSERT_EQ(problems.size(), 3U) << lines(problems);
    EXPECT_EQ(problems[0].location, (Location{"/etc/systemd/network/wg0.netdev", 8, 26}));
    EXPECT_EQ(problems[0].key, "AllowedIPs");
    EXPECT_EQ(problems[0].peer, public_key(1));
    EXPECT_EQ(problems[1].location.column, 1U);
    EXPECT_EQ(problems[2].peer, public_key(2)) << "who loses the prefix";
}

} // namespace
} // namespace wgnl::networkd::test
