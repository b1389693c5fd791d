// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices: sends each call to the back end that has the device, and makes one answer of theirs.
#include <wgnl/devices.hpp>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "links/request.hpp"
#include "parts.hpp"
#include "values/wiping.hpp"

namespace wgnl {
namespace {

constexpr int most_repetitions = 8;

bool is(const auto& result, Errc code) { return !result && result.error().code() == code; }

/// The kernel knows no such WireGuard device: a userspace one may still have the name.
bool is_absent(const auto& result) {
    return is(result, Errc::not_found) || is(result, Errc::unsupported);
}

/// Asks the kernel first, and userspace if the kernel has no such device. If neither has, the
/// kernel tells more about why. A userspace implementation still answers for a while when its link
/// is gone, or here in another namespace.
template <typename Call> auto on_backend(ClientParts& parts, std::string_view name, Call call)
    -> decltype(call(*parts.kernel)) {
    auto from_kernel = call(*parts.kernel);
    if (!is_absent(from_kernel))
        return from_kernel;
    if (auto link = parts.links->find(name); !link) {
        const bool sure = is(from_kernel, Errc::not_found) && is(link, Errc::not_found);
        return sure ? std::move(from_kernel) : std::unexpected(std::move(link).error());
    }
    auto from_userspace = call(*parts.userspace);
    const bool nowhere = is(from_kernel, Errc::not_found) && is(from_userspace, Errc::not_found);
    return nowhere ? from_kernel : from_userspace;
}

Result<Device> get_complete(DeviceBackend& backend, std::string_view name) {
    auto device = backend.get(name);
    for (int i = 0; i < most_repetitions && is(device, Errc::interrupted); ++i)
        device = backend.get(name);
    return device;
}

/// The userspace back end looks it up in the calling thread's namespace.
Result<Device> with_index(ClientParts& parts, Result<Device> device) {
    if (!device || !parts.home)
        return device;
    const auto found = parts.links->find(device->name);
    if (!found)
        return std::unexpected(found.error());
    device->ifindex = found->link.ifindex;
    return device;
}

/// A dump of a device that is deleted meanwhile ends early without a word.
Result<Device> still_there(ClientParts& parts, Device device) {
    const auto exists = parts.links->exists(device.ifindex);
    if (!exists)
        return std::unexpected(exists.error());
    if (!*exists)
        return fail(Errc::not_found, fmt::format("read device {}", device.name),
                    "it was deleted, or moved to another network namespace, while it was being "
                    "read",
                    ENODEV);
    return device;
}

} // namespace

Result<Device> Devices::get(std::string_view name) {
    const StackWiper wiper;
    auto device = on_backend(
        *parts_, name, [name](DeviceBackend& backend) { return get_complete(backend, name); });
    if (!device || device->backend == Backend::userspace)
        return with_index(*parts_, std::move(device));
    return device->peers.empty() ? device : still_there(*parts_, *std::move(device));
}

Result<void> Devices::set(std::string_view name, const DeviceChange& change) {
    const StackWiper wiper;
    auto done = on_backend(*parts_, name, [&](DeviceBackend& backend) {
        return backend.set(name, change, parts_->limits);
    });
    const bool socket_matter = change.listen_port || change.fwmark;
    if (!socket_matter || !failed_with(done, EPERM))
        return done;
    return fail(Errc::permission_denied, done.error().operation(),
                fmt::format("{}; the listen port and the mark also need CAP_NET_ADMIN in the "
                            "network namespace in which the device was created, and cannot be "
                            "changed any more once that is gone: delete the device then, and "
                            "create it again",
                            done.error().detail()),
                EPERM);
}

void Devices::set_limits(const BatchLimits& limits) { parts_->limits = limits; }

std::uint64_t Devices::set_messages() const noexcept {
    return parts_->kernel->set_messages() + parts_->userspace->set_messages();
}

} // namespace wgnl
