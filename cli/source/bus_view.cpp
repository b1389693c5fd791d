// SPDX-License-Identifier: LGPL-2.1-or-later
// From D-Bus properties to views: one line for each property.
#include "base/text.hpp"
#include "bus_value.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "sd/bus_names.hpp"

namespace wgnl::cli {
namespace {

/// "FILE:LINE", as to_string() has it.
Location location_of(const std::string& where) {
    const auto colon = where.rfind(':');
    const auto line = colon == where.npos
                          ? std::nullopt
                          : whole_number<std::uint32_t>(std::string_view(where).substr(colon + 1));
    return line ? Location{where.substr(0, colon), *line} : Location{where};
}

Severity severity_of(std::string_view text) {
    for (const auto severity : {Severity::note, Severity::warning})
        if (text == to_string(severity))
            return severity;
    return Severity::error;
}

/// Reads properties into fields of their types; one that is missing or of another type changes
/// nothing.
class Fields {
public:
    explicit Fields(const Properties& properties) : properties_(properties) {}

    template <typename T> void into(std::string_view name, T& field) const {
        if (const auto* value = find<T>(name))
            field = *value;
    }
    void into(std::string_view name, std::optional<bool>& field) const {
        if (const auto* value = find<bool>(name))
            field = *value;
    }
    void into(std::string_view name, Microseconds& field) const {
        if (const auto* value = find<std::uint64_t>(name))
            field = Microseconds{*value};
    }
    void into(std::string_view name, std::vector<Problem>& field) const {
        into(name, field, [](const Triple& triple) {
            const auto& [severity, where, text] = triple;
            return Problem{severity_of(severity), location_of(where), text};
        });
    }
    void into(std::string_view name, std::vector<Drift>& field) const {
        into(name, field, [](const Triple& triple) {
            const auto& [what, declared, live] = triple;
            return Drift{what, declared, live};
        });
    }

private:
    template <typename T, typename Make>
    void into(std::string_view name, std::vector<T>& field, Make make) const {
        const auto* triples = find<std::vector<Triple>>(name);
        if (!triples)
            return;
        field.clear();
        std::ranges::transform(*triples, std::back_inserter(field), make);
    }
    template <typename T> const T* find(std::string_view name) const {
        const auto found = properties_.find(name);
        return found == properties_.end() ? nullptr : std::get_if<T>(&found->second);
    }
    const Properties& properties_;
};

void read_identity(const Fields& fields, DeviceView& device) {
    fields.into("Name", device.name);
    fields.into("InterfaceIndex", device.interface_index);
    fields.into("Backend", device.backend);
    fields.into("Mode", device.mode);
    fields.into("Source", device.source);
    fields.into("Origin", device.origin);
    fields.into("PublicKey", device.public_key);
    fields.into("ListenPort", device.listen_port);
    fields.into("FirewallMark", device.firewall_mark);
}

void read_condition(const Fields& fields, DeviceView& device) {
    fields.into("State", device.state);
    fields.into("Up", device.up);
    fields.into("InSync", device.in_sync);
    fields.into("Drift", device.drift);
    fields.into("Problems", device.problems);
    fields.into("PeerCount", device.peer_count);
    fields.into("StateCounts", device.state_counts);
    fields.into("RxBytes", device.rx_bytes);
    fields.into("TxBytes", device.tx_bytes);
    fields.into("SampledAt", device.sampled_at);
    fields.into("EventSource", device.event_source);
    fields.into("MissedEvents", device.missed_events);
    fields.into("PeersListed", device.peers_listed);
}

/// "/…/device/wg0/peer/x" → "/…/device/wg0"
std::string_view device_path_of(std::string_view peer_path) {
    const auto last = peer_path.rfind('/');
    const auto before =
        last == 0 || last == peer_path.npos ? peer_path.npos : peer_path.rfind('/', last - 1);
    return before == peer_path.npos ? std::string_view{} : peer_path.substr(0, before);
}

} // namespace

void update(DeviceView& device, const Properties& properties) {
    const Fields fields{properties};
    read_identity(fields, device);
    read_condition(fields, device);
    if (device.source.empty())
        device.in_sync.reset(); // nothing is declared, so nothing can differ
}

void update(PeerView& peer, const Properties& properties) {
    const Fields fields{properties};
    fields.into("PublicKey", peer.public_key);
    fields.into("Name", peer.name);
    fields.into("Endpoint", peer.endpoint);
    fields.into("DeclaredEndpoint", peer.declared_endpoint);
    fields.into("AllowedIPs", peer.allowed_ips);
    fields.into("PersistentKeepalive", peer.persistent_keepalive);
    fields.into("HasPresharedKey", peer.has_preshared_key);
    fields.into("LastHandshake", peer.last_handshake);
    fields.into("RxBytes", peer.rx_bytes);
    fields.into("TxBytes", peer.tx_bytes);
    fields.into("State", peer.state);
    fields.into("Stalled", peer.stalled);
    fields.into("Declared", peer.declared);
    fields.into("Problems", peer.problems);
}

std::vector<Problem> problems_of(const Properties& properties) {
    std::vector<Problem> problems;
    Fields{properties}.into("Problems", problems);
    return problems;
}

DeviceView device_of(const Properties& properties) {
    DeviceView device;
    update(device, properties);
    return device;
}

PeerView peer_of(const Properties& properties) {
    PeerView peer;
    update(peer, properties);
    return peer;
}

std::vector<DeviceView> devices_of(const ManagedObjects& objects) {
    std::map<std::string, DeviceView, std::less<>> devices;
    for (const auto& [path, interfaces] : objects)
        if (const auto found = interfaces.find(device_interface); found != interfaces.end())
            devices.emplace(path, device_of(found->second));
    for (const auto& [path, interfaces] : objects)
        if (const auto found = interfaces.find(peer_interface); found != interfaces.end())
            if (const auto owner = devices.find(device_path_of(path)); owner != devices.end())
                owner->second.peers.push_back(peer_of(found->second));
    std::vector<DeviceView> sorted;
    for (auto& [path, device] : devices) {
        sort_peers(device.peers);
        sorted.push_back(std::move(device));
    }
    std::ranges::sort(sorted, {}, &DeviceView::name);
    return sorted;
}

} // namespace wgnl::cli
