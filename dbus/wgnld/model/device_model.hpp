// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of one device; readings and declarations in, changes out.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/types.h>

#include <wgnl/declaration.hpp>
#include <wgnl/plan.hpp>

#include "device_reading.hpp"
#include "peer_table.hpp"

namespace wgnl::daemon {

/// How handshakes of a device are noticed.
enum class EventSource : std::uint8_t {
    packets, ///< the packets of a handshake announce it
    polling, ///< the device is read every second
};
std::string_view to_string(EventSource source);

/// A declaration as the bus thread keeps it in view: no secrets.
struct DeclaredDevice {
    Mode mode{Mode::sync};
    std::string source{};
    std::string origin{};
    bool is_private{false};
    std::vector<uid_t> viewers{}; ///< who sees it although it is private
    std::vector<Problem> problems{};
    DeclaredPeers peers{};
    std::vector<std::size_t> named{}; ///< places in the declaration of peers with a host name
    bool compared{false};             ///< with the kernel, since it was declared
};
DeclaredDevice summary_of(const Declaration& declaration, std::string source, std::string origin);

/// What one reconciliation said about the device.
struct SyncStatus {
    bool in_sync{false};
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
    /// What it changed, in words, without secrets. The model keeps the last that were made for a
    /// declaration: whatever wakes a comparison that finds nothing must not wipe them.
    std::vector<std::string> changes{};

    bool operator==(const SyncStatus&) const = default;
};

/// The device's properties that emit changes.
struct DeviceProperties {
    std::uint32_t ifindex{}; ///< 0: there is no link
    std::string public_key{};
    std::uint16_t listen_port{};
    std::uint32_t fwmark{};
    bool up{false};
    std::string_view backend{};
    Mode mode{Mode::observe};
    std::string source{};
    std::string origin{};
    PeerState state{PeerState::absent};
    StateCounts state_counts{};
    bool peers_listed{true};
    EventSource event_source{EventSource::polling};
    SyncStatus sync_status{};
};

/// What one input changed on the device and its peers.
struct DeviceUpdate : PeersUpdate {
    std::vector<const char*> properties{}; ///< names of those that changed and emit
};

class DeviceModel {
public:
    explicit DeviceModel(std::string name) : name_(std::move(name)) {}

    /// Takes in a reading; `ours`: read back after wgnld changed the device.
    DeviceUpdate take(DeviceReading reading, bool ours = false);
    /// The link is gone.
    DeviceUpdate lose(Moment at);
    DeviceUpdate declare(DeclaredDevice declared);

    // --- the same in pieces, of which no other input comes in between
    void begin_take(DeviceReading reading, bool ours = false);
    void begin_declare(DeclaredDevice declared);
    /// Goes on with what was begun, for that many peers; the update once it is through.
    std::optional<DeviceUpdate> advance(std::size_t peers);

    DeviceUpdate undeclare();
    DeviceUpdate set_sync_status(SyncStatus sync_status);
    /// Problems that belong to the device whatever a reconciliation says: conflicts, fields that
    /// are left alone. `works`: false if it is not in sync, whatever that says.
    DeviceUpdate set_notices(std::vector<Problem> notices, bool works = true);
    /// The same for peers; those that are not named have none.
    DeviceUpdate
    set_peer_notices(const std::unordered_map<PublicKey, std::vector<Problem>>& notices);
    DeviceUpdate judge_at(Boottime now);
    /// The machine slept until now.
    DeviceUpdate renew(Boottime now);
    DeviceUpdate set_event_source(EventSource source);
    /// Handshakes were found that nothing had announced.
    void count_missed(std::uint64_t handshakes) { missed_events_ += handshakes; }
    /// What to restore of peers that were reset since the last successful restoration.
    std::unordered_map<PublicKey, Remembered> begin_restore() { return peers_.begin_restore(); }
    void end_restore(bool restored) { peers_.end_restore(restored); }

    const std::string& name() const { return name_; }
    bool exists() const { return declared_ || link_; }
    const std::optional<Link>& link() const { return link_; }
    const std::optional<DeclaredDevice>& declared() const { return declared_; }
    const DeviceProperties& properties() const { return properties_; }
    const std::vector<Problem>& notices() const { return notices_.problems; }
    const PeerTable& peers() const { return peers_; }
    /// When the last reading began.
    Moment sampled_at() const { return readings_.at; }
    std::uint64_t missed_events() const { return missed_events_; }
    /// Counts up with every input: what was made of the same generation is the same.
    std::uint64_t generation() const { return generation_; }

private:
    struct Notices {
        std::vector<Problem> problems{};
        bool works{true};

        bool operator==(const Notices&) const = default;
    };
    /// Without their peers.
    struct Readings {
        std::optional<DeviceReading> last{};
        std::optional<DeviceReading> taking{}; ///< the last one, once it is through
        Moment at{};                           ///< of the last one, also when the link is gone
    };
    DeviceUpdate finish(PeersUpdate update);
    DeviceProperties make_properties() const;

    std::string name_;
    std::optional<Link> link_{};
    Readings readings_{};
    std::optional<DeclaredDevice> declared_{}; ///< without its peers
    PeerTable peers_{};
    SyncStatus sync_status_{.in_sync = true};
    Notices notices_{};
    EventSource event_source_{EventSource::polling};
    std::uint64_t missed_events_{};
    std::uint64_t generation_{};
    DeviceProperties properties_{};
};

} // namespace wgnl::daemon
