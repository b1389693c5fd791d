// SPDX-License-Identifier: LGPL-2.1-or-later
// Members of a snapshot, in the order of the interfaces.
#include "snapshot_writer.hpp"

#include "control/figures.hpp"
#include "sd/loop.hpp"
#include "sd/memfd.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t piece = std::size_t{64} << 10; ///< bytes that are written at a time
constexpr std::size_t between_looks = 32; ///< peers from one look at the clock to the next

void triple(JsonLines& json, std::string_view a, std::string_view b, std::string_view c) {
    json.open('[');
    json.value(a);
    json.value(b);
    json.value(c);
    json.close(']');
}

void member(JsonLines& json, const char* name, const std::vector<Problem>& problems) {
    json.name(name);
    json.open('[');
    for (const auto& problem : problems)
        triple(json, to_string(problem.severity), problem.where, problem.text);
    json.close(']');
}

void member(JsonLines& json, const char* name, const std::vector<Drift>& drift) {
    json.name(name);
    json.open('[');
    for (const auto& entry : drift)
        triple(json, entry.what, entry.declared, entry.live);
    json.close(']');
}

void member(JsonLines& json, const char* name, const std::vector<std::string>& texts) {
    json.name(name);
    json.open('[');
    for (const auto& text : texts)
        json.value(text);
    json.close(']');
}

void member(JsonLines& json, const char* name, const std::vector<AllowedIp>& prefixes) {
    json.name(name);
    json.open('[');
    for (const auto& prefix : prefixes)
        json.value(prefix.to_string());
    json.close(']');
}

void member(JsonLines& json, const char* name, const StateCounts& counts) {
    json.name(name);
    json.open('{');
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0)
            json.member(to_string(static_cast<PeerState>(i)), std::uint64_t{counts[i]});
    json.close('}');
}

void write_live(JsonLines& json, const PeerModel& peer) {
    static const PeerSample nothing;
    const auto& seen = peer.live() ? *peer.live() : nothing;
    member(json, "AllowedIPs", seen.allowed_ips);
    json.member("PersistentKeepalive", std::uint64_t{seen.persistent_keepalive});
    json.member("HasPresharedKey", seen.has_preshared_key);
    json.member("LastHandshake", microseconds(seen.last_handshake));
    json.member("LastHandshakeBoottime", microseconds(peer.handshake_boottime()));
    json.member("RxBytes", seen.rx_bytes);
    json.member("TxBytes", seen.tx_bytes);
}

void write_peer(JsonLines& json, const PeerModel& peer, Moment sampled_at) {
    json.open('{');
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
    json.close('}');
}

void write_link(JsonLines& json, const DeviceModel& device) {
    const auto& face = device.face();
    json.member("Name", device.name());
    json.member("InterfaceIndex", std::uint64_t{face.ifindex});
    json.member("PublicKey", face.public_key);
    json.member("ListenPort", std::uint64_t{face.listen_port});
    json.member("FirewallMark", std::uint64_t{face.fwmark});
    json.member("Up", face.up);
    json.member("Backend", face.backend);
    json.member("Mode", to_string(face.mode));
    json.member("Source", face.source);
    json.member("Origin", face.origin);
}

/// By name as long as there are few enough to be listed: sorting all would hold up the bus.
std::vector<PublicKey> order_of(const DeviceModel& device) {
    if (!device.face().peers_listed)
        return device.keys();
    std::vector<PublicKey> keys;
    for (const auto* peer : device.peers())
        keys.push_back(peer->key());
    return keys;
}

} // namespace

Result<SnapshotWriter> SnapshotWriter::begin(const DeviceModel& device) {
    auto file = sd::create_memfd("wgnl-snapshot");
    if (!file)
        return std::unexpected(file.error());
    SnapshotWriter writer(std::move(*file));
    writer.peers_ = order_of(device);
    writer.write_device(device);
    return writer;
}

void SnapshotWriter::write_device(const DeviceModel& device) {
    const auto& face = device.face();
    JsonLines json(text_);
    json.open('{');
    write_link(json, device);
    json.member("State", to_string(face.state));
    json.member("PeerCount", std::uint64_t{device.peer_count()});
    member(json, "StateCounts", face.state_counts);
    json.member("RxBytes", device.rx_bytes());
    json.member("TxBytes", device.tx_bytes());
    json.member("SampledAt", microseconds(device.sampled_at().real));
    json.member("InSync", face.verdict.in_sync);
    member(json, "Drift", face.verdict.drift);
    member(json, "Problems", face.verdict.problems);
    member(json, "LastChanges", face.verdict.changes);
    json.member("EventSource", to_string(face.event_source));
    json.member("MissedEvents", device.missed_events());
    json.member("PeersListed", face.peers_listed);
    json.name("Peers");
    json.open('[');
}

Result<bool> SnapshotWriter::go_on(const DeviceModel& device, std::chrono::nanoseconds limit) {
    const auto end = sd::boottime_now() + limit;
    for (std::size_t done = 1; next_ < peers_.size(); ++done) {
        if (const auto* peer = device.find(peers_[next_++])) {
            if (!std::exchange(first_peer_, false))
                text_ += ',';
            JsonLines json(text_);
            write_peer(json, *peer, device.sampled_at());
        }
        if (auto flushed = flush(piece); !flushed)
            return std::unexpected(flushed.error());
        if (done % between_looks == 0 && sd::boottime_now() >= end)
            return false;
    }
    return true;
}

Result<void> SnapshotWriter::flush(std::size_t at_least) {
    if (text_.size() < at_least)
        return {};
    auto written = sd::write_all(file_.get(), text_);
    text_.clear();
    return written;
}

Result<sd::Fd> SnapshotWriter::finish() {
    text_ += "]}";
    auto sealed = flush(0);
    if (sealed)
        sealed = sd::seal(file_);
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
    const auto mapped = sd::SealedFile::map(file->get(), SIZE_MAX);
    if (!mapped)
        return std::unexpected(mapped.error());
    const auto bytes = mapped->bytes();
    return std::string(bytes.begin(), bytes.end());
}

} // namespace wgnl::daemon
