// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses and Routes: what leads packets to a device, and from it.
#pragma once

#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/error.hpp>
#include <wgnl/route.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// What a Client is made of: the library's own.
struct [[gnu::visibility("hidden")]] ClientParts;

/// The face of a Client for the addresses of its devices; Link::addresses has those that are there.
/// A view: copied as a pointer is, good for as long as its client lives.
class Addresses {
public:
    /// One that is there already is fine; for IPv6 only with the same prefix length, else
    /// system/EEXIST.
    Result<void> add(std::string_view device, const InterfaceAddress& address);
    /// One that is gone already is no error.
    Result<void> remove(std::string_view device, const InterfaceAddress& address);
    /// Makes these the device's addresses by adding what is missing and removing the rest; nothing
    /// is sent if they are. Addresses that the kernel made by itself stay, and so do link-local
    /// IPv6 ones that this library did not make. On an error what came before stays done.
    Result<void> set(std::string_view device, const std::vector<InterfaceAddress>& wanted);

    /// For Client and the library's tests: nothing of it is exported.
    [[gnu::visibility("hidden")]] explicit Addresses(ClientParts& parts) noexcept
        : parts_(&parts) {}

private:
    ClientParts* parts_;
};

/// The face of a Client for routes through its devices. A view: copied as a pointer is, good for as
/// long as its client lives.
class Routes {
public:
    /// Those that this library made (route_protocol); each as Route::normalised().
    Result<std::vector<Route>> list(std::string_view device);
    /// Every unicast route through the device without gateway, whoever made it; each as
    /// Route::normalised().
    Result<std::vector<Route>> list_all(std::string_view device);
    /// Makes these the device's routes, as route_changes() has it; nothing is sent if they are.
    /// The device must be up; when it goes down the kernel drops them. Any prefix is taken, also
    /// /0: whether that is wise is the caller's matter. A destination and metric that another link
    /// or program has in that table is system/EEXIST. On an error what came before stays done.
    Result<void> set(std::string_view device, const std::vector<Route>& wanted);
    /// Carries out what it can: adds routes of ours, then removes routes, each of the protocol that
    /// it says; one that is gone already is no error. Returns what could not be done, and why.
    Result<std::vector<RouteFailure>> change(std::string_view device, const RouteChanges& changes);

    /// For Client and the library's tests: nothing of it is exported.
    [[gnu::visibility("hidden")]] explicit Routes(ClientParts& parts) noexcept : parts_(&parts) {}

private:
    ClientParts* parts_;
};

} // namespace wgnl
