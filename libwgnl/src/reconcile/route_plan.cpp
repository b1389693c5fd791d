// SPDX-License-Identifier: LGPL-2.1-or-later
// Declared routes against live ones.
#include "steps.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <linux/rtnetlink.h>

#include "plan/findings.hpp"

namespace wgnl {
namespace {

constexpr std::uint8_t widest_v4 = 8;
constexpr std::uint8_t widest_v6 = 16;

/// Protocols (RTPROT_…) of routes that are otherwise the same.
using Makers = std::set<std::uint8_t>;

/// Whose route serves: somebody else's before ours.
std::uint8_t server_of(const Makers& makers) {
    const auto other =
        std::ranges::find_if(makers, [](auto maker) { return maker != route_protocol; });
    return other != makers.end() ? *other : route_protocol;
}

/// A route that is asked for, and by whom.
struct Wish {
    Route route;
    const DeclaredPeer* peer;
};

void add_listed(const DeclaredPeer& peer, std::vector<Wish>& wishes) {
    for (const auto& route : peer.routes)
        wishes.push_back({Route{route.destination, route.table, route.metric}.normalised(), &peer});
}

void add_wishes(const Declaration& declared, const DeclaredPeer& peer, std::vector<Wish>& wishes) {
    if (!peer.routes.empty())
        return add_listed(peer, wishes);
    const auto table = peer.route_table ? peer.route_table : declared.route_table;
    const auto metric = peer.route_metric ? peer.route_metric : declared.route_metric;
    if (!table || *table == 0) // 0: this peer's are off
        return;
    for (const auto& prefix : peer.allowed_ips)
        wishes.push_back({Route{prefix, *table, metric.value_or(0)}.normalised(), &peer});
}

std::vector<Wish> wishes_of(const Declaration& declared) {
    std::vector<Wish> wishes;
    for (const auto& peer : declared.peers)
        if (!peer.kept_as_is)
            add_wishes(declared, peer, wishes);
    return wishes;
}

/// The same route for the kernel, whoever made it.
Route as_ours(Route route) {
    route.protocol = route_protocol;
    return route.normalised();
}

std::set<AllowedIp> prefixes_of_held(const Declaration& declared, const Record& record) {
    std::set<PublicKey> kept_as_is;
    for (const auto& peer : declared.peers)
        if (peer.kept_as_is)
            kept_as_is.insert(peer.public_key);
    std::set<AllowedIp> prefixes;
    for (const auto& peer : record.peers)
        if (kept_as_is.contains(peer.public_key))
            prefixes.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
    return prefixes;
}

bool is_default(const Route& route) { return route.destination.is_default(); }

bool is_too_wide(const Route& route) {
    const auto widest = route.destination.network.family() == Family::ipv4 ? widest_v4 : widest_v6;
    return is_general_table(route.table) && route.destination.prefix_length < widest;
}

class RoutePlanner {
public:
    explicit RoutePlanner(const RouteFacts& facts)
        : facts_(facts), beside_owner_(facts.declared.mode != Mode::own),
          held_(prefixes_of_held(facts.declared, facts.record)) {
        for (const auto& route : facts.live)
            live_[as_ours(route)].insert(route.protocol);
        for (const auto& route : facts.record.routes) {
            recorded_.insert(as_ours(route));
            if (route.protocol == RTPROT_BOOT)
                taken_.insert(as_ours(route));
        }
    }

    RoutePlan run() {
        for (const auto& wish : wishes_of(facts_.declared))
            take(wish);
        for (const auto& [route, makers] : live_)
            if (!expected_.contains(route))
                judge_undeclared(route, makers);
        plan_.problems = take_problems(std::move(problems_));
        plan_.drift = std::move(drift_).take(
            [](std::size_t left) { return Drift{"routes", "", and_more(left)}; });
        return std::move(plan_);
    }

private:
    void take(const Wish& wish) {
        const auto& route = wish.route;
        const auto live = live_.find(route);
        const bool refused = !beside_owner_ && !facts_.allow_wide && is_too_wide(route);
        if (live != live_.end() && !(refused && live->second == Makers{route_protocol}))
            return serve(route, live->second);
        if (owner_has_elsewhere(route) || (refused && serve_from_elsewhere(route)))
            return;
        if (beside_owner_ ? is_default(route) || (!facts_.allow_wide && is_too_wide(route))
                          : refused) {
            return problems_.add(
                [&] { return problem_of(*wish.peer, weight_of_refusal(), refusal(route)); });
        }
        if (expected_.insert(route).second) {
            plan_.changes.add.push_back(route);
            keep(route, route_protocol);
        }
    }

    /// Who types a command is there to see to it; it has failed.
    Severity weight_of_refusal() const {
        return !beside_owner_ && facts_.source == "command" ? Severity::error : Severity::warning;
    }

    /// Beside a route of the same destination, table and metric that somebody else made, ours goes:
    /// networkd appends its own (NLM_F_APPEND) to one that we have put back while it reconfigures
    /// the link.
    void serve(const Route& route, const Makers& makers) {
        if (!expected_.insert(route).second)
            return;
        keep(route, server_of(makers));
        if (makers.size() > 1 && makers.contains(route_protocol))
            plan_.changes.remove.push_back(route);
    }

    /// NetworkManager puts default routes into a table of its own, where rules lead to them, of the
    /// families that the device has; its adapter tells when one of them is missing.
    bool owner_has_elsewhere(const Route& route) const {
        return facts_.source == "NetworkManager" && is_default(route) &&
               std::ranges::any_of(live_, [&](const auto& live) {
                   return is_default(live.first) && live.first.table != route.table;
               });
    }

    /// wg-quick has put a default route into a table of its own, where its rules lead to it; the
    /// device was taken over with it.
    bool serve_from_elsewhere(const Route& route) {
        auto live = live_.lower_bound(Route{.destination = route.destination, .table = 0});
        for (; live != live_.end() && live->first.destination == route.destination; ++live) {
            if (taken_.contains(live->first) && !is_general_table(live->first.table)) {
                serve(live->first, live->second);
                return true;
            }
        }
        return false;
    }

    /// Whether a route that somebody else made came with a device that was taken over.
    bool is_taken(const Route& route, std::uint8_t protocol) const {
        return protocol == RTPROT_BOOT && taken_.contains(as_ours(route));
    }

    /// What serves, but was made by neither us nor the owner's configuration, is nobody's to
    /// remove.
    void keep(Route route, std::uint8_t protocol) {
        if (protocol == route_protocol || protocol == RTPROT_STATIC || is_taken(route, protocol)) {
            route.protocol = protocol;
            plan_.record.push_back(route);
        }
    }

    void judge_undeclared(const Route& route, const Makers& makers) {
        for (const auto protocol : makers)
            judge_undeclared(route, protocol);
    }

    void judge_undeclared(Route route, std::uint8_t protocol) {
        const bool recorded = recorded_.contains(route);
        const bool ours = protocol == route_protocol;
        route.protocol = protocol;
        if (held_.contains(route.destination))
            return recorded ? keep(route, protocol) : void();
        if (ours && !recorded && !facts_.confirmed)
            return drift_.add([&] { return Drift{"route", "", route.to_string()}; });
        const bool of_owner = recorded && protocol == RTPROT_STATIC && beside_owner_;
        if (of_owner && is_default(route)) {
            keep(route, protocol);
            return problems_.add([&] {
                return Problem{Severity::warning, facts_.declared.location, farewell(route)};
            });
        }
        if (ours || of_owner || is_taken(route, protocol))
            plan_.changes.remove.push_back(route);
    }

    /// What makes the owner of the link set its own routes.
    std::string completion(const Route& route) const {
        const auto& device = facts_.declared.device;
        if (facts_.source == "networkd") {
            return fmt::format(
                "\"networkctl reload\" and \"networkctl reconfigure {}\" complete it", device);
        }
        if (facts_.source == "NetworkManager") {
            return fmt::format("\"nmcli device disconnect {0}\" and \"nmcli device connect {0}\" "
                               "complete it",
                               device);
        }
        return fmt::format("set it by \"ip route add {} dev {} table {}\" if you mean it",
                           route.destination.to_string(), device, route.table);
    }

    std::string refusal(const Route& route) const {
        if (beside_owner_) {
            return fmt::format("the route {} is missing, and so wide a one is left to the owner of "
                               "the link; {}",
                               route.to_string(), completion(route));
        }
        return fmt::format(
            "{} is too wide a route for table {} and is not set: the tunnel's own packets might go "
            "into the tunnel; {}",
            route.destination.to_string(), route.table,
            facts_.source == "command"
                ? "as wg-quick does, give the device a mark (FwMark=) and the route a table of its "
                  "own (Table=), and have \"ip rule add not fwmark MARK table TABLE\" lead there"
                : "use a table of its own, or allow it by AllowDefaultRoute=yes in "
                  "/etc/wgnl/wgnld.conf");
    }

    std::string farewell(const Route& route) const {
        return fmt::format("the route {} is no longer declared, and a default route is left to the "
                           "owner of the link; {}",
                           route.to_string(), completion(route));
    }

    const RouteFacts& facts_;
    bool beside_owner_;
    std::set<AllowedIp> held_;
    std::map<Route, Makers> live_{}; ///< as ours, and who made such a one
    std::set<Route> recorded_{};     ///< as ours
    std::set<Route> taken_{};        ///< of them what came with the device, as ours
    std::set<Route> expected_{};
    RoutePlan plan_{};
    CappedList<Problem> problems_{};
    CappedList<Drift> drift_{};
};

} // namespace

std::vector<Route> declared_routes(const Declaration& declared) {
    std::vector<Route> routes;
    for (const auto& wish : wishes_of(declared))
        routes.push_back(wish.route);
    return routes;
}

bool is_general_table(std::uint32_t table) noexcept {
    return table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL || table == RT_TABLE_DEFAULT;
}

bool lead_all_by_rules(const std::vector<Route>& routes) {
    return std::ranges::any_of(routes, [](const Route& route) {
        return route.destination.prefix_length <= 1 && !is_general_table(route.table);
    });
}

RoutePlan plan_routes(const RouteFacts& facts) { return RoutePlanner(facts).run(); }

} // namespace wgnl
