// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole trees: modes, addresses of devices that wgnl owns, and `wgnl check`.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "networkd/netdev/check.hpp"
#include "networkd/netdev/network_file.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

constexpr const char* unit = "/usr/lib/systemd/system/systemd-networkd.service";
constexpr const char* wants =
    "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service";

/// A machine on which networkd is enabled.
void enable_networkd(const Tree& tree) {
    tree.write(unit, "[Service]\n");
    tree.link(wants, unit);
}

Declaration only(const Tree& tree) {
    auto found = scan(tree.root());
    EXPECT_EQ(found.declarations.size(), 1U);
    return found.declarations.empty() ? Declaration{} : found.declarations.front();
}

NetworkdState state(const Tree& tree) {
    Inputs inputs;
    std::vector<Problem> problems;
    const auto found = networkd_state(tree.root(), inputs, problems);
    EXPECT_EQ(found == NetworkdState::unknown, !problems.empty()) << lines(problems);
    return found;
}

/// A folder that root cannot list either.
void break_folder(const Tree& tree, const std::string& folder) {
    tree.remove(folder);
    tree.link(folder, std::filesystem::path(folder).filename().string());
}

TEST(Ownership, NetworkdAsItsUnitFilesSay) {
    Tree tree;
    EXPECT_EQ(state(tree), NetworkdState::absent);
    tree.write(unit, "[Service]\n");
    EXPECT_EQ(state(tree), NetworkdState::disabled);
    tree.link(wants, unit);
    EXPECT_EQ(state(tree), NetworkdState::enabled);
    tree.link("/etc/systemd/system/systemd-networkd.service", "/dev/null");
    EXPECT_EQ(state(tree), NetworkdState::masked);
    tree.remove("/etc/systemd/system");
    tree.link("/etc/systemd/system/sockets.target.wants/systemd-networkd.socket", "/nowhere");
    EXPECT_EQ(state(tree), NetworkdState::enabled);
}

TEST(Ownership, ALookThatFailedSaysNothing) {
    Tree tree;
    enable_networkd(tree);
    break_folder(tree, "/etc/systemd/system");
    EXPECT_EQ(state(tree), NetworkdState::unknown) << "the link may be in there";
    tree.link("/run/systemd/system/multi-user.target.wants/systemd-networkd.service", unit);
    std::vector<Problem> problems;
    Inputs inputs;
    EXPECT_EQ(networkd_state(tree.root(), inputs, problems), NetworkdState::enabled)
        << "whatever that folder has";
}

TEST(Ownership, IsLeftOpenWhereALookFailed) {
    Tree tree;
    enable_networkd(tree);
    tree.write("/etc/systemd/network/wg0.netdev", wg0());
    tree.write("/etc/wgnl/networkd.conf", "Adopt=yes\n");
    EXPECT_FALSE(only(tree).kept_as_is);
    break_folder(tree, "/etc/systemd/system");
    const auto undecided = only(tree);
    EXPECT_TRUE(undecided.kept_as_is) << "it would be taken over else";
    EXPECT_EQ(undecided.mode, Mode::sync);
    EXPECT_TRUE(lines(undecided.problems).contains("/etc/systemd/network/wg0.netdev: error: who"))
        << lines(undecided.problems);
    tree.remove("/etc/wgnl/networkd.conf");
    EXPECT_FALSE(only(tree).kept_as_is) << "nobody asks for more than mode sync";
}

TEST(Ownership, AnUnreadableSettingIsNoAnswer) {
    Tree tree;
    tree.write("/etc/systemd/network/wg0.netdev", wg0());
    std::filesystem::create_directories(tree / "/etc/wgnl/networkd.conf");
    const auto found = scan(tree.root());
    ASSERT_EQ(found.declarations.size(), 1U);
    EXPECT_TRUE(found.declarations[0].kept_as_is);
    EXPECT_TRUE(lines(found.problems).contains("Adopt=yes")) << lines(found.problems);
    enable_networkd(tree);
    EXPECT_FALSE(only(tree).kept_as_is) << "then it does not matter";
}

TEST(Scan, AddressesThatCannotBeReadAreNotTakenForNone) {
    Tree tree;
    tree.write("/etc/wgnl/network/wg0.netdev", wg0());
    std::filesystem::create_directories(tree / "/etc/wgnl/network/wg0.network");
    EXPECT_TRUE(only(tree).kept_as_is);
    tree.write("/etc/wgnl/network/wg1.network",
               "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.1/8\n");
    EXPECT_FALSE(only(tree).kept_as_is) << "another one fits, and networkd would take it, too";
    std::filesystem::create_directories(tree / "/etc/wgnl/network/wg1.network.d/a.conf");
    EXPECT_TRUE(only(tree).kept_as_is) << "a part of it";
    tree.remove("/etc/wgnl/network/wg1.network.d");
    tree.remove("/etc/wgnl/network/wg0.network");
    tree.remove("/etc/wgnl/network/wg1.network");
    EXPECT_FALSE(only(tree).kept_as_is);
    break_folder(tree, "/usr/lib/systemd/network");
    EXPECT_TRUE(only(tree).kept_as_is) << "a folder that may have it";
}

TEST(Ownership, IsDecidedByWhatIsWritten) {
    using enum NetworkdState;
    struct Case {
        OwnershipFacts facts;
        Mode mode;
        bool complains;
    };
    const Case cases[] = {
        {{}, Mode::sync, false},
        {{.folder_owner = FolderOwner::wgnl}, Mode::own, false},
        {{.asks_for_own = true}, Mode::own, false},
        {{.networkd = masked}, Mode::sync, false},
        {{.networkd = masked, .adopt = true}, Mode::own, false},
        {{.networkd = disabled, .adopt = true}, Mode::own, false},
        {{.networkd = absent, .adopt = true}, Mode::own, false},
        {{.networkd = enabled, .adopt = true}, Mode::sync, false},
        {{.requested = Mode::observe}, Mode::observe, false},
        {{.folder_owner = FolderOwner::wgnl, .requested = Mode::observe}, Mode::observe, false},
        {{.requested = Mode::own}, Mode::sync, true},
        {{.asks_for_own = true, .requested = Mode::own}, Mode::own, false},
        {{.folder_owner = FolderOwner::wgnl, .requested = Mode::sync}, Mode::own, true},
        {{.networkd = unknown}, Mode::sync, false},
        {{.networkd = unknown, .adopt = true}, Mode::sync, true},
        {{.networkd = unknown, .adopt = std::nullopt}, Mode::sync, true},
        {{.networkd = masked, .adopt = std::nullopt}, Mode::sync, true},
        {{.networkd = enabled, .adopt = std::nullopt}, Mode::sync, false},
        {{.folder_owner = FolderOwner::wgnl, .networkd = unknown, .adopt = std::nullopt},
         Mode::own,
         false},
    };
    for (const auto& [facts, mode, complains] : cases) {
        auto ownership = decide_ownership(facts);
        EXPECT_EQ(ownership.mode, mode);
        EXPECT_EQ(!ownership.complaint.empty(), complains) << ownership.complaint;
    }
}

TEST(Scan, ModesOfRealTrees) {
    Tree tree;
    enable_networkd(tree);
    tree.write("/etc/systemd/network/wg0.netdev", wg0());
    EXPECT_EQ(only(tree).mode, Mode::sync);
    tree.write("/etc/systemd/network/wg0.netdev.d/own.conf", "[Match]\nCredential=wgnl.own\n");
    EXPECT_EQ(only(tree).mode, Mode::own);
    tree.remove("/etc/systemd/network/wg0.netdev.d");
    tree.write("/etc/wgnl/networkd.conf", "Adopt=yes\n");
    EXPECT_EQ(only(tree).mode, Mode::sync);
    tree.remove(wants);
    EXPECT_EQ(only(tree).mode, Mode::own);
    tree.remove("/etc/wgnl/networkd.conf");
    EXPECT_EQ(only(tree).mode, Mode::sync);
    tree.remove("/etc/systemd/network/wg0.netdev");
    tree.write("/etc/wgnl/network/wg0.netdev", wg0());
    EXPECT_EQ(only(tree).mode, Mode::own);
}

TEST(Scan, AskingForOwnInNetworkdsFolderIsAnErrorWithAdvice) {
    Tree tree;
    auto path = tree.write("/etc/systemd/network/wg0.netdev", wg0("[X-Wgnl]\nMode=own\n"));
    auto declaration = only(tree);
    EXPECT_EQ(declaration.mode, Mode::sync);
    ASSERT_EQ(declaration.problems.size(), 1U);
    EXPECT_EQ(to_string(declaration.problems[0].location), path + ":7");
    EXPECT_NE(declaration.problems[0].text.find("Credential=wgnl.own"), std::string::npos);
}

TEST(Scan, TheFirstFileThatClaimsADeviceKeepsIt) {
    Tree tree;
    auto first = tree.write("/etc/systemd/network/10-a.netdev", wg0("ListenPort=1\n"));
    auto second = tree.write("/run/systemd/network/20-b.netdev", wg0("ListenPort=2\n"));
    tree.write("/etc/wgnl/network/00-c.netdev", wg0("ListenPort=3\n"));
    auto found = scan(tree.root());
    ASSERT_EQ(found.declarations.size(), 1U);
    EXPECT_EQ(found.declarations[0].listen_port, 1);
    EXPECT_EQ(found.problems.size(), 2U);
    EXPECT_EQ(to_string(found.problems[0].location), second);
    EXPECT_NE(found.problems[0].text.find(first), std::string::npos);
    EXPECT_EQ(found.declarations[0].problems.size(), 2U);
}

TEST(Scan, OwnTakesAddressesAndMtuOfTheMatchingNetwork) {
    Tree tree;
    tree.write("/etc/wgnl/network/wg0.netdev", "[NetDev]\nMTUBytes=1380\n" + wg0());
    EXPECT_EQ(only(tree).mtu, 1380U);
    tree.write("/etc/wgnl/network/10-other.network",
               "[Match]\nName=eth*\n[Network]\nAddress=192.0.2.1/24\n");
    tree.write("/etc/wgnl/network/20-wg.network",
               "[Match]\nName=wg*\n[Link]\nMTUBytes=1400\n[Network]\nAddress=10.9.9.9/8\nAddress=\n"
               "Address=10.0.0.1/24\nDNS=10.0.0.53\n[Address]\nAddress=fd00::1/64\n"
               "[Address]\nAddress=banana\n");
    auto declaration = only(tree);
    EXPECT_EQ(declaration.mtu, 1400U);
    ASSERT_EQ(declaration.addresses.size(), 2U);
    EXPECT_EQ(declaration.addresses[0].to_string(), "10.0.0.1/24");
    EXPECT_EQ(declaration.addresses[1].to_string(), "fd00::1/64");
    auto text = lines(declaration.problems);
    EXPECT_NE(text.find("DNS= of [Network] is not applied by wgnl"), std::string::npos) << text;
    EXPECT_NE(text.find("Address=banana"), std::string::npos) << text;
    EXPECT_EQ(declaration.problems.size(), 2U);
}

TEST(Scan, WhereNetworkdHasTheNetworkNoAddressIsDeclared) {
    Tree tree;
    enable_networkd(tree);
    tree.write("/etc/systemd/network/wg0.netdev", "[Match]\nCredential=wgnl.own\n" + wg0());
    tree.write("/etc/systemd/network/wg0.network",
               "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.1/24\n");
    tree.write("/etc/wgnl/network/wg0.network",
               "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.2/24\n");
    EXPECT_TRUE(only(tree).addresses.empty());
    tree.remove(wants);
    EXPECT_EQ(only(tree).addresses.size(), 1U);
    EXPECT_EQ(only(tree).addresses[0].to_string(), "10.0.0.2/24");
}

TEST(Scan, SyncDeclaresNeitherAddressNorMtu) {
    Tree tree;
    tree.write("/etc/systemd/network/wg0.netdev", "[NetDev]\nMTUBytes=1380\n" + wg0());
    tree.write("/etc/systemd/network/wg0.network",
               "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.1/24\n");
    auto declaration = only(tree);
    EXPECT_FALSE(declaration.mtu);
    EXPECT_TRUE(declaration.addresses.empty());
}

TEST(Network, Matching) {
    const std::pair<const char*, bool> cases[] = {{"Name=wg0", true},
                                                  {"Name=eth0 wg*", true},
                                                  {"Name=!wg0", false},
                                                  {"Name=!eth*", true},
                                                  {"Kind=wireguard", true},
                                                  {"Kind=bridge", false},
                                                  {"Type=wireguard", true},
                                                  {"Type=ether", false},
                                                  {"", false},
                                                  {"Name=*\nMACAddress=x", false},
                                                  {"Name=wg0\nHost=other", false},
                                                  {"Name=wg0\nVirtualization=vm", false},
                                                  {"Name=a\nName=\nName=wg0", true}};
    for (auto [match, expected] : cases) {
        std::vector<SourceFile> files;
        files.push_back({"x.network", "x.network",
                         IniFile::parse(SecretText(std::string("[Match]\n") + match)), false});
        EXPECT_EQ(network_matches(files, "wg0", Host{.name = "here"}), expected) << match;
    }
}

TEST(Scan, ReadsDropInsKeyFilesAndTableNamesAndWatchesThemAll) {
    Tree tree;
    tree.write("/etc/systemd/networkd.conf.d/t.conf", "[Network]\nRouteTable=blue:77\n");
    tree.write("/etc/systemd/network/wg0.netdev",
               "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKeyFile=/etc/key\n"
               "RouteTable=blue\n");
    tree.write("/etc/systemd/network/wg0.netdev.d/p.conf", peer_section(1));
    tree.write("/etc/key", key_text(200));
    auto found = scan(tree.root());
    ASSERT_EQ(found.declarations.size(), 1U);
    EXPECT_EQ(lines(found.declarations[0].problems), "");
    EXPECT_EQ(found.declarations[0].route_table, 77U);
    EXPECT_EQ(found.declarations[0].peers.size(), 1U);
    EXPECT_TRUE(found.inputs.files.contains(tree / "/etc/key"));
    EXPECT_TRUE(found.inputs.files.contains(tree / "/etc/systemd/network/wg0.netdev.d/p.conf"));
    EXPECT_TRUE(found.inputs.folders.contains(tree / "/etc/systemd/network/wg0.netdev.d"));
    EXPECT_TRUE(found.inputs.folders.contains(tree / "/etc/wgnl/network"));
}

TEST(Scan, AnUnreadableDropInHoldsTheDevice) {
    Tree tree;
    tree.write("/etc/systemd/network/wg0.netdev", wg0());
    tree.write("/etc/systemd/network/wg0.netdev.d/p.conf/x", "a folder in its place");
    EXPECT_TRUE(only(tree).kept_as_is);
}

TEST(Check, ProblemsHaveTheirLinesAlsoThoseOfDropins) {
    Tree tree;
    auto path = tree.write("/home/wg0.netdev",
                           wg0(peer_section(1, "PersistentKeepalive=foo\nPresharedKey=oops\n")));
    tree.write("/home/wg0.netdev.d/a.conf", peer_section(2, "Endpoint=10.0.0.1\n"));
    auto problems = load_netdev(path, {.root = tree.root()}).value().problems;
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(to_string(problems[0].location), path + ":8");
    EXPECT_EQ(to_string(problems[1].location), path + ":9");
    EXPECT_EQ(to_string(problems[2].location), path + ".d/a.conf:3");
}

TEST(Check, AFileOfNobodysFolderIsOursWithTheNetworkBesideIt) {
    Tree tree;
    auto path = tree.write("/home/wg0.netdev", wg0());
    tree.write("/home/wg0.network", "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.1/24\n");
    auto loaded = load_netdev(path, {.root = tree.root()});
    ASSERT_TRUE(loaded && loaded->declaration);
    EXPECT_EQ(loaded->declaration->mode, Mode::own);
    EXPECT_EQ(loaded->declaration->addresses.size(), 1U);
}

TEST(Check, AFileOfAKnownFolderIsReadAsTheServiceReadsIt) {
    Tree tree;
    tree.write("/etc/systemd/network/10-a.netdev", wg0());
    auto path = tree.write("/etc/systemd/network/20-b.netdev", wg0());
    auto second = load_netdev(path, {.root = tree.root()});
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->declaration);
    EXPECT_EQ(second->problems.size(), 1U);
    auto first = load_netdev(tree / "/etc/systemd/network/10-a.netdev", {.root = tree.root()});
    ASSERT_TRUE(first && first->declaration);
    EXPECT_EQ(first->declaration->mode, Mode::sync);
    auto hidden = tree.write("/usr/lib/systemd/network/20-b.netdev", wg0());
    auto third = load_netdev(hidden, {.root = tree.root()});
    ASSERT_TRUE(third);
    EXPECT_NE(third->problems.front().text.find("hides this file"), std::string::npos);
}

TEST(Scan, OnePortOfTwoDevicesIsSaidOfBoth) {
    Tree tree;
    const auto device = [&](const std::string& name, const std::string& port) {
        auto text = "[NetDev]\nName=" + name +
                    "\nKind=wireguard\n[WireGuard]\nPrivateKey=" + key_text(200) + "\n" + port;
        return tree.write("/etc/systemd/network/" + name + ".netdev", text);
    };
    const auto first = device("wga", "ListenPort=51820\n");
    const auto second = device("wgb", "ListenPort=1\nListenPort=51820\n");
    device("wgc", "ListenPort=51821\n");
    device("wgd", "");
    const auto found = scan(tree.root());
    ASSERT_EQ(found.declarations.size(), 4U);
    EXPECT_TRUE(lines(found.declarations[0].problems)
                    .starts_with(first + ":6: warning: ListenPort=51820 is also that of wgb (" +
                                 second + ":7)"))
        << lines(found.declarations[0].problems);
    EXPECT_TRUE(lines(found.declarations[1].problems)
                    .starts_with(second + ":7: warning: ListenPort=51820 is also that of wga (" +
                                 first + ":6)"));
    EXPECT_EQ(lines(found.declarations[2].problems) + lines(found.declarations[3].problems), "");
    tree.write("/etc/systemd/network/wgb.netdev.d/a.conf", "[WireGuard]\nListenPort=auto\n");
    EXPECT_EQ(lines(scan(tree.root()).declarations[0].problems), "");
}

TEST(Check, WhatTheOwnerGivesTheDeviceIsToldApart) {
    Tree tree;
    auto path = tree.write("/etc/systemd/network/wg0.netdev",
                           "[Match]\nHost=*\n[NetDev]\nName=wg0\nKind=wireguard\nMTUBytes=1400\n"
                           "Description=home\n[WireGuard]\nPrivateKey=" +
                               key_text(200) + "\n");
    tree.write("/run/systemd/network/wg0.network",
               "[Match]\nName=wg*\n[Network]\nAddress=10.0.0.1/24\nDNS=10.0.0.9\nLLMNR=yes\n");
    auto loaded = load_netdev(path, {.root = tree.root()});
    ASSERT_TRUE(loaded && loaded->declaration && loaded->network);
    EXPECT_FALSE(loaded->declaration->mtu || !loaded->declaration->addresses.empty());
    EXPECT_EQ(loaded->network->mtu, 1400U);
    EXPECT_EQ(loaded->network->addresses[0].to_string(), "10.0.0.1/24");
    EXPECT_EQ(lines(loaded->problems), "");
    EXPECT_EQ(lines(loaded->not_expressible),
              path + ":2: note: Host= of [Match] is left out\n" + path +
                  ":7: note: Description= of [NetDev] is left out\n" +
                  (tree / "/run/systemd/network/wg0.network") +
                  ":5: note: that systemd-resolved itself chooses which queries go to these name "
                  "servers is left out: in another format they get every query (Domains=~.)\n" +
                  (tree / "/run/systemd/network/wg0.network") +
                  ":6: warning: LLMNR= of [Network] is not applied by wgnl\n");
    ASSERT_EQ(loaded->wg_quick->lines.size(), 1U);
    EXPECT_EQ(loaded->wg_quick->lines[0].value.view(), "10.0.0.9");
}

TEST(Check, AMissingFileIsAnError) {
    Tree tree;
    auto loaded = load_netdev(tree / "/none.netdev", {.root = tree.root()});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::not_found);
}

} // namespace
} // namespace wgnl::networkd::test
