// SPDX-License-Identifier: LGPL-2.1-or-later
// reconcile() and withdraw() after links were renamed: the declaration stays with the name, the
// record follows the link.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "fake_system.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

class ReconcileFollow : public ::testing::Test {
protected:
    static Declaration declare(const std::string& device, Mode mode,
                               const std::vector<DeclaredPeer>& peers) {
        auto declared = declaration(peers);
        declared.device = device;
        declared.mode = mode;
        return declared;
    }
    Result<ReconcileOutcome> try_to(const Declaration& declared,
                                    const ReconcileOptions& options = {}) {
        auto client = system_.open();
        return reconcile(client, store_, declared, {"networkd", declared.device}, options);
    }
    ReconcileOutcome run(const Declaration& declared, const ReconcileOptions& options = {}) {
        auto outcome = try_to(declared, options);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    ReconcileOutcome retire(const std::string& device) {
        auto client = system_.open();
        auto outcome = withdraw(client, store_, device);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    void add(std::string_view name) { ASSERT_EQ(system_.rtnetlink.add(name, "wireguard"), 0); }
    void rename(std::string_view from, std::string_view to) {
        ASSERT_EQ(system_.rtnetlink.rename(system_.rtnetlink.find(from)->ifindex, to), 0);
    }
    std::vector<PublicKey> peers_of(std::string_view device) {
        std::vector<PublicKey> keys;
        for (const auto& peer : system_.kernel.find(device)->device.peers)
            keys.push_back(peer.public_key);
        std::ranges::sort(keys);
        return keys;
    }
    std::optional<Record> record(std::string_view device) { return store_.load(device).value(); }
    std::uint32_t index_of(std::string_view name) { return system_.rtnetlink.find(name)->ifindex; }

    FakeSystem system_{};
    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
};

const std::vector<PublicKey> none{};

TEST_F(ReconcileFollow, WhatWasAppliedUnderTheOldNameIsKnownUnderTheNewOne) {
    add("wg0");
    run(declare("wg0", Mode::sync, {declared_peer(1), declared_peer(2)}));
    rename("wg0", "wg1");

    run(declare("wg1", Mode::sync, {declared_peer(2)}));

    EXPECT_EQ(peers_of("wg1"), std::vector{key(2)}) << "peer 1 was ours: it goes";
    EXPECT_EQ(record("wg0"), std::nullopt);
    EXPECT_EQ(record("wg1")->device, "wg1");
    EXPECT_EQ(record("wg1")->ifindex, index_of("wg1"));
}

TEST_F(ReconcileFollow, TheDeclarationStaysWithTheNameAndTheRecordGoes) {
    add("wg0");
    const auto declared = declare("wg0", Mode::sync, {declared_peer(1)});
    run(declared);
    rename("wg0", "wg1");

    const auto outcome = run(declared);

    EXPECT_FALSE(outcome.link_exists);
    EXPECT_EQ(peers_of("wg1"), std::vector{key(1)});
    EXPECT_EQ(record("wg0"), std::nullopt);
    EXPECT_EQ(record("wg1")->ifindex, index_of("wg1"));
}

TEST_F(ReconcileFollow, TwoLinksSwapTheirNames) {
    add("wg0");
    add("wg1");
    run(declare("wg0", Mode::sync, {declared_peer(1)}));
    run(declare("wg1", Mode::sync, {declared_peer(2)}));
    rename("wg0", "aside");
    rename("wg1", "wg0");
    rename("aside", "wg1");

    run(declare("wg0", Mode::sync, {declared_peer(1)}));

    EXPECT_EQ(peers_of("wg0"), std::vector{key(1)});
    EXPECT_EQ(record("wg0")->ifindex, index_of("wg0"));
    EXPECT_EQ(record("wg1")->ifindex, index_of("wg1"));

    run(declare("wg1", Mode::sync, {declared_peer(2)}));
    EXPECT_EQ(peers_of("wg1"), std::vector{key(2)});
}

TEST_F(ReconcileFollow, ADeviceOfOurOwnIsKnownUnderItsNewName) {
    run(declare("wg0", Mode::own, {declared_peer(1)}));
    rename("wg0", "wg1");

    const auto outcome = run(declare("wg1", Mode::own, {declared_peer(1)}));

    EXPECT_TRUE(outcome.ok);
    EXPECT_FALSE(outcome.created_device);
    EXPECT_TRUE(record("wg1")->created_device);
}

TEST_F(ReconcileFollow, TheNameThatIsFreeAgainGetsANewDevice) {
    const auto declared = declare("wg0", Mode::own, {declared_peer(1)});
    run(declared);
    rename("wg0", "wg1");

    EXPECT_TRUE(run(declared).created_device);

    EXPECT_EQ(record("wg0")->ifindex, index_of("wg0"));
    EXPECT_EQ(record("wg1")->ifindex, index_of("wg1"));
    EXPECT_TRUE(record("wg1")->created_device);
}

TEST_F(ReconcileFollow, ALaterLinkWithTheSameIndexIsAnother) {
    add("wg0");
    run(declare("wg0", Mode::sync, {declared_peer(1)}));
    const auto index = index_of("wg0");
    system_.rtnetlink.remove(index);
    ASSERT_EQ(system_.rtnetlink.add("wg1", "wireguard", index), 0);

    run(declare("wg1", Mode::sync, {}));

    EXPECT_TRUE(record("wg0")) << "nobody knows where its link went";
    EXPECT_TRUE(record("wg1")->peers.empty());
}

TEST_F(ReconcileFollow, ADryRunPlansWithItAndMovesNothing) {
    add("wg0");
    run(declare("wg0", Mode::sync, {declared_peer(1)}));
    rename("wg0", "wg1");

    const auto outcome =
        run(declare("wg1", Mode::sync, {}), {.policy = {.confirmed = true}, .dry_run = true});

    EXPECT_EQ(outcome.plan.change.peers.size(), 1U);
    EXPECT_TRUE(record("wg0"));
    EXPECT_EQ(record("wg1"), std::nullopt);
}

TEST_F(ReconcileFollow, WhoeverWorksOnTheOtherNameIsNotDisturbed) {
    add("wg0");
    run(declare("wg0", Mode::sync, {declared_peer(1)}));
    rename("wg0", "wg1");
    const auto lock = store_.lock("wg0");

    const auto outcome = try_to(declare("wg1", Mode::sync, {}));

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().errnum(), EWOULDBLOCK);
    EXPECT_TRUE(record("wg0"));
}

TEST_F(ReconcileFollow, AWithdrawnDeclarationTakesItsRenamedDeviceAlong) {
    run(declare("wg0", Mode::own, {declared_peer(1)}));
    rename("wg0", "wg1");

    const auto outcome = retire("wg0");

    EXPECT_TRUE(outcome.ok);
    EXPECT_FALSE(outcome.link_exists);
    EXPECT_EQ(system_.rtnetlink.find("wg1"), nullptr);
    EXPECT_EQ(record("wg0"), std::nullopt);
}

TEST_F(ReconcileFollow, AWithdrawnDeclarationRevokesItsPeersUnderTheNewName) {
    add("wg0");
    run(declare("wg0", Mode::sync, {declared_peer(1)}));
    rename("wg0", "wg1");
    add("wg0"); // somebody else's

    retire("wg0");

    EXPECT_EQ(peers_of("wg1"), none);
    EXPECT_EQ(record("wg0"), std::nullopt);
}

class OwnAddresses : public ReconcileFollow {
protected:
    void own(std::initializer_list<std::string_view> addresses) {
        auto declared = declare("wg0", Mode::own, {});
        for (const auto address : addresses)
            declared.addresses.push_back(InterfaceAddress::parse(address).value());
        EXPECT_TRUE(run(declared).ok);
        EXPECT_EQ(system_.rtnetlink.find("wg0")->addresses, declared.addresses);
    }
};

TEST_F(OwnAddresses, AnIpv6AddressGetsAnotherPrefixLength) {
    own({"fd00::1/128"});
    own({"fd00::1/64"});
}

TEST_F(OwnAddresses, AnAddressThatGoesTakesNoneAlong) {
    own({"10.0.0.1/24"});
    own({"10.0.0.2/24"});
}

} // namespace
} // namespace wgnl
