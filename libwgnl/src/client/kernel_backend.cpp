// SPDX-License-Identifier: LGPL-2.1-or-later
// WireGuard devices of the kernel: generic netlink family "wireguard".
#include "kernel_backend.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <sys/utsname.h>

#include <fmt/format.h>

#include "base/text.hpp"
#include "codec/attributes.hpp"
#include "codec/device_decoder.hpp"
#include "codec/wireguard_uapi.hpp"
#include "netlink/kernel_errors.hpp"
#include "values/device_name.hpp"
#include "values/wiping.hpp"

namespace wgnl {
namespace {

constexpr const char* find_family = "find WireGuard in the kernel";
/// Enough for a request that only names something.
constexpr std::size_t small_message = 64;

Result<void> ignore_reply(Bytes) { return {}; }

std::string running_release() {
    utsname names{};
    return uname(&names) == 0 ? names.release : "";
}

/// What the kernel says to an attribute that it does not know. (EOPNOTSUPP it is not: that is what
/// a link of another kind gives.)
bool says_unknown(const Error& error) { return error.errnum() == EINVAL; }

} // namespace

bool refuses_unknown_attributes(std::string_view release) noexcept {
    const auto major = take_number<unsigned>(release);
    if (!major || !release.starts_with('.'))
        return false;
    release.remove_prefix(1);
    const auto minor = take_number<unsigned>(release);
    return minor && (*major > 5 || (*major == 5 && *minor >= 6));
}

KernelBackend::KernelBackend(std::unique_ptr<Transport> genetlink)
    : transport_(std::move(genetlink)),
      removal_(refuses_unknown_attributes(running_release()) ? PrefixRemoval::untested
                                                             : PrefixRemoval::throw_away) {}

Result<std::uint16_t> KernelBackend::family() {
    if (family_)
        return *family_;
    std::array<std::uint8_t, small_message> storage;
    const auto read = [this](Bytes reply) -> Result<void> {
        family_ = decode_family_reply(reply);
        return {};
    };
    const auto asked =
        transport_->exchange(encode_family_request(WG_GENL_NAME, storage), read, find_family);
    if (!asked && asked.error().errnum() == ENOENT)
        return fail(Errc::unsupported, find_family,
                    "the kernel has no module wireguard (try: modprobe wireguard)", ENOENT);
    if (!asked)
        return std::unexpected(asked.error());
    if (!family_)
        return fail(Errc::protocol, find_family, "the kernel's answer has no number");
    return *family_;
}

/// A module that was unloaded and loaded again has another number; its old one gives ENOENT.
Result<void> KernelBackend::request(std::span<std::uint8_t> message, const ReplySink& sink,
                                    std::string_view operation) {
    auto done = transport_->exchange(message, sink, operation);
    if (done || done.error().errnum() != ENOENT)
        return done;
    family_.reset();
    const auto found = family();
    if (!found)
        return std::unexpected(found.error());
    std::memcpy(message.data() + offsetof(nlmsghdr, nlmsg_type), &*found, sizeof(*found));
    return transport_->exchange(message, sink, operation);
}

Result<Device> KernelBackend::get(std::string_view name) {
    if (auto checked = check_link_name(name); !checked)
        return std::unexpected(std::move(checked).error());
    const auto number = family();
    if (!number)
        return std::unexpected(number.error());
    DeviceDecoder decoder;
    decoder.expect_peers(last_peer_count_);
    std::array<std::uint8_t, small_message> storage;
    auto read = request(
        encode_dump_request(*number, name, storage),
        [&decoder](Bytes message) { return decoder.add(message); },
        fmt::format("read device {}", name));
    if (!read)
        return std::unexpected(explained(read.error(), name));
    auto device = std::move(decoder).finish();
    if (device)
        last_peer_count_ = device->peers.size();
    return device;
}

Result<void> KernelBackend::set(std::string_view name, const DeviceChange& change,
                                const BatchLimits& limits) {
    if (auto checked = check_link_name(name); !checked)
        return checked;
    if (auto checked = check_change(change); !checked)
        return checked;
    const auto number = family();
    if (!number)
        return std::unexpected(number.error());
    storage_.resize(std::max(storage_.size(), message_storage(limits)));
    const WipedOnExit wiped(storage_);
    DeviceEncoder encoder(change, {*number, name, limits, removal_}, storage_);
    const auto done = send_all(encoder, fmt::format("set device {}", name));
    return done ? done : std::unexpected(explained(done.error(), name, change.listen_port));
}

Result<void> KernelBackend::send_all(DeviceEncoder& encoder, std::string_view operation) {
    for (auto message = encoder.next(); !message.empty(); message = encoder.next()) {
        ++set_messages_;
        const auto done = request(message, ignore_reply, operation);
        const bool unknown = !done && says_unknown(done.error());
        if (encoder.is_trial() && (done || unknown)) {
            removal_ = done ? PrefixRemoval::flag : PrefixRemoval::throw_away;
            encoder.decide(removal_);
            continue;
        }
        // The trial may have met a peer that was gone, of which the kernel thinks nothing.
        if (unknown && removal_ == PrefixRemoval::flag)
            removal_ = PrefixRemoval::untested;
        if (!done)
            return done;
    }
    return {};
}

Result<std::unique_ptr<DeviceBackend>> open_kernel_backend(std::unique_ptr<Transport> genetlink) {
    auto backend = std::make_unique<KernelBackend>(std::move(genetlink));
    if (const auto found = backend->family(); !found)
        return std::unexpected(found.error());
    return backend;
}

} // namespace wgnl
