// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's WireGuard constants, with those that older headers lack.
#pragma once

#include <cstddef>
#include <cstdint>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>

namespace wgnl {

/// WGALLOWEDIP_A_FLAGS and WGALLOWEDIP_F_REMOVE_ME came with Linux 6.16; whether the running kernel
/// knows them only a try can tell.
inline constexpr std::uint16_t allowedip_a_flags = 4;
inline constexpr std::uint32_t allowedip_f_remove_me = 1;

/// Type of the elements of an array: the kernel ignores it.
inline constexpr std::uint16_t array_element = 0;

} // namespace wgnl
