// SPDX-License-Identifier: LGPL-2.1-or-later
// reconcile() that dies at any message: the next start still arrives where it should.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "fake_system.hpp"
#include "generators.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

/// Valid declarations of mode sync whose endpoints are numbers.
rc::Gen<Declaration> plain_declarations() {
    return rc::gen::map(alike_declarations(), [](Declaration declared) {
        declared.device = "wg0";
        declared.mode = Mode::sync;
        declared.kept_as_is = declared.strict = false;
        declared.private_key.reset();
        for (auto& peer : declared.peers) {
            peer.kept_as_is = false;
            peer.endpoint.reset();
        }
        return declared;
    });
}

using Prefixes = std::map<PublicKey, std::set<AllowedIp>>;

template <typename P> Prefixes prefixes_of(const std::vector<P>& peers) {
    Prefixes prefixes;
    for (const auto& peer : peers)
        prefixes[peer.public_key].insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
    return prefixes;
}

class Machine {
public:
    Machine() { system_.rtnetlink.add("wg0", "wireguard"); }

    bool reconcile(const Declaration& declared) {
        auto client = system_.open();
        client.devices().set_limits(
            {.new_or_removed_peers = 1}); // as many places to die as there can be
        const auto outcome = wgnl::reconcile(client, store_, declared, {"networkd", ""});
        return outcome && outcome->ok;
    }
    /// As if killed before the message after `sent`: no final record is written.
    void die_at(std::size_t sent, const Declaration& declared) {
        const auto before = store_.load("wg0").value().value();
        system_.kernel.fail_set(sent, {EIO, "killed"});
        if (!reconcile(declared)) {
            auto record = union_of(before, record_of(declared, &before));
            record.source = before.source;
            static_cast<void>(store_.save(record));
        }
        system_.kernel.fail_set(1'000'000, {});
    }
    Prefixes live() { return prefixes_of(system_.kernel.find("wg0")->device.peers); }

private:
    FakeSystem system_{};
    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
};

RC_GTEST_PROP(ReconcileProperty, ArrivesAfterADeathAtAnyMessage, ()) {
    Machine machine;
    RC_ASSERT(machine.reconcile(*plain_declarations()));
    const auto declared = *plain_declarations();

    machine.die_at(*rc::gen::inRange<std::size_t>(0, 8), declared);

    RC_ASSERT(machine.reconcile(declared));
    RC_ASSERT(bool(machine.live() == prefixes_of(declared.peers)));
}

RC_GTEST_PROP(ReconcileProperty, ArrivesAfterARefusalAtAnyMessageAndAnotherEdit, ()) {
    Machine machine;
    RC_ASSERT(machine.reconcile(*plain_declarations()));
    machine.die_at(*rc::gen::inRange<std::size_t>(0, 8), *plain_declarations());
    const auto declared = *plain_declarations();

    RC_ASSERT(machine.reconcile(declared));
    RC_ASSERT(bool(machine.live() == prefixes_of(declared.peers)));
}

} // namespace
} // namespace wgnl
