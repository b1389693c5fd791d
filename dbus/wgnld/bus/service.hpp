// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.WireGuard1 on the bus: objects registered, changes announced, access decided.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "answers/authority.hpp"
#include "answers/backlog.hpp"
#include "answers/bus_gauge.hpp"
#include "answers/document_loader.hpp"
#include "answers/file_problems.hpp"
#include "answers/large_answers.hpp"
#include "answers/snapshot.hpp"
#include "control/device_manager.hpp"
#include "model/publisher.hpp"
#include "sd/bus.hpp"
#include "subscriptions.hpp"

namespace wgnl::daemon {

class BusService;

/// What a path stands for while one call is answered.
struct Target {
    BusService* service{};
    const DeviceModel* device{};
    const PeerModel* peer{};
};

/// An object that is listed: a device, or a peer.
struct Listed {
    const DeviceModel* device{};
    const PeerModel* peer{}; ///< null: the device
};

/// Restores a value when it goes.
template <typename T> class Restored {
public:
    Restored(T& place, T value) : place_(place), before_(std::exchange(place, value)) {}
    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;
    ~Restored() { place_ = before_; }

private:
    T& place_;
    T before_;
};

class BusService final : public Publisher {
public:
    BusService(sd_bus* bus, sd_event* event, Trust trust)
        : bus_(bus), event_(event), authority_(bus, trust), gauge_(bus),
          backlog_([this](const auto& connection, auto then) { gauge_.ask(connection, then); },
                   sd::boottime_now),
          subscriptions_(bus, event) {}
    BusService(const BusService&) = delete;
    BusService& operator=(const BusService&) = delete;

    /// Registers every object; `manager` answers from now on.
    Result<void> open(DeviceManager& manager);

    // --- Publisher
    void appeared(const DeviceModel& device) override;
    void changed(const DeviceModel& device, const DeviceUpdate& update) override;
    void vanished(const DeviceModel& device) override;
    void applied(const DeviceModel& device, bool ok) override;

    // --- for the objects
    sd_bus* bus() const { return bus_; }
    DeviceManager& manager() { return *manager_; }
    Authority& authority() { return authority_; }
    Subscriptions& subscriptions() { return subscriptions_; }
    Snapshots& snapshots() { return *snapshots_; }
    LargeAnswers& large_answers() { return *large_answers_; }
    Backlog& backlog() { return backlog_; }
    DocumentLoader& loader() { return *loader_; }
    /// A source has looked at its files: these are all problems of such as are no device's. They
    /// are forgotten when the sender leaves the bus.
    void report_files(Source source, const std::string& sender, std::vector<Problem> problems);
    std::vector<Problem> file_problems() const { return file_problems_.all(); }
    /// How much attention the sender of a call deserves.
    Backlog::Attention attention_for(sd_bus_message* message);
    /// While the result lives, may_read() is about the sender of this message.
    [[nodiscard]] Restored<sd_bus_message*> asked_by(sd_bus_message* message) {
        return {asked_by_, message};
    }
    /// What the caller at hand finds in the tree: peers as long as they are few enough to be
    /// listed, and have room together in one message.
    std::vector<Listed> listed();
    /// What all of that weighs to one who may see all, about; looked at anew once a second.
    std::uint64_t tree_weight();
    /// Counts up with every signal about an object.
    std::uint64_t announced() const { return announced_; }
    /// Calls `then` once the counters of the device are as fresh as its budget allows.
    void when_fresh(const std::string& device, const std::function<void()>& then);
    /// The same for all devices.
    void when_all_fresh(const std::function<void()>& then);
    /// Whether everybody may see all of the device.
    bool is_public(const DeviceModel& device) const;
    /// Who sees all of it although it is private.
    static Viewers viewers_of(const DeviceModel& device);
    /// Whether this caller may, as the device is now, without a question to polkit.
    bool may_follow(const Caller& caller, const DeviceModel& device) const {
        return is_public(device) || may_inspect(caller, viewers_of(device));
    }
    /// Whether whoever is being answered may; nobody in particular when something is announced.
    bool may_read(const DeviceModel& device);

private:
    void show_file_problems(Source source, std::vector<Problem> problems);
    static int find_device(sd_bus* bus, const char* path, const char* interface, void* self,
                           void** found, sd_bus_error* error) noexcept;
    static int find_peer(sd_bus* bus, const char* path, const char* interface, void* self,
                         void** found, sd_bus_error* error) noexcept;
    int hold(int result, sd_bus_slot* slot);
    Result<void> open_parts();
    void announce(const std::string& path, const char* interface,
                  const std::vector<const char*>& properties);
    void announce_peer(const DeviceModel& device, const PeerUpdate& update);
    void signal_peer(const std::string& path, const PeerUpdate& update);
    void add_interface(const std::string& path, const char* interface);
    void remove_interface(const std::string& path, const char* interface);
    void add_peers(const DeviceModel& device);
    void remove_peers(const DeviceModel& device);
    void announce_opening(const DeviceModel& device, const DeviceUpdate& update);
    void announce_peers(const DeviceModel& device, const DeviceUpdate& update);

    sd_bus* bus_;
    sd_event* event_;
    DeviceManager* manager_{};
    Authority authority_;
    BusGauge gauge_;
    Backlog backlog_;
    Subscriptions subscriptions_;
    FileProblems file_problems_{};
    std::map<Source, std::unique_ptr<sd::Callback>> reporters_{};
    std::unique_ptr<LargeAnswers> large_answers_{};
    std::unique_ptr<Snapshots> snapshots_{};
    std::unique_ptr<DocumentLoader> loader_{};
    std::set<std::string> open_{}; ///< devices of which everything is announced
    Target device_target_{};
    Target peer_target_{};
    sd_bus_message* asked_by_{};
    bool announcing_{false};
    std::uint64_t announced_{};
    std::uint64_t tree_weight_{};
    Boottime weighed_{};
    std::vector<sd::SlotHandle> slots_{};
};

} // namespace wgnl::daemon
