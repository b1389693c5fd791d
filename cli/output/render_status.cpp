// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl status`: a block for each device, its peers as a table.
#include <algorithm>

#include <fmt/format.h>

#include "render.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

/// Between a device's name and the edge of its fields: "● " and what aligns as networkctl does.
constexpr std::size_t label_width = 15;
/// A column of allowed IPs narrower than this says nothing.
constexpr std::size_t least_allowed_ips = 12;

Table peer_table(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    using enum Table::Align;
    Table table{{left, left, left, left, right, right}};
    table.add({"PEER", "STATE", "ENDPOINT", "HANDSHAKE", terminal.unicode ? "↓ RX" : "RX",
               terminal.unicode ? "↑ TX" : "TX"});
    for (const auto& peer : device.peers)
        table.add({printable(peer.label()), state_word(peer, terminal), printable(peer.endpoint),
                   handshake_age(peer, now), iec_size(peer.rx_bytes), iec_size(peer.tx_bytes)});
    return table;
}

std::string_view ellipsis(const Terminal& terminal) { return terminal.unicode ? "…" : "..."; }

/// The last column takes what is left of the terminal, or as much as there is.
std::string allowed_ips_cell(const PeerView& peer, std::size_t room, const Terminal& terminal) {
    return cut(joined(peer.allowed_ips), room, ellipsis(terminal));
}

/// Every line of the table but the first, which `row` is given with its peer.
template <typename Row> std::string rows(const DeviceView& device, const Terminal& terminal,
                                         const std::vector<std::string>& lines, Row row) {
    std::string text;
    for (std::size_t i{}; i < device.peers.size(); ++i)
        text += fmt::format("{} {}", mark(device.peers[i], terminal),
                            row(device.peers[i], lines[i + 1]));
    return text;
}

/// For a terminal that no table fits: what it would have, below each other.
std::string peer_block(const PeerView& peer, const Terminal& terminal, Microseconds now) {
    const auto part = [&](std::string_view text) { return indented("    ", text, terminal); };
    auto text = indented(mark(peer, terminal) + " ",
                         printable(peer.label()) + " " + state_word(peer, terminal), terminal);
    if (!peer.endpoint.empty())
        text += part(printable(peer.endpoint));
    text += part(fmt::format("handshake {}, {} received, {} sent", handshake_age(peer, now),
                             iec_size(peer.rx_bytes), iec_size(peer.tx_bytes)));
    return text + part(joined(peer.allowed_ips));
}

std::string peer_blocks(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    std::string text;
    for (const auto& peer : device.peers)
        text += peer_block(peer, terminal, now);
    return text;
}

/// As one table, as one with the allowed IPs below each peer, or as blocks: what fits.
std::string peers_text(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    const auto lines = peer_table(device, terminal, now).lines();
    // The last column is aligned to the right, so every line is as wide as the first.
    const auto used = display_width(lines.front()) + 4;
    const auto width = terminal.width.value_or(std::string::npos);
    if (width < used - 2)
        return peer_blocks(device, terminal, now);
    if (width < used + least_allowed_ips) {
        const auto below = [&](const PeerView& peer, const std::string& line) {
            return line + "\n" + indented("    ", joined(peer.allowed_ips), terminal);
        };
        return terminal.paint(Colour::grey, "  " + lines.front()) + "\n" +
               rows(device, terminal, lines, below);
    }
    const auto beside = [&](const PeerView& peer, const std::string& line) {
        return fmt::format("{}  {}\n", line, allowed_ips_cell(peer, width - used, terminal));
    };
    return terminal.paint(Colour::grey, "  " + lines.front() + "  ALLOWED IPS") + "\n" +
           rows(device, terminal, lines, beside);
}

std::string peer_problems(const DeviceView& device, const Terminal& terminal) {
    std::string text;
    for (const auto& peer : device.peers)
        for (const auto& problem : peer.problems)
            if (std::ranges::find(device.problems, problem) == device.problems.end())
                text += indented(
                    "  ",
                    fmt::format("{}: {}", terminal.paint(Colour::yellow, printable(peer.label())),
                                printable(wgnl::to_string(problem))),
                    terminal);
    return text;
}

} // namespace

std::string files_text(const std::vector<Problem>& problems, const Terminal& terminal) {
    if (problems.empty())
        return {};
    std::string text = indented("", "Files that no device could be read from:", terminal);
    for (const auto& problem : problems)
        text += indented("  ", problem_line(problem, terminal), terminal);
    return text;
}

std::string status_text(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    auto text = device_head(device, terminal, label_width);
    if (!device.peers.empty())
        text += "\n" + peers_text(device, terminal, now);
    else if (!device.peers_listed)
        text += "\n" + indented("  ",
                                fmt::format("Too many peers for a table; all of them: wgnl show {}",
                                            printable(device.name)),
                                terminal);
    return text + peer_problems(device, terminal);
}

} // namespace wgnl::cli
