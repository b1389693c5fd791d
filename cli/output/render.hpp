// SPDX-License-Identifier: LGPL-2.1-or-later
// Views as text for people and as JSON for programs, and the parts that several of these share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "source/view.hpp"
#include "terminal/console.hpp"

namespace wgnl::cli {

// --- Views as text for people and as JSON for programs.

/// The block of `wgnl status` for one device: what it is, what is wrong, its peers as a table.
std::string status_text(const DeviceView& device, const Terminal& terminal, Microseconds now);

/// Below all devices: what is wrong with files that are no device's; empty if nothing is.
std::string files_text(const std::vector<Problem>& problems, const Terminal& terminal);

/// `wgnl show`: everything that is known, one block for each peer.
std::string show_text(const DeviceView& device, const Terminal& terminal, Microseconds now);

/// The documents of --json; wgnl(1) lists their keys, which stay as they are.
std::string to_json(const DeviceView& device);
std::string to_json(const std::vector<DeviceView>& devices);

// --- The parts that `status` and `show` share: marks, states, aligned fields.

/// One field of a block; further lines stand below the first.
struct Field {
    std::string label{};
    std::vector<std::string> lines{};
};

Colour colour_of_state(std::string_view state);
/// One character in the state's colour, another for each state: "●" is established, "✗"
/// unreachable.
std::string mark(std::string_view state, const Terminal& terminal);
/// The mark of the peer's state; a stalled peer has its own.
std::string mark(const PeerView& peer, const Terminal& terminal);
/// The state as a word in its colour; a stalled peer says so.
std::string state_word(const PeerView& peer, const Terminal& terminal);
/// "12s ago", or "never".
std::string handshake_age(const PeerView& peer, Microseconds now);
/// "10.0.0.2/32, fd00::2/128", or "(none)".
std::string joined(const std::vector<std::string>& words);

/// "wg0.netdev:40: error: text"; the severity in its colour.
std::string problem_line(const Problem& problem, const Terminal& terminal);
/// "listen port: declared 51820, live 51821"
std::string drift_line(const Drift& drift);
/// "2 established, 1 never"; empty: no peers.
std::string counts_text(const std::map<std::string, std::uint64_t>& counts);

/// Labels aligned to the right, "Label: text"; longer than the terminal is wide goes on below.
std::string aligned(const std::vector<Field>& fields, std::size_t label_width,
                    const Terminal& terminal);
/// The text with that before its first line, and as many blanks before those that it needs beside.
std::string indented(std::string_view first, std::string_view text, const Terminal& terminal);
/// "● wg0 (established)", and below what the device is; fields without anything are left out.
std::string device_head(const DeviceView& device, const Terminal& terminal,
                        std::size_t label_width);

// --- Parts of views as JSON, for the documents and the events.

// Keys stay in the order in which they are written.
nlohmann::ordered_json json_of(const Problem& problem);
nlohmann::ordered_json json_of(const std::vector<Drift>& drift);

} // namespace wgnl::cli
