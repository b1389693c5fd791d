// SPDX-License-Identifier: LGPL-2.1-or-later
// Named peers of all devices, and the questions that they share.
#include "endpoint_names.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace wgnl::daemon {

namespace {

PeerView view_of(const PeerModel& peer) {
    PeerView view{.state = peer.state(), .stalled = peer.stalled()};
    if (peer.live()) {
        view.endpoint = peer.live()->endpoint;
        view.keepalive = peer.live()->persistent_keepalive != 0;
    }
    return view;
}

/// The name that the peer's endpoint is; absent: it is none, or nobody may touch the peer.
std::optional<HostPort> name_of(const DeclaredPeer& peer) {
    if (peer.kept_as_is || !peer.endpoint || peer.numeric_endpoint())
        return std::nullopt;
    auto name = HostPort::parse(*peer.endpoint);
    return name ? std::optional(std::move(*name)) : std::nullopt;
}

Problem problem_of(const NamedPeer& peer, const std::string& text, const Location& location,
                   const PublicKey& key) {
    using std::chrono::seconds;
    const auto severity = peer.has_endpoint() ? Severity::warning : Severity::error;
    const auto after = std::chrono::ceil<seconds>(peer.retry_after()).count();
    return {.severity = severity,
            .location = location,
            .text =
                printable(fmt::format("Endpoint={}: {} cannot be resolved: {}; it is tried again "
                                      "after {} s",
                                      text, peer.host(), peer.trouble(), after)),
            .key = "Endpoint",
            .peer = key};
}

} // namespace

void EndpointNames::declare(const Declaration& declaration, std::span<const std::size_t> places) {
    auto before = devices_.extract(declaration.device);
    const bool may_write = !declaration.kept_as_is && declaration.mode != Mode::observe;
    Named named;
    for (const auto place : places) {
        const auto& peer = declaration.peers[place];
        auto name = may_write ? name_of(peer) : std::nullopt;
        if (!name)
            continue;
        Entry entry{NamedPeer(std::move(*name)), *peer.endpoint, peer.location, {}};
        if (before)
            if (const auto old = before.mapped().peers.find(peer.public_key);
                old != before.mapped().peers.end() && old->second.text == *peer.endpoint)
                entry = std::move(old->second);
        entry.location = peer.location;
        named.peers.emplace(peer.public_key, std::move(entry));
    }
    named.has_news = before && !before.mapped().peers.empty();
    if (!named.peers.empty() || named.has_news)
        devices_.emplace(declaration.device, std::move(named));
}

void EndpointNames::look(const DeviceModel& model, Boottime now) {
    const auto device = devices_.find(model.name());
    if (device == devices_.end())
        return;
    for (auto& [key, entry] : device->second.peers) {
        const bool troubled = !entry.peer.trouble().empty();
        const auto* peer = model.peers().find(key);
        entry.peer.look(peer ? view_of(*peer) : PeerView{}, now);
        device->second.has_news |= troubled && entry.peer.trouble().empty();
    }
}

void EndpointNames::set_edited(const std::string& device, const std::vector<PublicKey>& peers) {
    const auto found = devices_.find(device);
    if (found == devices_.end())
        return;
    for (auto& [key, entry] : found->second.peers)
        entry.peer.set_edited(std::ranges::find(peers, key) != peers.end());
}

void EndpointNames::network_changed(Boottime now) {
    if (!renew_at_ && !devices_.empty())
        renew_at_ = now + gathering;
}

void EndpointNames::renew(Boottime now) {
    for (auto& [name, device] : devices_)
        for (auto& [key, entry] : device.peers)
            entry.peer.renew(now);
}

void EndpointNames::gather(Boottime now) {
    if (renew_at_ && *renew_at_ <= now) {
        renew_at_.reset();
        renew(now);
    }
    std::vector<std::pair<Boottime, Asker>> due;
    for (auto& [name, device] : devices_)
        for (auto& [key, entry] : device.peers)
            if (entry.peer.asks(now))
                due.emplace_back(entry.peer.ask_at(), Asker(name, key));
    std::ranges::sort(due);
    for (const auto& [at, asker] : due) {
        auto& peer = find(asker)->peer;
        peer.asked();
        auto& askers = askers_[peer.host()];
        if (askers.empty())
            queue_.push_back(peer.host());
        askers.push_back(asker);
    }
}

std::optional<std::string> EndpointNames::next_question() {
    if (queue_.empty() || under_way_ >= most_questions)
        return std::nullopt;
    auto host = std::move(queue_.front());
    queue_.pop_front();
    ++under_way_;
    return host;
}

EndpointNames::Entry* EndpointNames::find(const Asker& asker) {
    const auto device = devices_.find(asker.first);
    if (device == devices_.end())
        return nullptr;
    const auto peer = device->second.peers.find(asker.second);
    return peer == device->second.peers.end() ? nullptr : &peer->second;
}

void EndpointNames::answer(const std::string& host, const NameAnswer& answer, Boottime now) {
    --under_way_;
    const auto askers = askers_.extract(host);
    if (!askers)
        return;
    for (const auto& asker : askers.mapped()) {
        auto* entry = find(asker);
        if (!entry || !entry->peer.asking() || entry->peer.host() != host)
            continue; // declared otherwise meanwhile
        const bool troubled = !entry->peer.trouble().empty();
        entry->peer.answer(answer, now, jitter_());
        devices_.at(asker.first).has_news |= troubled || !entry->peer.trouble().empty();
    }
}

std::vector<EndpointMove> EndpointNames::moves(const DeviceModel& model, Boottime now) {
    std::vector<EndpointMove> found;
    const auto device = devices_.find(model.name());
    if (device == devices_.end())
        return found;
    for (auto& [key, entry] : device->second.peers) {
        const auto* peer = model.peers().find(key);
        if (!peer || !peer->live())
            continue;
        if (const auto to = entry.peer.move(now))
            found.push_back({key, peer->live()->endpoint, peer->live()->last_handshake, *to});
    }
    return found;
}

bool EndpointNames::take_resolved(const std::string& device) {
    bool resolved = false;
    if (const auto found = devices_.find(device); found != devices_.end())
        for (auto& [key, entry] : found->second.peers)
            resolved |= entry.peer.take_resolved();
    return resolved;
}

std::unordered_map<std::string, Endpoint> EndpointNames::resolved(const std::string& device,
                                                                  Boottime now) const {
    std::unordered_map<std::string, Endpoint> endpoints;
    if (const auto found = devices_.find(device); found != devices_.end())
        for (const auto& [key, entry] : found->second.peers)
            if (const auto fresh = entry.peer.fresh(now))
                endpoints.emplace(entry.text, *fresh);
    return endpoints;
}

std::optional<std::vector<NameProblem>> EndpointNames::take_problems(const std::string& device) {
    const auto found = devices_.find(device);
    if (found == devices_.end() || !std::exchange(found->second.has_news, false))
        return std::nullopt;
    std::vector<NameProblem> problems;
    for (auto& [key, entry] : found->second.peers) {
        const auto& trouble = entry.peer.trouble();
        const bool is_new = std::exchange(entry.reported, trouble) != trouble;
        if (!trouble.empty())
            problems.push_back(
                {key, problem_of(entry.peer, entry.text, entry.location, key), is_new});
    }
    std::ranges::sort(problems, {}, &NameProblem::peer);
    if (found->second.peers.empty())
        devices_.erase(found); // that its last names have no problem any more was told just now
    return problems;
}

std::optional<Boottime> EndpointNames::due(Boottime now) const {
    auto first = renew_at_;
    for (const auto& [name, device] : devices_)
        for (const auto& [key, entry] : device.peers)
            if (const auto at = entry.peer.due(now); at && (!first || *at < *first))
                first = at;
    return first;
}

} // namespace wgnl::daemon
