// SPDX-License-Identifier: LGPL-2.1-or-later
// Folders, masks and drop-ins; key files, sockets and credentials; conditions on the machine.
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <future>
#include <string>

#include "base/fd.hpp"
#include "networkd/match/conditions.hpp"
#include "networkd/netdev/keys.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

std::vector<UnitFile> units(const Tree& tree) {
    Inputs inputs;
    return list_units(folders_of(tree.root(), FolderOwner::networkd), FolderOwner::networkd,
                      ".netdev", inputs)
        .files;
}

TEST(SearchPath, TheFirstFolderWinsAndNamesDecideTheOrder) {
    Tree tree;
    tree.write("/usr/lib/systemd/network/b.netdev", "x");
    tree.write("/run/systemd/network/b.netdev", "x");
    tree.write("/etc/systemd/network/c.netdev", "x");
    tree.write("/usr/local/lib/systemd/network/a.netdev", "x");
    tree.write("/etc/systemd/network/.hidden.netdev", "x");
    tree.write("/etc/systemd/network/c.network", "x");
    auto found = units(tree);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].path, tree / "/usr/local/lib/systemd/network/a.netdev");
    EXPECT_EQ(found[1].path, tree / "/run/systemd/network/b.netdev");
    EXPECT_EQ(found[2].path, tree / "/etc/systemd/network/c.netdev");
}

TEST(SearchPath, MasksHideTheOtherFolders) {
    Tree tree;
    for (auto name : {"a", "b"})
        tree.write("/usr/lib/systemd/network/" + std::string(name) + ".netdev", "x");
    tree.link("/etc/systemd/network/a.netdev", "/dev/null");
    tree.write("/etc/systemd/network/b.netdev", "");
    auto found = units(tree);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].state, FileState::masked);
    EXPECT_EQ(found[1].state, FileState::empty);
}

TEST(SearchPath, DropInsOfEveryFolderInTheOrderOfTheirNames) {
    Tree tree;
    tree.write("/usr/lib/systemd/network/a.netdev", "x");
    tree.write("/etc/systemd/network/a.netdev.d/20.conf", "x");
    tree.write("/usr/lib/systemd/network/a.netdev.d/10.conf", "x");
    tree.write("/usr/lib/systemd/network/a.netdev.d/20.conf", "x");
    tree.write("/usr/lib/systemd/network/a.netdev.d/30.conf", "x");
    tree.link("/run/systemd/network/a.netdev.d/30.conf", "/dev/null");
    tree.write("/run/systemd/network/a.netdev.d/40.txt", "x");
    auto found = units(tree);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].dropins, (std::vector{tree / "/usr/lib/systemd/network/a.netdev.d/10.conf",
                                             tree / "/etc/systemd/network/a.netdev.d/20.conf"}));
}

TEST(SearchPath, AFolderThatIsNoFolderIsPassedOver) {
    Tree tree;
    tree.write("/etc/systemd/network", "a file");
    EXPECT_TRUE(units(tree).empty());
}

TEST(Files, StatesOfAFile) {
    Tree tree;
    EXPECT_EQ(read_file(tree / "/none").state, FileState::absent);
    EXPECT_EQ(read_file(tree.write("/empty", "")).state, FileState::empty);
    EXPECT_EQ(read_file(tree.write("/file", "x")).state, FileState::present);
    EXPECT_EQ(read_file("/dev/null").state, FileState::masked);
    EXPECT_EQ(read_file(tree / "").state, FileState::unreadable);
    ASSERT_EQ(::mkfifo((tree / "/pipe").c_str(), 0600), 0);
    EXPECT_EQ(read_file(tree / "/pipe").state, FileState::unreadable);
    EXPECT_EQ(read_file(tree / "/file", 0).state, FileState::unreadable);
}

OrReason<PresharedKey> read_psk(const Tree& tree, std::string_view path) {
    Inputs inputs;
    auto text = read_key_text(tree.root(), path, inputs);
    if (!text)
        return std::unexpected(text.error());
    return decode_key<PresharedKey>(text->text.view());
}

TEST(KeyFile, WhitespaceMayStandAnywhere) {
    Tree tree;
    auto text = key_text(5);
    tree.write("/k", "\n " + text.substr(0, 7) + "\n\t" + text.substr(7, 20) + " \r\n" +
                         text.substr(27) + "\n\n");
    auto key = read_psk(tree, "/k");
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->reveal()[31], 5);
}

TEST(KeyFile, WhatIsNoKeyIsSaid) {
    Tree tree;
    tree.write("/large", key_text(5) + std::string(largest_key_text, ' '));
    tree.write("/junk", "not a key");
    tree.write("/two", key_text(5) + key_text(6));
    tree.write("/short", key_text(5).substr(0, 40));
    tree.write("/empty", "");
    for (auto path : {"/large", "/junk", "/two", "/short", "/empty", "/none", "relative"})
        EXPECT_FALSE(read_psk(tree, path)) << path;
}

TEST(KeyFile, IsAnInputEvenWhenItIsMissing) {
    Tree tree;
    Inputs inputs;
    EXPECT_FALSE(read_key_text(tree.root(), "/etc//./key", inputs));
    EXPECT_EQ(inputs.files, std::set<std::string>{tree / "/etc/key"});
}

TEST(KeyFile, OthersWhoMayReadItAreSeen) {
    Tree tree;
    Inputs inputs;
    auto path = tree.write("/k", key_text(5));
    EXPECT_FALSE(read_key_text(tree.root(), "/k", inputs)->readable_by_all);
    ::chmod(path.c_str(), 0644);
    EXPECT_TRUE(read_key_text(tree.root(), "/k", inputs)->readable_by_all);
}

TEST(KeyFile, OnlySecretsAreWarnedOf) {
    Tree tree;
    ReadContext context{.root = tree.root()};
    for (auto name : {"/public", "/private", "/shared"})
        ::chmod(tree.write(name, key_text(5)).c_str(), 0644);
    auto declaration = declared("[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKeyFile="
                                "/private\n[WireGuardPeer]\nPublicKeyFile=/public\n"
                                "PresharedKeyFile=/shared\n",
                                context);
    EXPECT_FALSE(declaration.kept_as_is || declaration.peers.at(0).kept_as_is);
    ASSERT_EQ(declaration.problems.size(), 2U) << lines(declaration.problems);
    EXPECT_EQ(to_string(declaration.problems[0].location), "/etc/systemd/network/wg0.netdev:8");
    EXPECT_EQ(to_string(declaration.problems[1].location), "/etc/systemd/network/wg0.netdev:5");
}

/// Accepts one connection on a socket and sends `text`.
class KeyServer {
public:
    KeyServer(const std::string& path, std::string text)
        : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(::listen(listener_.get(), 1), 0);
        served_ = std::async(std::launch::async, [this, text = std::move(text)] {
            UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
            return ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
        });
    }

private:
    UniqueFd listener_;
    std::future<ssize_t> served_;
};

TEST(KeyFile, MayBeASocket) {
    Tree tree;
    KeyServer server(tree / "/socket", key_text(7) + "\n");
    auto key = read_psk(tree, "/socket");
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->reveal()[0], 7);
}

TEST(KeyFile, ASocketThatSendsTooMuchIsRefused) {
    Tree tree;
    KeyServer server(tree / "/socket", std::string(1000, 'A'));
    EXPECT_FALSE(read_psk(tree, "/socket"));
}

TEST(KeyFile, ASocketNobodyListensOnIsRefused) {
    Tree tree;
    {
        KeyServer silent(tree / "/socket", "");
        EXPECT_FALSE(read_psk(tree, "/socket"));
    }
    EXPECT_FALSE(read_psk(tree, "/socket"));
}

/// Listens, and never answers.
class SilentKeyServer {
public:
    explicit SilentKeyServer(const std::string& path)
        : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(::listen(listener_.get(), 64), 0);
    }
    int asked() {
        int count = 0;
        while (UniqueFd(::accept(listener_.get(), nullptr, nullptr)))
            ++count;
        return count;
    }

private:
    UniqueFd listener_;
};

TEST(KeyFile, ASilentSocketHoldsUpAScanOnce) {
    Tree tree;
    SilentKeyServer server(tree / "/silent");
    for (int section = 0; section < 1000; ++section)
        EXPECT_FALSE(read_psk(tree, "/silent"));
    EXPECT_EQ(server.asked(), 1);
    EXPECT_NE(read_psk(tree, "/silent").error().find("asked again"), std::string::npos);
    tree.write("/key", key_text(7));
    EXPECT_TRUE(read_psk(tree, "/key"));
}

ReadContext with_credentials(const Tree& tree) {
    ReadContext context;
    context.host.credential_folders = {tree / "/creds"};
    return context;
}

TEST(Credentials, GiveKeysAndEndpoints) {
    Tree tree;
    tree.write("/creds/device", key_text(200));
    tree.write("/creds/peer", key_text(1) + "\n");
    tree.write("/creds/psk", key_text(9));
    tree.write("/creds/where", " vpn.example.org:51820\n");
    auto declaration = declared("[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey="
                                "@device\n[WireGuardPeer]\nPublicKey=@peer\nPresharedKey=@psk\n"
                                "Endpoint=@where\n",
                                with_credentials(tree));
    EXPECT_EQ(lines(declaration.problems), "");
    ASSERT_EQ(declaration.peers.size(), 1U);
    EXPECT_EQ(declaration.peers[0].public_key, public_key(1));
    EXPECT_EQ(declaration.peers[0].endpoint, "vpn.example.org:51820");
    EXPECT_TRUE(declaration.peers[0].preshared_key);
}

TEST(Credentials, TheDefaultPrivateKeyHasTheNameOfTheFile) {
    Tree tree;
    tree.write("/creds/network.wireguard.private.wg0", key_text(200));
    auto text = std::string("[NetDev]\nName=tunnel\nKind=wireguard\n");
    EXPECT_TRUE(declared(text, with_credentials(tree)).private_key);
    tree.write("/creds/network.wireguard.private.wg0", "junk");
    EXPECT_TRUE(declared(text, with_credentials(tree)).kept_as_is);
}

TEST(Credentials, AnEndpointFromOneIsNotRepeated) {
    Tree tree;
    tree.write("/creds/where", "hidden.example.org");
    auto declaration = declared(wg0(peer_section(1, "Endpoint=@where\n")), with_credentials(tree));
    EXPECT_TRUE(declaration.peers[0].kept_as_is);
    EXPECT_EQ(lines(declaration.problems).find("hidden"), std::string::npos);
}

TEST(Credentials, NamesAreNoPaths) {
    Tree tree;
    tree.write("/secret", key_text(200));
    tree.write("/creds/x", "x");
    auto host = with_credentials(tree).host;
    EXPECT_TRUE(host.credential("x"));
    for (auto name : {"../secret", "..", ".", "", "a/b", "none"})
        EXPECT_FALSE(host.credential(name)) << name;
}

} // namespace
} // namespace wgnl::networkd::test
