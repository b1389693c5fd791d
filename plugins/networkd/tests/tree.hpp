// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder for one test, keys with known values, and shorthands over the reader.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/netdev.hpp"
#include "networkd/netdev/scan.hpp"

namespace wgnl::networkd::test {

/// A temporary root file system, removed with the object.
class Tree {
public:
    Tree() {
        std::string pattern = "/tmp/wgnl-networkd-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree() { std::filesystem::remove_all(folder_); }

    Root root() const { return Root(folder_); }
    std::string operator/(std::string_view path) const { return folder_ + std::string(path); }

    /// Writes a file of mode 0640, with the folders on its way; returns its full path.
    std::string write(std::string_view path, std::string_view text) const {
        auto full = *this / path;
        std::filesystem::create_directories(std::filesystem::path(full).parent_path());
        std::ofstream(full, std::ios::binary) << text;
        using std::filesystem::perms;
        std::filesystem::permissions(full,
                                     perms::owner_read | perms::owner_write | perms::group_read);
        return full;
    }
    void link(std::string_view path, std::string_view target) const {
        auto full = *this / path;
        std::filesystem::create_directories(std::filesystem::path(full).parent_path());
        std::filesystem::remove(full);
        std::filesystem::create_symlink(target, full);
    }
    void remove(std::string_view path) const { std::filesystem::remove_all(*this / path); }

private:
    std::string folder_;
};

inline PublicKey public_key(std::uint8_t n) {
    KeyBytes bytes{};
    bytes.fill(n);
    return PublicKey(bytes);
}
/// 44 characters of base64 for 32 bytes of value `n`; also good as a secret.
inline std::string key_text(std::uint8_t n) { return public_key(n).to_base64(); }

/// [NetDev] and [WireGuard] of wg0 with a private key, then `rest`.
inline std::string wg0(std::string_view rest = "") {
    return "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey=" + key_text(200) + "\n" +
           std::string(rest);
}
inline std::string peer_section(std::uint8_t n, std::string_view rest = "") {
    return "[WireGuardPeer]\nPublicKey=" + key_text(n) + "\n" + std::string(rest);
}

/// Reads texts as wg0.netdev and its drop-ins.
inline Netdev parse(const std::vector<std::string>& texts, const ReadContext& context = {}) {
    std::vector<SourceFile> files;
    for (const auto& text : texts) {
        auto label = files.empty() ? std::string("wg0.netdev")
                                   : "wg0.netdev.d/" + std::to_string(files.size()) + ".conf";
        files.push_back(
            {"/etc/systemd/network/" + label, label, IniFile::parse(SecretText(text)), false});
    }
    Inputs inputs;
    return parse_netdev(files, context, inputs);
}
inline Declaration declared(const std::string& text, const ReadContext& context = {}) {
    auto netdev = parse({text}, context);
    EXPECT_EQ(netdev.status, Netdev::Status::declares);
    return netdev.declaration;
}

/// The peer that these lines make of a section.
inline DeclaredPeer only_peer(const std::string& rest) {
    auto declaration = declared(wg0(peer_section(1, rest)));
    EXPECT_EQ(declaration.peers.size(), 1U);
    return declaration.peers.empty() ? DeclaredPeer{} : declaration.peers.front();
}

/// All problems, a line each, as the journal has them.
inline std::string lines(const std::vector<Problem>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text += to_string(problem) + "\n";
    return text;
}

} // namespace wgnl::networkd::test
