// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking generic netlink's controller for the number of a family.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "attributes.hpp"

namespace wgnl {

/// CTRL_CMD_GETFAMILY for `name`, written into `storage` (at least 64 bytes). Asking makes the
/// kernel load the module that has the family.
std::span<std::uint8_t> encode_family_request(std::string_view name,
                                              std::span<std::uint8_t> storage) noexcept;

/// The family's number; absent if the reply is malformed or has none.
std::optional<std::uint16_t> decode_family_reply(Bytes message) noexcept;

} // namespace wgnl
