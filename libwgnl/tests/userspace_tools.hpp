// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys as the text protocol of userspace implementations writes them.
#pragma once

#include <string_view>

#include <wgnl/address.hpp>
#include <wgnl/key.hpp>

#include "fake_userspace.hpp"

namespace wgnl::tests {

inline constexpr std::string_view private_hex =
    "e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a";
inline constexpr std::string_view peer_hex =
    "b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33";
inline constexpr std::string_view psk_hex =
    "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52";

inline PublicKey key(std::string_view hex) { return PublicKey(from_hex(hex)); }
inline AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text)->value; }

} // namespace wgnl::tests
