// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices of userspace implementations, by the sockets in their directory.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <net/if.h>

#include "backend.hpp"
#include "manners.hpp"
#include "protocol.hpp"
#include "socket.hpp"
#include "values/device_name.hpp"

namespace wgnl {
namespace {

Result<Device> exchange(std::string_view directory, std::string_view name, std::string_view request,
                        const std::string& operation, const UserspacePatience& patience) {
    if (auto checked = check_link_name(name); !checked)
        return std::unexpected(std::move(checked).error());
    auto socket = UserspaceSocket::connect(directory, name, operation, patience);
    if (!socket)
        return std::unexpected(std::move(socket).error());
    return socket->exchange(request, name);
}

class UserspaceBackend final : public DeviceBackend {
public:
    UserspaceBackend(std::string_view directory, const UserspaceManners& manners)
        : directory_(directory), attention_(manners) {}

    Result<Device> get(std::string_view name) override {
        auto device = ask(name, userspace_get_request, "read");
        if (device)
            device->ifindex = if_nametoindex(device->name.c_str());
        return device;
    }

    Result<void> set(std::string_view name, const DeviceChange& change,
                     const BatchLimits& limits) override {
        if (!change.listen_port)
            return send(name, change, limits);
        // Unlike the kernel, these bind the port anew even if it is the one they have.
        const auto live = get(name);
        if (!live)
            return std::unexpected(live.error());
        if (live->listen_port != *change.listen_port)
            return send(name, change, limits);
        DeviceChange rest = change;
        rest.listen_port.reset();
        return send(name, rest, limits);
    }

    std::uint64_t set_messages() const noexcept override { return set_messages_; }

private:
    Result<Device> ask(std::string_view name, std::string_view request, std::string_view verb) {
        using Clock = UserspaceAttention::Clock;
        constexpr std::size_t of_peer = 256; // bytes of a reply
        const std::string device(name);
        const auto operation = fmt::format("{} device {}", verb, name);
        const auto begun = Clock::now();
        const auto socket = SocketIdentity::of(fmt::format("{}/{}.sock", directory_, name));
        const auto patience = attention_.begin(device, socket, operation, begun);
        if (!patience)
            return std::unexpected(patience.error());
        auto reply = exchange(directory_, name, request, operation, *patience);
        const bool timed_out = !reply && reply.error().errnum() == ETIMEDOUT;
        const auto peers = reply ? reply->peers.size() : 0;
        attention_.end(device, socket, timed_out, request.size() + peers * of_peer, begun,
                       Clock::now());
        return timed_out ? UserspaceAttention::failure(operation) : std::move(reply);
    }

    Result<void> send(std::string_view name, const DeviceChange& change,
                      const BatchLimits& limits) {
        PrefixRemoval& removal = removals_[std::string(name)];
        const auto done = write_userspace_change(
            change, limits,
            [&](std::string_view request) -> Result<void> {
                ++set_messages_;
                auto device = ask(name, request, "set");
                return device ? Result<void>{} : std::unexpected(std::move(device).error());
            },
            removal);
        if (!done) // perhaps another program has taken the place of the one that was tried
            removals_.erase(std::string(name));
        return done;
    }

    std::string directory_;
    UserspaceAttention attention_;
    std::map<std::string, PrefixRemoval> removals_{}; ///< what each device's program can
    std::uint64_t set_messages_{0};
};

constexpr const char* look = "look for userspace devices";

/// Nothing listens on a stale socket; one that we may not open, or that is busy, is a device all
/// the same.
Result<bool> is_alive(std::string_view directory, std::string_view name) {
    const auto socket = UserspaceSocket::connect(directory, name, look);
    if (socket)
        return true;
    const auto& error = socket.error();
    if (error.code() == Errc::not_found)
        return false;
    if (error.code() == Errc::permission_denied || error.errnum() == EAGAIN)
        return true;
    return std::unexpected(error);
}

bool is_socket_name(const std::filesystem::path& path) {
    return path.extension() == ".sock" && check_link_name(path.stem().string());
}

/// The sockets in it, whether or not anybody listens.
Result<std::vector<std::string>> socket_names(std::string_view directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error))
        if (is_socket_name(entry->path()))
            names.push_back(entry->path().stem().string());
    if (error && error != std::errc::no_such_file_or_directory)
        return std::unexpected(
            Error::from_errno(error.value(), fmt::format("{} in {}", look, directory)));
    return names;
}

} // namespace

std::unique_ptr<DeviceBackend> make_userspace_backend(std::string_view directory,
                                                      const UserspaceManners& manners) {
    return std::make_unique<UserspaceBackend>(directory, manners);
}

std::string userspace_directory_below(std::string_view root) {
    const auto folder = [root](std::string_view name) { return fmt::format("{}{}", root, name); };
    std::error_code error;
    const bool same = std::filesystem::equivalent(folder("/run"), folder("/var/run"), error);
    return folder(same || error ? "/run/wireguard" : "/var/run/wireguard");
}

Result<std::vector<std::string>> userspace_devices(std::string_view directory) {
    auto names = socket_names(directory);
    if (!names)
        return names;
    std::vector<std::string> devices;
    for (auto& name : *names) {
        const auto alive = is_alive(directory, name);
        if (!alive)
            return std::unexpected(alive.error());
        if (*alive)
            devices.push_back(std::move(name));
    }
    std::ranges::sort(devices);
    return devices;
}

} // namespace wgnl
