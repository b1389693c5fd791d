// SPDX-License-Identifier: LGPL-2.1-or-later
// Drift and problems in words, and a whole plan as drift.
#include "findings.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "values/lookup.hpp"

namespace wgnl {
namespace {

/// Lists of prefixes are for people: this many are enough to know which.
constexpr std::size_t listed_prefixes = 8;

std::string endpoint_text(const std::optional<Endpoint>& endpoint) {
    return endpoint ? endpoint->to_string() : std::string();
}

void device_drift(const DeviceChange& change, const Device& live, Findings& findings) {
    if (!change.private_key.keeps()) {
        findings.drift(
            [&] { return Drift{"private key", hidden, live.private_key ? hidden : ""}; });
    }
    if (change.listen_port) {
        findings.drift([&] {
            return Drift{"listen port", std::to_string(*change.listen_port),
                         std::to_string(live.listen_port)};
        });
    }
    if (change.fwmark) {
        findings.drift(
            [&] { return Drift{"fwmark", fwmark_text(*change.fwmark), fwmark_text(live.fwmark)}; });
    }
}

void secret_and_endpoint_drift(const PeerChange& change, const Peer& live, Findings& findings) {
    if (!change.preshared_key.keeps()) {
        findings.drift([&] {
            return Drift{field_of("preshared key", change.public_key),
                         change.preshared_key.sets() ? hidden : "",
                         live.preshared_key ? hidden : ""};
        });
    }
    if (change.endpoint) {
        findings.drift([&] {
            return Drift{field_of("endpoint", change.public_key), endpoint_text(change.endpoint),
                         endpoint_text(live.endpoint)};
        });
    }
}

void remaining_drift(const PeerChange& change, const Peer& live, Findings& findings) {
    if (change.persistent_keepalive && *change.persistent_keepalive != live.persistent_keepalive) {
        findings.drift([&] {
            return Drift{field_of("persistent keepalive", change.public_key),
                         std::to_string(*change.persistent_keepalive),
                         std::to_string(live.persistent_keepalive)};
        });
    }
    if (!change.add_allowed_ips.empty() || !change.remove_allowed_ips.empty()) {
        findings.drift([&] {
            return Drift{field_of("allowed IPs", change.public_key),
                         list_text(change.add_allowed_ips), list_text(change.remove_allowed_ips)};
        });
    }
}

std::string description(const Peer& peer) {
    auto text = "allowed IPs " +
                (peer.allowed_ips.empty() ? std::string("none") : list_text(peer.allowed_ips));
    return peer.endpoint ? text + ", endpoint " + peer.endpoint->to_string() : text;
}

void peer_drift(const PeerChange& change, const Peer* live, Findings& findings) {
    if (change.action == PeerChange::Action::add || live == nullptr) {
        findings.drift([&] {
            return Drift{field_of("peer", change.public_key), list_text(change.add_allowed_ips),
                         ""};
        });
    } else if (change.action == PeerChange::Action::remove) {
        findings.drift([&] { return foreign_drift(*live); });
    } else {
        secret_and_endpoint_drift(change, *live, findings);
        remaining_drift(change, *live, findings);
    }
}

} // namespace

std::string and_more(std::size_t count) { return fmt::format("and {} more", count); }

std::vector<Problem> take_problems(CappedList<Problem>&& problems) {
    return std::move(problems).take(
        [](std::size_t count) { return Problem{Severity::warning, {}, and_more(count)}; });
}

Problem problem_of(const DeclaredPeer& peer, Severity severity, std::string text) {
    return {.severity = severity,
            .location = peer.location,
            .text = std::move(text),
            .peer = peer.public_key};
}

void Findings::move_into(Plan& plan) && {
    std::ranges::sort(differences_);
    plan.differences = std::move(differences_);
    plan.drift =
        std::move(drift_).take([](std::size_t count) { return Drift{and_more(count), "", ""}; });
    plan.problems = take_problems(std::move(problems_));
    plan.pending_confirmation = pending_confirmation_;
}

std::string list_text(std::span<const AllowedIp> prefixes) {
    std::string text;
    for (const auto& prefix : prefixes.first(std::min(prefixes.size(), listed_prefixes)))
        text += (text.empty() ? "" : ", ") + prefix.to_string();
    const auto more = prefixes.size() - std::min(prefixes.size(), listed_prefixes);
    return more == 0 ? text : text + " " + and_more(more);
}

std::string fwmark_text(std::uint32_t mark) {
    return mark == 0 ? "off" : fmt::format("{:#x}", mark);
}

std::string field_of(std::string_view field, const PublicKey& key) {
    return field == "peer" ? "peer " + key.to_base64()
                           : fmt::format("{} of {}", field, key.to_base64());
}

Drift foreign_drift(const Peer& peer) {
    return {field_of("peer", peer.public_key), "", description(peer)};
}

void turn_into_drift(Plan& plan, const Device& live, Findings& findings) {
    device_drift(plan.change, live, findings);
    PeerLookup<Peer> lookup(live.peers);
    for (const auto& change : plan.change.peers) {
        const auto at = lookup.find(change.public_key);
        peer_drift(change, at == nowhere ? nullptr : &live.peers[at], findings);
    }
    plan.change = {};
    plan.before = {};
    plan.recomputes_peers = false;
}

} // namespace wgnl
