// SPDX-License-Identifier: LGPL-2.1-or-later
// A plan as text and as JSON.
#include <wgnl/plan.hpp>

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

/// One of everything: fields of the device, a peer added, changed and removed, drift, a problem.
class PlanPrint : public ::testing::Test {
protected:
    PlanPrint() {
        auto before = declaration({declared_peer(1), declared_peer(2), declared_peer(5)});
        before.peers[0].endpoint = "192.0.2.1:1";
        auto live = device({live_peer(1, {"10.9.0.0/24"}), live_peer(2), live_peer(3),
                            live_peer(5, {"10.5.0.0/24"})});
        live.private_key = identity(8);
        live.listen_port = 4711;
        live.peers[0].endpoint = at("192.0.2.1:1");
        live.peers[0].preshared_key = secret(8);

        auto declared = declaration({declared_peer(1), declared_peer(4, {"10.0.0.4/32"}),
                                     held_peer(5), declared_peer(6, {"10.5.0.0/24"})});
        declared.private_key = identity(16);
        declared.listen_port = 51820;
        declared.fwmark = 0x51;
        declared.peers[0].endpoint = "192.0.2.2:2";
        declared.peers[0].persistent_keepalive = 25;
        declared.peers[0].preshared_key = secret(9);
        declared.peers[1].name = "laptop";
        const auto last = record_of(before, nullptr);
        plan_ = plan(declared, &last, live);
    }
    Plan plan_{};
};

TEST_F(PlanPrint, TextHasALineForEachStep) {
    const auto k = [](std::uint8_t number) { return key(number).to_base64(); };

    EXPECT_EQ(to_text(plan_), "wg0: device changed, 2 peers added, 1 changed, 1 removed\n"
                              "~ private key changed, every peer is computed again\n"
                              "~ listen port 4711 -> 51820\n"
                              "~ fwmark off -> 0x51\n"
                              "- peer " +
                                  k(2) +
                                  "\n"
                                  "~ peer " +
                                  k(1) +
                                  " endpoint 192.0.2.1:1 -> 192.0.2.2:2, keepalive 0 -> 25, "
                                  "preshared key changed\n"
                                  "+ peer " +
                                  k(4) +
                                  " (laptop) allowed-ips 10.0.0.4/32\n"
                                  "+ peer " +
                                  k(6) +
                                  "\n"
                                  "~ peer " +
                                  k(1) +
                                  " allowed-ips - 10.9.0.0/24\n"
                                  "! kept, not declared: peer " +
                                  k(3) + " (allowed IPs none)\n" + to_string(plan_.problems.at(0)) +
                                  "\n" + to_string(plan_.problems.at(1)) + "\n");
}

TEST_F(PlanPrint, JsonSaysTheSame) {
    const auto json = nlohmann::json::parse(to_json(plan_));

    EXPECT_EQ(json["device"], "wg0");
    EXPECT_EQ(json["private_key"], "changed");
    EXPECT_EQ(json["listen_port"], (nlohmann::json{{"from", 4711}, {"to", 51820}}));
    EXPECT_EQ(json["fwmark"]["to"], 0x51);
    EXPECT_EQ(json["recomputes_peers"], true);
    ASSERT_EQ(json["peers"].size(), 5U);
    EXPECT_EQ(json["peers"][0]["action"], "remove");
    EXPECT_EQ(json["peers"][1]["endpoint"]["from"], "192.0.2.1:1");
    EXPECT_EQ(json["peers"][1]["endpoint"]["to"], "192.0.2.2:2");
    EXPECT_EQ(json["peers"][1]["persistent_keepalive"]["to"], 25);
    EXPECT_EQ(json["peers"][1]["preshared_key"], "changed");
    EXPECT_EQ(json["peers"][2]["name"], "laptop");
    EXPECT_EQ(json["peers"][2]["add_allowed_ips"], nlohmann::json::array({"10.0.0.4/32"}));
    EXPECT_EQ(json["peers"][4]["remove_allowed_ips"], nlohmann::json::array({"10.9.0.0/24"}));
    EXPECT_EQ(json["drift"].size(), plan_.drift.size());
    EXPECT_EQ(json["problems"].size(), 2U);
    EXPECT_EQ(json["problems"][0]["severity"], "note");
}

TEST_F(PlanPrint, ShowsNoSecret) {
    const auto all = to_text(plan_) + to_json(plan_);

    for (const auto& secret_text : {identity(8).reveal_base64(), identity(16).reveal_base64(),
                                    secret(8).reveal_base64(), secret(9).reveal_base64()}) {
        EXPECT_EQ(all.find(secret_text), std::string::npos);
    }
}

TEST(PlanPrintEmpty, SaysThatThereIsNothingToDo) {
    const auto nothing = plan(declaration(), nullptr, device());

    EXPECT_EQ(to_text(nothing), "wg0: nothing to do\n");
    EXPECT_TRUE(nlohmann::json::parse(to_json(nothing))["peers"].empty());
}

TEST(PlanPrintNames, CannotReachTheTerminal) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].name = "\x1b[31mred\xff";

    const auto added = plan(declared, nullptr, device());

    EXPECT_EQ(to_text(added).find('\x1b'), std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(to_json(added)));
}

TEST(PlanPrintLists, AreCutForPeopleAndWholeForPrograms) {
    auto declared = declaration({declared_peer(1)});
    for (int number = 0; number < 20; ++number)
        declared.peers[0].allowed_ips.push_back(net("10.0.0." + std::to_string(number)));
    const auto added = plan(declared, nullptr, device());

    EXPECT_NE(to_text(added).find("10.0.0.7/32 and 12 more"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(to_json(added))["peers"][0]["add_allowed_ips"].size(), 20U);
}

} // namespace
} // namespace wgnl
