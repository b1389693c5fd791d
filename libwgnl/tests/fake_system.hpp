// SPDX-License-Identifier: LGPL-2.1-or-later
// A machine in memory: the fake module and the fake of rtnetlink under one Client.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <wgnl/client.hpp>

#include "client/kernel_backend.hpp"
#include "client/parts.hpp"
#include "fake_kernel.hpp"
#include "fake_rtnetlink.hpp"
#include "temporary_directory.hpp"

namespace wgnl::testing {

class FakeSystem {
public:
    FakeSystem() {
        tests::FakeRtnetlink::Hooks hooks;
        hooks.on_create = [this](std::string_view name, std::uint32_t ifindex) {
            kernel.create(name, ifindex);
        };
        hooks.on_delete = [this](std::uint32_t ifindex) { kernel.remove(ifindex); };
        hooks.on_updown = [this](std::uint32_t ifindex, bool up) {
            return kernel.set_up(ifindex, up);
        };
        hooks.on_rename = [this](std::uint32_t ifindex, std::string_view name) {
            kernel.rename(ifindex, name);
        };
        rtnetlink.set_hooks(std::move(hooks));
    }

    /// A client as a process that has just started would open it.
    Client open() {
        auto parts = std::make_unique<ClientParts>();
        parts->userspace_directory = sockets.path();
        parts->kernel = std::make_unique<KernelBackend>(kernel.transport());
        parts->userspace = make_userspace_backend(parts->userspace_directory);
        parts->links = std::make_unique<LinkLayer>(
            rtnetlink.transport(), [this](std::string_view name, std::uint32_t ifindex) {
                return rtnetlink.link_generation_of(name, ifindex);
            });
        return Client(std::move(parts));
    }

    tests::FakeKernel kernel{};
    tests::FakeRtnetlink rtnetlink{};
    TemporaryDirectory sockets{};
};

} // namespace wgnl::testing
