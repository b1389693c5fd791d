// SPDX-License-Identifier: LGPL-2.1-or-later
// Members of a snapshot, in the order of the interfaces.
#include "snapshot_writer.hpp"

#include "base/io.hpp"
#include "base/memfd.hpp"
#include "control/property_sizes.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t piece = std::size_t{64} << 10; ///< bytes that are written at a time
constexpr std::size_t between_looks = 32; ///< peers from one look at the clock to the next

void triple(json::Writer& json, std::string_view a, std::string_view b, std::string_view c) {
    json.begin_array();
    json.value(a);
    json.value(b);
    json.value(c);
    json.end_array();
}

void member(json::Writer& json, const char* name, const std::vector<Problem>& problems) {
    json.member(name);
    json.begin_array();
    for (const auto& problem : problems)
        triple(json, to_string(problem.severity), to_string(problem.location), problem.text);
    json.end_array();
}

void member(json::Writer& json, const char* name, const std::vector<Drift>& drift) {
    json.member(name);
    json.begin_array();
    for (const auto& entry : drift)
        triple(json, entry.what, entry.declared, entry.live);
    json.end_array();
}

void member(json::Writer& json, const char* name, const std::vector<std::string>& texts) {
    json.member(name);
    json.begin_array();
    for (const auto& text : texts)
        json.value(text);
    json.end_array();
}

void member(json::Writer& json, const char* name, const std::vector<AllowedIp>& prefixes) {
    json.member(name);
    json.begin_array();
    for (const auto& prefix : prefixes)
        json.value(prefix.to_string());
    json.end_array();
}

void member(json::Writer& json, const char* name, const StateCounts& counts) {
    json.member(name);
    json.begin_object();
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0)
            json.member(to_string(static_cast<PeerState>(i)), counts[i]);
    json.end_object();
}

void write_live(json::Writer& json, const PeerModel& peer) {
    static const PeerReading nothing;
    const auto& seen = peer.live() ? *peer.live() : nothing;
    member(json, "AllowedIPs", seen.allowed_ips);
    json.member("PersistentKeepalive", seen.persistent_keepalive);
    json.member("HasPresharedKey", seen.has_preshared_key);
    json.member("LastHandshake", microseconds(seen.last_handshake));
    json.member("LastHandshakeBoottime", microseconds(peer.handshake_boottime()));
    json.member("RxBytes", seen.rx_bytes);
    json.member("TxBytes", seen.tx_bytes);
}

void write_peer(json::Writer& json, const PeerModel& peer, Moment sampled_at) {
    json.begin_object();
    json.member("PublicKey", peer.key().to_base64());
    json.member("Name", peer.name());
    json.member("Endpoint", peer.endpoint());
    json.member("DeclaredEndpoint", declared_endpoint(peer));
    write_live(json, peer);
    json.member("SampledAt", microseconds(sampled_at.real));
    json.member("State", to_string(peer.state()));
    json.member("Stalled", peer.stalled());
    json.member("Declared", peer.is_declared());
    member(json, "Problems", problems_of(peer));
    json.end_object();
}

void write_link(json::Writer& json, const DeviceModel& device) {
    const auto& properties = device.properties();
    json.member("Name", printable(device.name())); // the kernel takes any byte but '/' and NUL
    json.member("InterfaceIndex", properties.ifindex);
    json.member("PublicKey", properties.public_key);
    json.member("ListenPort", properties.listen_port);
    json.member("FirewallMark", properties.fwmark);
    json.member("Up", properties.up);
    json.member("Backend", properties.backend);
    json.member("Mode", to_string(properties.mode));
    json.member("Source", properties.source);
    json.member("Origin", properties.origin);
}

/// All but the peers, whose list is begun.
void write_device(json::Writer& json, const DeviceModel& device) {
    const auto& properties = device.properties();
    json.begin_object();
    write_link(json, device);
    json.member("State", to_string(properties.state));
    json.member("PeerCount", device.peer_count());
    member(json, "StateCounts", properties.state_counts);
    json.member("RxBytes", device.rx_bytes());
    json.member("TxBytes", device.tx_bytes());
    json.member("SampledAt", microseconds(device.sampled_at().real));
    json.member("InSync", properties.sync_status.in_sync);
    member(json, "Drift", properties.sync_status.drift);
    member(json, "Problems", properties.sync_status.problems);
    member(json, "LastChanges", properties.sync_status.changes);
    json.member("EventSource", to_string(properties.event_source));
    json.member("MissedEvents", device.missed_events());
    json.member("PeersListed", properties.peers_listed);
    json.member("Peers");
    json.begin_array();
}

/// By name as long as there are few enough to be listed: sorting all would hold up the bus.
std::vector<PublicKey> order_of(const DeviceModel& device) {
    if (!device.properties().peers_listed)
        return device.keys();
    std::vector<PublicKey> keys;
    for (const auto* peer : device.peers())
        keys.push_back(peer->key());
    return keys;
}

} // namespace

Result<SnapshotWriter> SnapshotWriter::begin(const DeviceModel& device) {
    auto file = create_memfd("wgnl-snapshot");
    if (!file)
        return std::unexpected(file.error());
    SnapshotWriter writer(std::move(*file));
    writer.peers_ = order_of(device);
    write_device(writer.json_, device);
    return writer;
}

Result<bool> SnapshotWriter::go_on(const DeviceModel& device, std::chrono::nanoseconds limit) {
    const auto end = sd::boottime_now() + limit;
    for (std::size_t done = 1; next_ < peers_.size(); ++done) {
        if (const auto* peer = device.find(peers_[next_++]))
            write_peer(json_, *peer, device.sampled_at());
        if (auto flushed = flush(piece); !flushed)
            return std::unexpected(flushed.error());
        if (done % between_looks == 0 && sd::boottime_now() >= end)
            return false;
    }
    return true;
}

Result<void> SnapshotWriter::flush(std::size_t at_least) {
    if (json_.text().size() < at_least)
        return {};
    auto written = write_all(file_.get(), json_.text(), "write a memory file");
    json_.forget_text();
    return written;
}

Result<UniqueFd> SnapshotWriter::finish() {
    json_.end_array();
    json_.end_object();
    auto sealed = flush(0);
    if (sealed)
        sealed = seal(file_);
    if (!sealed)
        return std::unexpected(sealed.error());
    return std::move(file_);
}

Result<std::string> snapshot_json(const DeviceModel& device) {
    auto writer = SnapshotWriter::begin(device);
    if (!writer)
        return std::unexpected(writer.error());
    if (auto done = writer->go_on(device, std::chrono::hours(1)); !done)
        return std::unexpected(done.error());
    const auto file = writer->finish();
    if (!file)
        return std::unexpected(file.error());
    const auto mapped = SealedFile::map(file->get(), SIZE_MAX);
    if (!mapped)
        return std::unexpected(mapped.error());
    const auto bytes = mapped->bytes();
    return std::string(bytes.begin(), bytes.end());
}

} // namespace wgnl::daemon
