// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.WireGuard1.Manager: devices found, declarations taken in.
#include <memory>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "answers/bus_errors.hpp"
#include "model/sanitized_text.hpp"
#include "objects.hpp"
#include "requests.hpp"
#include "sd/bus_names.hpp"
#include "service.hpp"

namespace wgnl::daemon {

namespace {

BusService& service_of(void* self) { return *static_cast<BusService*>(self); }

int version(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
            sd_bus_error*) noexcept {
    return sd_bus_message_append(reply, "s", WGNL_VERSION);
}

int devices(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* self,
            sd_bus_error*) noexcept {
    if (const int r = sd_bus_message_open_container(reply, 'a', "o"); r < 0)
        return r;
    for (const auto* device : service_of(self).manager().devices())
        if (const int r = sd_bus_message_append(reply, "o", path_of(device->name()).c_str()); r < 0)
            return r;
    return sd_bus_message_close_container(reply);
}

int problems(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* self,
             sd_bus_error*) noexcept {
    return append_value(reply, service_of(self).file_reports().all());
}

int get_device(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    const char* name = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &name); r < 0)
        return r;
    if (!service_of(self).manager().find(name))
        return refuse(error, no_such_device, fmt::format("there is no device {}", name));
    return sd_bus_reply_method_return(message, "o", path_of(name).c_str());
}

int append_devices(sd_bus_message* reply, const std::vector<const DeviceModel*>& devices) {
    if (const int r = sd_bus_message_open_container(reply, 'a', "(so)"); r < 0)
        return r;
    for (const auto* device : devices)
        if (const int r = sd_bus_message_append(reply, "(so)", sanitized(device->name()).c_str(),
                                                path_of(device->name()).c_str());
            r < 0)
            return r;
    return sd_bus_message_close_container(reply);
}

int list_devices(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    return reply_with(message, [&](sd_bus_message* reply) {
        return append_devices(reply, service_of(self).manager().devices());
    });
}

/// Goes on with the source that the sender is, in the order in which it asked; others are refused.
int for_sources(BusService& service, sd_bus_message* message,
                std::function<void(const SharedMessage&, Source)> then) {
    const auto go_on = [&service, kept = share(message),
                        then = std::move(then)](const Result<Caller>& caller) {
        if (!caller)
            return reply_error(kept.get(), caller.error());
        if (const auto source = service.access().authority().source_of(*caller))
            return then(kept, *source);
        reply_error(kept.get(), SD_BUS_ERROR_ACCESS_DENIED,
                    "only root and the adapters of wgnl may declare devices");
    };
    service.access().authority().identify(message, go_on);
    return 1;
}

constexpr std::size_t longest_origin = 4096; ///< a path

void take_in(BusService& service, sd_bus_message* message, const DocumentLoader::Sender& sender,
             Result<DocumentLoader::Document> document) {
    if (!document)
        return reply_error(message, invalid_declaration, document.error().to_string());
    const auto device = document->declaration->device;
    const auto entry = service.manager().declare(
        {sender.source, sender.origin, document->declaration, document->covered},
        std::move(document->summary));
    if (entry == DeclarationRegistry::Answer::too_much)
        return reply_error(message, invalid_declaration,
                           "with all other devices its addresses and routes would cover more than "
                           "sixteen prefixes of /8 (IPv6: of /16); root may allow it by "
                           "AllowDefaultRoute=yes in /etc/wgnl/wgnld.conf");
    if (entry == DeclarationRegistry::Answer::refused)
        return reply_error(message, owned_by_another,
                           conflict_text(service.manager().registry(), device));
    sd_bus_reply_method_return(message, "o", path_of(device).c_str());
}

void read_in(BusService& service, const SharedMessage& message,
             const DocumentLoader::Sender& sender, int fd) {
    if (service.answers().loader->full())
        return reply_error(message.get(), not_ready,
                           "as many declarations as can wait are waiting; declare it again later");
    service.answers().loader->read(fd, service.manager().config(), sender,
                                   [&service, message, sender](auto document) {
                                       take_in(service, message.get(), sender, std::move(document));
                                   });
}

int declare(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    const char* origin = nullptr;
    int fd = -1; // the message's
    if (const int r = sd_bus_message_read(message, "sh", &origin, &fd); r < 0)
        return r;
    if (std::string_view(origin).size() > longest_origin)
        return refuse(error, SD_BUS_ERROR_INVALID_ARGS, "the origin is longer than a path may be");
    auto& service = service_of(self);
    return for_sources(
        service, message,
        [&service, from = printable(without_keys(origin)), fd](const auto& kept, Source source) {
            read_in(service, kept, {source, from}, fd);
        });
}

std::vector<std::string> read_names(sd_bus_message* message) {
    std::vector<std::string> names;
    if (sd_bus_message_enter_container(message, 'a', "s") >= 0)
        for (const char* name = nullptr; sd_bus_message_read(message, "s", &name) > 0;)
            names.emplace_back(name);
    return names;
}

int retain(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    auto& service = service_of(self);
    return for_sources(service, message, [&service](const auto& kept, Source source) {
        service.answers().loader->in_order(
            [&service, kept, source, names = read_names(kept.get())] {
                service.manager().retain(source, names);
                sd_bus_reply_method_return(kept.get(), nullptr);
            });
    });
}

std::optional<Severity> severity_named(std::string_view name) {
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        if (name == to_string(severity))
            return severity;
    return std::nullopt;
}

/// Each with what may be shown of it; absent if one has no such severity.
std::optional<std::vector<Problem>> read_problems(sd_bus_message* message) {
    std::vector<Problem> problems;
    const char* severity = nullptr;
    const char* where = nullptr;
    const char* text = nullptr;
    int result = sd_bus_message_enter_container(message, 'a', "(sss)");
    while (result >= 0 &&
           (result = sd_bus_message_read(message, "(sss)", &severity, &where, &text)) > 0) {
        const auto known = severity_named(severity);
        if (!known)
            return std::nullopt;
        problems.push_back(
            {*known, {sanitized(without_keys(where))}, sanitized(without_keys(text))});
    }
    return result < 0 ? std::nullopt : std::optional(std::move(problems));
}

/// What no adapter is there to take back would stay. Nothing is made of what a stranger sends.
int report(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    auto& service = service_of(self);
    return for_sources(service, message, [&service](const auto& kept, Source source) {
        if (source == Source::command)
            return reply_error(kept.get(), SD_BUS_ERROR_ACCESS_DENIED,
                               "only the adapters of wgnl report on files");
        auto problems = read_problems(kept.get());
        if (!problems)
            return reply_error(kept.get(), SD_BUS_ERROR_INVALID_ARGS,
                               "a severity is \"error\", \"warning\" or \"note\"");
        service.file_reports().report(source, sender_of(kept.get()), std::move(*problems));
        sd_bus_reply_method_return(kept.get(), nullptr);
    });
}

void take_back(BusService& service, const SharedMessage& message, Source source,
               const std::string& device) {
    const auto* entry = service.manager().registry().find(device);
    if (entry && entry->source != source)
        return reply_error(message.get(), owned_by_another,
                           conflict_text(service.manager().registry(), device));
    service.manager().withdraw(source, device, reply_later(message.get()));
}

int withdraw(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    const char* device = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &device); r < 0)
        return r;
    auto& service = service_of(self);
    return for_sources(service, message,
                       [&service, name = std::string(device)](const auto& kept, Source source) {
                           service.answers().loader->in_order([&service, kept, source, name] {
                               take_back(service, kept, source, name);
                           });
                       });
}

int reconcile(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    const char* device = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &device); r < 0)
        return r;
    auto& service = service_of(self);
    const auto go_on = [&service, kept = share(message), name = std::string(device)](const auto&) {
        service.answers().loader->in_order(
            [&service, kept, name] { request_reconcile(service, kept, name); });
    };
    service.access().authority().identify(message, go_on);
    return 1;
}

const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Version", "s", version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Devices", "ao", devices, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Problems", "a(sss)", problems, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_METHOD_WITH_ARGS("GetDevice", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", device),
                            get_device, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListDevices", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(so)", devices),
                            list_devices, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Declare", SD_BUS_ARGS("s", origin, "h", document),
                            SD_BUS_RESULT("o", device), declare, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Retain", SD_BUS_ARGS("as", devices), SD_BUS_NO_RESULT, retain,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Report", SD_BUS_ARGS("a(sss)", problems), SD_BUS_NO_RESULT, report,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Withdraw", SD_BUS_ARGS("s", device), SD_BUS_NO_RESULT, withdraw,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Reconcile", SD_BUS_ARGS("s", device), SD_BUS_NO_RESULT, reconcile,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

} // namespace

const sd_bus_vtable* manager_vtable() { return table; }

} // namespace wgnl::daemon
