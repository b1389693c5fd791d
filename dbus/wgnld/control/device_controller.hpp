// SPDX-License-Identifier: LGPL-2.1-or-later
// One device: what is known of it, what is to be done about it next, and what is said of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "device_reads.hpp"
#include "endpoints/endpoint_follower.hpp"
#include "handshake/handshake_watcher.hpp"
#include "links.hpp"
#include "publication.hpp"
#include "reconcile_schedule.hpp"
#include "repairs.hpp"
#include "staged_model.hpp"
#include "worker/tasks.hpp"

namespace wgnl::daemon {

/// What happens to one device.
enum class DeviceEvent : std::uint8_t {
    changed,                ///< the kernel, or a job of ours, has changed it
    routes_changed,         ///< one of its routes went
    network_changed,        ///< somebody may have completed what waits for it
    owner_active,           ///< the owner of links is reloading or was restarted
    network_manager_active, ///< NetworkManager may be writing endpoints, now or soon
    owner_done,             ///< the owner is done with the link
    owner_spoke,            ///< the owner has said something of the link
    resumed,                ///< the machine slept
    compare,                ///< it is to be compared with its declaration, as every so often
    reconcile,              ///< a person or an owner asks for it
};

/// Takes inputs, and does by itself what follows from each: the model is brought up to date, what
/// changed is published, problems are told, and what is due next is scheduled. What takes the
/// kernel is begun by its owner, who asks what is due.
class DeviceController {
public:
    /// What it works with; all of them outlive it.
    struct Services {
        Publisher& publisher;
        HandshakeWatcher& handshakes;
        HostServices& host;
    };
    /// What others stand in its way with.
    struct Obstacles {
        std::vector<Problem> problems{};
        bool port_is_taken{false};
    };
    /// What it asks of its owner.
    struct Calls {
        std::function<void()> wake;           ///< there may be something to do
        std::function<Obstacles()> obstacles; ///< by now
    };
    /// How long something that has begun is expected to go on.
    static constexpr std::chrono::nanoseconds alert = std::chrono::seconds(3);

    /// `shows_foreign`: see Publication.
    DeviceController(std::string name, const Services& services, bool shows_foreign, Calls calls);
    DeviceController(DeviceController&&) = delete;

    // --- inputs
    void input(DeviceEvent event, Boottime now);
    /// A survey showed its link; absent: it showed none, and the link is lost.
    void input(const std::optional<Link>& link, Boottime now);
    void input(ReadResult result);
    void input(const NameNews& news);
    /// `is_new`: another content than before.
    void input(const SourceDeclaration& declared, DeclaredDevice summary, bool is_new,
               bool confirmed);
    void undeclare();
    /// What came of a reconciliation with this declaration.
    void input(std::shared_ptr<const Declaration> declared, ReconcileResult result);
    /// Time goes by.
    void update(Boottime now) { refresh_notices(now); }
    /// Goes on with an input that is taken in by pieces.
    void advance() { model_.advance(); }

    // --- what is due
    std::optional<Boottime> read_due(Boottime now) const;
    /// A reading is to be made: true if routes are to be looked at as well.
    bool begin_read(Boottime at) { return reads_.begin(at); }
    const ReconcileSchedule& reconciles() const { return reconciles_; }
    /// Absent: there is nothing to be reconciled after all.
    std::optional<ReconcileRequest>
    begin_reconcile(std::unordered_map<std::string, Endpoint> resolved, Boottime now);
    /// When anything is, but readings; absent: nothing.
    std::optional<Boottime> due(Boottime now) const;
    /// See DeviceReads.
    bool await_counters(bool behind, Boottime now, std::function<void()> done);
    /// A reading is to be made that never was, or is under way.
    bool reading() const { return reads_.pending(); }

    // --- what is there
    const DeviceModel& model() const { return model_.get(); }
    bool visible() const { return publication_.visible(); }
    bool in_pieces() const { return model_.in_pieces(); }
    /// Neither declared nor live, and nothing is under way: it may go.
    bool unused() const;

private:
    void publish(const DeviceUpdate& update);
    void lose(Boottime now);
    void judge_reading(const ReadResult& result, const DeviceUpdate& update);
    void note_handshakes(Moment at, const DeviceUpdate& update);
    void judge_result(const ReconcileResult& result);
    bool start_userspace(const ReconcileResult& result);
    bool await_owner(const ReconcileResult& result, Boottime now);
    void refresh_notices(Boottime now);

    /// Problems that others know of.
    struct Outside {
        std::vector<Problem> names{}; ///< of endpoints' names, by now
        std::string trouble{};        ///< why it cannot be read; empty: it can
    };
    StagedModel model_;
    std::optional<SourceDeclaration> declared_{};
    DeviceReads reads_{};
    ReconcileSchedule reconciles_{};
    Repairs repairs_{};
    LinkOwner owner_{};
    Outside outside_{};
    Publication publication_;
    bool adopt_userspace_device_{false}; ///< one was started for us
    HandshakeWatcher& handshakes_;
    HostServices& host_;
    Calls calls_;
};

} // namespace wgnl::daemon
