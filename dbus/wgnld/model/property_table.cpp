// SPDX-License-Identifier: LGPL-2.1-or-later
// The rows. What emits changes of a device is found by comparing its properties; a peer notes its
// own.
#include "property_table.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <type_traits>

#include <wgnl/text.hpp>

namespace wgnl::daemon {

namespace {

template <typename T> constexpr const char* signature_of = "";
template <> constexpr const char* signature_of<bool> = "b";
template <> constexpr const char* signature_of<std::uint16_t> = "q";
template <> constexpr const char* signature_of<std::uint32_t> = "u";
template <> constexpr const char* signature_of<std::uint64_t> = "t";
template <> constexpr const char* signature_of<std::string_view> = "s";
template <> constexpr const char* signature_of<std::string> = "s";
template <> constexpr const char* signature_of<std::span<const std::string>> = "as";
template <> constexpr const char* signature_of<std::span<const AllowedIp>> = "as";
template <> constexpr const char* signature_of<std::span<const Drift>> = "a(sss)";
template <> constexpr const char* signature_of<std::vector<Problem>> = "a(sss)";
template <> constexpr const char* signature_of<StateCounts> = "a{su}";

/// As the bus has it; what belongs to the model (an lvalue) is only referred to.
template <typename T> auto on_bus(T&& value) {
    using Plain = std::remove_cvref_t<T>;
    if constexpr (std::is_enum_v<Plain>)
        return std::string_view(to_string(value));
    else if constexpr (!std::is_lvalue_reference_v<T> ||
                       std::is_same_v<Plain, std::vector<Problem>>)
        return Plain(std::forward<T>(value));
    else if constexpr (std::is_same_v<Plain, std::string>)
        return std::string_view(value);
    else if constexpr (requires { typename Plain::allocator_type; })
        return std::span<const typename Plain::value_type>(value);
    else
        return Plain(value);
}

template <auto get, typename From> constexpr const char* type_of =
    signature_of<decltype(on_bus(std::invoke(get, std::declval<const From&>())))>;

template <auto get, typename From> PropertyValue value_of(const From& from) {
    return on_bus(std::invoke(get, from));
}

/// Of what emits changes.
template <auto get> constexpr DeviceProperty emitting(const char* name, Readers readers) {
    return {{name, type_of<get, DeviceProperties>, readers, Emits::changes},
            [](const DeviceModel& device) { return value_of<get>(device.properties()); },
            [](const DeviceProperties& before, const DeviceProperties& after) {
                return std::invoke(get, before) != std::invoke(get, after);
            }};
}

template <auto get>
constexpr DeviceProperty silent(const char* name, Readers readers, Emits emits = Emits::nothing) {
    return {{name, type_of<get, DeviceModel>, readers, emits}, value_of<get, DeviceModel>, nullptr};
}

constexpr auto peer_count = [](const DeviceProperties& device) {
    return std::reduce(device.state_counts.begin(), device.state_counts.end());
};
constexpr auto in_sync = [](const DeviceProperties& d) { return d.sync_status.in_sync; };
constexpr auto drift = [](const auto& d) -> auto& { return d.sync_status.drift; };
constexpr auto problems = [](const auto& d) -> auto& { return d.sync_status.problems; };
constexpr auto last_changes = [](const auto& d) -> auto& { return d.sync_status.changes; };
/// The kernel takes any byte but '/' and NUL.
constexpr auto printable_name = [](const DeviceModel& device) { return printable(device.name()); };
constexpr auto rx_bytes = [](const DeviceModel& device) { return device.peers().bytes().rx; };
constexpr auto tx_bytes = [](const DeviceModel& device) { return device.peers().bytes().tx; };
constexpr auto sampled_at = [](const auto& from) { return microseconds(from.sampled_at().real); };

using enum Readers;
using D = DeviceProperties;

constexpr DeviceProperty of_device[] = {
    silent<printable_name>("Name", everybody, Emits::constant),
    emitting<&D::ifindex>("InterfaceIndex", everybody),
    emitting<&D::public_key>("PublicKey", insiders),
    emitting<&D::listen_port>("ListenPort", insiders),
    emitting<&D::fwmark>("FirewallMark", insiders),
    emitting<&D::up>("Up", everybody),
    emitting<&D::backend>("Backend", everybody),
    emitting<&D::mode>("Mode", everybody),
    emitting<&D::source>("Source", insiders),
    emitting<&D::origin>("Origin", insiders),
    emitting<&D::state>("State", everybody),
    emitting<peer_count>("PeerCount", everybody),
    emitting<&D::state_counts>("StateCounts", everybody),
    silent<rx_bytes>("RxBytes", insiders),
    silent<tx_bytes>("TxBytes", insiders),
    silent<sampled_at>("SampledAt", insiders),
    emitting<in_sync>("InSync", everybody),
    emitting<drift>("Drift", insiders),
    emitting<problems>("Problems", insiders),
    emitting<last_changes>("LastChanges", insiders),
    emitting<&D::event_source>("EventSource", everybody),
    silent<&DeviceModel::missed_events>("MissedEvents", everybody),
    emitting<&D::peers_listed>("PeersListed", everybody),
};

template <auto get> constexpr PeerProperty of(const char* name, Emits emits = Emits::changes) {
    return {{name, type_of<get, PeerModel>, insiders, emits},
            [](const PeerReadAt& view) { return value_of<get>(view.peer); }};
}

/// What the back end shows of it; all zero if it is not there.
const PeerReading& live(const PeerModel& peer) {
    static const PeerReading nothing;
    return peer.live() ? *peer.live() : nothing;
}

template <auto get> constexpr PeerProperty of_live(const char* name, Emits emits = Emits::changes) {
    constexpr auto from_peer = [](const PeerModel& peer) -> decltype(auto) {
        return std::invoke(get, live(peer));
    };
    return of<from_peer>(name, emits);
}

constexpr auto key = [](const PeerModel& peer) { return peer.key().to_base64(); };
constexpr auto declared_endpoint = [](const PeerModel& peer) {
    return peer.declared() ? std::string_view(peer.declared()->endpoint) : std::string_view();
};
constexpr auto last_handshake = [](const PeerReading& seen) {
    return microseconds(seen.last_handshake);
};
constexpr auto handshake_boottime = [](const PeerModel& peer) {
    return microseconds(peer.handshake().value_or(Boottime{}));
};
constexpr auto device_sampled_at = [](const PeerReadAt& view) -> PropertyValue {
    return microseconds(view.sampled_at.real);
};

constexpr PeerProperty of_peer[] = {
    of<key>("PublicKey", Emits::constant),
    of<&PeerModel::name>("Name"),
    of<&PeerModel::endpoint>("Endpoint"),
    of<declared_endpoint>("DeclaredEndpoint"),
    of_live<&PeerReading::allowed_ips>("AllowedIPs"),
    of_live<&PeerReading::persistent_keepalive>("PersistentKeepalive"),
    of_live<&PeerReading::has_preshared_key>("HasPresharedKey"),
    of_live<last_handshake>("LastHandshake"),
    of<handshake_boottime>("LastHandshakeBoottime"),
    of_live<&PeerReading::rx_bytes>("RxBytes", Emits::nothing),
    of_live<&PeerReading::tx_bytes>("TxBytes", Emits::nothing),
    {{"SampledAt", "t", insiders, Emits::nothing}, device_sampled_at},
    of<&PeerModel::state>("State"),
    of<&PeerModel::stalled>("Stalled"),
    of<&PeerModel::is_declared>("Declared"),
    of<problems_of>("Problems"),
};

} // namespace

std::span<const DeviceProperty> device_table() { return of_device; }
std::span<const PeerProperty> peer_table() { return of_peer; }

std::vector<const char*> changed_properties(const DeviceProperties& before,
                                            const DeviceProperties& after) {
    std::vector<const char*> names;
    for (const auto& row : of_device)
        if (row.differs && row.differs(before, after))
            names.push_back(row.name);
    return names;
}

std::vector<Problem> problems_of(const PeerModel& peer) {
    auto problems = peer.declared() ? peer.declared()->problems : std::vector<Problem>();
    problems.insert(problems.end(), peer.notices().begin(), peer.notices().end());
    problems.resize(std::min(problems.size(), most_problems));
    return problems;
}

} // namespace wgnl::daemon
