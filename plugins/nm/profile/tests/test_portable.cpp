// SPDX-License-Identifier: LGPL-2.1-or-later
// Profiles as wg-quick's configurations, and the way back: the same profile.
#include "nm/profile/portable.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "a_profile.hpp"
#include "generators.hpp"
#include "nm/profile/keyfile.hpp"
#include "nm/profile/profile_writer.hpp"

namespace wgnl::nm {
namespace {

struct Said {
    Portable portable;
    std::string text;            ///< as wg-quick's configuration
    std::string not_expressible; ///< and what the text does not say
};

Said said_by(NMConnection* profile) {
    Said said{.portable = portable_of(profile, locator_of(profile))};
    const auto& [portable, text, not_expressible] = said;
    if (portable.declaration) {
        const auto written = to_wg_quick(*portable.declaration, portable.wg_quick);
        said.text = written.text.view();
        for (const auto& problem : written.not_expressible)
            said.not_expressible += to_string(problem) + '\n';
    }
    for (const auto& problem : portable.not_expressible)
        said.not_expressible += to_string(problem) + '\n';
    return said;
}

std::string name = std::string("My VPN (") + test::uuid + ")";

TEST(Portable, SaysAllThatWgQuickKnows) {
    const auto profile = test::profile_from(
        test::head() + "autoconnect=false\n[wireguard]\nprivate-key=" + test::private_text +
        "\nlisten-port=51820\nfwmark=7\nmtu=1400\n" +
        test::peer(test::first_peer, std::string("endpoint=a.example:1\npreshared-key=") +
                                         test::preshared_text +
                                         "\npreshared-key-flags=0\nallowed-ips=10.0.0.2/32;\n"
                                         "persistent-keepalive=25\n") +
        test::peer(test::second_peer, "allowed-ips=fd00::2/128;\n") +
        "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\ndns=10.0.0.9;\ndns-search=example.org;\n"
        "route-table=77\n[ipv6]\nmethod=manual\naddress1=fd00::1/64\nroute-table=77\n");
    const auto said = said_by(profile.get());
    EXPECT_EQ(said.not_expressible, "");
    EXPECT_EQ(said.text,
              std::string("[Interface]\nListenPort = 51820\nFwMark = 0x7\nPrivateKey = ") +
                  test::private_text +
                  "\nAddress = 10.0.0.1/24, fd00::1/64\nMTU = 1400\nTable = 77\n"
                  "DNS = 10.0.0.9, example.org\n\n[Peer]\nPublicKey = " +
                  test::first_peer + "\nPresharedKey = " + test::preshared_text +
                  "\nAllowedIPs = 10.0.0.2/32\nEndpoint = a.example:1\n"
                  "PersistentKeepalive = 25\n\n[Peer]\nPublicKey = " +
                  test::second_peer + "\nAllowedIPs = fd00::2/128\n");
}

TEST(Portable, NamesWhatOnlyAProfileSays) {
    const auto profile = test::profile_from(
        test::head() +
        "permissions=user:alice:;\nzone=work\n[wireguard]\nprivate-key=" + test::private_text +
        "\n[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\n"
        "route1=10.9.0.0/16\ndns=10.0.0.9;\nnever-default=true\n[ipv6]\nmethod=disabled\n"
        "[user]\norg.wgnl.left-out=f.conf:4: PostUp=\norg.wgnl.strict=yes\nexample.note=mine\n");
    const auto said = said_by(profile.get()).not_expressible;
    const auto elsewhere = said_by(profile.get()).portable.declaration;
    EXPECT_FALSE(elsewhere->is_private) << "who sees it is said by where it is written";
    EXPECT_TRUE(elsewhere->viewers.empty());
    for (const auto* property : {"connection.permissions", "connection.zone", "ipv4.routes",
                                 "ipv4.never-default", "connection.autoconnect"})
        EXPECT_TRUE(said.contains(name + ": " + property + ": note: ")) << property << '\n' << said;
    EXPECT_TRUE(said.contains("they get every query (dns-search=~)")) << said;
    EXPECT_TRUE(said.contains("the profile was imported without these lines: f.conf:4: PostUp="));
    EXPECT_TRUE(said.contains("user.data example.note=mine is left out"));
    EXPECT_FALSE(said.contains("org.wgnl.strict")) << said;
    EXPECT_TRUE(said.contains("\"strict\" cannot be written")) << said;
    EXPECT_EQ(std::ranges::count(said, '\n'), 9) << said;
}

TEST(Portable, NamesAMethodThatAddressesDoNotTell) {
    for (const std::string method : {"ignore", "link-local"}) {
        const auto profile = test::wireguard_profile("", "[ipv6]\nmethod=" + method + "\n");
        EXPECT_TRUE(said_by(profile.get()).not_expressible.contains("ipv6.method is left out"))
            << method;
    }
    const auto usual = test::wireguard_profile("", "[ipv4]\nmethod=disabled\n[ipv6]\n"
                                                   "method=manual\naddress1=fd00::1/64\n");
    EXPECT_FALSE(said_by(usual.get()).not_expressible.contains("method"));
}

TEST(Portable, NamesTheLinesOfAFile) {
    const auto read =
        read_keyfile(test::head() + "[wireguard]\nprivate-key=" + test::private_text + "\n" +
                         test::peer(test::first_peer, "allowed-ips=10.0.0.2/32;\n") +
                         test::peer(test::second_peer, "allowed-ips=10.0.0.2/32;\n") +
                         "[ipv4]\nmethod=manual\naddress1=10.0.0.1/24\ndns=10.0.0.9;\n",
                     "f");
    const auto portable = portable_of(read.profile.get(), read.locator());
    ASSERT_TRUE(portable.declaration.has_value());
    EXPECT_EQ(to_string(portable.declaration->location), "f");
    EXPECT_EQ(to_string(portable.declaration->peers.at(0).location), "f:8");
    EXPECT_EQ(to_string(portable.declaration->peers.at(1).location), "f:10");
    ASSERT_EQ(portable.problems.size(), 1U); // the later peer has the prefix
    EXPECT_EQ(to_string(portable.problems[0].location), "f:8");
    EXPECT_EQ(portable.problems[0].peer, portable.declaration->peers.at(0).public_key);
    EXPECT_EQ(to_string(portable.wg_quick.at(0).location), "f:15");
}

TEST(Portable, IsADeclarationForADeviceOfOnesOwn) {
    const auto profile = test::wireguard_profile("peer-routes=false\n");
    const auto portable = portable_of(profile.get(), locator_of(profile.get()));
    EXPECT_EQ(portable.declaration->mode, Mode::own);
    EXPECT_EQ(portable.declaration->route_table, std::nullopt);
    EXPECT_EQ(portable.declaration->fwmark, std::nullopt);
    EXPECT_FALSE(portable.names_device);
    EXPECT_TRUE(said_by(profile.get()).text.contains("Table = off\n"));
    const auto observed = test::wireguard_profile("", "[user]\norg.wgnl.mode=observe\n");
    EXPECT_EQ(portable_of(observed.get(), locator_of(observed.get())).declaration->mode,
              Mode::observe);
}

TEST(Portable, LeavesOutAnMtuThatNobodyElseTakes) {
    for (const std::string mtu : {"67", "65536"}) {
        const auto profile = test::wireguard_profile("mtu=" + mtu + "\n");
        const auto portable = portable_of(profile.get(), locator_of(profile.get()));
        EXPECT_TRUE(check(*portable.declaration).has_value());
        EXPECT_TRUE(said_by(profile.get()).not_expressible.contains("mtu=" + mtu + " is left out"));
    }
}

TEST(Portable, NamesAKeyThatNetworkManagerDoesNotUseOnce) {
    const auto profile =
        test::wireguard_profile("", test::peer(test::first_peer, std::string("preshared-key=") +
                                                                     test::preshared_text + "\n") +
                                        test::peer(test::second_peer, "preshared-key-flags=4\n"));
    const auto said = said_by(profile.get());
    EXPECT_FALSE(said.text.contains("PresharedKey"));
    EXPECT_TRUE(said.portable.problems.empty());
    EXPECT_TRUE(said.portable.declaration->problems.empty());
    EXPECT_TRUE(
        said.not_expressible.contains(std::string("wireguard-peer.") + test::first_peer +
                                      ".preshared-key: note: the preshared key is left out"))
        << said.not_expressible;
    EXPECT_FALSE(said.not_expressible.contains(test::second_peer)) << said.not_expressible;
    EXPECT_FALSE(said.not_expressible.contains(test::preshared_text));
}

TEST(Portable, SaysWhyThereIsNoDeclaration) {
    const auto profile = test::profile_from("[connection]\nid=x\nuuid=u\ntype=dummy\n");
    const auto portable = portable_of(profile.get(), locator_of(profile.get()));
    EXPECT_FALSE(portable.declaration.has_value());
    ASSERT_EQ(portable.problems.size(), 1U);
    EXPECT_EQ(portable.problems[0].text, "this is no WireGuard profile");
}

/// The key file without the line that is new in every profile.
std::string keyfile(const Result<WrittenProfile>& written) {
    const auto text = keyfile_of(written.value().profile.get());
    std::string lines(text.value().view());
    const auto uuid = lines.find("uuid=");
    return lines.erase(uuid, lines.find('\n', uuid) - uuid);
}

rc::Gen<std::vector<std::string>> quick_lines() {
    return rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "DNS = 10.0.0.9", "DNS = fd00::9, example.org", "DNS = example.org, lab.example.org",
        "DNS = ~", "DNS = ~example.org", "Table = off", "Table = auto", "Table = 254",
        "Table = 51820", "Table = main"));
}

RC_GTEST_PROP(PortableRoundTrip, ImportedAgainItIsTheSameProfile, ()) {
    auto declaration = *testing::declarations();
    declaration.device = "wg0";
    auto text = std::string(to_wg_quick(declaration).text.view());
    std::string lines = "[Interface]\n";
    for (const auto& line : *quick_lines())
        lines += line + '\n';
    text.replace(0, text.find('\n') + 1, lines);
    const WriteOptions options{.id = "My VPN", .interface_name = "wg0"};
    const auto first = profile_of(parse_wg_quick(text, {.device = "wg0"}), options);
    RC_PRE(first.has_value());

    const auto said = said_by(first->profile.get());
    const auto again = profile_of(parse_wg_quick(said.text, {.device = "wg0"}), options);
    RC_ASSERT(again.has_value());
    RC_ASSERT((keyfile(again) == keyfile(first)));
    if (said.not_expressible != "")
        RC_FAIL(said.not_expressible);
}

} // namespace
} // namespace wgnl::nm
