// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration text of wg(8) and wg-quick(8), both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

namespace [[gnu::visibility("default")]] wgnl {

enum class Dialect : std::uint8_t {
    wg,       ///< what `wg setconf` takes: WireGuard's own keys alone
    wg_quick, ///< also Address, MTU, Table, DNS, PreUp, PostUp, PreDown, PostDown, SaveConfig
};

/// What a text may not exceed; a larger one is a problem, and nothing of it is declared.
struct WgQuickLimits {
    std::size_t bytes{std::size_t{256} << 20};
    std::size_t line{std::size_t{16} << 20}; ///< bytes of one line
    std::size_t peers{1U << 20};             ///< the kernel's MAX_PEERS_PER_DEVICE
    std::size_t problems{1000};              ///< the last one then tells how many there are more
};

struct WgQuickOptions {
    Dialect dialect{Dialect::wg_quick};
    std::string file{};   ///< as messages shall name it; empty: they name the line alone
    std::string device{}; ///< goes into the declaration as it is, see device_of_wg_quick()
    Mode mode{Mode::own};
    /// For who takes a text whole or not at all: problems do not say what becomes of the rest.
    bool all_or_nothing{false};
    WgQuickLimits limits{};
};

/// A line of wg-quick's [Interface] that a declaration does not hold.
struct WgQuickLine {
    std::string key{};  ///< as wg-quick(8) spells it: "DNS", "Table", "PostUp", …
    SecretText value{}; ///< as written, without comment and outer blanks; commands hold secrets
    Location location{};

    bool operator==(const WgQuickLine&) const = default;
};

struct ParsedWgQuick {
    /// Passes check() if its device name does. Every mistake is in its `problems`, with file and
    /// line. A peer section with a mistake is kept as is, and one that names nobody, as where a
    /// header was lost, has all peers kept (Declaration::keeps_peers); a key of [Interface] with
    /// one is not declared, and PrivateKey= with one has the device kept as is. `route_table` is
    /// 254 where wg-quick would put the peers' routes into the main table (no Table=, or `auto`;
    /// but a default route into a table of its own, with routing rules), absent for `off` and in
    /// `wg`.
    Declaration declaration{};
    /// Whether every line is one that `wg setconf` (`wg-quick strip`, then `wg setconf`) takes.
    /// They refuse a file whole. Host names of endpoints are told by shape, not resolved. Less is
    /// taken than by wg where it accepts what can only be a slip: see wgnl(1), WG-QUICK FILES.
    bool accepted{true};
    /// What only wg-quick would carry out, in the order of the file: Table, DNS, PreUp, PostUp,
    /// PreDown, PostDown, SaveConfig.
    std::vector<WgQuickLine> unsupported_lines{};
};

/// Total: every text gives a declaration, if only one that is kept as is, with a problem that says
/// why. Pure: it resolves no name and opens no file.
/// - keys and sections in any case, blanks anywhere, '#' begins a comment, CR before LF is a blank
/// - of a key that comes twice the last one counts (warned); AllowedIPs add up within a section
/// - two sections of one peer are put together as the kernel does for wg: what the later one says
///   counts, its AllowedIPs replace those of the earlier one
/// - of two peers that claim one prefix the later one has it; a warning names both lines
/// - a peer's name is a comment in its section or directly above: `# friendly_name = laptop`,
///   `# Name = laptop`, or one short line of prose directly above or below `[Peer]`
ParsedWgQuick parse_wg_quick(std::string_view text, const WgQuickOptions& options = {});

/// "wg0" of "wg0.conf" or "/etc/wireguard/wg0.conf"; invalid_argument for a name that wg-quick
/// refuses (1 to 15 of A-Z a-z 0-9 _ = + . -, then ".conf").
Result<std::string> device_of_wg_quick(std::string_view file);

struct WrittenWgQuick {
    SecretText text{}; ///< secrets included: for files of mode 0600 only
    /// What the dialect cannot say, one warning each, with the place where it was declared.
    std::vector<Problem> not_expressible{};
};

/// The declaration as configuration text. What the dialect can say comes back from
/// parse_wg_quick() as it was; names are written as `# friendly_name = …`. A peer that is kept as
/// is is left out, a route table of 254 is wg-quick's default, and none is `Table = off`. wg-quick
/// always means mode own.
WrittenWgQuick to_wg_quick(const Declaration& declaration, Dialect dialect = Dialect::wg_quick);

/// The same in the dialect of wg-quick, with the lines that a declaration does not hold, in their
/// order: parse_wg_quick() gives them back as they were. The last Table= counts, and only
/// while it means the declaration's `route_table` ("main" and "auto" are both 254). A line without
/// a value is passed over; one that would be read back as something else is left out.
WrittenWgQuick to_wg_quick(const Declaration& declaration,
                           std::span<const WgQuickLine> unsupported_lines);

/// A live device, byte for byte as `wg showconf` prints it.
SecretText to_wg_quick(const Device& device);

} // namespace wgnl
