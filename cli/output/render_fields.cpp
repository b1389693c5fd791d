// SPDX-License-Identifier: LGPL-2.1-or-later
// The fields of a device, and how states look.
#include "render.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

/// How a state looks: shapes differ, for whoever sees no colours.
struct Look {
    std::string_view state;
    Colour colour;
    std::string_view mark;
    std::string_view ascii;
};
constexpr std::array looks{
    Look{"established", Colour::green, "●", "*"}, Look{"handshaking", Colour::yellow, "◐", "~"},
    Look{"unreachable", Colour::red, "✗", "x"},   Look{"idle", Colour::none, "○", "o"},
    Look{"never", Colour::grey, "◌", "."},        Look{"down", Colour::grey, "–", "-"},
    Look{"absent", Colour::grey, "–", "-"},
};
/// Established, and does not answer.
constexpr Look stalled{"", Colour::yellow, "◍", "!"};
constexpr Look unknown{"", Colour::none, "?", "?"};

const Look& look_of(std::string_view state) {
    const auto* found = std::ranges::find(looks, state, &Look::state);
    return found == looks.end() ? unknown : *found;
}

std::string mark_of(const Look& look, const Terminal& terminal) {
    return terminal.paint(look.colour, terminal.unicode ? look.mark : look.ascii);
}

std::string mode_line(const DeviceView& device) {
    if (!device.applied_from.empty())
        return printable(
            fmt::format("not declared: \"wgnl apply {}\" set it, and nothing keeps it so",
                        device.applied_from));
    if (device.source.empty() && (device.mode.empty() || device.mode == "observe"))
        return "not declared: wgnl watches it and writes nothing";
    std::string line = device.mode;
    if (!device.source.empty())
        line += fmt::format(", declared by {}", device.source);
    if (!device.origin.empty())
        line += fmt::format(": {}", device.origin);
    return printable(line);
}

std::string sync_line(const DeviceView& device, const Terminal& terminal) {
    if (*device.in_sync)
        return terminal.paint(Colour::green, "yes");
    return terminal.paint(Colour::yellow, device.drift.empty() ? "no" : "no, it drifted");
}

/// "3 (2 established, 1 never)"
std::string peers_line(const DeviceView& device) {
    const auto counts = counts_text(device.state_counts);
    return fmt::format("{}{}", device.peer_count,
                       counts.empty() ? std::string{} : fmt::format(" ({})", counts));
}

/// How handshakes are noticed is worth a word where it is not by listening.
std::string events_line(const DeviceView& device) {
    if (device.event_source != "polling")
        return {};
    if (device.missed_events == 0)
        return "handshakes are found by polling";
    return fmt::format("handshakes are found by polling, {} were not noticed as they happened",
                       device.missed_events);
}

std::vector<std::string> problem_lines(const DeviceView& device, const Terminal& terminal) {
    std::vector<std::string> lines;
    for (const auto& problem : device.problems)
        lines.push_back(problem_line(problem, terminal));
    return lines;
}

std::vector<std::string> drift_lines(const DeviceView& device) {
    std::vector<std::string> lines;
    for (const auto& drift : device.drift)
        lines.push_back(drift_line(drift));
    return lines;
}

void add(std::vector<Field>& fields, std::string label, std::vector<std::string> lines) {
    if (!lines.empty() && !lines.front().empty())
        fields.push_back({std::move(label), std::move(lines)});
}

std::string number_or_nothing(std::uint64_t number) {
    return number == 0 ? std::string{} : fmt::format("{}", number);
}

/// What a device is: the fields above its peers. Empty ones are left out.
std::vector<Field> device_fields(const DeviceView& device, const Terminal& terminal) {
    std::vector<Field> fields;
    add(fields, "Mode", {mode_line(device)});
    if (device.backend == "userspace")
        add(fields, "Backend", {device.backend});
    add(fields, "Listen port", {number_or_nothing(device.listen_port)});
    if (device.firewall_mark != 0)
        add(fields, "Firewall mark", {fmt::format("{:#x}", device.firewall_mark)});
    add(fields, "Public key", {device.public_key});
    if (device.in_sync)
        add(fields, "In sync", {sync_line(device, terminal)});
    add(fields, "Events", {events_line(device)});
    add(fields, "Drift", drift_lines(device));
    add(fields, "Problems", problem_lines(device, terminal));
    add(fields, "Peers", {peers_line(device)});
    return fields;
}

} // namespace

std::string problem_line(const Problem& problem, const Terminal& terminal) {
    const auto colour = problem.severity == Severity::error     ? Colour::red
                        : problem.severity == Severity::warning ? Colour::yellow
                                                                : Colour::none;
    const auto place =
        problem.location.empty() ? "" : printable(to_string(problem.location)) + ": ";
    return fmt::format("{}{} {}", place,
                       terminal.paint(colour, fmt::format("{}:", to_string(problem.severity))),
                       printable(problem.text));
}

std::string drift_line(const Drift& drift) {
    const auto shown = [](const std::string& value) { return value.empty() ? "nothing" : value; };
    return printable(fmt::format("{}: declared {}, live {}", drift.what, shown(drift.declared),
                                 shown(drift.live)));
}

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [state, count] : counts)
        if (count > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, state);
    return text;
}

Colour colour_of_state(std::string_view state) { return look_of(state).colour; }

std::string mark(std::string_view state, const Terminal& terminal) {
    return mark_of(look_of(state), terminal);
}

std::string mark(const PeerView& peer, const Terminal& terminal) {
    return mark_of(peer.stalled ? stalled : look_of(peer.state), terminal);
}

std::string state_word(const PeerView& peer, const Terminal& terminal) {
    if (peer.stalled)
        return terminal.paint(Colour::yellow, printable(peer.state) + " (stalled)");
    return terminal.paint(colour_of_state(peer.state), printable(peer.state));
}

std::string handshake_age(const PeerView& peer, Microseconds now) {
    if (peer.last_handshake == Microseconds{})
        return "never";
    return age(std::chrono::floor<std::chrono::seconds>(now - peer.last_handshake));
}

std::string joined(const std::vector<std::string>& words) {
    return words.empty() ? "(none)" : printable(fmt::format("{}", fmt::join(words, ", ")));
}

std::string indented(std::string_view first, std::string_view text, const Terminal& terminal) {
    const auto indent = display_width(first);
    const auto whole = terminal.width.value_or(std::string_view::npos);
    const auto room = whole > indent ? whole - indent : 1;
    std::string block;
    for (const auto& line : wrapped(text, room))
        block += (block.empty() ? std::string(first) : std::string(indent, ' ')) + line + "\n";
    return block;
}

std::string aligned(const std::vector<Field>& fields, std::size_t label_width,
                    const Terminal& terminal) {
    std::string text;
    for (const auto& field : fields)
        for (std::size_t i{}; i < field.lines.size(); ++i)
            text += indented(i == 0 ? fmt::format("{:>{}}: ", field.label, label_width)
                                    : std::string(label_width + 2, ' '),
                             field.lines[i], terminal);
    return text;
}

std::string device_head(const DeviceView& device, const Terminal& terminal,
                        std::size_t label_width) {
    return fmt::format("{} {} ({})\n", mark(device.state, terminal),
                       terminal.paint(Colour::bold, printable(device.name)),
                       terminal.paint(colour_of_state(device.state), device.state)) +
           aligned(device_fields(device, terminal), label_width, terminal);
}

} // namespace wgnl::cli
