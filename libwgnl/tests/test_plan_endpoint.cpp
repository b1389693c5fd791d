// SPDX-License-Identifier: LGPL-2.1-or-later
// plan(): whose endpoint holds, the configured one or where the peer is.
#include <wgnl/plan.hpp>

#include <gtest/gtest.h>

#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;
using Action = PeerChange::Action;

TEST(PlanEndpoint, StaysWhereThePeerRoamed) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].endpoint = "192.0.2.1:51820";
    auto live = device({live_peer(1)});
    live.peers[0].endpoint = at("203.0.113.9:4242");

    EXPECT_TRUE(plan_after(declared, declared, live).empty());
    EXPECT_TRUE(plan(declared, nullptr, live, {.confirmed = true}).empty());
}

TEST(PlanEndpoint, ChangesWithTheConfiguration) {
    auto before = declaration({declared_peer(1)});
    before.peers[0].endpoint = "192.0.2.1:51820";
    auto declared = before;
    declared.peers[0].endpoint = "192.0.2.2:51820";
    auto live = device({live_peer(1)});
    live.peers[0].endpoint = at("203.0.113.9:4242");

    const auto result = plan_after(before, declared, live);

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].endpoint, at("192.0.2.2:51820"));
}

TEST(PlanEndpoint, OfANameWaitsForItsAddress) {
    auto before = declaration({declared_peer(1)});
    before.peers[0].endpoint = "192.0.2.1:51820";
    auto declared = before;
    declared.peers[0].endpoint = "vpn.example.org:51820";
    auto live = device({live_peer(1)});
    live.peers[0].endpoint = at("192.0.2.1:51820");
    const Policy known{.resolved = {{"vpn.example.org:51820", at("198.51.100.7:51820")}}};

    EXPECT_TRUE(plan_after(before, declared, live).empty());
    const auto result = plan_after(before, declared, live, known);
    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].endpoint, at("198.51.100.7:51820"));
}

TEST(PlanEndpoint, OfAPeerThatHasNoneIsTheConfiguredOne) {
    auto declared = declaration({declared_peer(1), declared_peer(2)});
    declared.peers[0].endpoint = "192.0.2.1:51820";
    declared.peers[1].endpoint = "vpn.example.org:51820";
    auto live = device({live_peer(1), live_peer(2)});
    live.peers[0].endpoint = at("10.0.0.1:1");
    live.peers[0].endpoint->port = 0; // as networkd leaves a bad one: unusable
    const Policy known{.resolved = {{"vpn.example.org:51820", at("198.51.100.7:51820")}}};

    const auto result = plan(declared, nullptr, live, known);

    ASSERT_EQ(result.change.peers.size(), 2U);
    EXPECT_EQ(result.change.peers[0].endpoint, at("192.0.2.1:51820"));
    EXPECT_EQ(result.change.peers[1].endpoint, at("198.51.100.7:51820"));
}

class PlanRemembered : public ::testing::Test {
protected:
    PlanRemembered() {
        declared_.peers[0].endpoint = "192.0.2.1:51820";
        live_.peers[0].endpoint = at("192.0.2.1:51820");
        policy_.remembered = {{key(1), {at("203.0.113.9:4242"), true}}};
    }
    Declaration declared_{declaration({declared_peer(1)})};
    Device live_{device({live_peer(1)})};
    Policy policy_{};
};

TEST_F(PlanRemembered, IsRestoredAndNudgedAfterTheOwnersReset) {
    live_.peers[0].persistent_keepalive = 15;

    const auto result = plan_after(declared_, declared_, live_, policy_);

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].endpoint, at("203.0.113.9:4242"));
    EXPECT_TRUE(result.change.peers[0].trigger_handshake);
    EXPECT_EQ(result.change.peers[0].persistent_keepalive, 15);
}

TEST_F(PlanRemembered, IsNotNudgedWithoutASession) {
    policy_.remembered.at(key(1)).had_session = false;

    const auto result = plan_after(declared_, declared_, live_, policy_);

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_FALSE(result.change.peers[0].trigger_handshake);
    EXPECT_FALSE(result.change.peers[0].persistent_keepalive);
}

TEST_F(PlanRemembered, GivesWayToAHandshakeSinceTheReset) {
    live_.peers[0].last_handshake = std::chrono::seconds(1'700'000'000);

    EXPECT_TRUE(plan_after(declared_, declared_, live_, policy_).empty());
}

TEST_F(PlanRemembered, IsRestoredUnderAGoingSessionWhereItWasWrittenOver) {
    live_.peers[0].last_handshake = std::chrono::seconds(1'700'000'000);
    policy_.remembered.at(key(1)).instead_of = at("192.0.2.1:51820");

    const auto result = plan_after(declared_, declared_, live_, policy_);

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].endpoint, at("203.0.113.9:4242"));
    EXPECT_FALSE(result.change.peers[0].trigger_handshake);
}

TEST_F(PlanRemembered, GivesWayToAnEndpointThatIsNotTheOneWrittenOverIt) {
    policy_.remembered.at(key(1)).instead_of = at("192.0.2.2:51820");

    EXPECT_TRUE(plan_after(declared_, declared_, live_, policy_).empty());
}

TEST_F(PlanRemembered, GivesWayToANewConfiguration) {
    auto before = declared_;
    before.peers[0].endpoint = "192.0.2.77:51820";

    const auto result = plan_after(before, declared_, live_, policy_);

    for (const auto& step : result.change.peers)
        EXPECT_FALSE(step.endpoint) << "the new configured endpoint is live already";
}

TEST_F(PlanRemembered, ServesAPeerThatIsGone) {
    const auto result = plan_after(declared_, declared_, device(), policy_);

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].action, Action::add);
    EXPECT_EQ(result.change.peers[0].endpoint, at("203.0.113.9:4242"));
    EXPECT_TRUE(result.change.peers[0].trigger_handshake);
    EXPECT_EQ(result.change.peers[0].persistent_keepalive, 0);
}

} // namespace
} // namespace wgnl
