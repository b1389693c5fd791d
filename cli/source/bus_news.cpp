// SPDX-License-Identifier: LGPL-2.1-or-later
// Signals by their names.
#include "bus_news.hpp"

#include <string_view>

#include "bus_reader.hpp"
#include "sd/bus.hpp"
#include "sd/bus_names.hpp"

namespace wgnl::cli {
namespace {

using What = decltype(BusNews::what);

/// What a path stands for.
BusNews about(const std::string& path) {
    if (auto labels = sd::decode_path(path.c_str(), peer_pattern, 2); !labels.empty())
        return {std::move(labels[0]), std::move(labels[1]), {}};
    if (auto labels = sd::decode_path(path.c_str(), device_pattern, 1); !labels.empty())
        return {std::move(labels[0]), {}, {}};
    return {};
}

std::optional<BusNews> about_object(const std::string& path, What what) {
    auto news = about(path);
    if (news.device.empty())
        return std::nullopt;
    news.what = std::move(what);
    return news;
}

std::optional<BusNews> read_manager_signal(MessageReader& reader, std::string_view member) {
    const auto path = reader.text('o');
    if (member == "InterfacesAdded")
        return about_object(path, ObjectAdded{reader.interfaces()});
    if (member == "InterfacesRemoved")
        return about_object(path, ObjectRemoved{});
    return std::nullopt;
}

/// NameOwnerChanged: of whom, the old owner, the new one.
std::optional<BusNews> read_owner(MessageReader& reader) {
    const auto name = reader.text();
    reader.text();
    if (name != bus_name)
        return std::nullopt;
    return BusNews{{}, {}, OwnerChanged{!reader.text().empty()}};
}

PropertiesChanged read_properties_changed(MessageReader& reader) {
    auto interface = reader.text();
    return {std::move(interface), reader.properties()};
}

template <typename Change> Change read_change(MessageReader& reader) {
    auto old = reader.text();
    return {std::move(old), reader.text()};
}

std::optional<What> read_event(MessageReader& reader, std::string_view member) {
    if (member == "HandshakeCompleted")
        return HandshakeCompleted{Microseconds{reader.basic<std::uint64_t>('t')}};
    if (member == "EndpointChanged")
        return read_change<EndpointChanged>(reader);
    if (member == "StateChanged")
        return read_change<StateChanged>(reader);
    if (member == "Applied")
        return Applied{reader.basic<int>('b') != 0};
    return std::nullopt;
}

std::string_view text_of(const char* text) { return text ? text : ""; }

std::optional<BusNews> read(MessageReader& reader, sd_bus_message* message) {
    const auto interface = text_of(sd_bus_message_get_interface(message));
    const auto member = text_of(sd_bus_message_get_member(message));
    const std::string path{text_of(sd_bus_message_get_path(message))};
    if (member == "NameOwnerChanged")
        return read_owner(reader);
    if (interface == object_manager_interface)
        return read_manager_signal(reader, member);
    if (interface == properties_interface && member == "PropertiesChanged")
        return about_object(path, read_properties_changed(reader));
    if (interface != device_interface && interface != peer_interface)
        return std::nullopt;
    auto event = read_event(reader, member);
    return event ? about_object(path, std::move(*event)) : std::nullopt;
}

} // namespace

std::optional<BusNews> read_news(sd_bus_message* message) {
    MessageReader reader{message};
    auto news = read(reader, message);
    return reader.error() < 0 ? std::nullopt : std::move(news);
}

} // namespace wgnl::cli
