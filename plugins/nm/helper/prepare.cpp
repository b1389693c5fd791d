// SPDX-License-Identifier: LGPL-2.1-or-later
// What a configuration cannot say, a profile cannot either; nor the names of peers.
#include "nm/helper/prepare.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace wgnl::nm {
namespace {

constexpr std::uint32_t table_main = 254;

/// What a line Table= means; 0: no routes.
std::uint32_t table_in(const ConfigurationLine& line) {
    const auto text = fmt::format("[Interface]\nTable = {}\n", line.value.view());
    return parse_configuration(text).declaration.route_table.value_or(0);
}

/// profile_of() goes by the last line, which the declaration may say otherwise.
void set_table(ParsedConfiguration& parsed) {
    auto& lines = parsed.others;
    const auto table = parsed.declaration.route_table.value_or(0);
    const auto last =
        std::ranges::find(lines.rbegin(), lines.rend(), "Table", &ConfigurationLine::key);
    if (table == (last == lines.rend() ? table_main : table_in(*last)))
        return;
    std::erase_if(lines, [](const auto& line) { return line.key == "Table"; });
    if (table != table_main)
        lines.push_back({.key = "Table",
                         .value = SecretText(table == 0 ? "off" : fmt::format("{}", table)),
                         .location = parsed.declaration.location});
}

Problem lost_name(const DeclaredPeer& peer) {
    return {.severity = Severity::note,
            .location = peer.location,
            .text = printable(fmt::format("the name \"{}\" of the peer {} is left out: a profile "
                                          "has none for peers",
                                          peer.name, peer.public_key.to_base64())),
            .peer = peer.public_key};
}

} // namespace

std::vector<Problem> prepare(ParsedConfiguration& parsed) {
    auto& declared = parsed.declaration;
    // A profile is NetworkManager's to apply, whoever did until now.
    declared.mode = declared.mode == Mode::observe ? Mode::observe : Mode::own;
    // A profile has a metric, as a configuration has not.
    const auto metric = std::exchange(declared.route_metric, std::nullopt);
    auto not_expressible = to_configuration(declared).left_out;
    declared.route_metric = metric;
    std::erase_if(declared.peers, [](const DeclaredPeer& peer) { return peer.held; });
    for (const auto& peer : declared.peers)
        if (!peer.name.empty())
            not_expressible.push_back(lost_name(peer));
    set_table(parsed);
    return not_expressible;
}

} // namespace wgnl::nm
