// SPDX-License-Identifier: LGPL-2.1-or-later
// MonitorModel: what wgnld says, made into events. Knows what was before; pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "monitor_event.hpp"
#include "source/bus_news.hpp"
#include "source/bus_value.hpp"
#include "source/view.hpp"

namespace wgnl::cli {

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
