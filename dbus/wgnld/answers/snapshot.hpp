// SPDX-License-Identifier: LGPL-2.1-or-later
// Snapshots asked for: one document for all who ask at a time, written in turns of the loop.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <systemd/sd-bus.h>

#include "backlog.hpp"
#include "base/fd.hpp"
#include "bus_errors.hpp"
#include "model/device_model.hpp"
#include "sd/handle.hpp"
#include "sd/loop.hpp"
#include "snapshot_writer.hpp"
#include "worker/background.hpp"

namespace wgnl::daemon {

/// Callers of one generation of a device share one file; each gets a descriptor of its own. A
/// document that the device outran while it was written is begun again once, and then finished
/// whatever happens.
class Snapshots {
public:
    using Find = std::function<const DeviceModel*(const std::string&)>;
    static constexpr std::chrono::milliseconds slice{4};
    /// Writing takes at most a twentieth of a core: who asks again and again waits, but no longer
    /// than callers have patience.
    static constexpr int budget = 20;
    static constexpr std::chrono::seconds longest_wait{10};
    /// A finished document is kept for the next caller so long.
    static constexpr std::chrono::seconds kept{10};
    static constexpr std::size_t most_waiting = 8192;
    static constexpr std::size_t most_waiting_of_user = 2048;
    /// Who reads none of the descriptors that it was sent gets no more after so long.
    static constexpr std::chrono::seconds patience{10};
    /// Those for whom a document was finished get this one, as long as they read so fast.
    static constexpr std::chrono::seconds owed_for{1};

    struct Parts {
        sd_bus* bus;
        sd_event* event;
        /// Finished documents are sealed here, and this ends first: the kernel may take 150 ms.
        Background& thread;
        Backlog& backlog;
    };
    Snapshots(const Parts& parts, Find find);
    Snapshots(const Snapshots&) = delete;
    Snapshots& operator=(const Snapshots&) = delete;

    /// Answers the message of that user with the device's document, at once or later.
    void get(const SharedMessage& message, uid_t user, const DeviceModel& device);
    /// Who waits for the device's is told to ask again, and why.
    void turn_away(const std::string& device, const std::string& why);
    /// The device is gone; who waits is told so.
    void drop(const std::string& device);

private:
    struct Asker {
        SharedMessage message{};
        std::string connection{};
        uid_t user{};
        Boottime asked{};
    };
    struct Entry {
        std::string device{};
        std::deque<Asker> callers{};
        Boottime finished{}; ///< the file
        std::optional<SnapshotWriter> writer{};
        std::uint64_t generation{}; ///< of the file, or of what is being written
        bool again{false};          ///< what is being written was begun again
        std::chrono::nanoseconds cost{};
        Boottime not_before{};
        std::uint64_t sealing{}; ///< number of the document that is being sealed; 0: none
        UniqueFd file{};
        std::unique_ptr<sd::DeferredCall> turn{};
        std::unique_ptr<sd::Timer> timer{};
    };
    Result<Entry*> entry(const std::string& device);
    void work(Entry& entry);
    void begin(Entry& entry, const DeviceModel& device);
    void write_on(Entry& entry, const DeviceModel& device);
    void seal(Entry& entry);
    void take_file(const std::string& device, std::uint64_t number, Result<UniqueFd> file);
    void serve(Entry& entry);
    bool serve(Entry& entry, const Asker& asker);
    bool is_owed(const Entry& entry, const Asker& asker) const;
    void forget(const Asker& asker);
    void refuse_all(Entry& entry, const char* name, const std::string& text);
    bool is_fresh(const Entry& entry, const DeviceModel& device) const;

    sd_bus* bus_;
    sd_event* event_;
    Background& thread_;
    Backlog& backlog_;
    Find find_;
    std::multiset<uid_t> waiting_{}; ///< who asks
    std::uint64_t documents_{};      ///< that were written so far
    std::map<std::string, std::unique_ptr<Entry>> entries_{};
};

} // namespace wgnl::daemon
