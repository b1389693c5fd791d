// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the lines of a configuration into sections.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/amnezia.hpp>
#include <wgnl/wg_quick.hpp>

#include "peer_names.hpp"
#include "peers.hpp"
#include "values.hpp"

namespace wgnl {

/// Takes one line after the other. Views of lines need to live only as long as the call.
class WgQuickReader {
public:
    explicit WgQuickReader(const WgQuickOptions& options);

    /// A line without its LF, counted from 1. False if there are more peers than there may be.
    bool take(std::string_view line);
    /// After the last line.
    ParsedWgQuick finish();
    /// The text as a whole cannot be used: nothing of it is declared.
    ParsedWgQuick refuse(std::string_view text);

private:
    enum class Section : std::uint8_t { none, interface, peer, unknown };
    friend struct WgQuickTable;

    void take_byte_order_mark(std::string_view& line);
    void take_setting(const WgQuickText& text);
    bool take_header(std::string_view clean, std::optional<std::string_view> comment);
    void open_section(Section section, std::optional<std::string_view> comment);
    void close_section();
    /// Some line may mean a peer that no section names.
    void keep_peers();

    bool take_quick_setting(std::string_view setting);
    void follow_quick_section(std::string_view key);
    void keep_line(std::string_view key, std::string_view value);
    void take_addresses(std::string_view value);
    void take_address(std::string_view word);
    void take_mtu(std::string_view value);
    void warn_of_small_mtu();
    void take_table(std::string_view value);
    void take_save_config(std::string_view value);

    void take_wg_setting(std::string_view clean);
    template <typename Keys> void take_wg_key(const Keys& keys, std::string_view clean);
    void take_unknown(std::string_view clean);
    void take_amnezia(std::string_view key);
    void take_homeless();
    void take_private_key(std::string_view value);
    void take_listen_port(std::string_view value);
    void take_fwmark(std::string_view value);
    void take_public_key(std::string_view value);
    void take_preshared_key(std::string_view value);
    void take_allowed_ips(std::string_view value);
    void take_allowed_ip(std::string_view value);
    void bad_allowed_ip(std::string_view value, std::string_view reason);
    void take_endpoint(std::string_view value);
    void take_keepalive(std::string_view value);

    void warn_of_repetition(std::string_view name);
    /// wg would refuse the file for this line.
    void mistake(std::string_view text, std::string_view hint = {});
    /// What somebody did to the value of this line, or to a part of it; empty if that cannot be
    /// told.
    std::string slip_of(std::string_view part);
    std::string slip_of_value() const;
    void bad_secret(std::string_view key, const Error& error, std::string_view maker,
                    std::string_view end);
    void bad_quick_value(std::string_view key, std::string_view value, std::string_view reason,
                         std::string_view hint = {});
    void bad_value(std::string_view key, std::string_view value, std::string_view reason);
    void problem(Severity severity, std::string_view text, std::string_view hint = {});
    /// Of what is being judged.
    Problem made(Severity severity, std::string_view text, std::string_view hint) const;
    /// A part of the line, as somebody wrote it or without its blanks, is judged from now on.
    void judge(std::string_view part) { judged_ = part; }
    /// Where that begins; 0: the line as a whole, or too long a one.
    std::size_t column() const;
    /// Whether one more problem would be kept.
    bool tells_more() const;
    void settle_mistakes();
    /// What follows from a mistake, where anything does.
    std::string_view consequence(std::string_view text) const {
        return options_.all_or_nothing ? std::string_view{} : text;
    }

    struct Seen {
        std::string_view key;
        std::size_t line;
    };

    const WgQuickOptions& options_;
    ProblemList problems_;
    ParsedWgQuick parsed_{};
    PeerNames names_{};
    SecretText clean_{};
    std::size_t line_{0};
    std::size_t mtu_line_{0};
    std::string_view setting_{}; ///< of the line that is being read, as somebody wrote it
    std::string_view key_{};     ///< that it sets, as the format spells it
    std::string_view hint_{};    ///< what a value of that key is to be
    std::string_view judged_{};  ///< of it; empty: the line as a whole
    std::size_t slip_told_{0};   ///< the line of the last one that was told
    std::size_t slip_sought_{0}; ///< the line that was last looked at as a whole
    std::string slip_found_{};   ///< in it
    AmneziaSettings amnezia_{};
    Section section_{Section::none};
    bool quick_interface_{false}; ///< whether wg-quick, too, takes this for [Interface]
    std::vector<Seen> seen_interface_{};
    std::vector<Seen> seen_peer_{};
    PeerSection peer_{};
    std::vector<Problem> mistakes_{}; ///< of the open peer
    std::size_t first_of_peer_{0};    ///< of the problems
    std::vector<PeerSection> peers_{};
};

} // namespace wgnl
