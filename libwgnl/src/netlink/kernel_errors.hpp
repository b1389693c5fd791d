// SPDX-License-Identifier: LGPL-2.1-or-later
// What the module's bare error numbers mean for a device, and what to do about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>

namespace wgnl {

/// The error with its meaning behind the kernel's own words, where it has one. `port` is the listen
/// port that the request asked for.
Error explained(const Error& error, std::string_view device,
                std::optional<std::uint16_t> port = std::nullopt);

/// What it takes to use a port that EACCES refuses, and what to do; `port` as above.
std::string port_is_privileged(std::optional<std::uint16_t> port = std::nullopt);

} // namespace wgnl
