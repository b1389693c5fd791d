// SPDX-License-Identifier: LGPL-2.1-or-later
// Who resolves host names for the manager.
#pragma once

#include <functional>
#include <string>

#include <systemd/sd-bus.h>

#include "named_peer.hpp"
#include "sd/bus.hpp"

namespace wgnl::daemon {

class NameResolver {
public:
    using Done = std::function<void(const NameAnswer& answer)>;
    virtual ~NameResolver() = default;
    /// `done` is called once, perhaps before this returns.
    virtual void resolve(const std::string& host, Done done) = 0;
};

/// wgnl-resolve, which the bus starts when it is asked.
class ResolveClient final : public NameResolver {
public:
    explicit ResolveClient(sd_bus* bus) : bus_(bus) {}
    ResolveClient(const ResolveClient&) = delete;
    ResolveClient& operator=(const ResolveClient&) = delete;

    void resolve(const std::string& host, Done done) override;

private:
    sd_bus* bus_;
    sd::PendingCalls calls_{};
};

} // namespace wgnl::daemon
