// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls and signals of org.wgnl.WireGuard1 by sd-bus.
#include "bus.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

#include <systemd/sd-bus.h>

#include "base/memfd.hpp"
#include "bus_value.hpp"
#include "sd/bus_names.hpp"

namespace wgnl::cli {
namespace {

class BusError {
public:
    BusError() = default;
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;
    ~BusError() { sd_bus_error_free(&error_); }
    sd_bus_error* get() { return &error_; }

    /// Whether the call found nobody who serves the name, or can be started to.
    bool nobody_serves() const;
    /// Whether the device or peer that was asked, or asked for, is not there.
    bool nothing_there() const;
    Errc code(int result) const;
    std::string text(int result) const {
        return error_.message ? error_.message : Error::from_errno(-result, "").detail();
    }

private:
    sd_bus_error error_{nullptr, nullptr, 0};
};

bool BusError::nobody_serves() const {
    for (const char* name : {SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                             SD_BUS_ERROR_NO_REPLY}) // it ended before it answered
        if (sd_bus_error_has_name(&error_, name))
            return true;
    const std::string_view name{error_.name ? error_.name : ""};
    return name.starts_with("org.freedesktop.DBus.Error.Spawn.") ||
           name.starts_with("org.freedesktop.systemd1.");
}

bool BusError::nothing_there() const {
    for (const char* name :
         {SD_BUS_ERROR_UNKNOWN_OBJECT, SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_INTERFACE,
          "org.wgnl.WireGuard1.Error.NoSuchDevice", "org.wgnl.WireGuard1.Error.NoSuchPeer"})
        if (sd_bus_error_has_name(&error_, name))
            return true;
    return false;
}

Errc BusError::code(int result) const {
    if (nobody_serves())
        return Errc::not_found;
    return result == -EACCES || result == -EPERM ? Errc::permission_denied : Errc::system;
}

std::unexpected<Error> failed(std::string operation, int result) {
    return std::unexpected{Error::from_errno(-result, std::move(operation))};
}

std::unexpected<Error> failed(std::string operation, int result, const BusError& error) {
    return fail(error.code(result), std::move(operation), error.text(result), -result);
}

/// One method call.
struct Call {
    const char* operation;
    std::string path;
    const char* interface;
    const char* member;
    Start start{Start::may};
};

/// The answer; absent if the object that is asked or asked for does not exist.
template <typename... Arguments> Result<sd::MessageHandle>
ask(sd_bus* bus, const Call& call, const char* types = "", Arguments... arguments) {
    sd_bus_message* request{};
    int result = sd_bus_message_new_method_call(bus, &request, bus_name, call.path.c_str(),
                                                call.interface, call.member);
    const sd::MessageHandle owned{request};
    if (result >= 0)
        result = sd_bus_message_append(request, types, arguments...);
    if (result >= 0)
        result = sd_bus_message_set_auto_start(request, call.start == Start::may);
    if (result < 0)
        return failed(call.operation, result);
    BusError error;
    sd_bus_message* reply{};
    result = sd_bus_call(bus, request, 0, error.get(), &reply);
    sd::MessageHandle answer{reply};
    if (result < 0 && !error.nothing_there())
        return failed(call.operation, result, error);
    return answer;
}

/// An answer that an object which is always there owes.
template <typename... Arguments>
Result<sd::MessageHandle> ask_root(sd_bus* bus, const Call& call, Arguments... arguments) {
    auto answer = ask(bus, call, arguments...);
    if (answer && !*answer)
        return fail(Errc::protocol, call.operation, "it does not have that object");
    return answer;
}

/// All properties of one interface of an object; absent if there is no such object.
Result<std::optional<Properties>> ask_properties(sd_bus* bus, const char* operation,
                                                 const std::string& path, const char* interface) {
    const auto reply = ask(bus, {operation, path, properties_interface, "GetAll"}, "s", interface);
    if (!reply)
        return std::unexpected{reply.error()};
    if (!*reply)
        return std::nullopt;
    auto properties = read_properties(reply->get());
    if (!properties)
        return std::unexpected{properties.error()};
    return std::move(*properties);
}

constexpr const char* device_listing = "ask wgnld for its devices";

/// 1,048,576 peers at a kilobyte each.
constexpr std::size_t largest_snapshot = std::size_t{1} << 30;

/// What is listened to.
constexpr const char* from_wgnld = "type='signal',sender='org.wgnl.WireGuard1'";
constexpr const char* objects_of_wgnld = "type='signal',sender='org.wgnl.WireGuard1',"
                                         "interface='org.freedesktop.DBus.ObjectManager'";
constexpr const char* owner_of_wgnld = "type='signal',sender='org.freedesktop.DBus',"
                                       "member='NameOwnerChanged',arg0='org.wgnl.WireGuard1'";

/// The largest wait of sd_bus_wait(3).
constexpr auto forever = UINT64_MAX;

} // namespace

Result<Bus> Bus::open() {
    sd_bus* bus{};
    const int result = sd_bus_open_system(&bus);
    if (result == -ENOENT || result == -ECONNREFUSED)
        return fail(Errc::not_found, "connect to the system bus", "there is no system bus",
                    -result);
    if (result < 0)
        return failed("connect to the system bus", result);
    sd::BusHandle opened{bus};
    if (const auto ignored = sd::ignore_forged_signals(bus); !ignored)
        return std::unexpected{ignored.error()};
    return Bus{std::move(opened)};
}

void Bus::be_patient_for(Microseconds time) {
    sd_bus_set_method_call_timeout(bus_.get(), static_cast<std::uint64_t>(time.count()));
}

Result<ManagedObjects> Bus::objects(Start start) {
    const auto reply = ask_root(bus_.get(), {device_listing, root_path, object_manager_interface,
                                             "GetManagedObjects", start});
    if (!reply)
        return std::unexpected{reply.error()};
    return read_managed_objects(reply->get());
}

Result<std::vector<DeviceView>> Bus::devices(Start start) {
    const auto found = objects(start);
    if (!found)
        return std::unexpected{found.error()};
    return devices_of(*found);
}

Result<std::vector<Problem>> Bus::file_problems() {
    const auto reply = ask(bus_.get(),
                           {"ask wgnld for problems of files", root_path, properties_interface,
                            "GetAll", Start::never},
                           "s", manager_interface);
    if (!reply)
        return std::unexpected{reply.error()};
    if (!*reply)
        return std::vector<Problem>{};
    const auto properties = read_properties(reply->get());
    if (!properties)
        return std::unexpected{properties.error()};
    return problems_of(*properties);
}

Result<std::vector<std::string>> Bus::device_names(Start start) {
    const auto reply =
        ask_root(bus_.get(), {device_listing, root_path, manager_interface, "ListDevices", start});
    if (!reply)
        return std::unexpected{reply.error()};
    return read_device_names(reply->get());
}

Result<std::optional<DeviceView>> Bus::device(const std::string& name) {
    const auto found =
        ask_properties(bus_.get(), "ask wgnld for a device", path_of(name), device_interface);
    if (!found)
        return std::unexpected{found.error()};
    return *found ? std::optional(device_of(**found)) : std::nullopt;
}

Result<std::optional<PeerView>> Bus::peer(const std::string& device,
                                          const std::string& name_or_key) {
    constexpr const char* operation = "ask wgnld for a peer";
    const auto reply = ask(bus_.get(), {operation, path_of(device), device_interface, "GetPeer"},
                           "s", name_or_key.c_str());
    if (!reply)
        return std::unexpected{reply.error()};
    const char* path{};
    if (!*reply || sd_bus_message_read(reply->get(), "o", &path) < 0)
        return std::nullopt;
    const auto found = ask_properties(bus_.get(), operation, path, peer_interface);
    if (!found)
        return std::unexpected{found.error()};
    return *found ? std::optional(peer_of(**found)) : std::nullopt;
}

Result<std::vector<PeerView>> Bus::unlisted_peers(const std::string& device) {
    constexpr const char* operation = "ask wgnld for a snapshot";
    const auto reply =
        ask_root(bus_.get(), {operation, path_of(device), device_interface, "Snapshot"});
    if (!reply)
        return std::unexpected{reply.error()};
    int fd{-1}; // the message's
    if (const int result = sd_bus_message_read(reply->get(), "h", &fd); result < 0)
        return failed(operation, result);
    const auto file = SealedFile::map(fd, largest_snapshot);
    if (!file)
        return std::unexpected{file.error()};
    const auto bytes = file->bytes();
    return peers_of_snapshot({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<void> Bus::reconcile(const std::string& device) {
    // Longer than wgnld waits for polkit, and so for somebody who types a password.
    constexpr std::chrono::microseconds patience = std::chrono::seconds(90);
    sd_bus_message* request{};
    int result = sd_bus_message_new_method_call(bus_.get(), &request, bus_name, root_path,
                                                "org.wgnl.WireGuard1.Manager", "Reconcile");
    const sd::MessageHandle owned{request};
    if (result >= 0)
        result = sd_bus_message_append(request, "s", device.c_str());
    if (result >= 0)
        result = sd_bus_message_set_allow_interactive_authorization(request, 1);
    if (result < 0)
        return failed("ask wgnld to reconcile", result);
    BusError error;
    result = sd_bus_call(bus_.get(), request, patience.count(), error.get(), nullptr);
    if (result < 0)
        return failed("ask wgnld to reconcile", result, error);
    return {};
}

Result<void> Bus::reload_network_manager() {
    constexpr std::uint32_t configuration = 1; // NM_MANAGER_RELOAD_FLAGS_CONF
    sd_bus_message* request{};
    int result = sd_bus_message_new_method_call(
        bus_.get(), &request, "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager",
        "org.freedesktop.NetworkManager", "Reload");
    const sd::MessageHandle owned{request};
    if (result >= 0)
        result = sd_bus_message_append(request, "u", configuration);
    if (result >= 0)
        result = sd_bus_message_set_auto_start(request, 0);
    if (result < 0)
        return failed("have NetworkManager reload", result);
    BusError error;
    result = sd_bus_call(bus_.get(), request, 0, error.get(), nullptr);
    if (result < 0 && !error.nobody_serves())
        return failed("have NetworkManager reload", result, error);
    return {};
}

Result<void> Bus::add_match(const std::string& rule, sd::Callback::Function function) {
    auto added = sd::match(bus_.get(), rule, std::move(function));
    if (!added)
        return std::unexpected{added.error()};
    matches_.push_back(std::move(*added));
    return {};
}

Result<void> Bus::watch(const std::string& device) {
    const auto signalled = [flag = signalled_.get()](sd_bus_message*) { *flag = true; };
    const auto scope = device.empty() ? std::string{} : ",path_namespace='" + path_of(device) + "'";
    auto added = add_match(from_wgnld + scope, signalled);
    if (added && !device.empty())
        added = add_match(objects_of_wgnld, signalled);
    return added ? add_match(owner_of_wgnld, signalled) : added;
}

Result<void> Bus::listen(std::function<void(const BusNews&)> heard) {
    const auto tell = [heard = std::move(heard)](sd_bus_message* message) {
        if (const auto news = read_news(message))
            heard(*news);
    };
    const auto added = add_match(from_wgnld, tell);
    return added ? add_match(owner_of_wgnld, tell) : added;
}

Result<void> Bus::attach(sd_event* event) {
    int result = sd_bus_set_exit_on_disconnect(bus_.get(), 1);
    if (result >= 0)
        result = sd_bus_attach_event(bus_.get(), event, SD_EVENT_PRIORITY_NORMAL);
    if (result < 0)
        return failed("listen to the system bus", result);
    return {};
}

/// Takes in everything that has arrived; true if a signal was among it.
Result<bool> Bus::drain_signals() {
    int result{};
    while ((result = sd_bus_process(bus_.get(), nullptr)) > 0)
        continue;
    if (result < 0)
        return failed("listen to the system bus", result);
    return std::exchange(*signalled_, false);
}

Result<bool> Bus::wait_signal(std::optional<Microseconds> timeout) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto start = now();
    for (;;) {
        const auto signalled = drain_signals();
        if (!signalled || *signalled)
            return signalled;
        auto left = forever;
        if (timeout) {
            const auto passed = std::chrono::duration_cast<Microseconds>(now() - start);
            if (passed >= *timeout)
                return false;
            left = static_cast<std::uint64_t>((*timeout - passed).count());
        }
        const int result = sd_bus_wait(bus_.get(), left);
        if (result < 0 && result != -EINTR)
            return failed("wait for the system bus", result);
    }
}

} // namespace wgnl::cli
