// SPDX-License-Identifier: LGPL-2.1-or-later
// What of a device wg-quick makes by itself, and why one is left alone.
#include "take_over.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "steps.hpp"
#include "values/lookup.hpp"

namespace wgnl {

std::string doubt_about_key(const Declaration& declared, const Device& live) {
    const auto anew = fmt::format("; to have it created anew, remove it first: ip link delete {}",
                                  declared.device);
    if (!declared.private_key)
        return "without a private key the declaration does not show that it is the device's" + anew;
    if (live.private_key == declared.private_key)
        return {};
    return fmt::format("its public key is {}, and that of the declared private key {}{}",
                       live.public_key ? live.public_key->to_base64() : "none",
                       public_key_of(*declared.private_key).to_base64(), anew);
}

namespace {

/// A live endpoint that is not what the name stands for now was declared as something else.
bool is_of_name(const Endpoint& live, const std::string& text, const TakeOverFacts& how) {
    const auto name = HostPort::parse(text);
    const auto found = how.addresses.find(text);
    return name && name->port == live.port && found != how.addresses.end() &&
           std::ranges::find(found->second, live.address) != found->second.end();
}

std::vector<RecordedPeer> peers_of_taken(const Declaration& declared, const Device& live,
                                         const TakeOverFacts& how) {
    PeerLookup<DeclaredPeer> lookup(declared.peers);
    std::vector<RecordedPeer> peers;
    for (const auto& peer : live.peers) {
        const auto at = lookup.find(peer.public_key);
        const auto* wanted = at == nowhere ? nullptr : &declared.peers[at];
        const bool is_named = wanted != nullptr && peer.endpoint && wanted->endpoint &&
                              is_of_name(*peer.endpoint, *wanted->endpoint, how);
        peers.push_back({.public_key = peer.public_key,
                         .preshared_key = peer.preshared_key.has_value(),
                         .persistent_keepalive = peer.persistent_keepalive != 0,
                         .endpoint = is_named ? wanted->endpoint : std::nullopt,
                         .allowed_ips = peer.allowed_ips});
    }
    return peers;
}

bool has_address(const Declaration& declared, const InterfaceAddress& address) {
    return std::ranges::find(declared.addresses, address) != declared.addresses.end();
}

/// Which routes of a device wg-quick makes by itself.
class RoutesOfWgQuick {
public:
    RoutesOfWgQuick(const Declaration& declared, const Device& live, const TakeOverFacts& how)
        : mark_(live.fwmark) {
        if (!how.ran_commands)
            for (const auto& peer : live.peers)
                prefixes_.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
        for (const auto& peer : declared.peers)
            take(peer, peer.route_table ? peer.route_table : declared.route_table);
        if (!tables_.empty())
            tables_.insert({RT_TABLE_MAIN, mark_});
    }

    bool has(const Route& route) const {
        const auto plain = Route{route.destination, route.table}.normalised();
        return route.protocol == RTPROT_BOOT && route.normalised().metric == plain.metric &&
               tables_.contains(route.table) && prefixes_.contains(route.destination);
    }

    /// In the table of its mark's number, where a default route of its making would be.
    bool may_have_made(const Route& route) const {
        return route.protocol == RTPROT_BOOT && route.destination.is_default() && mark_ != 0 &&
               route.table == mark_ && !tables_.empty();
    }

private:
    void take(const DeclaredPeer& peer, const std::optional<std::uint32_t>& table) {
        for (const auto& route : peer.routes)
            tables_.insert(route.table);
        const bool has_routes = !peer.routes.empty() || table.value_or(0) != 0;
        if (peer.routes.empty() && has_routes)
            tables_.insert(*table);
        for (const auto& prefix : peer.allowed_ips)
            if (has_routes)
                prefixes_.insert(prefix);
            else
                prefixes_.erase(prefix);
    }

    std::uint32_t mark_;
    std::set<std::uint32_t> tables_{};
    std::set<AllowedIp> prefixes_{};
};

} // namespace

Record record_of_taken(const Declaration& declared, const Taken& taken, const TakeOverFacts& how) {
    Record record{.device = declared.device, .mode = Mode::own, .private_key = true};
    record.ifindex = taken.link.ifindex;
    record.link_generation = taken.link.link_generation;
    record.peers = peers_of_taken(declared, taken.live, how);
    std::ranges::copy_if(taken.link.addresses, std::back_inserter(record.created_addresses),
                         [&](const InterfaceAddress& each) {
                             return !each.address.is_link_local() &&
                                    (!how.ran_commands || has_address(declared, each));
                         });
    const RoutesOfWgQuick made(declared, taken.live, how);
    std::ranges::copy_if(taken.routes, std::back_inserter(record.routes),
                         [&](const Route& route) { return made.has(route); });
    return record;
}

std::string doubt_about_routes(const Declaration& declared, const Taken& taken,
                               const TakeOverFacts& how) {
    const auto kept = std::ranges::find(taken.routes, RTPROT_STATIC, &Route::protocol);
    if (kept != taken.routes.end())
        return fmt::format("systemd-networkd or NetworkManager keeps it, as its route {1} shows "
                           "(\"proto static\"): change it in the file or profile that \"networkctl "
                           "status {0}\" or \"nmcli device show {0}\" names, or have that let go "
                           "of it first",
                           declared.device, kept->to_string());
    const RoutesOfWgQuick made(declared, taken.live, how);
    const auto unsure = std::ranges::find_if(taken.routes, [&](const Route& route) {
        return how.ran_commands && made.may_have_made(route) && !made.has(route);
    });
    if (unsure == taken.routes.end())
        return {};
    return fmt::format("its route {1} is declared no more, and whether wg-quick made it or a "
                       "command of the file (PreUp=, PostUp=) is not known: remove it first, by "
                       "\"ip route del {2} dev {0} table {3}\", or take {0} down and up again by "
                       "what made it",
                       declared.device, unsure->to_string(), unsure->destination.to_string(),
                       unsure->table);
}

} // namespace wgnl
