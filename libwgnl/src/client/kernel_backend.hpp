// SPDX-License-Identifier: LGPL-2.1-or-later
// WireGuard devices of the kernel: generic netlink family "wireguard".
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "codec/device_encoder.hpp"
#include "values/device_backend.hpp"
#include "values/transport.hpp"

namespace wgnl {

/// Linux 5.6 and later refuse attributes that they do not know, so that a try is safe; older
/// modules would take the removal of an allowed IP for an addition. `release` as uname has it.
bool refuses_unknown_attributes(std::string_view release) noexcept;

/// Whether the kernel has WGALLOWEDIP_F_REMOVE_ME shows the first time that a prefix is to go: that
/// one is removed in a message of its own, by flag, and after a refusal with a throw-away peer.
class KernelBackend final : public DeviceBackend {
public:
    explicit KernelBackend(std::unique_ptr<Transport> genetlink);

    /// Finds the family; `unsupported` without the module. The calls below do this by themselves.
    Result<std::uint16_t> family();

    Result<Device> get(std::string_view name) override;
    Result<void> set(std::string_view name, const DeviceChange& change,
                     const BatchLimits& limits) override;
    std::uint64_t set_messages() const noexcept override { return set_messages_; }

private:
    Result<void> request(std::span<std::uint8_t> message, const ReplySink& sink,
                         std::string_view operation);
    Result<void> send_all(DeviceEncoder& encoder, std::string_view operation);

    std::unique_ptr<Transport> transport_;
    std::vector<std::uint8_t> storage_;
    std::optional<std::uint16_t> family_{};
    PrefixRemoval removal_;
    std::uint64_t set_messages_{};
    std::size_t last_peer_count_{}; ///< of whatever device was read last
};

/// Generic netlink family "wireguard". `unsupported` if the kernel has none (asking loads the
/// module).
Result<std::unique_ptr<DeviceBackend>> open_kernel_backend(std::unique_ptr<Transport> genetlink);

} // namespace wgnl
