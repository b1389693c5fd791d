// SPDX-License-Identifier: LGPL-2.1-or-later
// What `wgnl monitor` tells: MonitorEvent, one thing that happened, and MonitorModel, which makes
// events of what wgnld says.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "source/bus_news.hpp"
#include "source/bus_value.hpp"
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

/// What wgnld says, made into events. Knows what was before; pure.
class MonitorModel {
public:
    /// Tells of one device alone, or of all (empty).
    explicit MonitorModel(std::string only) : only_(std::move(only)) {}

    /// Everything there is. The first time this is where events start from; later, after wgnld was
    /// away, it tells what has changed meanwhile.
    std::vector<MonitorEvent> take(const ManagedObjects& objects);
    std::vector<MonitorEvent> take(const BusNews& news);

    /// Peers can be seen that no signal has told of: everything is to be asked for again.
    bool wants_look() const { return wants_look_; }
    bool knows(const std::string& device) const { return devices_.contains(device); }

private:
    using Kind = MonitorEvent::Kind;
    struct Known {
        DeviceView view{};
        std::map<std::string, PeerView> peers{}; ///< by public key
        /// Its peers are listed again: they are announced one by one, and are nothing new.
        bool relisting{false};
        std::vector<std::string> changes{}; ///< LastChanges, as it was last told
    };
    class Telling; // the handlers of one piece of news each

    std::string only_;
    bool started_{false};
    bool wants_look_{false};
    std::map<std::string, Known> devices_{};
};

} // namespace wgnl::cli
