// SPDX-License-Identifier: LGPL-2.1-or-later
// The bell as the keeper hears it.
#pragma once

#include <functional>
#include <memory>

#include <wgnl/handshake_bell.hpp>

#include "sd/loop.hpp"

namespace wgnl::daemon {

/// An interface, so that tests can ring.
class Doorbell {
public:
    virtual ~Doorbell() = default;
    /// Whether anything can be heard at all.
    virtual bool works() const = 0;
    /// Whether ringing calls back; what rings meanwhile is kept, as far as there is room.
    virtual void listen(bool on) = 0;
    /// What rang since the last call.
    virtual HandshakeBell::Rings drain() = 0;
};

/// Hears the machine's network.
class PacketDoorbell final : public Doorbell {
public:
    /// Needs CAP_NET_RAW, which may be dropped afterwards. Without it the result is a bell that
    /// does not work, and `trouble` says why.
    PacketDoorbell(sd_event* event, std::function<void()> rang);

    bool works() const override { return bell_.has_value(); }
    void listen(bool on) override;
    HandshakeBell::Rings drain() override;
    const std::optional<Error>& trouble() const { return trouble_; }

private:
    std::optional<HandshakeBell> bell_{};
    std::unique_ptr<sd::Watch> watch_{};
    std::optional<Error> trouble_{};
};

} // namespace wgnl::daemon
