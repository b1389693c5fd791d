// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: WireGuard devices of the kernel and of userspace implementations, and their links.
#pragma once

#include <memory>
#include <optional>

#include <wgnl/addressing.hpp>
#include <wgnl/devices.hpp>
#include <wgnl/error.hpp>
#include <wgnl/links.hpp>
#include <wgnl/network_namespace.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// One per thread; movable, not copyable. Blocking: the kernel answers at once.
///
/// A client works in one network namespace, where it was opened. What it can do has four faces:
/// client.devices().get("wg0"), client.links().create("wg0"), client.addresses().add("wg0", …),
/// client.routes().set("wg0", …). They share its sockets: a function that needs one of them may
/// take that alone.
///
/// Names are looked up by every call anew: a device that was deleted, renamed, or moved to another
/// namespace is not_found. Sockets of userspace implementations are files, which all namespaces
/// share: only one of them can have a device of a name, and links().list() of another that has a
/// tun device of that name shows it too.
class Client {
public:
    /// Opens the kernel's netlink families. Succeeds without the wireguard module: only userspace
    /// devices are seen then.
    static Result<Client> open(const OpenOptions& options = {});

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    Devices devices() noexcept; ///< keys, ports and peers
    Links links() noexcept;     ///< which devices there are; made, deleted, renamed, up and down
    Addresses addresses() noexcept; ///< of the devices themselves
    Routes routes() noexcept;       ///< through the devices

    /// The library's own seam, for its tests and for itself: nothing of it is exported.
    [[gnu::visibility("hidden")]] explicit Client(std::unique_ptr<ClientParts> parts) noexcept;
    /// The namespace that it was opened for; absent: the opener's.
    [[gnu::visibility("hidden")]] const std::optional<Namespace>& home() const noexcept;

private:
    std::unique_ptr<ClientParts> parts_;
};

} // namespace wgnl
