// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the lines of a configuration into sections.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include <wgnl/amnezia.hpp>
#include <wgnl/wg_quick.hpp>

#include "line_judge.hpp"
#include "peer_names.hpp"
#include "peers.hpp"
#include "settings.hpp"
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
    struct Seen {
        std::string_view key;
        std::size_t line;
    };
    struct SeenKeys {
        std::vector<Seen> interface{};
        std::vector<Seen> peer{}; ///< of the section that is open
    };

    void take_byte_order_mark(std::string_view& line);
    void take_setting(const WgQuickText& text);
    bool take_header(std::string_view clean, std::optional<std::string_view> comment);
    void open_section(Section section, std::optional<std::string_view> comment);
    void close_section();
    /// Some line may mean a peer that no section names.
    void keep_peers() { parsed_.declaration.keeps_peers = true; }

    void take_wg_setting(std::string_view clean);
    template <typename Keys, typename Settings>
    void take_wg_key(const Keys& keys, Settings& settings, std::string_view clean);
    void take_unknown(std::string_view clean);
    void take_amnezia(std::string_view key);
    void take_homeless();
    void warn_of_repetition(std::string_view name);

    const WgQuickOptions& options_;
    LineJudge judge_;
    ParsedWgQuick parsed_{};
    PeerNames names_{};
    InterfaceSettings interface_;
    PeerSettings peer_;
    AmneziaSettings amnezia_{};
    Section section_{Section::none};
    SeenKeys seen_{};
    std::deque<PeerSection> peers_{};
};

} // namespace wgnl
