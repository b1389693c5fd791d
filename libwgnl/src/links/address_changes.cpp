// SPDX-License-Identifier: LGPL-2.1-or-later
// The difference between the addresses that a link shall have and those that it has.
#include "address_changes.hpp"

#include <algorithm>

namespace wgnl {
namespace {

constexpr std::uint8_t last_of_the_kernel = 3; // IFAPROT_KERNEL_LL

bool contains(const std::vector<InterfaceAddress>& list, const InterfaceAddress& address) {
    return std::ranges::find(list, address) != list.end();
}

bool may_be_the_kernels(const LinkAddress& address) {
    if (address.protocol == 0)
        return address.value.address.is_link_local();
    return address.protocol <= last_of_the_kernel;
}

} // namespace

bool stands_in_the_way(const InterfaceAddress& other, const InterfaceAddress& address) noexcept {
    return other.address == address.address && other.prefix_length != address.prefix_length &&
           address.address.family() == Family::ipv6;
}

AddressChanges address_changes(const std::vector<InterfaceAddress>& wanted,
                               const std::vector<LinkAddress>& live) {
    AddressChanges changes;
    for (const auto& address : wanted)
        if (!contains(changes.add, address) &&
            std::ranges::find(live, address, &LinkAddress::value) == live.end())
            changes.add.push_back(address);
    for (const auto& each : live) {
        const auto blocks = [&](const auto& added) { return stands_in_the_way(each.value, added); };
        if (contains(wanted, each.value))
            continue;
        if (std::ranges::any_of(changes.add, blocks))
            changes.replace.push_back(each.value);
        else if (!may_be_the_kernels(each))
            changes.remove.push_back(each.value);
    }
    return changes;
}

} // namespace wgnl
