// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes of allowed IPs, over a machine in memory: they follow the declaration, and nobody else's
// are touched.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include "fake_system.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;
using Routes = std::vector<Route>;

Route route(std::string_view destination, std::uint32_t table = 254, std::uint32_t metric = 0) {
    return Route{net(destination), table, metric}.normalised();
}
Route of_owner(Route route) {
    route.protocol = RTPROT_STATIC;
    return route;
}

bool says(const ReconcileOutcome& outcome, std::string_view words) {
    return std::ranges::any_of(
        outcome.problems, [&](const Problem& problem) { return problem.text.contains(words); });
}

class ReconcileRoutes : public ::testing::Test {
protected:
    ReconcileRoutes() {
        auto client = system_.open();
        EXPECT_TRUE(client.links().create("wg0"));
        EXPECT_TRUE(client.links().set_up("wg0", true));
        declared_.route_table = 254;
    }
    ReconcileOutcome run(const ReconcileOptions& options = {}) {
        auto client = system_.open();
        auto outcome = reconcile(client, store_, declared_, {source_, "wg0.netdev"}, options);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    ReconcileOutcome retire() {
        auto client = system_.open();
        return withdraw(client, store_, "wg0").value();
    }
    Routes& live() { return system_.rtnetlink.find("wg0")->routes; }
    Routes sorted() {
        auto routes = live();
        std::ranges::sort(routes);
        return routes;
    }
    Routes recorded() { return store_.load("wg0").value()->routes; }
    /// wgnl creates the device itself, so that it owns it.
    void own() {
        auto client = system_.open();
        ASSERT_TRUE(client.links().remove("wg0"));
        declared_.mode = Mode::own;
    }

    std::string source_{"networkd"};
    FakeSystem system_{};
    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
    Declaration declared_{
        declaration({declared_peer(1, {"10.0.0.2/32", "fd00::2/128"}), declared_peer(2)})};
};

TEST_F(ReconcileRoutes, FollowTheDeclaration) {
    auto& second = declared_.peers[1];
    second.allowed_ips = nets({"10.1.0.0/16"});
    second.route_table = 123;
    second.route_metric = 7;

    const auto outcome = run();
    EXPECT_EQ(outcome.route_changes, 3U);
    EXPECT_EQ(outcome.link_steps,
              (std::vector<std::string>{"+ route " + route("10.0.0.2/32").to_string(),
                                        "+ route " + route("fd00::2/128").to_string(),
                                        "+ route " + route("10.1.0.0/16", 123, 7).to_string()}));
    EXPECT_EQ(sorted(),
              (Routes{route("10.0.0.2/32"), route("10.1.0.0/16", 123, 7), route("fd00::2/128")}));
    EXPECT_EQ(recorded().size(), 3U);

    second.allowed_ips = nets({"10.2.0.0/16"});
    declared_.route_table = 200;
    declared_.route_metric = 9;
    EXPECT_EQ(run().route_changes, 6U);
    EXPECT_EQ(sorted(), (Routes{route("10.0.0.2/32", 200, 9), route("10.2.0.0/16", 123, 7),
                                route("fd00::2/128", 200, 9)}));

    second.route_table = 0; // off
    declared_.peers[0].allowed_ips.pop_back();
    run();
    EXPECT_EQ(live(), Routes{route("10.0.0.2/32", 200, 9)});

    declared_.route_table.reset();
    EXPECT_EQ(run().link_steps, std::vector{"- route " + route("10.0.0.2/32", 200, 9).to_string()});
    EXPECT_TRUE(live().empty());
    EXPECT_TRUE(recorded().empty());
}

TEST_F(ReconcileRoutes, AreExactlyThoseThatAPeerLists) {
    auto& peer = declared_.peers[0];
    peer.allowed_ips = nets({"0.0.0.0/0", "10.0.0.2/32", "fd00::2/128", "fd01::/64"});
    peer.routes = {{net("10.0.0.2/32"), 777, 50}, {net("fd00::2/128"), 254, 9}};

    const auto outcome = run();
    EXPECT_EQ(outcome.problems, std::vector<Problem>{}); // nobody asked for the other two
    EXPECT_EQ(sorted(), (Routes{route("10.0.0.2/32", 777, 50), route("fd00::2/128", 254, 9)}));

    peer.routes.pop_back();
    run();
    EXPECT_EQ(live(), Routes{route("10.0.0.2/32", 777, 50)});
    peer.allowed_ips.erase(peer.allowed_ips.begin());
    peer.routes.clear();
    run();
    EXPECT_EQ(sorted(), (Routes{route("10.0.0.2/32"), route("fd00::2/128"), route("fd01::/64")}));
}

TEST_F(ReconcileRoutes, NothingIsSentWhereNothingIsToDo) {
    run();
    const auto changes = system_.rtnetlink.changes();
    EXPECT_EQ(run().route_changes, 0U);
    EXPECT_EQ(system_.rtnetlink.changes(), changes);
}

TEST_F(ReconcileRoutes, OfTheOwnerServeAndGoWithTheirPrefix) {
    live() = {of_owner(route("10.0.0.2/32")), of_owner(route("10.9.0.0/16"))};
    run();
    EXPECT_EQ(sorted(), (Routes{of_owner(route("10.0.0.2/32")), of_owner(route("10.9.0.0/16")),
                                route("fd00::2/128")}));

    declared_.peers.erase(declared_.peers.begin());
    run();
    EXPECT_EQ(live(), Routes{of_owner(route("10.9.0.0/16"))}) << "nobody had declared that one";
}

TEST_F(ReconcileRoutes, OursGiveWayToTheSameOfTheOwner) {
    run();
    live().push_back(of_owner(route("10.0.0.2/32"))); // what NLM_F_APPEND does
    auto client = system_.open();
    EXPECT_EQ(route_differences(client, declared_), (RouteChanges{{}, {route("10.0.0.2/32")}}));
    EXPECT_EQ(run().route_changes, 1U);
    EXPECT_EQ(sorted(), (Routes{of_owner(route("10.0.0.2/32")), route("fd00::2/128")}));
    EXPECT_EQ(run().route_changes, 0U);

    live().push_back(route("10.0.0.2/32"));
    declared_.peers.erase(declared_.peers.begin());
    run();
    EXPECT_TRUE(live().empty());
}

TEST_F(ReconcileRoutes, OfOthersStayWhateverIsDeclared) {
    auto kernel = route("10.0.0.2/32");
    kernel.protocol = RTPROT_KERNEL;
    live() = {kernel};
    run();
    declared_.peers.clear();
    run();
    EXPECT_EQ(live(), Routes{kernel});
}

TEST_F(ReconcileRoutes, OfAHeldPeerStay) {
    run();
    const auto before = sorted();
    declared_.peers[0] = held_peer(1);
    EXPECT_EQ(run().route_changes, 0U);
    EXPECT_EQ(sorted(), before);

    declared_.kept_as_is = true;
    declared_.peers.clear();
    run();
    EXPECT_EQ(sorted(), before);
}

TEST_F(ReconcileRoutes, ThatWereLostComeBack) {
    run();
    live().clear();
    auto client = system_.open();
    EXPECT_EQ(route_differences(client, declared_)->add.size(), 2U);
    EXPECT_EQ(run().route_changes, 2U);
    EXPECT_EQ(live().size(), 2U);
    EXPECT_TRUE(route_differences(client, declared_)->empty());
}

TEST_F(ReconcileRoutes, WaitForTheLink) {
    auto client = system_.open();
    ASSERT_TRUE(client.links().set_up("wg0", false));
    EXPECT_TRUE(run().ok);
    EXPECT_TRUE(live().empty());
    ASSERT_TRUE(client.links().set_up("wg0", true));
    run();
    EXPECT_EQ(live().size(), 2U);
}

TEST_F(ReconcileRoutes, AreNeverDefaultOnesBesideAnOwner) {
    declared_.peers[1].allowed_ips = nets({"0.0.0.0/0"});
    auto outcome = run();
    EXPECT_TRUE(outcome.ok);
    EXPECT_EQ(live().size(), 2U);
    EXPECT_TRUE(says(outcome, "\"networkctl reconfigure wg0\""));

    live().push_back(of_owner(route("0.0.0.0/0")));
    outcome = run();
    EXPECT_TRUE(outcome.problems.empty());

    declared_.peers[1].allowed_ips.clear();
    outcome = run();
    EXPECT_EQ(live().size(), 3U) << "its owner's default route was removed";
    EXPECT_TRUE(says(outcome, "\"networkctl reconfigure wg0\""));
}

TEST_F(ReconcileRoutes, ThatNetworkManagerHasInATableOfItsOwnAreNotMissed) {
    declared_.peers[1].allowed_ips = nets({"0.0.0.0/0"});
    source_ = "NetworkManager";
    EXPECT_TRUE(says(run(), "\"nmcli device connect wg0\""));
    auto elsewhere = of_owner(route("0.0.0.0/0"));
    elsewhere.table = 51999;
    live().push_back(elsewhere);
    EXPECT_TRUE(run().problems.empty());
    declared_.peers[1].allowed_ips = nets({"0.0.0.0/0", "::/0"});
    EXPECT_TRUE(run().problems.empty());
    source_ = "networkd";
    EXPECT_TRUE(says(run(), "0.0.0.0/0"));
}

TEST_F(ReconcileRoutes, ThatAreTooWideNeedPermission) {
    own();
    declared_.peers[1].allowed_ips = nets({"0.0.0.0/0", "10.2.0.0/16", "2000::/3"});
    auto outcome = run();
    EXPECT_TRUE(outcome.ok);
    EXPECT_EQ(live().size(), 3U);
    EXPECT_TRUE(says(outcome, "0.0.0.0/0 is too wide a route for table 254"));
    EXPECT_TRUE(says(outcome, "AllowDefaultRoute=yes"));

    outcome = run({.allow_wide_routes = true});
    EXPECT_TRUE(outcome.problems.empty());
    EXPECT_EQ(live().size(), 5U);

    run();
    EXPECT_EQ(live().size(), 3U) << "the permission was taken back";

    declared_.route_table = 1000;
    outcome = run();
    EXPECT_TRUE(outcome.problems.empty());
    EXPECT_EQ(live().size(), 5U) << "any route may go into a table of its own";
}

TEST_F(ReconcileRoutes, ThatTheKernelRefusesAreNamedAndStopNoOther) {
    auto client = system_.open();
    ASSERT_TRUE(client.links().create("wg1"));
    ASSERT_TRUE(client.links().set_up("wg1", true));
    ASSERT_TRUE(client.routes().set("wg1", {route("10.0.0.2/32")}));

    const auto outcome = run();

    EXPECT_FALSE(outcome.ok);
    ASSERT_EQ(outcome.problems.size(), 1U);
    EXPECT_EQ(to_string(outcome.problems[0].location), "wg0.netdev:1");
    EXPECT_EQ(live(), Routes{route("fd00::2/128")});
    EXPECT_EQ(recorded(), Routes{route("fd00::2/128")});
}

TEST_F(ReconcileRoutes, ThatALinkWithoutIpv6CannotHaveAreOneNote) {
    system_.rtnetlink.find("wg0")->ipv6 = false;
    declared_.peers[1].allowed_ips = nets({"fd01::/64"});

    const auto outcome = run();

    EXPECT_TRUE(outcome.ok);
    ASSERT_EQ(outcome.problems.size(), 1U);
    EXPECT_EQ(outcome.problems[0].severity, Severity::note);
    EXPECT_TRUE(says(outcome, "wg0 has no IPv6, so that it gets no routes to IPv6 prefixes such "
                              "as fd00::2/128"));
    EXPECT_EQ(live(), Routes{route("10.0.0.2/32")});
    EXPECT_EQ(recorded(), live());
    system_.rtnetlink.find("wg0")->ipv6 = true;
    EXPECT_TRUE(run().problems.empty());
    EXPECT_EQ(live().size(), 3U);
}

TEST_F(ReconcileRoutes, OfOursThatNobodyRecordedAreDriftUntilConfirmed) {
    live() = {route("10.7.0.0/16")};
    auto outcome = run();
    EXPECT_EQ(live().size(), 3U);
    ASSERT_EQ(outcome.plan.drift.size(), 1U);
    EXPECT_EQ(outcome.plan.drift[0].live, "10.7.0.0/16 table 254 metric 0");

    outcome = run({.policy = {.confirmed = true}});
    EXPECT_TRUE(outcome.plan.drift.empty());
    EXPECT_EQ(live().size(), 2U);
}

TEST_F(ReconcileRoutes, AreLeftAloneOnRequestAndInADryRun) {
    EXPECT_EQ(run({.routes = false}).route_changes, 0U);
    EXPECT_TRUE(live().empty());

    const auto outcome = run({.dry_run = true});
    EXPECT_TRUE(live().empty());
    EXPECT_TRUE(says(outcome, "the route 10.0.0.2/32 table 254 metric 0 would be added"));
    EXPECT_TRUE(outcome.differs);
    run();
    EXPECT_FALSE(run({.dry_run = true}).differs);
}

TEST_F(ReconcileRoutes, OfOursGoWithTheDeclaration) {
    live() = {of_owner(route("10.0.0.2/32"))};
    run();
    EXPECT_TRUE(retire().ok);
    EXPECT_EQ(live(), Routes{of_owner(route("10.0.0.2/32"))});
}

} // namespace
} // namespace wgnl
