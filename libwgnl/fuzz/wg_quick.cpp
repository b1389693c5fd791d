// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the configuration text of wg and wg-quick, and the way there and back.
#include <wgnl/text.hpp>
#include <wgnl/wg_quick.hpp>

#include "declaration_properties.hpp"

namespace wgnl::fuzz {
namespace {

WgQuickOptions options_of(Dialect dialect) {
    WgQuickOptions options{.dialect = dialect};
    options.file = "wg0.conf";
    options.device = "wg0";
    return options;
}

void require_parsed(const ParsedWgQuick& parsed, const WgQuickOptions& options) {
    require_sound(parsed.declaration);
    require(parsed.declaration.problems.size() <= options.limits.problems,
            "there are not more problems than may be");
    for (const auto& line : parsed.unsupported_lines) {
        require(options.dialect == Dialect::wg_quick, "wg leaves nothing to wg-quick");
        require(line.location.line > 0, "a line has its place");
        require(is_printable(line.location.file) && is_printable(line.key), "a line can be named");
    }
}

void require_round_trip(const Declaration& declaration, const WgQuickOptions& options) {
    const auto written = to_wg_quick(declaration, options.dialect);
    for (const auto& problem : written.not_expressible)
        require(is_printable(to_string(problem)), "a problem has no control characters");
    const auto again = parse_wg_quick(written.text.view(), options);
    require(again.accepted, "wg takes what is written");
    // A value may be doubtful, as a small MTU is, and is written all the same.
    for (const auto& problem : again.declaration.problems)
        require(problem.severity != Severity::error, "what is written has no mistake");
    require(to_wg_quick(again.declaration, options.dialect).text == written.text,
            "what is read is written as it was");
    if (written.not_expressible.empty())
        require(without_places(again.declaration) == without_places(declaration),
                "what is written is read as it was");
}

/// What only wg-quick carries out is written as it was read.
void require_lines(const ParsedWgQuick& parsed, const WgQuickOptions& options) {
    const auto written = to_wg_quick(parsed.declaration, parsed.unsupported_lines);
    for (const auto& problem : written.not_expressible)
        require(!problem.text.ends_with("as it is"), "a line that was read can be written");
    const auto again = parse_wg_quick(written.text.view(), options);
    require(to_wg_quick(again.declaration, again.unsupported_lines).text == written.text,
            "the lines that are read are written as they were");
}

void require_limits(std::string_view text) {
    auto options = options_of(Dialect::wg_quick);
    options.limits = {.bytes = 512, .line = 64, .peers = 1, .problems = 2};
    const auto parsed = parse_wg_quick(text, options);
    require_parsed(parsed, options);
    require(parsed.declaration.peers.size() <= 1, "there are not more peers than may be");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto bytes = fuzz::Input(data, size).rest();
    for (const auto dialect : {Dialect::wg, Dialect::wg_quick}) {
        const auto options = fuzz::options_of(dialect);
        const auto parsed = parse_wg_quick(fuzz::text_of(bytes), options);
        fuzz::require_parsed(parsed, options);
        fuzz::require_round_trip(parsed.declaration, options);
        if (dialect == Dialect::wg_quick)
            fuzz::require_lines(parsed, options);
    }
    fuzz::require_limits(fuzz::text_of(bytes));
    return 0;
}
