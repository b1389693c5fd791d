// SPDX-License-Identifier: LGPL-2.1-or-later
// The difference between the addresses that a link shall have and those that it has.
#pragma once

#include <cstdint>
#include <vector>

#include <wgnl/address.hpp>

namespace wgnl {

/// An address of a link.
struct LinkAddress {
    std::uint32_t ifindex{};
    InterfaceAddress value{};
    std::uint8_t protocol{}; ///< who made it: 1 to 3 the kernel, 0 not said (before Linux 5.18)
};

/// What is to be done, in this order.
struct AddressChanges {
    /// IPv6 has an address once only, whatever its prefix length: the old one has to go first.
    std::vector<InterfaceAddress> replace{};
    std::vector<InterfaceAddress> add{};
    std::vector<InterfaceAddress> remove{};

    bool empty() const noexcept { return replace.empty() && add.empty() && remove.empty(); }
    bool operator==(const AddressChanges&) const = default;
};

/// Addresses that the kernel made by itself stay, and so do link-local IPv6 addresses that this
/// library did not make: an older kernel does not say whether it did.
AddressChanges address_changes(const std::vector<InterfaceAddress>& wanted,
                               const std::vector<LinkAddress>& live);

/// Whether adding `address` is refused as long as `other` is there.
bool stands_in_the_way(const InterfaceAddress& other, const InterfaceAddress& address) noexcept;

} // namespace wgnl
