// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of one device and its peers; readings and declarations in, changes out.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/types.h>

#include <wgnl/declaration.hpp>
#include <wgnl/plan.hpp>

#include "device_reading.hpp"
#include "peer_model.hpp"

namespace wgnl::daemon {

inline constexpr std::size_t peer_state_count = 7;
/// Peers per PeerState, in the order of the enumeration.
using StateCounts = std::array<std::uint32_t, peer_state_count>;

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
    std::unordered_map<PublicKey, DeclaredPeerInfo> peers{};
    std::vector<std::size_t> named{}; ///< places in the declaration of peers with a host name
};
DeclaredDevice summary_of(const Declaration& declaration, std::string source, std::string origin);

/// What one reconciliation said about the device.
struct SyncStatus {
    bool in_sync{false};
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
    std::vector<std::string> changes{}; ///< what it changed, in words; without secrets

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
struct DeviceUpdate {
    std::vector<const char*> properties{}; ///< names of those that changed and emit
    std::vector<PeerUpdate> peers{};       ///< only those with news; none while not listed
    bool relisted{false}; ///< peers are listed again: all of them are new to clients
    /// A declared peer was re-created, vanished, or had its endpoint written over: there is
    /// something to restore.
    bool reset{false};
    bool suspected{false};      ///< a peer became suspect
    std::uint64_t handshakes{}; ///< new ones, of all peers
};

class DeviceModel {
public:
    static constexpr std::size_t most_listed = 4096;
    static constexpr std::size_t listed_again = 2048;

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
    /// Whether something was begun and is not through.
    bool in_pieces() const { return taking_ || declaring_; }

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

    const std::string& name() const { return name_; }
    bool exists() const { return declared_ || link_; }
    const std::optional<Link>& link() const { return link_; }
    const std::optional<DeclaredDevice>& declared() const { return declared_; }
    const DeviceProperties& properties() const { return properties_; }
    const std::vector<Problem>& notices() const { return notices_; }
    std::uint32_t peer_count() const;
    std::uint64_t rx_bytes() const { return rx_bytes_; }
    std::uint64_t tx_bytes() const { return tx_bytes_; }
    Moment sampled_at() const { return sampled_at_; }
    std::uint64_t missed_events() const { return missed_events_; }
    /// Whether a peer is suspect.
    bool has_suspects() const { return suspects_ > 0; }
    /// When a reading may show other states, though nothing was announced; absent: never.
    std::optional<Boottime> next_look() const { return next_look_; }
    /// Counts up with every input: what was made of the same generation is the same.
    std::uint64_t generation() const { return generation_; }

    const PeerModel* find(const PublicKey& key) const;
    /// All whose declared name or key in base64 is this text.
    std::vector<const PeerModel*> find_named(std::string_view name_or_key) const;
    /// Sorted by name, then by key.
    std::vector<const PeerModel*> peers() const;
    std::vector<PublicKey> keys() const; ///< of all peers, in no order

    /// What to restore of peers that were reset since the last successful restoration.
    std::unordered_map<PublicKey, Remembered> begin_restore();
    void end_restore(bool restored);

private:
    struct Entry {
        PeerModel model;
        std::uint64_t seen{};     ///< number of the last reading it was in
        std::uint64_t declared{}; ///< of the last declaration that named it
    };
    struct Taking {
        DeviceReading reading{};
        Circumstance now{};
        std::uint64_t number{};
        std::size_t done{};
        std::uint64_t rx_bytes{};
        std::uint64_t tx_bytes{};
        std::optional<Boottime> next_look{};
        DeviceUpdate update{};
    };
    using Names = std::unordered_multimap<std::size_t, PublicKey>; ///< by the hash of the name
    struct Declaring {
        std::unordered_map<PublicKey, DeclaredPeerInfo> peers{};
        Names names{};
        std::uint64_t number{};
        std::unordered_map<PublicKey, DeclaredPeerInfo>::iterator next{};
        DeviceUpdate update{};
    };
    std::optional<DeviceUpdate> advance(Taking& taking, std::size_t peers);
    DeviceUpdate end_take();
    std::optional<DeviceUpdate> advance(Declaring& declaring, std::size_t peers);
    DeviceUpdate end_declare();
    Entry& entry(const PublicKey& key);
    void collect(DeviceUpdate& update, PeerUpdate peer);
    void count(const PeerUpdate& peer);
    template <typename Change> void change_all(DeviceUpdate& update, Change change);
    void take_missing(std::uint64_t number, const Circumstance& now, DeviceUpdate& update);
    DeviceUpdate finish(DeviceUpdate update);
    DeviceProperties make_properties() const;
    PeerState state() const;
    bool lists_peers() const;

    std::string name_;
    std::optional<Link> link_{};
    std::optional<DeviceReading> last_reading_{}; ///< the last reading, without its peers
    std::optional<DeclaredDevice> declared_{};
    SyncStatus sync_status_{.in_sync = true};
    std::vector<Problem> notices_{};
    bool works_{true};
    std::unordered_map<PublicKey, Entry> peers_{};
    Names names_{};
    DeviceProperties properties_{};
    StateCounts counts_{}; ///< of all peers
    std::uint32_t suspects_{};
    std::optional<Boottime> next_look_{};
    EventSource event_source_{EventSource::polling};
    std::uint64_t missed_events_{};
    std::uint64_t rx_bytes_{};
    std::uint64_t tx_bytes_{};
    Moment sampled_at_{};
    std::uint64_t generation_{};
    std::uint64_t inputs_{}; ///< readings and declarations so far
    std::optional<Taking> taking_{};
    std::optional<Declaring> declaring_{};
    std::vector<PublicKey> removed_{}; ///< to be forgotten when the input is through
};

} // namespace wgnl::daemon
