// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl check` of .netdev files: as the adapter's user, with credentials of the stores, and with
// what is systemd-networkd's alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "list_signing.hpp"
#include "networkd/files/adapter_user.hpp"
#include "networkd/netdev/check.hpp"
#include "networkd/netdev/network_file.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

class AsAdapter : public ::testing::Test {
protected:
    void SetUp() override {
        if (!AdapterUser::find())
            GTEST_SKIP() << "not root, or no user systemd-network";
        using std::filesystem::perms;
        std::filesystem::permissions(tree_ / "", perms::all);
        path_ =
            tree_.write("/etc/systemd/network/wg0.netdev",
                        "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKeyFile=/key\n" +
                            peer_section(1, "PresharedKeyFile=/psk\n"));
        for (const auto* file : {"/key", "/psk"})
            tree_.write(file, key_text(7));
        open(path_);
        open(tree_ / "/key");
        open(tree_ / "/psk");
    }
    static void open(const std::string& path) {
        std::filesystem::permissions(path, std::filesystem::perms::others_read,
                                     std::filesystem::perm_options::add);
    }
    static void close(const std::string& path) {
        std::filesystem::permissions(path, std::filesystem::perms::others_all,
                                     std::filesystem::perm_options::remove);
    }
    std::string said(const std::string& path, bool as_adapter = true) const {
        const auto loaded = load_netdev(path, {.root = tree_.root(), .as_adapter = as_adapter});
        std::string text;
        for (const auto& problem : loaded->problems)
            if (problem.severity == Severity::error || problem.text.contains("cannot be read"))
                text += to_string(problem) + "\n";
        return text;
    }

    Tree tree_{};
    std::string path_{};
};

TEST_F(AsAdapter, WhatItReadsIsNoMistake) { EXPECT_EQ(said(path_), ""); }

TEST_F(AsAdapter, AListThatItCannotReadIsOne) {
    const testing::SigningKey alice(1);
    const auto put = [&](const char* path) {
        const auto list = tree_.write(path, alice.sign(testing::list_text("office", 1)));
        open(list);
        tree_.write("/etc/systemd/network/wg0.netdev",
                    wg0(std::string("[X-Wgnl]\nPeers=") + path +
                        "\nPeersSigner=" + alice.signer().to_string() + "\n"));
        open(path_);
        return list;
    };
    const auto list = put("/run/office.peers");
    EXPECT_EQ(said(path_), "");
    close(list);
    EXPECT_TRUE(said(path_).contains("the file cannot be read (Permission denied)")) << said(path_);
    EXPECT_EQ(said(path_, false), "") << "root reads it";
    put("/home/office.peers");
    EXPECT_TRUE(said(path_).contains("does not see /home")) << said(path_);
}

TEST_F(AsAdapter, AKeyFileThatItCannotReadIsOne) {
    for (const auto* file : {"/key", "/psk"}) {
        close(tree_ / file);
        EXPECT_TRUE(said(path_).contains(
            std::string("File=") + file +
            " cannot be read: Permission denied; user systemd-network must be able to read it: "
            "chown root:systemd-network, chmod 0640"))
            << said(path_);
        EXPECT_EQ(said(path_, false), "") << "root applies it all the same";
        open(tree_ / file);
    }
}

TEST_F(AsAdapter, SoIsAFileOrAFolder) {
    close(path_);
    EXPECT_TRUE(said(path_).starts_with(path_ + ": error: the file cannot be read")) << said(path_);
    open(path_);
    tree_.write("/etc/systemd/network/wg0.netdev.d/a.conf", "[WireGuard]\nListenPort=1\n");
    EXPECT_TRUE(said(path_).contains("a.conf: error: the file cannot be read")) << said(path_);
    close(tree_ / "/etc/systemd/network");
    EXPECT_TRUE(said(path_).contains("network: error: the folder cannot be listed")) << said(path_);
}

TEST_F(AsAdapter, OutsideOfItsFoldersItsKeyFilesAreJudged) {
    const auto path = tree_.write("/home/wg0.netdev", wg0("PrivateKeyFile=/key\n"));
    EXPECT_EQ(said(path), "") << "the file itself is on its way";
    close(tree_ / "/key");
    EXPECT_TRUE(said(path).contains(":6: warning: PrivateKeyFile=/key cannot be read by user "
                                    "systemd-network"))
        << said(path);
}

TEST_F(AsAdapter, ItsHomesAreHidden) {
    open(tree_.write("/home/ana/key", key_text(7)));
    const auto path = tree_.write("/etc/systemd/network/wg0.netdev",
                                  "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\n"
                                  "PrivateKeyFile=/home/ana/key\n");
    open(path);
    const auto loaded = load_netdev(path, {.root = tree_.root(), .as_adapter = true});
    EXPECT_TRUE(lines(loaded->problems).contains("ProtectHome=yes")) << lines(loaded->problems);
}

TEST(Credentials, AreThoseOfTheStoresForWhoIsNoService) {
    Tree tree;
    const auto path =
        tree.write("/home/wg0.netdev",
                   "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuardPeer]\nPublicKey=" + key_text(1) +
                       "\nPresharedKey=@network.wireguard.psk\nEndpoint=@network.wireguard.end\n");
    const auto load = [&] { return load_netdev(path, {.root = tree.root()}).value(); };
    EXPECT_EQ(load().problems.size(), 3U) << lines(load().problems);
    tree.write("/etc/credstore/network.wireguard.private.wg0", key_text(7));
    tree.write("/run/credstore/network.wireguard.psk", key_text(8));
    tree.write("/usr/lib/credstore/network.wireguard.end", "192.0.2.1:51820\n");
    auto loaded = load();
    EXPECT_EQ(lines(loaded.problems), "");
    EXPECT_EQ(loaded.sealed, "");
    ASSERT_TRUE(loaded.declaration);
    EXPECT_TRUE(loaded.declaration->private_key && loaded.declaration->peers[0].preshared_key);
    EXPECT_EQ(loaded.declaration->peers[0].endpoint, "192.0.2.1:51820");
}

TEST(Credentials, ThatAreEncryptedAreNoMistakeAndNotKnown) {
    Tree tree;
    const auto path = tree.write(
        "/home/wg0.netdev", "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey=@own\n" +
                                peer_section(1, "PresharedKey=@psk\n"));
    tree.write("/etc/credstore.encrypted/own", "sealed");
    tree.write("/etc/credstore.encrypted/psk", "sealed");
    const auto loaded = load_netdev(path, {.root = tree.root()}).value();
    EXPECT_EQ(lines(loaded.problems), "");
    EXPECT_TRUE(loaded.sealed.contains("is encrypted")) << loaded.sealed;
    ASSERT_TRUE(loaded.declaration);
    EXPECT_FALSE(loaded.declaration->kept_as_is || loaded.declaration->private_key);
    EXPECT_FALSE(scan(tree.root()).incomplete);
}

TEST(Check, AnAddressWithoutLengthIsWhatThisNetworkdMakesOfIt) {
    Tree tree;
    const auto path = tree.write("/home/wg0.netdev", wg0());
    tree.write("/home/wg0.network", "[Match]\nName=wg0\n[Network]\nAddress=192.168.14.1\n"
                                    "Address=10.1.2.3\nAddress=172.16.0.1\nAddress=fd00::1\n");
    const auto addresses = [&](const char* version) {
        const auto ask = [&](const char*) { return std::optional<std::string>(version); };
        auto loaded = load_netdev(path, {.root = tree.root(), .ask_systemd = ask}).value();
        EXPECT_EQ(loaded.problems.size(), 4U) << lines(loaded.problems);
        std::string all;
        for (const auto& address : loaded.declaration->addresses)
            all += address.to_string() + " ";
        return all;
    };
    // Below another root nobody asks the running systemd, so the newer reading counts.
    EXPECT_EQ(addresses("252"), "192.168.14.1/32 10.1.2.3/32 172.16.0.1/32 fd00::1/128 ");
    Host old{.ask_systemd = [](const char*) { return std::optional<std::string>("252.39-1"); }};
    const auto text = "[Network]\nAddress=192.168.14.1\nAddress=10.1.2.3\nAddress=172.16.0.1\n"
                      "Address=fd00::1\nAddress=224.0.0.1\nAddress=10.0.0.1/24\n";
    std::vector<SourceFile> files;
    files.push_back({"/n", "n", IniFile::parse(SecretText(text)), false});
    std::string all;
    for (const auto& address : read_network(files, old).addresses)
        all += address.to_string() + " ";
    EXPECT_EQ(all, "192.168.14.1/24 10.1.2.3/8 172.16.0.1/16 fd00::1/0 10.0.0.1/24 ");
}

TEST(Check, AGoodPairOutsideOfAnyFolderHasOneNote) {
    Tree tree;
    const auto path = tree.write("/home/wg0.netdev", wg0());
    tree.write("/home/wg0.network",
               "[Match]\nName=wg0\n[Link]\nRequiredForOnline=no\n[Network]\nAddress=10.0.0.1/24\n"
               "DHCP=no\nLinkLocalAddressing=no\nConfigureWithoutCarrier=yes\nDNS=1.1.1.1\n"
               "[Route]\nDestination=0.0.0.0/0\nTable=1000\n");
    auto loaded = load_netdev(path, {.root = tree.root()}).value();
    EXPECT_EQ(lines(loaded.problems), "");
    EXPECT_TRUE(lines(loaded.remarks)
                    .starts_with((tree / "/home/wg0.network") + ":10: note: this and 2 more"))
        << lines(loaded.remarks);
    EXPECT_EQ(loaded.remarks.size(), 1U);
    EXPECT_EQ(loaded.not_expressible.size(), 3U);
}

} // namespace
} // namespace wgnl::networkd::test
