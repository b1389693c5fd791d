// SPDX-License-Identifier: LGPL-2.1-or-later
// A declaration as the text of a .netdev file, with the .network file beside it.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/secret_text.hpp>

#include "networkd/files/search_path.hpp"
#include "networkd/network/network_writer.hpp"

namespace wgnl::networkd {

struct WrittenNetdev {
    SecretText netdev{};   ///< secrets included: for files that others may not read
    std::string network{}; ///< empty if there is nothing to be said beside it
    /// What the two cannot say, with the place where it was declared.
    std::vector<Problem> not_expressible{};
};

/// What is known besides the declaration.
struct WriteOptions {
    std::vector<WgQuickLine> lines{};  ///< DNS= and Table= count
    std::optional<unsigned> systemd{}; ///< the version that will read it; absent: any
    std::set<std::uint32_t> taken{};   ///< marks and tables of other devices
};

/// Pure. What the files can say comes back from the readers as it was. The mode is not written,
/// except for observe: it is told by the folder. So a mode that the folder of the new file does not
/// mean is named; `owner` is whose folder that is. A default route into the table main has a mark,
/// a table of its own and rules, as wg-quick makes them. Where a Table= says that it is to be in
/// main itself, or it is to be in another table that finds the endpoint, it is kept out, and that
/// is named.
WrittenNetdev to_netdev(const Declaration& declaration, FolderOwner owner,
                        const WriteOptions& options = {});

// What writes the keys, a function each, which the rows of the table name.

/// The text of a file, with secrets.
class NetdevLines {
public:
    /// Comes with its first line, or with the section that follows.
    void section(std::string_view name);
    /// Comes with its first line, if there is one.
    void optional_section(std::string_view name);
    void line(std::string_view key, std::string_view value);
    template <typename Key> void secret(std::string_view key, const Key& value) {
        auto text = value.reveal_base64();
        line(key, text);
        wipe(text);
    }
    SecretText take() { return std::move(text_); }

private:
    SecretText text_{};
    std::string optional_{}; ///< the section that has no line yet
};

/// Writes one declaration; used once.
class NetdevWriter {
public:
    NetdevWriter(const Declaration& declaration, FolderOwner owner, const WriteOptions& options);

    WrittenNetdev run();

    // Each writes the key with what the declaration has for it, or nothing.
    void write_device_name(std::string_view key) { text_.line(key, declared_.device); }
    void write_kind(std::string_view key) { text_.line(key, "wireguard"); }
    void write_private_key(std::string_view key);
    void write_fwmark(std::string_view key);
    void write_route_table(std::string_view key);
    void write_mode(std::string_view key);
    void write_private(std::string_view key);
    template <auto Member> void write_number(std::string_view key) {
        if (const auto& number = declared_.*Member)
            text_.line(key, std::to_string(*number));
    }
    template <auto Member> void write_switch(std::string_view key) {
        if (declared_.*Member)
            text_.line(key, "yes");
    }

    void write_name(std::string_view key, const DeclaredPeer& peer);
    void write_public_key(std::string_view key, const DeclaredPeer& peer);
    void write_preshared_key(std::string_view key, const DeclaredPeer& peer);
    void write_preshared_key_owner(std::string_view key, const DeclaredPeer& peer);
    void write_allowed_ips(std::string_view key, const DeclaredPeer& peer);
    void write_endpoint(std::string_view key, const DeclaredPeer& peer);
    void write_routes(std::string_view key, const DeclaredPeer& peer);
    template <auto Member> void write_number(std::string_view key, const DeclaredPeer& peer) {
        if (const auto& number = peer.*Member)
            text_.line(key, std::to_string(*number));
    }

private:
    void leave_out(Severity severity, const Location& location, std::string text);
    void leave_out_of_peer(const DeclaredPeer& peer, std::string_view what);
    void note_mode();
    void write_peer(const DeclaredPeer& peer);
    void note_loop(const DeclaredPeer& peer);
    void add_narrow_routes(const DeclaredPeer& peer, std::uint32_t table);
    void note_names();
    void note_tunnel();
    void note_name_of_endpoint(const DeclaredPeer& peer);
    void write_network();

    const Declaration& declared_;
    FolderOwner owner_;
    const std::set<std::uint32_t>& taken_;
    NetdevLines text_{};
    NetworkContent network_{};
    WrittenNetdev written_{};
};

} // namespace wgnl::networkd
