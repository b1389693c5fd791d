// SPDX-License-Identifier: LGPL-2.1-or-later
// A plan as text for people and as JSON for programs; neither ever shows a secret.
#include <wgnl/plan.hpp>
#include <wgnl/text.hpp>

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "findings.hpp"
#include "print.hpp"
#include "json/writer.hpp"

namespace wgnl {
namespace {

using Action = PeerChange::Action;

template <typename Secret> std::string_view verb(const Edit<Secret>& edit, bool was_set) {
    return edit.clears() ? "cleared" : was_set ? "changed" : "set";
}

std::string endpoint_text(const std::optional<Endpoint>& endpoint) {
    return endpoint ? endpoint->to_string() : "none";
}

/// "A -> B", or only "B" of a peer that is new.
std::string transition(Action action, const std::string& from, const std::string& to) {
    return action == Action::add ? to : from + " -> " + to;
}

struct Counts {
    std::size_t added{0};
    std::size_t changed{0};
    std::size_t removed{0};
};

/// One peer may stand in a change twice: what it gets, and the prefixes that it loses.
Counts count(const std::vector<PeerChange>& changes) {
    Counts counts;
    std::unordered_set<PublicKey> changed;
    for (const auto& change : changes) {
        counts.added += change.action == Action::add ? 1 : 0;
        counts.removed += change.action == Action::remove ? 1 : 0;
        if (change.action == Action::update)
            changed.insert(change.public_key);
    }
    counts.changed = changed.size();
    return counts;
}

std::string joined(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// "2 peers added"; the noun stands with the first part only.
void add_count(std::vector<std::string>& parts, bool& noun, std::size_t number,
               std::string_view done) {
    if (number == 0)
        return;
    const std::string_view peers = noun ? "" : number == 1 ? " peer" : " peers";
    parts.push_back(fmt::format("{}{} {}", number, peers, done));
    noun = true;
}

std::string headline(const Plan& plan) {
    if (plan.empty())
        return plan.device + ": nothing to do\n";
    std::vector<std::string> parts;
    if (!plan.change.private_key.keeps() || plan.change.listen_port || plan.change.fwmark)
        parts.emplace_back("device changed");
    bool noun = false;
    const auto counts = count(plan.change.peers);
    add_count(parts, noun, counts.added, "added");
    add_count(parts, noun, counts.changed, "changed");
    add_count(parts, noun, counts.removed, "removed");
    return fmt::format("{}: {}\n", plan.device, joined(parts));
}

void add_prefixes(const PeerChange& change, std::vector<std::string>& parts) {
    const std::string_view sign = change.action == Action::add ? "" : "+ ";
    if (!change.add_allowed_ips.empty())
        parts.push_back(fmt::format("allowed-ips {}{}", sign, list_text(change.add_allowed_ips)));
    if (!change.remove_allowed_ips.empty())
        parts.push_back("allowed-ips - " + list_text(change.remove_allowed_ips));
}

void add_fields(const PeerChange& change, const PeerBefore& before,
                std::vector<std::string>& parts) {
    if (change.endpoint) {
        parts.push_back("endpoint " + transition(change.action, endpoint_text(before.endpoint),
                                                 endpoint_text(change.endpoint)));
    }
    const auto keepalive = change.persistent_keepalive.value_or(before.persistent_keepalive);
    if (keepalive != before.persistent_keepalive) {
        parts.push_back("keepalive " + transition(change.action,
                                                  std::to_string(before.persistent_keepalive),
                                                  std::to_string(keepalive)));
    }
    if (!change.preshared_key.keeps()) {
        parts.push_back(
            fmt::format("preshared key {}", verb(change.preshared_key, before.preshared_key)));
    }
    if (change.trigger_handshake)
        parts.emplace_back("handshake started");
}

std::string drift_line(const Drift& drift) {
    if (drift.declared.empty() && drift.live.empty())
        return fmt::format("! {}\n", drift.what);
    if (drift.declared.empty())
        return fmt::format("! kept, not declared: {} ({})\n", drift.what, drift.live);
    return fmt::format("! left alone: {}: declared {}, live {}\n", drift.what, drift.declared,
                       drift.live.empty() ? "none" : drift.live);
}

std::string_view action_name(Action action) {
    return action == Action::add ? "add" : action == Action::remove ? "remove" : "update";
}

template <typename T>
void step_member(json::Writer& writer, std::string_view name, const T& from, const T& to) {
    writer.member(name);
    writer.begin_object();
    writer.member("from", from);
    writer.member("to", to);
    writer.end_object();
}

void prefixes_member(json::Writer& writer, std::string_view name,
                     const std::vector<AllowedIp>& prefixes) {
    if (prefixes.empty())
        return;
    writer.member(name);
    writer.begin_array();
    for (const auto& prefix : prefixes)
        writer.value(prefix.to_string());
    writer.end_array();
}

void put_device(json::Writer& writer, const Plan& plan) {
    const auto& change = plan.change;
    if (!change.private_key.keeps())
        writer.member("private_key", verb(change.private_key, plan.before.private_key));
    if (change.listen_port) {
        step_member<std::uint64_t>(writer, "listen_port", plan.before.listen_port,
                                   *change.listen_port);
    }
    if (change.fwmark)
        step_member<std::uint64_t>(writer, "fwmark", plan.before.fwmark, *change.fwmark);
}

void put_fields(json::Writer& writer, const PeerChange& change, const PeerBefore& before) {
    if (!change.preshared_key.keeps())
        writer.member("preshared_key", verb(change.preshared_key, before.preshared_key));
    if (change.endpoint) {
        step_member(writer, "endpoint", before.endpoint ? before.endpoint->to_string() : "",
                    change.endpoint->to_string());
    }
    if (change.persistent_keepalive) {
        step_member<std::uint64_t>(writer, "persistent_keepalive", before.persistent_keepalive,
                                   *change.persistent_keepalive);
    }
    prefixes_member(writer, "add_allowed_ips", change.add_allowed_ips);
    prefixes_member(writer, "remove_allowed_ips", change.remove_allowed_ips);
    if (change.trigger_handshake)
        writer.member("nudge", true);
}

void put_peer(json::Writer& writer, const PeerChange& change, const PeerBefore& before) {
    writer.begin_object();
    writer.member("action", action_name(change.action));
    writer.member("public_key", change.public_key.to_base64());
    if (!before.name.empty())
        writer.member("name", printable(before.name));
    if (change.action != Action::remove)
        put_fields(writer, change, before);
    writer.end_object();
}

void put_drift(json::Writer& writer, const Drift& drift) {
    writer.begin_object();
    writer.member("what", drift.what);
    writer.member("declared", drift.declared);
    writer.member("live", drift.live);
    writer.end_object();
}

void put_problem(json::Writer& writer, const Problem& problem) {
    writer.begin_object();
    writer.member("severity", to_string(problem.severity));
    writer.member("where", printable(to_string(problem.location)));
    writer.member("text", printable(problem.text));
    writer.end_object();
}

template <typename T, typename Put>
void list_member(json::Writer& writer, std::string_view name, const std::vector<T>& list, Put put) {
    writer.member(name);
    writer.begin_array();
    for (const auto& entry : list)
        put(writer, entry);
    writer.end_array();
}

/// A plan that somebody put together may say less of what was before than plan() does.
PeerBefore before_at(const Plan& plan, std::size_t at) {
    return at < plan.before.peers.size() ? plan.before.peers[at] : PeerBefore{};
}

std::string_view words(Difference::Aspect aspect) {
    using Aspect = Difference::Aspect;
    switch (aspect) {
    case Aspect::private_key:
        return "private key";
    case Aspect::listen_port:
        return "listen port";
    case Aspect::fwmark:
        return "firewall mark";
    case Aspect::presence:
        return "presence";
    case Aspect::foreign_peer:
        return "undeclared presence";
    case Aspect::preshared_key:
        return "preshared key";
    case Aspect::persistent_keepalive:
        return "persistent keepalive";
    case Aspect::allowed_ips:
        return "allowed IPs";
    case Aspect::sessions:
        return "sessions of peers";
    case Aspect::endpoint:
        return "endpoint";
    case Aspect::routes:
        return "routes of allowed IPs";
    }
    return "field";
}

} // namespace

std::string to_string(const Difference& difference) {
    std::string text(words(difference.aspect));
    if (!difference.peer.is_zero())
        text += " of peer " + difference.peer.to_base64();
    return text;
}

std::string device_steps_text(const Plan& plan) {
    std::string text;
    const auto& change = plan.change;
    if (!change.private_key.keeps()) {
        text +=
            fmt::format("~ private key {}{}\n", verb(change.private_key, plan.before.private_key),
                        plan.recomputes_peers ? ", every peer is computed again" : "");
    }
    if (change.listen_port) {
        text +=
            fmt::format("~ listen port {} -> {}\n", plan.before.listen_port, *change.listen_port);
    }
    if (change.fwmark) {
        text += fmt::format("~ fwmark {} -> {}\n", fwmark_text(plan.before.fwmark),
                            fwmark_text(*change.fwmark));
    }
    return text;
}

std::string step_text(const PeerChange& change, const PeerBefore& before) {
    std::vector<std::string> parts;
    if (change.action != Action::remove) {
        add_prefixes(change, parts);
        add_fields(change, before, parts);
    }
    const char sign = change.action == Action::add      ? '+'
                      : change.action == Action::remove ? '-'
                                                        : '~';
    const auto name = before.name.empty() ? "" : " (" + printable(before.name) + ")";
    const auto details = parts.empty() ? "" : " " + joined(parts);
    return fmt::format("{} peer {}{}{}", sign, change.public_key.to_base64(), name, details);
}

std::string to_text(const Plan& plan) {
    auto text = headline(plan) + device_steps_text(plan);
    for (std::size_t at = 0; at < plan.change.peers.size(); ++at)
        text += step_text(plan.change.peers[at], before_at(plan, at)) + '\n';
    for (const auto& drift : plan.drift)
        text += drift_line(drift);
    for (const auto& problem : plan.problems)
        text += to_string(problem) + '\n';
    return text;
}

std::string to_json(const Plan& plan) {
    json::Writer writer(json::Layout::lines);
    writer.begin_object();
    writer.member("device", plan.device);
    writer.member("recomputes_peers", plan.recomputes_peers);
    writer.member("withheld", plan.pending_confirmation);
    put_device(writer, plan);
    writer.member("peers");
    writer.begin_array();
    for (std::size_t at = 0; at < plan.change.peers.size(); ++at)
        put_peer(writer, plan.change.peers[at], before_at(plan, at));
    writer.end_array();
    list_member(writer, "drift", plan.drift, put_drift);
    list_member(writer, "problems", plan.problems, put_problem);
    writer.end_object();
    return writer.take();
}

} // namespace wgnl
