// SPDX-License-Identifier: LGPL-2.1-or-later
// Which fields differ, as plan() tells it beside its steps: each kind by an example.
#include <wgnl/plan.hpp>

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;
using Aspect = Difference::Aspect;
using Differences = std::vector<Difference>;

TEST(Differences, NoneWhereLiveIsAsDeclared) {
    EXPECT_TRUE(differences(declaration({declared_peer(1)}), device({live_peer(1)})).empty());
}

TEST(Differences, APrivateKeyIsTheSameClampedOrNot) {
    auto declared = declaration({declared_peer(1)});
    declared.private_key.emplace(bytes_of(0xff));
    auto live = device({live_peer(1)});
    live.private_key = identity(0xff);

    EXPECT_TRUE(differences(declared, live).empty());
    std::swap(*declared.private_key, *live.private_key);
    EXPECT_TRUE(differences(declared, live).empty());
    live.private_key = PrivateKey::generate();
    EXPECT_EQ(differences(declared, live), (Differences{{Aspect::private_key, {}}}));
}

TEST(Differences, EveryDeclaredFieldCounts) {
    auto wanted = declared_peer(1);
    wanted.preshared_key = secret(9);
    wanted.persistent_keepalive = 25;
    wanted.endpoint = "192.0.2.1:5";
    auto declared = declaration({wanted, declared_peer(2)});
    declared.listen_port = 1;
    declared.fwmark = 2;

    const auto found = differences(declared, device({live_peer(1, {"10.0.0.1/32"}), live_peer(3)}));

    EXPECT_EQ(found, (Differences{{Aspect::listen_port, {}},
                                  {Aspect::fwmark, {}},
                                  {Aspect::presence, key(2)},
                                  {Aspect::foreign_peer, key(3)},
                                  {Aspect::preshared_key, key(1)},
                                  {Aspect::persistent_keepalive, key(1)},
                                  {Aspect::allowed_ips, key(1)},
                                  {Aspect::endpoint, key(1)}}));
}

TEST(Differences, WhatIsLeftToTheKernelIsNone) {
    auto declared = declaration({declared_peer(1, {"10.0.0.1/32", "10.0.0.1/32"})});
    declared.listen_port = 0;
    declared.peers[0].external_preshared_key = true;
    auto live = device({live_peer(1, {"10.0.0.1/32"})});
    live.listen_port = 51820;
    live.fwmark = 7;
    live.peers[0].preshared_key = secret(9);
    live.peers[0].persistent_keepalive = 25;

    EXPECT_TRUE(differences(declared, live).empty());
}

TEST(Differences, APresharedKeyOfZerosIsNoKey) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].preshared_key = secret(0);
    auto live = device({live_peer(1)});

    EXPECT_TRUE(differences(declared, live).empty());
    live.peers[0].preshared_key = secret(9);
    EXPECT_EQ(differences(declared, live), (Differences{{Aspect::preshared_key, key(1)}}));
}

TEST(Differences, ARoamedEndpointIsNoneAndAMissingOneIs) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].endpoint = "192.0.2.1:5";
    auto live = device({live_peer(1)});

    EXPECT_EQ(differences(declared, live), (Differences{{Aspect::endpoint, key(1)}}));
    live.peers[0].endpoint = at("198.51.100.1:9");
    EXPECT_TRUE(differences(declared, live).empty());
}

TEST(Differences, HeldPeersAndDevicesDifferInNothing) {
    EXPECT_TRUE(differences(declaration({held_peer(1)}), device()).empty());
    EXPECT_TRUE(differences(declaration({held_peer(1)}), device({live_peer(1)})).empty());

    auto declared = declaration({declared_peer(1)});
    declared.kept_as_is = true;
    EXPECT_TRUE(differences(declared, device()).empty());
}

TEST(Differences, APrefixThatAHeldPeerKeepsIsStillMissing) {
    const auto declared = declaration({held_peer(1), declared_peer(2, {"10.0.0.1/32"})});
    const auto live = device({live_peer(1, {"10.0.0.1/32"}), live_peer(2)});

    EXPECT_TRUE(plan(declared, nullptr, live).empty());
    EXPECT_EQ(differences(declared, live), (Differences{{Aspect::allowed_ips, key(2)}}));
}

TEST(Differences, APlanNamesWhatItWithholdsToo) {
    auto declared = declaration();
    declared.listen_port = 51820;
    auto live = device();
    live.listen_port = 4711;

    const auto cautious = plan(declared, nullptr, live);

    EXPECT_TRUE(cautious.empty());
    EXPECT_EQ(cautious.differences, (Differences{{Aspect::listen_port, {}}}));
}

TEST(Differences, WhatWasRecordedAndIsNoLongerDeclaredIsOneOfThePlan) {
    auto before = declaration({declared_peer(1), declared_peer(2)});
    before.peers[0].persistent_keepalive = 25;
    auto live = device({live_peer(1), live_peer(2)});
    live.peers[0].persistent_keepalive = 25;
    const auto declared = declaration({declared_peer(1)});

    EXPECT_EQ(
        plan_after(before, declared, live).differences,
        (Differences{{Aspect::foreign_peer, key(2)}, {Aspect::persistent_keepalive, key(1)}}));
    EXPECT_EQ(differences(declared, live), (Differences{{Aspect::foreign_peer, key(2)}}));
}

TEST(Differences, ASessionToBeStartedAgainIsOne) {
    auto live = device({live_peer(1)});
    live.peers[0].endpoint = at("192.0.2.1:5");
    const Policy policy{.remembered = {{key(1), {at("192.0.2.1:5"), true}}}};

    const auto result = plan(declaration({declared_peer(1)}), nullptr, live, policy);

    EXPECT_FALSE(result.empty());
    EXPECT_EQ(result.differences, (Differences{{Aspect::sessions, key(1)}}));
}

TEST(Differences, AreWordsWithoutValues) {
    EXPECT_EQ(to_string(Difference{Aspect::listen_port, {}}), "listen port");
    EXPECT_EQ(to_string(Difference{Aspect::preshared_key, key(1)}),
              "preshared key of peer " + key(1).to_base64());
}

} // namespace
} // namespace wgnl
