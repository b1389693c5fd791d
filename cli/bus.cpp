// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls and signals of org.wgnl.WireGuard1 by sd-bus.
#include "bus.hpp"

#include <cerrno>
#include <utility>

#include <systemd/sd-bus.h>

#include "bus_value.hpp"
#include "bus_view.hpp"
#include "sd/memfd.hpp"
#include "snapshot.hpp"

namespace wgnl::cli {
namespace {

constexpr const char* bus_name = "org.wgnl.WireGuard1";
constexpr const char* root_path = "/org/wgnl/WireGuard1";

class BusError {
public:
    BusError() = default;
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;
    ~BusError() { sd_bus_error_free(&error_); }
    sd_bus_error* get() { return &error_; }

    /// Whether the call found nobody who serves the name, or can be started to.
    bool nobody_serves() const;
    Errc code(int result) const;
    std::string text(int result) const {
        return error_.message ? error_.message : Error::from_errno(-result, "").detail();
    }

private:
    sd_bus_error error_{nullptr, nullptr, 0};
};

bool BusError::nobody_serves() const {
    for (const char* name : {SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                             "org.freedesktop.systemd1.NoSuchUnit",
                             "org.freedesktop.DBus.Error.Spawn.ServiceNotFound"})
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

constexpr const char* devices_path = "/org/wgnl/WireGuard1/device";
constexpr const char* device_interface = "org.wgnl.WireGuard1.Device";
/// 1,048,576 peers at a kilobyte each.
constexpr std::size_t largest_snapshot = std::size_t{1} << 30;

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
    return Bus{sd::BusHandle{bus}};
}

Result<std::vector<DeviceView>> Bus::devices() {
    BusError error;
    sd_bus_message* reply{};
    const int result =
        sd_bus_call_method(bus_.get(), bus_name, root_path, "org.freedesktop.DBus.ObjectManager",
                           "GetManagedObjects", error.get(), &reply, "");
    const sd::MessageHandle owned{reply};
    if (result < 0)
        return failed("ask wgnld for its devices", result, error);
    const auto objects = read_managed_objects(reply);
    if (!objects)
        return std::unexpected{objects.error()};
    return devices_of(*objects);
}

Result<std::vector<PeerView>> Bus::unlisted_peers(const std::string& device) {
    const auto path = sd::encode_path(devices_path, device);
    BusError error;
    sd_bus_message* reply{};
    int result = sd_bus_call_method(bus_.get(), bus_name, path.c_str(), device_interface,
                                    "Snapshot", error.get(), &reply, "");
    const sd::MessageHandle owned{reply};
    if (result < 0)
        return failed("ask wgnld for a snapshot", result, error);
    int fd{-1}; // the message's
    result = sd_bus_message_read(reply, "h", &fd);
    if (result < 0)
        return failed("ask wgnld for a snapshot", result);
    const auto file = sd::SealedFile::map(fd, largest_snapshot);
    if (!file)
        return std::unexpected{file.error()};
    const auto bytes = file->bytes();
    return peers_of_snapshot({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<void> Bus::reconcile(const std::string& device) {
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
    result = sd_bus_call(bus_.get(), request, 0, error.get(), nullptr);
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

Result<void> Bus::add_match(const std::string& rule) {
    auto added = sd::match(bus_.get(), rule,
                           [signalled = signalled_.get()](sd_bus_message*) { *signalled = true; });
    if (!added)
        return std::unexpected{added.error()};
    matches_.push_back(std::move(*added));
    return {};
}

Result<void> Bus::watch() {
    if (auto added = add_match("type='signal',sender='org.wgnl.WireGuard1'"); !added)
        return added;
    return add_match("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                     "arg0='org.wgnl.WireGuard1'");
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
