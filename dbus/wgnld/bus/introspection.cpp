// SPDX-License-Identifier: LGPL-2.1-or-later
// sd-bus lists everything below a path that it asks an enumerator for, at once, for whoever asks.
#include "introspection.hpp"

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <systemd/sd-bus.h>

#include <fmt/format.h>

#include "answers/bus_errors.hpp"
#include "objects.hpp"
#include "sd/bus_names.hpp"
#include "sd/introspect.hpp"
#include "service.hpp"

namespace wgnl::daemon {

namespace {

constexpr const char* peers_pattern = "/org/wgnl/WireGuard1/device/%/%";
constexpr const char* introspectable = "org.freedesktop.DBus.Introspectable";
constexpr std::string_view peers_label = "peer";
constexpr std::string_view end_of_node = "</node>";
constexpr std::uint64_t of_child = 96;
constexpr std::uint64_t of_interface = 4096;

/// Which of the objects is asked for.
struct Place {
    enum class Kind : std::uint8_t { devices, device, peers, peer } kind{};
    std::string device{};
    std::string key{};
};

std::optional<Place> place_of(const char* path) {
    using Kind = Place::Kind;
    if (!path)
        return std::nullopt;
    if (std::strcmp(path, device_prefix) == 0)
        return Place{Kind::devices};
    if (const auto peer = sd::decode_path(path, peer_pattern, 2); !peer.empty())
        return Place{Kind::peer, peer[0], peer[1]};
    if (const auto peers = sd::decode_path(path, peers_pattern, 2); !peers.empty())
        return peers[1] == peers_label ? std::optional(Place{Kind::peers, peers[0]}) : std::nullopt;
    if (const auto device = sd::decode_path(path, device_pattern, 1); !device.empty())
        return Place{Kind::device, device[0]};
    return std::nullopt;
}

/// The element of an object that has this interface, without the end.
std::string open_node(std::string_view kind) {
    if (kind.empty())
        return "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
               "\"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>\n";
    const auto xml = introspect(kind);
    return xml ? xml->substr(0, xml->rfind(end_of_node)) : std::string();
}

const std::string& opened(Place::Kind kind) {
    static const std::string of_device = open_node("device");
    static const std::string of_peer = open_node("peer");
    static const std::string of_folder = open_node("");
    if (kind == Place::Kind::device)
        return of_device;
    return kind == Place::Kind::peer ? of_peer : of_folder;
}

std::string label_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool lists_peers(BusService& service, const DeviceModel& device) {
    return device.peers().listed() && device.peers().size() > 0 &&
           service.access().may_read(device);
}

std::vector<std::string> children_of(BusService& service, const Place& place) {
    std::vector<std::string> labels;
    if (place.kind == Place::Kind::devices)
        for (const auto* device : service.manager().devices())
            labels.push_back(label_of(path_of(device->name())));
    const auto* device = service.manager().find(place.device);
    if (!device || !lists_peers(service, *device))
        return labels;
    if (place.kind == Place::Kind::device)
        labels.emplace_back(peers_label);
    if (place.kind == Place::Kind::peers)
        for (const auto* peer : device->peers().sorted())
            labels.push_back(label_of(path_of(device->name(), peer->key())));
    return labels;
}

bool exists(BusService& service, const Place& place) {
    if (place.kind == Place::Kind::devices)
        return true;
    const auto* device = service.manager().find(place.device);
    if (!device || place.kind != Place::Kind::peer)
        return device;
    const auto key = PublicKey::parse(place.key);
    return key && service.access().may_read(*device) && device->peers().find(*key);
}

void write(BusService& service, sd_bus_message* message, const Place& place) {
    const auto asking = service.access().asked_by(message);
    if (!exists(service, place))
        return reply_error(message, SD_BUS_ERROR_UNKNOWN_OBJECT, "there is no such object");
    auto xml = opened(place.kind);
    for (const auto& label : children_of(service, place))
        xml += fmt::format(" <node name=\"{}\"/>\n", label);
    xml += end_of_node;
    xml += '\n';
    sd_bus_reply_method_return(message, "s", xml.c_str());
}

std::uint64_t weight_of(BusService& service, const Place& place) {
    const auto* device = service.manager().find(place.device);
    const std::uint64_t children =
        place.kind == Place::Kind::devices ? service.manager().devices().size()
        : place.kind == Place::Kind::peers && device && device->peers().listed()
            ? device->peers().size()
            : 0;
    return of_interface + 1 + children * of_child;
}

struct Interface {
    const char* name;
    const sd_bus_vtable* table;
};

std::optional<Interface> interface_of(std::string_view kind) {
    if (kind == "manager")
        return Interface{manager_interface, manager_vtable()};
    if (kind == "device")
        return Interface{device_interface, device_vtable()};
    if (kind == "peer")
        return Interface{peer_interface, peer_vtable()};
    return std::nullopt;
}

} // namespace

int answer_introspection(sd_bus_message* message, BusService& service) {
    if (sd_bus_message_is_method_call(message, introspectable, "Introspect") <= 0)
        return 0;
    constexpr std::uint64_t of_root = 12 * 1024; // twice what the manager's interfaces have
    const auto place = place_of(sd_bus_message_get_path(message));
    if (!place) {
        service.answers().backlog.add_small(sender_of(message), of_root);
        return 0;
    }
    const auto begin = [&service, kept = share(message), place = *place]() -> LargeAnswer::Step {
        return [&service, kept, place] {
            write(service, kept.get(), place);
            return true;
        };
    };
    service.answers().large->add(share(message), {weight_of(service, *place), begin});
    return 1;
}

Result<std::string> introspect(std::string_view kind) {
    const auto interface = interface_of(kind);
    if (!interface)
        return fail(Errc::invalid_argument, "introspect",
                    "there are the kinds manager, device and peer");
    return sd::introspect(interface->name, interface->table);
}

} // namespace wgnl::daemon
