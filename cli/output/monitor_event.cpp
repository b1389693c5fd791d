// SPDX-License-Identifier: LGPL-2.1-or-later
// Events as lines for people and for programs.
#include "monitor.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

using Kind = MonitorEvent::Kind;
using Json = nlohmann::ordered_json;

/// Longer names push their own line aside, and no other.
constexpr std::size_t device_width = 6;
constexpr std::size_t peer_width = 12;
/// A handshake that was found this long after it happened says so.
constexpr Microseconds late{std::chrono::seconds{2}};

/// "Nov 23 14:03:12.345", local time.
std::string moment(Microseconds at) {
    const auto seconds = static_cast<std::time_t>(at.count() / 1'000'000);
    std::tm parts{};
    std::array<char, 32> text{};
    if (!localtime_r(&seconds, &parts) ||
        std::strftime(text.data(), text.size(), "%b %d %H:%M:%S", &parts) == 0)
        return "at some time";
    return fmt::format("{}.{:03}", text.data(), at.count() / 1000 % 1000);
}

std::string_view arrow(const Terminal& terminal) { return terminal.unicode ? "→" : "->"; }

std::string state_change(const MonitorEvent& event, const Terminal& terminal) {
    return fmt::format("{} {} {}", printable(event.old), arrow(terminal),
                       terminal.paint(colour_of_state(event.now), printable(event.now)));
}

std::string endpoint_change(const MonitorEvent& event, const Terminal& terminal) {
    const auto shown = [](const std::string& endpoint) {
        return endpoint.empty() ? "(none)" : printable(endpoint);
    };
    return fmt::format("endpoint {} {} {}", shown(event.old), arrow(terminal), shown(event.now));
}

std::string handshake(const MonitorEvent& event, const Terminal& terminal, Microseconds at) {
    auto text = terminal.paint(Colour::green, "handshake completed");
    const auto since = at - event.handshake;
    if (since < late)
        return text;
    return fmt::format("{}, {}", text, age(std::chrono::floor<std::chrono::seconds>(since)));
}

std::string applied(const MonitorEvent& event, const Terminal& terminal) {
    auto text =
        event.good ? "declaration applied" : terminal.paint(Colour::red, "declaration not applied");
    if (!event.changes.empty())
        text += printable(fmt::format(": {}", fmt::join(event.changes, "; ")));
    return text;
}

std::string sync(const MonitorEvent& event, const Terminal& terminal) {
    if (event.good)
        return terminal.paint(Colour::green, "in sync");
    auto text = terminal.paint(Colour::yellow, "not in sync");
    if (!event.drift.empty())
        text += ": " + drift_line(event.drift.front());
    if (event.drift.size() > 1)
        text += fmt::format(" (and {} more)", event.drift.size() - 1);
    return text;
}

std::string what(const MonitorEvent& event, const Terminal& terminal, Microseconds at) {
    switch (event.kind) {
    case Kind::appeared:
        return "appeared: " + terminal.paint(colour_of_state(event.now), printable(event.now));
    case Kind::vanished:
        return "vanished";
    case Kind::state:
        return state_change(event, terminal);
    case Kind::handshake:
        return handshake(event, terminal, at);
    case Kind::stalled:
        return event.good ? terminal.paint(Colour::green, "answers again")
                          : terminal.paint(Colour::yellow, "stalled: it does not answer");
    case Kind::endpoint:
        return endpoint_change(event, terminal);
    case Kind::applied:
        return applied(event, terminal);
    case Kind::sync:
        return sync(event, terminal);
    case Kind::problem:
        return "problem: " + problem_line(event.problem, terminal);
    case Kind::cleared:
        return "no longer: " + problem_line(event.problem, {.unicode = terminal.unicode});
    case Kind::peers:
        return "peers: " + counts_text(event.counts);
    case Kind::daemon_started:
        return terminal.paint(Colour::green, "wgnld is there");
    case Kind::daemon_stopped:
        return terminal.paint(Colour::red, "wgnld is gone") + "; waiting for it";
    }
    return {};
}

std::string peer_label(const MonitorEvent& event) {
    if (event.public_key.empty())
        return {};
    return printable(event.name.empty() ? short_key(event.public_key) : event.name);
}

/// What there is to say of each kind beyond when, what and about whom.
void add_details(Json& json, const MonitorEvent& event) {
    switch (event.kind) {
    case Kind::appeared:
        json["state"] = event.now;
        break;
    case Kind::state:
    case Kind::endpoint:
        json["old"] = event.old;
        json["new"] = event.now;
        break;
    case Kind::stalled:
        json["stalled"] = !event.good;
        break;
    case Kind::handshake:
        json["handshake_usec"] = event.handshake.count();
        break;
    case Kind::applied:
        json["ok"] = event.good;
        json["changes"] = event.changes;
        break;
    case Kind::sync:
        json["in_sync"] = event.good;
        json["drift"] = json_of(event.drift);
        break;
    case Kind::problem:
    case Kind::cleared:
        json["problem"] = json_of(event.problem);
        break;
    case Kind::peers:
        json["state_counts"] = event.counts;
        break;
    case Kind::vanished:
    case Kind::daemon_started:
    case Kind::daemon_stopped:
        break;
    }
}

} // namespace

std::string_view to_string(Kind kind) {
    constexpr std::array<std::string_view, 13> words{
        "appeared", "vanished",       "state",         "handshake", "stalled",
        "endpoint", "applied",        "sync",          "problem",   "cleared",
        "peers",    "daemon-started", "daemon-stopped"};
    return words.at(static_cast<std::size_t>(kind));
}

std::string event_text(const MonitorEvent& event, const Terminal& terminal, Microseconds at) {
    const auto when = terminal.paint(Colour::grey, moment(at));
    const auto text = what(event, terminal, at);
    if (event.device.empty())
        return fmt::format("{}  {}\n", when, text);
    const auto device = pad(printable(event.device), device_width);
    return fmt::format("{}  {}  {}  {}\n", when, terminal.paint(Colour::bold, device),
                       pad(peer_label(event), peer_width), text);
}

std::string event_json(const MonitorEvent& event, Microseconds at) {
    Json json{{"time_usec", at.count()}, {"event", to_string(event.kind)}};
    if (!event.device.empty())
        json["device"] = event.device;
    if (!event.public_key.empty()) {
        json["public_key"] = event.public_key;
        json["name"] = event.name;
    }
    add_details(json, event);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace wgnl::cli
