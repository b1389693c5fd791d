// SPDX-License-Identifier: LGPL-2.1-or-later
// What writes the keys of a configuration; the rows of the table name its functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <wgnl/wg_quick.hpp>

namespace wgnl {

/// Lines into one text, without a copy of a key in between.
class WgQuickLines {
public:
    void section(std::string_view name);
    void line(std::string_view key, std::string_view value);
    void key(std::string_view name, std::span<const std::uint8_t, key_size> bytes);
    template <typename Range> void list(std::string_view key, const Range& values) {
        if (values.empty())
            return;
        begin(key);
        std::string_view separator;
        for (const auto& value : values) {
            text_.append(separator);
            text_.append(value.to_string());
            separator = ", ";
        }
        text_.append('\n');
    }
    void mark(std::string_view key, std::uint32_t fwmark);
    void keepalive(std::string_view key, std::uint16_t seconds);
    SecretText take() { return std::move(text_); }

private:
    void begin(std::string_view key);
    SecretText text_{};
};

/// Writes a declaration, and remembers what it could not write; used once.
class WgQuickWriter {
public:
    WgQuickWriter(const Declaration& declaration, Dialect dialect,
                  std::span<const WgQuickLine> unsupported_lines = {})
        : declaration_(declaration), dialect_(dialect), unsupported_lines_(unsupported_lines) {}

    WrittenWgQuick run();

private:
    friend struct WgQuickTable;

    void write_listen_port(std::string_view key);
    void write_fwmark(std::string_view key);
    void write_private_key(std::string_view key);
    void write_addresses(std::string_view key);
    void write_mtu(std::string_view key);
    void write_table(std::string_view key);
    void write_public_key(std::string_view key, const DeclaredPeer& peer);
    void write_preshared_key(std::string_view key, const DeclaredPeer& peer);
    void write_allowed_ips(std::string_view key, const DeclaredPeer& peer);
    void write_endpoint(std::string_view key, const DeclaredPeer& peer);
    void write_keepalive(std::string_view key, const DeclaredPeer& peer);

    void leave_out(const Location& location, std::string text);
    void leave_out_of(const DeclaredPeer& peer, std::string text);
    void leave_out_of_device(bool present, std::string_view what);
    void note_device();
    void note_quick_settings();
    void note_peer(const DeclaredPeer& peer);
    std::string_view table_as_written(std::uint32_t table) const;
    void write_keys(bool of_wg_quick);
    void write_other(const WgQuickLine& line);
    void write_peer(const DeclaredPeer& peer);
    void write_name(const DeclaredPeer& peer);

    const Declaration& declaration_;
    Dialect dialect_;
    std::span<const WgQuickLine> unsupported_lines_;
    WgQuickLines lines_{};
    WrittenWgQuick written_{};
};

} // namespace wgnl
