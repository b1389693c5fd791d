// SPDX-License-Identifier: LGPL-2.1-or-later
// A bus, a host and a source of handshakes that tests look into.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "handshake/handshake_source.hpp"
#include "model/publisher.hpp"

namespace wgnl::daemon::test {

/// What was said on the bus, a word each.
class RecordingPublisher final : public Publisher {
public:
    using Words = std::vector<std::string>;

    void appeared(const DeviceModel& device) override { said_.push_back("+" + device.name()); }
    void changed(const DeviceModel&, const DeviceUpdate& update) override {
        for (const auto* property : update.properties)
            said_.emplace_back(property);
    }
    void vanished(const DeviceModel& device) override { said_.push_back("-" + device.name()); }
    void applied(const DeviceModel&, bool ok) override {
        said_.emplace_back(ok ? "applied" : "failed");
    }
    /// Since the last call.
    Words take() { return std::exchange(said_, {}); }

private:
    Words said_{};
};

/// Has no systemd.
class BareHost final : public HostServices {
public:
    void ask_owner(std::uint32_t ifindex) override { asked_.push_back(ifindex); }
    bool starts_units() const override { return false; }
    void start_userspace(const std::string&, Done) override {}
    const std::vector<std::uint32_t>& asked() const { return asked_; }

private:
    std::vector<std::uint32_t> asked_{};
};

/// Packets come when the test says so.
class ScriptedHandshakes final : public HandshakeSource {
public:
    bool works() const override { return works_; }
    void listen(bool on) override { listens_ = on; }
    HandshakeSocket::Drained drain() override { return std::exchange(waiting_, {}); }

    void arrive(std::uint16_t port, std::uint64_t count = 1) {
        waiting_.packets.push_back({.port = port, .initiation = true, .count = count});
    }
    void lose(std::uint64_t count) { waiting_.lost += count; }
    void break_down() { works_ = false; }
    bool listens() const { return listens_; }

private:
    HandshakeSocket::Drained waiting_{};
    bool works_{true};
    bool listens_{true};
};

} // namespace wgnl::daemon::test
