// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl status`: a block for each device, its peers as a table.
#include <algorithm>

#include <fmt/format.h>

#include "format.hpp"
#include "render.hpp"
#include "render_fields.hpp"

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

/// The last column takes what is left of the terminal.
std::string allowed_ips_cell(const PeerView& peer, std::size_t used, const Terminal& terminal) {
    auto text = joined(peer.allowed_ips);
    if (!terminal.width)
        return text;
    const auto room = *terminal.width > used ? *terminal.width - used : 0;
    return cut(text, std::max(room, least_allowed_ips), terminal.unicode ? "…" : "...");
}

std::string peers_text(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    const auto lines = peer_table(device, terminal, now).lines();
    // The last column is aligned to the right, so every line is as wide as the first.
    const auto used = display_width(lines.front()) + 4;
    auto text = terminal.paint(Colour::grey, "  " + lines.front() + "  ALLOWED IPS") + "\n";
    for (std::size_t i{}; i < device.peers.size(); ++i)
        text += fmt::format("{} {}  {}\n", mark(device.peers[i], terminal), lines[i + 1],
                            allowed_ips_cell(device.peers[i], used, terminal));
    return text;
}

std::string peer_problems(const DeviceView& device, const Terminal& terminal) {
    std::string text;
    for (const auto& peer : device.peers)
        for (const auto& problem : peer.problems)
            if (std::ranges::find(device.problems, problem) == device.problems.end())
                text += fmt::format("  {}: {}\n", terminal.paint(Colour::yellow, peer.label()),
                                    printable(wgnl::to_string(problem)));
    return text;
}

} // namespace

std::string status_text(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    auto text = device_head(device, terminal, label_width);
    if (!device.peers.empty())
        text += "\n" + peers_text(device, terminal, now);
    else if (!device.peers_listed)
        text +=
            fmt::format("\n  Too many peers for a table; all of them: wgnl show {}\n", device.name);
    return text + peer_problems(device, terminal);
}

} // namespace wgnl::cli
