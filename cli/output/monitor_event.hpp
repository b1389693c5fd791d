// SPDX-License-Identifier: LGPL-2.1-or-later
// MonitorEvent: one thing that happened, as a line of `wgnl monitor` tells it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "source/view.hpp"
#include "terminal/console.hpp"

namespace wgnl::cli {

struct MonitorEvent {
    enum class Kind {
        appeared,       ///< `now` is its state
        vanished,       ///< `old` was its state
        state,          ///< `old` → `now`
        handshake,      ///< at `handshake`
        stalled,        ///< `good`: it answers again; else an established peer does not
        endpoint,       ///< `old` → `now`; empty: none
        applied,        ///< `good`: the declaration was applied; `changes` were made
        sync,           ///< `good`: the device is as declared; else see `drift`
        problem,        ///< `problem` is new
        cleared,        ///< `problem` is gone
        peers,          ///< `counts` changed, of a device whose peers are not listed
        daemon_started, ///< wgnld is there
        daemon_stopped, ///< wgnld is gone
    };
    Kind kind{};
    std::string device{};     ///< empty: about wgnld
    std::string public_key{}; ///< empty: about the device as a whole
    std::string name{};       ///< of the peer; may be empty
    std::string old{};
    std::string now{};
    Microseconds handshake{}; ///< since the epoch
    bool good{false};
    Problem problem{};
    std::vector<Drift> drift{};
    std::vector<std::string> changes{}; ///< in words
    std::map<std::string, std::uint64_t> counts{};
};

/// The word that stands for the kind in --json; wgnl(1) lists them.
std::string_view to_string(MonitorEvent::Kind kind);

/// One line with its end: when, which device, which peer, what.
std::string event_text(const MonitorEvent& event, const Terminal& terminal, Microseconds at);
/// One line with its end: a JSON object. The keys are a promise, see wgnl(1).
std::string event_json(const MonitorEvent& event, Microseconds at);

} // namespace wgnl::cli
