// SPDX-License-Identifier: LGPL-2.1-or-later
// Endpoints that are host names: asked for, moved, complained about.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "endpoint_names.hpp"
#include "name_resolver.hpp"

namespace wgnl::daemon {

/// What is new of the names of one device.
struct NameNews {
    bool resolved{false}; ///< an answer lets a changed declaration be applied
    std::optional<std::vector<NameProblem>> problems{}; ///< absent: the same as last time
};

/// Keeps the questions going, and has peers moved to what the answers say.
class EndpointFollower {
public:
    /// Sets these endpoints of a device, at some time.
    using Move = std::function<void(const std::string& device, std::vector<EndpointMove> moves)>;
    /// There is something to do at that time: update() and ask() are to be called.
    using Wake = std::function<void(Boottime at)>;

    /// `resolver` outlives it; `jitter` gives numbers from 0 to 1.
    EndpointFollower(NameResolver& resolver, std::function<double()> jitter, Move move, Wake wake)
        : resolver_(resolver), names_(std::move(jitter)), move_(std::move(move)),
          wake_(std::move(wake)) {}
    EndpointFollower(const EndpointFollower&) = delete;
    EndpointFollower& operator=(const EndpointFollower&) = delete;

    /// As EndpointNames has them.
    void declare(const Declaration& declaration, std::span<const std::size_t> places);
    void forget(const std::string& device);
    void set_edited(const std::string& device, const std::vector<PublicKey>& peers);
    std::unordered_map<std::string, Endpoint> resolved(const std::string& device,
                                                       Boottime now) const;

    void network_changed(Boottime now);
    /// The machine slept.
    void resumed(Boottime now);

    /// Looks at the peers of a device; without `may_move` none of them is pointed elsewhere yet.
    NameNews update(const DeviceModel& model, bool may_move, Boottime now);
    /// Asks for what is to be asked for. After update() of all devices.
    void ask(Boottime now);
    /// When something will be due; absent: nothing after `now`.
    std::optional<Boottime> due(Boottime now) const { return names_.due(now); }

private:
    void ask_next();

    NameResolver& resolver_;
    EndpointNames names_;
    Move move_;
    Wake wake_;
    bool asking_{false};
    bool answers_wait_{false}; ///< it has been told to wake up for them
};

} // namespace wgnl::daemon
