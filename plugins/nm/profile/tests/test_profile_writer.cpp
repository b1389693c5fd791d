// SPDX-License-Identifier: LGPL-2.1-or-later
// Configurations into profiles, compared as the keyfile that NetworkManager would store.
#include "nm/profile/profile_writer.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace wgnl::nm {
namespace {

constexpr auto key_a = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
constexpr auto key_b = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
constexpr auto private_text = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

Result<WrittenProfile> write(const std::string& text, const WriteOptions& options = {.id = "wg0"}) {
    return profile_of(parse_wg_quick(text, {.file = "f.conf", .all_or_nothing = true}), options);
}

std::string interface(const std::string& rest) {
    return std::string("[Interface]\nPrivateKey = ") + private_text + "\n" + rest;
}

std::string peer(const std::string& rest) {
    return std::string("[Peer]\nPublicKey = ") + key_a + "\n" + rest;
}

WrittenProfile written(const std::string& text, const WriteOptions& options = {.id = "wg0"}) {
    auto result = write(text, options);
    EXPECT_TRUE(result.has_value()) << result.error().to_string();
    return result ? std::move(*result) : WrittenProfile{};
}

std::string refusal(const std::string& text) {
    const auto result = write(text);
    EXPECT_FALSE(result.has_value()) << "it was taken";
    return result ? "" : result.error().detail();
}

/// One entry of the keyfile; empty if it is not there.
std::string entry(const WrittenProfile& made, const char* group, const char* key) {
    const KeyFilePtr file(nm_keyfile_write(made.profile.get(), NM_KEYFILE_HANDLER_FLAGS_NONE,
                                           nullptr, nullptr, nullptr));
    const TextPtr value(g_key_file_get_value(file.get(), group, key, nullptr));
    return std::string(view(value.get()));
}

std::string notes(const WrittenProfile& made) {
    std::string text;
    for (const auto& problem : made.not_expressible)
        text += to_string(problem) + '\n';
    return text;
}

const std::string group_a = std::string("wireguard-peer.") + key_a;

TEST(ProfileWriter, WritesEveryKey) {
    const auto made =
        written(interface("ListenPort = 51821\nFwMark = 0xca6c\nMTU = 1400\nAddress = 10.0.0.2/24, "
                          "fd00::2/64\nDNS = 10.0.0.1, fd00::1\n") +
                peer(std::string("PresharedKey = ") + key_b +
                     "\nAllowedIPs = 10.0.0.0/24, fd00::/64\nEndpoint = vpn.example.org:51820\n"
                     "PersistentKeepalive = 25\n"));
    EXPECT_EQ(notes(made), "");
    EXPECT_EQ(entry(made, "wireguard", "private-key"), private_text);
    EXPECT_EQ(entry(made, "wireguard", "listen-port"), "51821");
    EXPECT_EQ(entry(made, "wireguard", "fwmark"), "51820");
    EXPECT_EQ(entry(made, "wireguard", "mtu"), "1400");
    EXPECT_EQ(entry(made, group_a.c_str(), "preshared-key"), key_b);
    EXPECT_EQ(entry(made, group_a.c_str(), "preshared-key-flags"), "0");
    EXPECT_EQ(entry(made, group_a.c_str(), "allowed-ips"), "10.0.0.0/24;fd00::/64;");
    EXPECT_EQ(entry(made, group_a.c_str(), "endpoint"), "vpn.example.org:51820");
    EXPECT_EQ(entry(made, group_a.c_str(), "persistent-keepalive"), "25");
    EXPECT_EQ(entry(made, "ipv4", "method"), "manual");
    EXPECT_EQ(entry(made, "ipv4", "address1"), "10.0.0.2/24");
    EXPECT_EQ(entry(made, "ipv4", "dns"), "10.0.0.1;");
    EXPECT_EQ(entry(made, "ipv6", "method"), "manual");
    EXPECT_EQ(entry(made, "ipv6", "address1"), "fd00::2/64");
    EXPECT_EQ(entry(made, "ipv6", "dns"), "fd00::1;");
}

TEST(ProfileWriter, KeepsTheWholeNameAndDoesNotConnectByItself) {
    const auto made = written(interface(""), {.id = "My Office VPN (Zürich) – 2026"});
    EXPECT_EQ(entry(made, "connection", "id"), "My Office VPN (Zürich) – 2026");
    EXPECT_EQ(entry(made, "connection", "type"), "wireguard");
    EXPECT_EQ(entry(made, "connection", "autoconnect"), "false");
    EXPECT_EQ(entry(made, "connection", "interface-name"),
              interface_name_of("My Office VPN (Zürich) – 2026"));
    EXPECT_EQ(entry(written(interface(""), {.id = "a", .autoconnect = true}), "connection",
                    "autoconnect"),
              "");
}

TEST(ProfileWriter, AvoidsNamesThatAreTakenUnlessOneIsGiven) {
    EXPECT_EQ(entry(written(interface(""), {.id = "wg0", .taken_names = {"wg0"}}), "connection",
                    "interface-name"),
              "wg0-2");
    EXPECT_EQ(
        entry(written(interface(""), {.id = "x", .interface_name = "wg7", .taken_names = {"wg7"}}),
              "connection", "interface-name"),
        "wg7");
}

TEST(ProfileWriter, GivesEachProfileAnIdentityOfItsOwn) {
    EXPECT_NE(entry(written(interface("")), "connection", "uuid"),
              entry(written(interface("")), "connection", "uuid"));
}

TEST(ProfileWriter, DisablesAFamilyWithoutAddress) {
    const auto made = written(interface("Address = 10.0.0.2/24\n"));
    EXPECT_EQ(entry(made, "ipv4", "method"), "manual");
    EXPECT_EQ(entry(made, "ipv6", "method"), "disabled");
}

TEST(ProfileWriter, SendsEveryQueryToTheServersUnlessDomainsAreNamed) {
    const auto all = written(interface("Address = 10.0.0.2/24\nDNS = 10.0.0.1\n"));
    EXPECT_EQ(entry(all, "ipv4", "dns-search"), "~;");
    const auto some = written(interface("Address = 10.0.0.2/24\nDNS = 10.0.0.1 corp.example\n"));
    EXPECT_EQ(entry(some, "ipv4", "dns-search"), "corp.example;");
}

TEST(ProfileWriter, LetsNoQueryPastAFullTunnel) {
    const auto text = "Address = 10.0.0.2/24\nDNS = 10.0.0.1, corp.example\n";
    const auto full = peer("AllowedIPs = 0.0.0.0/0\n");
    EXPECT_EQ(entry(written(interface(text) + full), "ipv4", "dns-search"), "~;corp.example;");
    for (const auto* table : {"Table = off\n", "Table = 1000\n"}) {
        EXPECT_EQ(entry(written(interface(std::string(text) + table) + full), "ipv4", "dns-search"),
                  "corp.example;");
    }
}

TEST(ProfileWriter, NamesServersThatHaveNoFamily) {
    const auto made = written(interface("Address = 10.0.0.2/24\nDNS = 10.0.0.1, fd00::1\n"));
    EXPECT_EQ(entry(made, "ipv6", "dns"), "");
    EXPECT_EQ(notes(made), "f.conf:4: warning: DNS=fd00::1 is left out: there is no IPv6 Address=, "
                           "and NetworkManager has name servers only for a family with one\n");
}

TEST(ProfileWriter, FollowsTable) {
    const auto table = [](const char* value, const char* group, const char* key) {
        return entry(written(interface(std::string("Address = 10.0.0.2/24\nTable = ") + value)),
                     group, key);
    };
    EXPECT_EQ(table("auto", "ipv4", "route-table"), "");
    EXPECT_EQ(table("auto", "wireguard", "peer-routes"), "");
    EXPECT_EQ(table("off", "wireguard", "peer-routes"), "false");
    EXPECT_EQ(table("0x3e8", "ipv4", "route-table"), "1000");
    EXPECT_EQ(table("main", "ipv6", "route-table"), "254");
}

TEST(ProfileWriter, NamesEveryLineThatIsLeftOut) {
    const auto made = written(interface("PreUp = a\nPostUp = b\nPreDown = c\nPostDown = d\n"
                                        "SaveConfig = true\n"));
    for (const auto* line : {"f.conf:3: warning: PreUp= is left out and never run",
                             "f.conf:4: warning: PostUp= is left out and never run",
                             "f.conf:5: warning: PreDown= is left out and never run",
                             "f.conf:6: warning: PostDown= is left out and never run",
                             "f.conf:7: warning: SaveConfig= is left out"}) {
        EXPECT_NE(notes(made).find(line), std::string::npos) << notes(made);
    }
    auto* const user = reinterpret_cast<NMSettingUser*>(
        nm_connection_get_setting(made.profile.get(), NM_TYPE_SETTING_USER));
    ASSERT_NE(user, nullptr);
    EXPECT_EQ(view(nm_setting_user_get_data(user, left_out_key)),
              "f.conf:3: PreUp=; f.conf:4: PostUp=; f.conf:5: PreDown=; f.conf:6: PostDown=; "
              "f.conf:7: SaveConfig=");
}

TEST(ProfileWriter, NeverRepeatsACommand) {
    const auto made = written(interface("PostUp = curl -u name:hunter2 https://example.org\n"));
    EXPECT_EQ(notes(made).find("hunter2"), std::string::npos);
}

TEST(ProfileWriter, KeepsShortHowMuchWasLeftOut) {
    std::string commands;
    for (int i = 0; i < 1000; ++i)
        commands += "PostUp = x\n";
    const auto made = written(interface(commands));
    EXPECT_EQ(made.not_expressible.size(), 1000U);
    auto* const user = reinterpret_cast<NMSettingUser*>(
        nm_connection_get_setting(made.profile.get(), NM_TYPE_SETTING_USER));
    EXPECT_EQ(view(nm_setting_user_get_data(user, left_out_key)),
              "1000 lines, the first f.conf:3: PostUp=");
}

TEST(ProfileWriter, SaysNothingOfWhatIsWhole) {
    const auto made = written(interface("SaveConfig = false\nPostUp =\n") + peer(""));
    EXPECT_EQ(notes(made), "");
    EXPECT_EQ(nm_connection_get_setting(made.profile.get(), NM_TYPE_SETTING_USER), nullptr);
}

TEST(ProfileWriter, LetsWarningsPass) {
    const auto made = written(interface("") + peer("AllowedIPs = 10.0.0.1/24\n"));
    EXPECT_EQ(entry(made, group_a.c_str(), "allowed-ips"), "10.0.0.0/24;");
    EXPECT_NE(notes(made).find("f.conf:5: warning: AllowedIPs=10.0.0.1/24 has host bits"),
              std::string::npos)
        << notes(made);
}

TEST(ProfileWriter, WarnsOfAMissingPrivateKey) {
    const auto made = written("[Interface]\nAddress = 10.0.0.2/24\n" + peer(""));
    EXPECT_NE(notes(made).find("f.conf: warning: there is no PrivateKey="), std::string::npos);
}

TEST(ProfileWriter, RefusesAFileWithAMistakeAsAWhole) {
    EXPECT_EQ(
        refusal(interface("ListenPort = foo\n") + peer("PersistentKeepalive = x\n") + "[Peer]\n"),
        "f.conf:3: ListenPort=foo is not a port from 1 to 65535; write its number\n"
        "f.conf:6: PersistentKeepalive=x is not an interval; write \"off\" or seconds from 1 "
        "to 65535\n"
        "f.conf:7: the section has no PublicKey=");
    EXPECT_EQ(
        refusal("root:x:0:0\n"),
        "f.conf:1: a setting stands before any section; write [Interface] or [Peer] above it");
}

TEST(ProfileWriter, RefusesAMistypedNameServer) {
    EXPECT_EQ(
        refusal(interface("DNS = 10.0.0.300\n")),
        "f.conf:3: DNS=10.0.0.300 is neither an address nor a domain; write such as 10.0.0.1, "
        "fd00::1 or example.org");
    EXPECT_NE(refusal(interface("DNS = fe80::1%eth0\n")), "");
    EXPECT_NE(refusal(interface("DNS = a;b\n")), "");
}

TEST(ProfileWriter, NamesTheFirstTenMistakes) {
    std::string lines;
    for (int i = 0; i < 25; ++i)
        lines += "MTU = " + std::to_string(i) + "\n";
    const auto text = refusal(interface(lines));
    EXPECT_EQ(std::ranges::count(text, '\n'), 10);
    EXPECT_TRUE(text.ends_with("\nand 15 more")) << text;
}

TEST(ProfileWriter, SaysOnceWhatIsWrongWithEveryLine) {
    EXPECT_EQ(refusal("root:x:0:0\nbin:x:1:1\nsys:x:2:2\n"),
              "f.conf:1: a setting stands before any section; write [Interface] or [Peer] above "
              "it\nand 2 more");
}

TEST(ProfileWriter, RefusesWhatSaysNothing) {
    for (const auto* text : {"", "# nothing\n", "[Interface]\n"}) {
        EXPECT_EQ(refusal(text), "f.conf: it says nothing; write [Interface] with a PrivateKey=, "
                                 "and a [Peer]");
    }
}

TEST(ProfileWriter, NeverRepeatsAKey) {
    EXPECT_EQ(refusal(std::string("[Interface]\nPrivateKey = ") + private_text + "x\n")
                  .find(private_text),
              std::string::npos);
}

} // namespace
} // namespace wgnl::nm
