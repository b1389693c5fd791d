// SPDX-License-Identifier: LGPL-2.1-or-later
// The differences between what was known and what is said.
#include "monitor.hpp"

#include <algorithm>
#include <utility>

#include "sd/bus_names.hpp"
#include "source/bus_value.hpp"

namespace wgnl::cli {
namespace {

bool has(const std::vector<Problem>& problems, const Problem& problem) {
    return std::ranges::find(problems, problem) != problems.end();
}

/// No signal tells of its peers: they are too many, or not for everybody.
bool is_summary(const DeviceView& device) { return !device.peers_listed || device.source.empty(); }

/// Problems that the device has too are told of as the device's.
void keep_own_problems(PeerView& peer, const DeviceView& device) {
    std::erase_if(peer.problems,
                  [&](const Problem& problem) { return has(device.problems, problem); });
}

const Properties* of_interface(const ObjectAdded& added, const char* interface) {
    const auto found = added.interfaces.find(interface);
    return found == added.interfaces.end() ? nullptr : &found->second;
}

} // namespace

/// Collects the events of one turn.
class MonitorModel::Telling {
public:
    explicit Telling(MonitorModel& model) : model_(model) {}
    std::vector<MonitorEvent> events() && { return std::move(events_); }

    void objects(std::vector<DeviceView> devices);

    void operator()(const BusNews& about, const PropertiesChanged& news);
    void operator()(const BusNews& about, const ObjectAdded& news);
    void operator()(const BusNews& about, const ObjectRemoved&);
    void operator()(const BusNews& about, const HandshakeCompleted& news);
    void operator()(const BusNews& about, const EndpointChanged& news);
    void operator()(const BusNews& about, const StateChanged& news);
    void operator()(const BusNews& about, const Applied& news);
    void operator()(const BusNews&, const OwnerChanged& news);

private:
    Known* known(const BusNews& about);
    void tell(MonitorEvent event) { events_.push_back(std::move(event)); }
    MonitorEvent of_peer(const BusNews& about, Kind kind) const;

    void compare(const DeviceView& before, const DeviceView& after);
    void compare(const Known& device, const PeerView& before, const PeerView& after);
    void compare_stalled(const MonitorEvent& like, const PeerView& before, const PeerView& after);
    void compare_problems(const MonitorEvent& like, const std::vector<Problem>& before,
                          const std::vector<Problem>& after);
    void add_peer(Known& known, PeerView peer);
    void replace(Known& known, DeviceView device);
    void device_changed(Known& device, const Properties& properties);

    MonitorModel& model_;
    std::vector<MonitorEvent> events_{};
};

auto MonitorModel::Telling::known(const BusNews& about) -> Known* {
    const auto found = model_.devices_.find(about.device);
    return found == model_.devices_.end() ? nullptr : &found->second;
}

MonitorEvent MonitorModel::Telling::of_peer(const BusNews& about, Kind kind) const {
    MonitorEvent event{.kind = kind, .device = about.device, .public_key = about.peer};
    const auto device = model_.devices_.find(about.device);
    if (device == model_.devices_.end())
        return event;
    const auto peer = device->second.peers.find(about.peer);
    if (peer != device->second.peers.end())
        event.name = peer->second.name;
    return event;
}

void MonitorModel::Telling::compare_problems(const MonitorEvent& like,
                                             const std::vector<Problem>& before,
                                             const std::vector<Problem>& after) {
    const auto differ = [&](Kind kind, const auto& these, const auto& those) {
        for (const auto& problem : these)
            if (!has(those, problem)) {
                auto event = like;
                event.kind = kind;
                event.problem = problem;
                tell(std::move(event));
            }
    };
    differ(Kind::cleared, before, after);
    differ(Kind::problem, after, before);
}

void MonitorModel::Telling::compare(const DeviceView& before, const DeviceView& after) {
    const auto& name = after.name;
    if (before.state != after.state)
        tell({.kind = Kind::state, .device = name, .old = before.state, .now = after.state});
    if (before.in_sync && after.in_sync && *before.in_sync != *after.in_sync)
        tell({.kind = Kind::sync, .device = name, .good = *after.in_sync, .drift = after.drift});
    compare_problems({.device = name}, before.problems, after.problems);
}

/// What is said at once of a peer that is listed is found out where nothing was heard.
void MonitorModel::Telling::compare(const Known& device, const PeerView& before,
                                    const PeerView& after) {
    const MonitorEvent like{
        .device = device.view.name, .public_key = after.public_key, .name = after.name};
    const auto change = [&](Kind kind, const std::string& old, const std::string& now) {
        auto event = like;
        event.kind = kind;
        event.old = old;
        event.now = now;
        event.handshake = after.last_handshake;
        tell(std::move(event));
    };
    if (after.last_handshake > before.last_handshake)
        change(Kind::handshake, {}, {});
    if (before.endpoint != after.endpoint)
        change(Kind::endpoint, before.endpoint, after.endpoint);
    if (before.state != after.state)
        change(Kind::state, before.state, after.state);
    compare_stalled(like, before, after);
}

/// A peer that is no longer established has another state to tell.
void MonitorModel::Telling::compare_stalled(const MonitorEvent& like, const PeerView& before,
                                            const PeerView& after) {
    if (before.stalled == after.stalled || after.state != "established")
        return;
    auto event = like;
    event.kind = Kind::stalled;
    event.good = !after.stalled;
    tell(std::move(event));
}

void MonitorModel::Telling::add_peer(Known& known, PeerView peer) {
    keep_own_problems(peer, known.view);
    MonitorEvent event{.kind = Kind::appeared,
                       .device = known.view.name,
                       .public_key = peer.public_key,
                       .name = peer.name,
                       .now = peer.state};
    if (!known.peers.insert_or_assign(peer.public_key, std::move(peer)).second)
        return;
    if (!known.relisting)
        return tell(std::move(event));
    known.relisting = known.peers.size() < known.view.peer_count;
}

void MonitorModel::Telling::replace(Known& known, DeviceView device) {
    auto peers = std::exchange(device.peers, {});
    known.relisting |= known.view.source.empty() && known.peers.empty();
    compare(std::exchange(known.view, std::move(device)), known.view);
    if (peers.empty() && known.view.peer_count > 0)
        return; // not for this caller, or not yet again: they are not gone
    auto before = std::exchange(known.peers, {});
    for (auto& peer : peers) {
        keep_own_problems(peer, known.view);
        if (const auto old = before.extract(peer.public_key)) {
            compare(known, old.mapped(), peer);
            known.peers.emplace(peer.public_key, std::move(peer));
        } else {
            add_peer(known, std::move(peer));
        }
    }
    known.relisting = false;
    for (const auto& [key, peer] : before)
        tell({.kind = Kind::vanished,
              .device = known.view.name,
              .public_key = key,
              .name = peer.name,
              .old = peer.state});
}

void MonitorModel::Telling::objects(std::vector<DeviceView> devices) {
    auto before = std::exchange(model_.devices_, {});
    for (auto& device : devices) {
        if (!model_.only_.empty() && device.name != model_.only_)
            continue;
        auto& known = model_.devices_[device.name];
        if (auto old = before.extract(device.name)) {
            known = std::move(old.mapped());
        } else {
            tell({.kind = Kind::appeared, .device = device.name, .now = device.state});
            known.view.name = device.name;
            known.view.state = device.state;
        }
        replace(known, std::move(device));
    }
    for (const auto& [name, known] : before)
        tell({.kind = Kind::vanished, .device = name, .old = known.view.state});
}

void MonitorModel::Telling::device_changed(Known& device, const Properties& properties) {
    const auto before = device.view;
    const auto& after = device.view;
    update(device.view, properties);
    if (const auto found = properties.find("LastChanges"); found != properties.end())
        if (const auto* changes = std::get_if<std::vector<std::string>>(&found->second))
            device.changes = *changes;
    compare(before, after);
    if (before.peers_listed && !after.peers_listed)
        device.peers.clear();
    device.relisting |= !before.peers_listed && after.peers_listed;
    // Its peers are for everybody from now on, and are not announced.
    model_.wants_look_ |= before.source.empty() && !after.source.empty();
    if (is_summary(after) && before.state_counts != after.state_counts)
        tell({.kind = Kind::peers, .device = after.name, .counts = after.state_counts});
}

void MonitorModel::Telling::operator()(const BusNews& about, const PropertiesChanged& news) {
    auto* device = known(about);
    if (!device)
        return;
    if (about.peer.empty())
        return device_changed(*device, news.properties);
    const auto peer = device->peers.find(about.peer);
    if (peer == device->peers.end())
        return;
    const auto before = peer->second;
    update(peer->second, news.properties);
    keep_own_problems(peer->second, device->view);
    compare_stalled(of_peer(about, Kind::stalled), before, peer->second);
    compare_problems(of_peer(about, Kind::problem), before.problems, peer->second.problems);
}

void MonitorModel::Telling::operator()(const BusNews& about, const ObjectAdded& news) {
    if (!model_.only_.empty() && about.device != model_.only_)
        return;
    if (const auto* properties = of_interface(news, peer_interface)) {
        if (auto* device = known(about))
            add_peer(*device, peer_of(*properties));
        return;
    }
    const auto* properties = of_interface(news, device_interface);
    if (!properties || known(about))
        return;
    const auto& view = (model_.devices_[about.device].view = device_of(*properties));
    tell({.kind = Kind::appeared, .device = about.device, .now = view.state});
    compare_problems({.device = about.device}, {}, view.problems);
}

void MonitorModel::Telling::operator()(const BusNews& about, const ObjectRemoved&) {
    auto* device = known(about);
    if (!device)
        return;
    if (about.peer.empty()) {
        tell({.kind = Kind::vanished, .device = about.device, .old = device->view.state});
        model_.devices_.erase(about.device);
        return;
    }
    const auto peer = device->peers.find(about.peer);
    if (peer == device->peers.end())
        return;
    auto event = of_peer(about, Kind::vanished);
    event.old = peer->second.state;
    tell(std::move(event));
    device->peers.erase(peer);
}

void MonitorModel::Telling::operator()(const BusNews& about, const HandshakeCompleted& news) {
    auto event = of_peer(about, Kind::handshake);
    event.handshake = news.at;
    tell(std::move(event));
}

void MonitorModel::Telling::operator()(const BusNews& about, const EndpointChanged& news) {
    auto event = of_peer(about, Kind::endpoint);
    event.old = news.old;
    event.now = news.now;
    tell(std::move(event));
}

void MonitorModel::Telling::operator()(const BusNews& about, const StateChanged& news) {
    auto event = of_peer(about, Kind::state);
    event.old = news.old;
    event.now = news.now;
    tell(std::move(event));
}

void MonitorModel::Telling::operator()(const BusNews& about, const Applied& news) {
    const auto* device = known(about);
    tell({.kind = Kind::applied,
          .device = about.device,
          .good = news.ok,
          .changes = device ? device->changes : std::vector<std::string>{}});
}

void MonitorModel::Telling::operator()(const BusNews&, const OwnerChanged& news) {
    tell({.kind = news.served ? Kind::daemon_started : Kind::daemon_stopped});
}

std::vector<MonitorEvent> MonitorModel::take(const ManagedObjects& objects) {
    wants_look_ = false;
    Telling telling{*this};
    telling.objects(devices_of(objects));
    auto events = std::move(telling).events();
    return std::exchange(started_, true) ? events : std::vector<MonitorEvent>{};
}

std::vector<MonitorEvent> MonitorModel::take(const BusNews& news) {
    if (!only_.empty() && !news.device.empty() && news.device != only_)
        return {};
    Telling telling{*this};
    std::visit([&](const auto& what) { telling(news, what); }, news.what);
    return std::move(telling).events();
}

} // namespace wgnl::cli
