// SPDX-License-Identifier: LGPL-2.1-or-later
// Rows of the property tables in the form that sd-bus takes.
#include "objects.hpp"

#include <algorithm>
#include <iterator>

#include "model/sanitized_text.hpp"
#include "service.hpp"

namespace wgnl::daemon {

namespace {

/// sd-bus asks to announce a property, and for GetAll of no interface in particular.
int read_device(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply,
                void* target, sd_bus_error*) noexcept {
    return append_value(reply, value_for_caller(*static_cast<Target*>(target),
                                                *find_property(device_table(), property)));
}

int read_peer(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply,
              void* target, sd_bus_error*) noexcept {
    return append_value(reply, value_for_caller(*static_cast<Target*>(target),
                                                *find_property(peer_table(), property)));
}

std::uint32_t flags_of(const Property& property) {
    switch (property.emits) {
    case Emits::constant:
        return static_cast<std::uint32_t>(SD_BUS_VTABLE_PROPERTY_CONST);
    case Emits::changes:
        return static_cast<std::uint32_t>(SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE);
    case Emits::nothing:
        break;
    }
    return 0;
}

template <typename Row>
std::vector<sd_bus_vtable> vtable_of(std::span<const Row> rows, sd_bus_property_get_t read,
                                     const std::vector<sd_bus_vtable>& members) {
    std::vector<sd_bus_vtable> table{SD_BUS_VTABLE_START(0)};
    for (const Property& row : rows)
        table.push_back(SD_BUS_PROPERTY(row.name, row.signature, read, 0, flags_of(row)));
    table.insert(table.end(), members.begin(), members.end());
    return table;
}

int append_triple(sd_bus_message* reply, std::string_view a, std::string_view b,
                  std::string_view c) {
    return sd_bus_message_append(reply, "(sss)", sanitized(a).c_str(), sanitized(b).c_str(),
                                 sanitized(c).c_str());
}

template <typename List, typename AppendOne>
int append_list(sd_bus_message* reply, const char* element, const List& list, AppendOne append) {
    int result = sd_bus_message_open_container(reply, 'a', element);
    for (auto one = std::begin(list); result >= 0 && one != std::end(list); ++one)
        result = append(*one);
    return result < 0 ? result : sd_bus_message_close_container(reply);
}

struct Appender {
    sd_bus_message* reply;

    int operator()(bool value) const {
        return sd_bus_message_append(reply, "b", static_cast<int>(value));
    }
    int operator()(std::uint16_t value) const { return sd_bus_message_append(reply, "q", value); }
    int operator()(std::uint32_t value) const { return sd_bus_message_append(reply, "u", value); }
    int operator()(std::uint64_t value) const { return sd_bus_message_append(reply, "t", value); }
    int operator()(std::string_view value) const { return append_text(reply, value); }
    int operator()(std::span<const std::string> texts) const {
        return append_list(reply, "s", texts, [this](const auto& text) { return (*this)(text); });
    }
    int operator()(std::span<const AllowedIp> prefixes) const {
        return append_list(reply, "s", prefixes.first(std::min(prefixes.size(), most_prefixes)),
                           [this](const auto& prefix) { return (*this)(prefix.to_string()); });
    }
    int operator()(std::span<const Drift> drift) const {
        return append_list(reply, "(sss)", drift, [this](const auto& entry) {
            return append_triple(reply, entry.what, entry.declared, entry.live);
        });
    }
    int operator()(const std::vector<Problem>& problems) const {
        return append_list(reply, "(sss)", problems, [this](const auto& problem) {
            return append_triple(reply, to_string(problem.severity), to_string(problem.location),
                                 problem.text);
        });
    }
    int operator()(const StateCounts& counts) const {
        return append_list(reply, "{su}", counts, [this, state = 0U](std::uint32_t count) mutable {
            const std::string word(to_string(static_cast<PeerState>(state++)));
            return count == 0 ? 0 : sd_bus_message_append(reply, "{su}", word.c_str(), count);
        });
    }
};

std::vector<sd_bus_vtable> peer_members() {
    return {
        SD_BUS_SIGNAL_WITH_ARGS("HandshakeCompleted", SD_BUS_ARGS("t", realtime_usec), 0),
        SD_BUS_SIGNAL_WITH_ARGS("EndpointChanged", SD_BUS_ARGS("s", old, "s", new), 0),
        SD_BUS_SIGNAL_WITH_ARGS("StateChanged", SD_BUS_ARGS("s", old, "s", new), 0),
        SD_BUS_VTABLE_END,
    };
}

} // namespace

const sd_bus_vtable* device_vtable() {
    static const auto table = vtable_of(device_table(), read_device, device_members());
    return table.data();
}

const sd_bus_vtable* peer_vtable() {
    static const auto table = vtable_of(peer_table(), read_peer, peer_members());
    return table.data();
}

int append_text(sd_bus_message* reply, std::string_view text) {
    return sd_bus_message_append(reply, "s", sanitized(text).c_str());
}

int append_value(sd_bus_message* reply, const PropertyValue& value) {
    return std::visit(Appender{reply}, value);
}

} // namespace wgnl::daemon
