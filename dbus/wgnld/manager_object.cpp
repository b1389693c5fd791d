// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.WireGuard1.Manager: devices found, declarations taken in.
#include <memory>

#include <fmt/format.h>

#include "bus_errors.hpp"
#include "bus_names.hpp"
#include "bus_service.hpp"
#include "member_tools.hpp"
#include "objects.hpp"
#include "requests.hpp"
#include "sd/memfd.hpp"

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
    for (const auto* device : service_of(self).keeper().devices())
        if (const int r = sd_bus_message_append(reply, "o", path_of(device->name()).c_str()); r < 0)
            return r;
    return sd_bus_message_close_container(reply);
}

int get_device(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    const char* name = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &name); r < 0)
        return r;
    if (!service_of(self).keeper().find(name))
        return refuse(error, no_such_device, fmt::format("there is no device {}", name));
    return sd_bus_reply_method_return(message, "o", path_of(name).c_str());
}

int list_devices(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    return reply_with(message, [&](sd_bus_message* reply) {
        if (const int r = sd_bus_message_open_container(reply, 'a', "(so)"); r < 0)
            return r;
        for (const auto* device : service_of(self).keeper().devices())
            if (const int r = sd_bus_message_append(reply, "(so)", device->name().c_str(),
                                                    path_of(device->name()).c_str());
                r < 0)
                return r;
        return sd_bus_message_close_container(reply);
    });
}

/// The source that the sender of the message is, or nothing, with the error set.
std::optional<Source> sender_source(BusService& service, sd_bus_message* message,
                                    sd_bus_error* error) {
    const auto caller = service.authority().identify(message);
    const auto source = caller ? service.authority().source_of(*caller) : std::nullopt;
    if (!source)
        refuse(error, SD_BUS_ERROR_ACCESS_DENIED,
               caller ? "only root and the adapters of wgnl may declare devices"
                      : caller.error().to_string());
    return source;
}

Result<Declaration> read_document(const Config& config, int fd) {
    const auto file = sd::SealedFile::map(fd, config.limits.bytes);
    if (!file)
        return std::unexpected(file.error());
    auto declaration = decode_document(file->bytes(), config.limits);
    if (!declaration)
        return declaration;
    return enforce(config, std::move(*declaration));
}

int declare(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    auto& service = service_of(self);
    const char* origin = nullptr;
    int fd = -1;
    if (const int r = sd_bus_message_read(message, "sh", &origin, &fd); r < 0)
        return r;
    const auto source = sender_source(service, message, error);
    if (!source)
        return -EACCES;
    auto declaration = read_document(service.keeper().config(), fd);
    if (!declaration)
        return refuse(error, invalid_declaration, declaration.error().to_string());
    const auto device = declaration->device;
    const auto entry = service.keeper().declare(
        {*source, origin, std::make_shared<const Declaration>(std::move(*declaration))});
    if (entry == DeclarationBook::Entry::refused)
        return refuse(error, owned_by_another, conflict_text(service.keeper().book(), device));
    return sd_bus_reply_method_return(message, "o", path_of(device).c_str());
}

int retain(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    auto& service = service_of(self);
    std::vector<std::string> names;
    if (const int r = sd_bus_message_enter_container(message, 'a', "s"); r < 0)
        return r;
    for (const char* name = nullptr; sd_bus_message_read(message, "s", &name) > 0;)
        names.emplace_back(name);
    const auto source = sender_source(service, message, error);
    if (!source)
        return -EACCES;
    service.keeper().retain(*source, names);
    return sd_bus_reply_method_return(message, nullptr);
}

int withdraw(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    auto& service = service_of(self);
    const char* device = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &device); r < 0)
        return r;
    const auto source = sender_source(service, message, error);
    if (!source)
        return -EACCES;
    const auto* claim = service.keeper().book().find(device);
    if (claim && claim->source != *source)
        return refuse(error, owned_by_another,
                      fmt::format("{} is declared by {} ({})", device, to_string(claim->source),
                                  claim->origin));
    service.keeper().withdraw(*source, device, reply_later(message));
    return 1;
}

int reconcile(sd_bus_message* message, void* self, sd_bus_error* error) noexcept {
    const char* device = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &device); r < 0)
        return r;
    return request_reconcile(service_of(self), message, device, error);
}

const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Version", "s", version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Devices", "ao", devices, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_METHOD_WITH_ARGS("GetDevice", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", device),
                            get_device, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListDevices", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(so)", devices),
                            list_devices, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Declare", SD_BUS_ARGS("s", origin, "h", document),
                            SD_BUS_RESULT("o", device), declare, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Retain", SD_BUS_ARGS("as", devices), SD_BUS_NO_RESULT, retain,
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
