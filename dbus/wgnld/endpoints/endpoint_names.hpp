// SPDX-License-Identifier: LGPL-2.1-or-later
// All endpoints that are host names: which are to be asked for, and what the answers mean.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>

#include "model/device_model.hpp"
#include "named_peer.hpp"

namespace wgnl::daemon {

/// One endpoint to be set, unless the peer has changed meanwhile.
struct EndpointMove {
    PublicKey peer{};
    std::optional<Endpoint> from{};       ///< live when this was decided
    std::chrono::nanoseconds handshake{}; ///< so was this; since the epoch, 0 = never
    Endpoint to{};

    bool operator==(const EndpointMove&) const = default;
};

/// A name that cannot be resolved, as a problem of its peer.
struct NameProblem {
    PublicKey peer{};
    Problem problem{};
    bool is_new{false}; ///< not told before with this reason

    bool operator==(const NameProblem&) const = default;
};

/// Pure: the manager asks and moves. Devices without a name in their declaration cost nothing.
class EndpointNames {
public:
    static constexpr std::size_t most_questions = 16; ///< under way at a time
    /// Changes of the network come in swarms: one is believed after this long.
    static constexpr std::chrono::nanoseconds gathering = std::chrono::seconds(1);

    /// `jitter` gives numbers from 0 to 1.
    explicit EndpointNames(std::function<double()> jitter) : jitter_(std::move(jitter)) {}

    /// In force from now on. A peer whose endpoint is written as before stays known. `places`: of
    /// the peers whose endpoint is a host name.
    void declare(const Declaration& declaration, std::span<const std::size_t> places);
    void forget(const std::string& device) { devices_.erase(device); }
    bool watches(const std::string& device) const { return devices_.contains(device); }

    /// Takes in how the peers of a device are doing.
    void look(const DeviceModel& model, Boottime now);
    /// All peers of the device that still have the endpoint of before their declaration changed.
    void set_edited(const std::string& device, const std::vector<PublicKey>& peers);
    void network_changed(Boottime now);
    void resumed(Boottime now) { renew(now); }

    /// Queues what is due.
    void gather(Boottime now);
    /// The next host to be asked for now; absent: none, or enough are under way.
    std::optional<std::string> next_question();
    void answer(const std::string& host, const NameAnswer& answer, Boottime now);

    /// The endpoints that are to be set now, each told once.
    std::vector<EndpointMove> moves(const DeviceModel& model, Boottime now);
    /// True once for each answer that lets a changed declaration be applied.
    bool take_resolved(const std::string& device);
    /// For Policy::resolved.
    std::unordered_map<std::string, Endpoint> resolved(const std::string& device,
                                                       Boottime now) const;
    /// The problems, if they are others than last time.
    std::optional<std::vector<NameProblem>> take_problems(const std::string& device);

    /// When something will be due; absent: nothing after `now`.
    std::optional<Boottime> due(Boottime now) const;

private:
    struct Entry {
        NamedPeer peer;
        std::string text{}; ///< as declared
        Location location{};
        std::string reported{}; ///< the last trouble that was told
    };
    struct Named {
        std::unordered_map<PublicKey, Entry> peers{};
        bool has_news{false}; ///< of problems
    };
    using Asker = std::pair<std::string, PublicKey>; ///< device and peer
    void renew(Boottime now);
    Entry* find(const Asker& asker);

    std::function<double()> jitter_;
    std::map<std::string, Named> devices_{};
    std::map<std::string, std::vector<Asker>> askers_{}; ///< by host, queued or under way
    std::deque<std::string> queue_{};
    std::size_t under_way_{0};
    std::optional<Boottime> renew_at_{};
};

} // namespace wgnl::daemon
