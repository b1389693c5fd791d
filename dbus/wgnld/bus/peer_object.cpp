// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.WireGuard1.Peer: one peer of one device.
#include <algorithm>
#include <span>

#include "control/property_sizes.hpp"
#include "member_tools.hpp"
#include "objects.hpp"
#include "service.hpp"

namespace wgnl::daemon {

namespace {

int text(sd_bus_message* reply, std::string_view value) { return append_text(reply, value); }

int boolean(sd_bus_message* reply, bool value) {
    return sd_bus_message_append(reply, "b", static_cast<int>(value));
}

int number(sd_bus_message* reply, std::uint64_t value) {
    return sd_bus_message_append(reply, "t", value);
}

/// What the back end shows of it; all zero if it is not there.
const PeerReading& seen(const Target& t) {
    static const PeerReading nothing;
    return t.peer->live() ? *t.peer->live() : nothing;
}

constexpr auto public_key = [](sd_bus_message* m, const Target& t) {
    return text(m, t.peer->key().to_base64());
};
constexpr auto name = [](sd_bus_message* m, const Target& t) { return text(m, t.peer->name()); };
constexpr auto endpoint = [](sd_bus_message* m, const Target& t) {
    return text(m, t.peer->endpoint());
};
constexpr auto wanted_endpoint = [](sd_bus_message* m, const Target& t) {
    return text(m, declared_endpoint(*t.peer));
};
constexpr auto keepalive = [](sd_bus_message* m, const Target& t) {
    return sd_bus_message_append(m, "q", seen(t).persistent_keepalive);
};
constexpr auto has_preshared_key = [](sd_bus_message* m, const Target& t) {
    return boolean(m, seen(t).has_preshared_key);
};
constexpr auto last_handshake = [](sd_bus_message* m, const Target& t) {
    return number(m, microseconds(seen(t).last_handshake));
};
constexpr auto handshake_boottime = [](sd_bus_message* m, const Target& t) {
    return number(m, microseconds(t.peer->handshake_boottime()));
};
constexpr auto rx_bytes = [](sd_bus_message* m, const Target& t) {
    return number(m, seen(t).rx_bytes);
};
constexpr auto tx_bytes = [](sd_bus_message* m, const Target& t) {
    return number(m, seen(t).tx_bytes);
};
constexpr auto sampled_at = [](sd_bus_message* m, const Target& t) {
    return number(m, microseconds(t.device->sampled_at().real));
};
constexpr auto state = [](sd_bus_message* m, const Target& t) {
    return text(m, to_string(t.peer->state()));
};
constexpr auto stalled = [](sd_bus_message* m, const Target& t) {
    return boolean(m, t.peer->stalled());
};
constexpr auto declared = [](sd_bus_message* m, const Target& t) {
    return boolean(m, t.peer->is_declared());
};
constexpr auto problems = [](sd_bus_message* m, const Target& t) {
    return append_problems(m, problems_of(*t.peer));
};

constexpr auto allowed_ips = [](sd_bus_message* m, const Target& t) {
    if (const int r = sd_bus_message_open_container(m, 'a', "s"); r < 0)
        return r;
    const std::span all(seen(t).allowed_ips);
    for (const auto& prefix : all.first(std::min(all.size(), most_prefixes)))
        if (const int r = text(m, prefix.to_string()); r < 0)
            return r;
    return sd_bus_message_close_container(m);
};

constexpr auto emits = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;

const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("PublicKey", "s", peer_property<public_key>, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Name", "s", peer_property<name>, 0, emits),
    SD_BUS_PROPERTY("Endpoint", "s", peer_property<endpoint>, 0, emits),
    SD_BUS_PROPERTY("DeclaredEndpoint", "s", peer_property<wanted_endpoint>, 0, emits),
    SD_BUS_PROPERTY("AllowedIPs", "as", peer_property<allowed_ips>, 0, emits),
    SD_BUS_PROPERTY("PersistentKeepalive", "q", peer_property<keepalive>, 0, emits),
    SD_BUS_PROPERTY("HasPresharedKey", "b", peer_property<has_preshared_key>, 0, emits),
    SD_BUS_PROPERTY("LastHandshake", "t", peer_property<last_handshake>, 0, emits),
    SD_BUS_PROPERTY("LastHandshakeBoottime", "t", peer_property<handshake_boottime>, 0, emits),
    SD_BUS_PROPERTY("RxBytes", "t", peer_property<rx_bytes>, 0, 0),
    SD_BUS_PROPERTY("TxBytes", "t", peer_property<tx_bytes>, 0, 0),
    SD_BUS_PROPERTY("SampledAt", "t", peer_property<sampled_at>, 0, 0),
    SD_BUS_PROPERTY("State", "s", peer_property<state>, 0, emits),
    SD_BUS_PROPERTY("Stalled", "b", peer_property<stalled>, 0, emits),
    SD_BUS_PROPERTY("Declared", "b", peer_property<declared>, 0, emits),
    SD_BUS_PROPERTY("Problems", "a(sss)", peer_property<problems>, 0, emits),
    SD_BUS_SIGNAL_WITH_ARGS("HandshakeCompleted", SD_BUS_ARGS("t", realtime_usec), 0),
    SD_BUS_SIGNAL_WITH_ARGS("EndpointChanged", SD_BUS_ARGS("s", old, "s", new), 0),
    SD_BUS_SIGNAL_WITH_ARGS("StateChanged", SD_BUS_ARGS("s", old, "s", new), 0),
    SD_BUS_VTABLE_END,
};

} // namespace

const sd_bus_vtable* peer_vtable() { return table; }

} // namespace wgnl::daemon
