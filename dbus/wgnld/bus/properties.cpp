// SPDX-License-Identifier: LGPL-2.1-or-later
// The member tables walked by hand.
#include "properties.hpp"

#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "answers/bus_errors.hpp"
#include "answers/call_size.hpp"
#include "control/property_sizes.hpp"
#include "introspection.hpp"
#include "member_tools.hpp"
#include "object_tree.hpp"
#include "objects.hpp"
#include "requests.hpp"
#include "sd/bus_names.hpp"
#include "visibility.hpp"

namespace wgnl::daemon {

namespace {

/// What a message asks for.
struct Question {
    std::string device{};
    std::optional<PublicKey> peer{}; ///< absent: the device itself
    const sd_bus_vtable* table{};
    const sd_bus_vtable* property{}; ///< null: all
};

const sd_bus_vtable* find_property(const sd_bus_vtable* table, std::string_view name) {
    for (const auto* entry = table; entry->type != _SD_BUS_VTABLE_END; ++entry)
        if (is_property(*entry) && name == entry->x.property.member)
            return entry;
    return nullptr;
}

/// The object that a path stands for, if it can have this interface.
bool find_object(const char* path, std::string_view interface, Question& question) {
    if (interface == device_interface) {
        const auto labels = sd::decode_path(path, device_pattern, 1);
        question.table = device_vtable();
        question.device = labels.empty() ? "" : labels[0];
        return !labels.empty();
    }
    const auto labels = sd::decode_path(path, peer_pattern, 2);
    const auto key = labels.empty() ? fail(Errc::not_found, "", "") : PublicKey::parse(labels[1]);
    if (interface != peer_interface || !key)
        return false;
    question.table = peer_vtable();
    question.device = labels[0];
    question.peer = *key;
    return true;
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
    Question question;
    if (!find_object(sd_bus_message_get_path(message), interface, question))
        return std::nullopt;
    question.property = one ? find_property(question.table, name) : nullptr;
    return one && !question.property ? std::nullopt : std::optional(question);
}

Audience audience_of(const Question& question) {
    if (question.peer)
        return Audience::insiders;
    if (!question.property)
        return Audience::all_in_part;
    return everybody_sees(question.property->x.property.member) ? Audience::everybody
                                                                : Audience::insiders;
}

/// One property as a variant.
int append_value(sd_bus_message* reply, const sd_bus_vtable& entry, const char* interface,
                 Target& target, sd_bus_error* error) {
    const auto& property = entry.x.property;
    int result = sd_bus_message_open_container(reply, 'v', property.signature);
    if (result >= 0)
        result = property.get(target.service->bus(), sd_bus_message_get_path(reply), interface,
                              property.member, reply, &target, error);
    return result < 0 ? result : sd_bus_message_close_container(reply);
}

int write_values(BusService& service, const Question& question, sd_bus_message* message,
                 const DeviceModel& device, sd_bus_error* error) {
    Target target{&service, &device, question.peer ? device.find(*question.peer) : nullptr};
    if (question.peer && !target.peer)
        return refuse(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "the peer is gone");
    const char* interface = question.peer ? peer_interface : device_interface;
    return reply_with(message, [&](sd_bus_message* reply) {
        return question.property ? append_value(reply, *question.property, interface, target, error)
                                 : append_all(reply, question.table, interface, target, error);
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
    service.large_answers().add(message, {service.tree_weight(), begin});
}

} // namespace

int append_all(sd_bus_message* reply, const sd_bus_vtable* table, const char* interface,
               Target& target, sd_bus_error* error) {
    int result = sd_bus_message_open_container(reply, 'a', "{sv}");
    for (const auto* entry = table; result >= 0 && entry->type != _SD_BUS_VTABLE_END; ++entry) {
        if (!is_property(*entry))
            continue;
        result = sd_bus_message_open_container(reply, 'e', "sv");
        if (result >= 0)
            result = sd_bus_message_append(reply, "s", entry->x.property.member);
        if (result >= 0)
            result = append_value(reply, *entry, interface, target, error);
        if (result >= 0)
            result = sd_bus_message_close_container(reply);
    }
    return result < 0 ? result : sd_bus_message_close_container(reply);
}

bool is_property(const sd_bus_vtable& entry) { return entry.type == _SD_BUS_VTABLE_PROPERTY; }

std::vector<const char*> changing_properties(const sd_bus_vtable* table) {
    std::vector<const char*> names;
    for (const auto* entry = table; entry->type != _SD_BUS_VTABLE_END; ++entry)
        if (is_property(*entry) && (entry->flags & SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE) != 0)
            names.push_back(entry->x.property.member);
    return names;
}

int answer_properties(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    auto& service = *static_cast<BusService*>(self);
    if (is_unheard(message, service))
        return 1;
    if (asks_for_objects(message)) {
        service.authority().identify(message, [&service, kept = share(message)](const auto&) {
            service.when_all_fresh([&service, kept] { answer_objects(service, kept); });
        });
        return 1;
    }
    if (const int answered = answer_introspection(message, service); answered != 0)
        return answered;
    const auto question = read_question(message);
    sd_bus_message_rewind(message, 1);
    const auto* device = question ? service.manager().find(question->device) : nullptr;
    const bool there =
        device && (!question->peer || device->find(*question->peer) || !service.is_public(*device));
    if (!there)
        return 0; // sd-bus knows how to say what is not there
    return answer_about(
        service, message, *device, audience_of(*question),
        [&service, question = *question](auto* asked, const auto& found, auto* error) {
            return write_values(service, question, asked, found, error);
        },
        [peer = question->peer](const DeviceModel& found) -> std::uint64_t {
            const auto* its = peer ? found.find(*peer) : nullptr;
            return its ? size_on_bus(*its) : size_on_bus(found);
        });
}

} // namespace wgnl::daemon
