// SPDX-License-Identifier: LGPL-2.1-or-later
// WireGuard devices of the kernel: generic netlink family "wireguard".
#include "kernel_backend.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <sys/utsname.h>

#include <fmt/format.h>

#include "codec/device_decoder.hpp"
#include "codec/family.hpp"
#include "codec/wireguard_uapi.hpp"
#include "wiped_on_exit.hpp"

namespace wgnl {
namespace {

constexpr const char* find_family = "find WireGuard in the kernel";
/// Enough for a request that only names something.
constexpr std::size_t small_message = 64;

Result<void> ignore_reply(Bytes) { return {}; }

bool takes_prefixes(const PeerChange& change) {
    return change.action != PeerChange::Action::remove && !change.remove_allowed_ips.empty();
}

std::string running_release() {
    utsname names{};
    return uname(&names) == 0 ? names.release : "";
}

/// What the kernel says to a flag that it does not know.
bool says_unknown(const Error& error) {
    return error.errnum() == EINVAL || error.errnum() == EOPNOTSUPP || error.errnum() == ERANGE;
}

} // namespace

bool refuses_unknown_attributes(std::string_view release) noexcept {
    unsigned major = 0;
    unsigned minor = 0;
    const char* const end = release.data() + release.size();
    const auto first = std::from_chars(release.data(), end, major);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.')
        return false;
    if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{})
        return false;
    return major > 5 || (major == 5 && minor >= 6);
}

KernelBackend::KernelBackend(std::unique_ptr<Transport> genetlink)
    : transport_(std::move(genetlink)) {}

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
    if (auto checked = check_device_name(name); !checked)
        return std::unexpected(std::move(checked).error());
    const auto number = family();
    if (!number)
        return std::unexpected(number.error());
    DeviceDecoder decoder;
    std::array<std::uint8_t, small_message> storage;
    auto read = request(
        encode_dump_request(*number, name, storage),
        [&decoder](Bytes message) { return decoder.add(message); },
        fmt::format("read device {}", name));
    if (!read)
        return std::unexpected(std::move(read).error());
    return std::move(decoder).finish();
}

Result<void> KernelBackend::set(std::string_view name, const DeviceChange& change,
                                const BatchLimits& limits) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    if (auto checked = check_change(change); !checked)
        return checked;
    const auto removal = removal_for(name, change);
    if (!removal)
        return std::unexpected(removal.error());
    auto sent = send_all(name, change, limits, *removal);
    if (!sent && *removal == PrefixRemoval::flag && says_unknown(sent.error()))
        removal_.reset(); // It may be that the try met a peer that was gone: try again next time.
    return sent;
}

Result<void> KernelBackend::send_all(std::string_view name, const DeviceChange& change,
                                     const BatchLimits& limits, PrefixRemoval removal) {
    const auto number = family();
    if (!number)
        return std::unexpected(number.error());
    storage_.resize(std::max(storage_.size(), message_storage(limits)));
    const WipedOnExit wiped(storage_);
    const std::string operation = fmt::format("set device {}", name);
    DeviceEncoder encoder(change, {*number, name, limits, removal}, storage_);
    for (auto message = encoder.next(); !message.empty(); message = encoder.next()) {
        ++set_messages_;
        if (auto done = request(message, ignore_reply, operation); !done)
            return done;
    }
    return {};
}

/// How this kernel takes single allowed IPs away; tried the first time that it matters.
Result<PrefixRemoval> KernelBackend::removal_for(std::string_view name,
                                                 const DeviceChange& change) {
    const auto first = std::ranges::find_if(change.peers, takes_prefixes);
    if (first == change.peers.end())
        return PrefixRemoval::flag;
    if (!removal_ && !refuses_unknown_attributes(running_release()))
        removal_ = PrefixRemoval::throw_away;
    if (removal_)
        return *removal_;
    auto tried = try_removal(name, *first);
    if (tried)
        removal_ = *tried;
    return tried;
}

/// Takes the first of the prefixes that are to go anyway. A kernel without the flag refuses it
/// before it changes anything.
Result<PrefixRemoval> KernelBackend::try_removal(std::string_view name, const PeerChange& change) {
    const DeviceChange first{
        .peers = {{.public_key = change.public_key,
                   .remove_allowed_ips = {change.remove_allowed_ips.front()}}}};
    const auto done = send_all(name, first, smallest_limits, PrefixRemoval::flag);
    if (done)
        return PrefixRemoval::flag;
    if (says_unknown(done.error()))
        return PrefixRemoval::throw_away;
    return std::unexpected(done.error());
}

Result<std::unique_ptr<DeviceBackend>> open_kernel_backend(std::unique_ptr<Transport> genetlink) {
    auto backend = std::make_unique<KernelBackend>(std::move(genetlink));
    if (const auto found = backend->family(); !found)
        return std::unexpected(found.error());
    return backend;
}

} // namespace wgnl
