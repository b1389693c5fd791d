// SPDX-License-Identifier: LGPL-2.1-or-later
// The rows of the property tables, for one who asks.
#include "objects.hpp"

#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "answers/bus_errors.hpp"
#include "answers/call_size.hpp"
#include "introspection.hpp"
#include "listing.hpp"
#include "object_tree.hpp"
#include "requests.hpp"
#include "sd/bus_names.hpp"

namespace wgnl::daemon {

namespace {

/// What a message asks for.
struct Question {
    std::string device{};
    std::optional<PublicKey> peer{};       ///< absent: the device itself
    std::optional<std::string> property{}; ///< absent: all
};

/// The object that a path stands for, if it can have this interface.
std::optional<Question> find_object(const char* path, std::string_view interface) {
    if (interface == device_interface) {
        const auto labels = sd::decode_path(path, device_pattern, 1);
        return labels.empty() ? std::nullopt : std::optional(Question{labels[0]});
    }
    const auto labels = sd::decode_path(path, peer_pattern, 2);
    const auto key = labels.empty() ? fail(Errc::not_found, "", "") : PublicKey::parse(labels[1]);
    if (interface != peer_interface || !key)
        return std::nullopt;
    return Question{labels[0], *key};
}

/// The row of what is asked for, which is one property; null if there is none of that name.
const Property* row_of(const Question& question) {
    if (question.peer)
        return find_property(peer_table(), *question.property);
    return find_property(device_table(), *question.property);
}

/// Absent: not for us to answer.
std::optional<Question> read_question(sd_bus_message* message) {
    const bool one = sd_bus_message_is_method_call(message, properties_interface, "Get") > 0;
    const bool all = sd_bus_message_is_method_call(message, properties_interface, "GetAll") > 0;
    const char* interface = nullptr;
    const char* name = nullptr;
    if ((!one && !all) || sd_bus_message_has_signature(message, one ? "ss" : "s") <= 0 ||
        sd_bus_message_read(message, "s", &interface) < 0 ||
        (one && sd_bus_message_read(message, "s", &name) < 0))
        return std::nullopt;
    auto question = find_object(sd_bus_message_get_path(message), interface);
    if (question && one)
        question->property = name;
    return question && one && !row_of(*question) ? std::nullopt : question;
}

Audience audience_of(const Question& question) {
    if (question.peer)
        return Audience::insiders;
    if (!question.property)
        return Audience::all_in_part;
    return row_of(question)->readers == Readers::everybody ? Audience::everybody
                                                           : Audience::insiders;
}

template <typename Row>
int append_variant(sd_bus_message* reply, const Target& target, const Row& row) {
    int result = sd_bus_message_open_container(reply, 'v', row.signature);
    if (result >= 0)
        result = append_value(reply, value_for_caller(target, row));
    return result < 0 ? result : sd_bus_message_close_container(reply);
}

template <typename Row>
int append_rows(sd_bus_message* reply, const Target& target, std::span<const Row> rows) {
    int result = sd_bus_message_open_container(reply, 'a', "{sv}");
    for (auto row = rows.begin(); result >= 0 && row != rows.end(); ++row) {
        result = sd_bus_message_open_container(reply, 'e', "sv");
        if (result >= 0)
            result = sd_bus_message_append(reply, "s", row->name);
        if (result >= 0)
            result = append_variant(reply, target, *row);
        if (result >= 0)
            result = sd_bus_message_close_container(reply);
    }
    return result < 0 ? result : sd_bus_message_close_container(reply);
}

int append_one(sd_bus_message* reply, const Target& target, const std::string& property) {
    if (target.peer)
        return append_variant(reply, target, *find_property(peer_table(), property));
    return append_variant(reply, target, *find_property(device_table(), property));
}

int write_values(BusService& service, const Question& question, sd_bus_message* message,
                 const DeviceModel& device, sd_bus_error* error) {
    const Target target{&service, &device,
                        question.peer ? device.peers().find(*question.peer) : nullptr};
    if (question.peer && !target.peer)
        return refuse(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "the peer is gone");
    return reply_with(message, [&](sd_bus_message* reply) {
        return question.property ? append_one(reply, target, *question.property)
                                 : append_all(reply, target);
    });
}

bool asks_for_objects(sd_bus_message* message) {
    const char* path = sd_bus_message_get_path(message);
    return path && std::strcmp(path, root_path) == 0 &&
           sd_bus_message_is_method_call(message, "org.freedesktop.DBus.ObjectManager",
                                         "GetManagedObjects") > 0 &&
           sd_bus_message_has_signature(message, "") > 0;
}

/// Takes the call of one who does not read what it is answered, and one that is not to be kept.
bool is_unheard(sd_bus_message* message, BusService& service) {
    std::uint8_t type = 0;
    if (sd_bus_message_get_type(message, &type) < 0 || type != SD_BUS_MESSAGE_METHOD_CALL)
        return false;
    const auto attention = service.attention_for(message);
    if (attention == Backlog::Attention::refuses)
        reply_error(message, limits_exceeded,
                    "hundreds of answers to this connection are not read yet: read them, then ask "
                    "again; if it goes on, it is not answered any more");
    if (attention != Backlog::Attention::full)
        return true;
    const bool too_long = is_too_long(message);
    if (too_long)
        reply_error(message, limits_exceeded,
                    fmt::format("the arguments of a call may take {} KiB, and these take more",
                                longest_call >> 10U));
    return too_long;
}

void answer_objects(BusService& service, const SharedMessage& message) {
    const auto begin = [&service, message]() -> LargeAnswer::Step {
        return [tree = std::make_shared<ObjectTree>(service, message)] { return tree->go_on(); };
    };
    service.answers().large->add(message, {service.listing().weight(), begin});
}

} // namespace

PropertyValue value_for_caller(const Target& target, const DeviceProperty& property) {
    static const DeviceModel nothing("");
    const bool sees =
        property.readers == Readers::everybody || target.service->access().may_read(*target.device);
    return property.value(sees ? *target.device : nothing);
}

PropertyValue value_for_caller(const Target& target, const PeerProperty& property) {
    return property.value({*target.peer, target.device->sampled_at()});
}

int append_all(sd_bus_message* reply, const Target& target) {
    return target.peer ? append_rows(reply, target, peer_table())
                       : append_rows(reply, target, device_table());
}

int answer_properties(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    auto& service = *static_cast<BusService*>(self);
    if (is_unheard(message, service))
        return 1;
    if (asks_for_objects(message)) {
        service.access().authority().identify(
            message, [&service, kept = share(message)](const auto&) {
                service.when_all_fresh([&service, kept] { answer_objects(service, kept); });
            });
        return 1;
    }
    if (const int answered = answer_introspection(message, service); answered != 0)
        return answered;
    const auto question = read_question(message);
    sd_bus_message_rewind(message, 1);
    const auto* device = question ? service.manager().find(question->device) : nullptr;
    const bool there = device && (!question->peer || device->peers().find(*question->peer) ||
                                  !service.access().is_public(*device));
    if (!there)
        return 0; // sd-bus knows how to say what is not there
    return answer_about(
        service, message, *device, audience_of(*question),
        [&service, question = *question](auto* asked, const auto& found, auto* error) {
            return write_values(service, question, asked, found, error);
        },
        [peer = question->peer](const DeviceModel& found) -> std::uint64_t {
            const auto* its = peer ? found.peers().find(*peer) : nullptr;
            return its ? size_on_bus(*its) : size_on_bus(found);
        });
}

} // namespace wgnl::daemon
