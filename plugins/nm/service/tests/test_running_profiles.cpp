// SPDX-License-Identifier: LGPL-2.1-or-later
// What of running profiles is news, and what stays declared.
#include "nm/service/running_profiles.hpp"

#include <gtest/gtest.h>

namespace wgnl::nm {
namespace {

using Paths = std::vector<std::string>;
using Names = std::set<std::string>;

ActiveProfile running(const std::string& profile, const std::string& device) {
    return {.profile = profile, .device = device, .fwmark = 0, .activated = true};
}

Declaration declaration(const std::string& device, std::uint16_t port = 51820) {
    Declaration made;
    made.device = device;
    made.listen_port = port;
    return made;
}

TEST(NmLedger, ARunningProfileIsReadOnceAndDeclaredOnce) {
    Ledger ledger;
    EXPECT_TRUE(ledger.wants_retain());
    EXPECT_EQ(ledger.follow({running("/1", "wg0")}, true), Paths{"/1"});
    EXPECT_EQ(ledger.follow({running("/1", "wg0")}, true), Paths{});
    auto sent = ledger.declare("/1", declaration("wg0"));
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->device, "wg0");
    EXPECT_EQ(sent->profile, "/1");
    EXPECT_FALSE(ledger.declare("/1", declaration("wg0")));
    EXPECT_TRUE(ledger.declare("/1", declaration("wg0", 7)));
    EXPECT_EQ(ledger.retained(), Names{"wg0"});
}

TEST(NmLedger, AProfileThatDoesNotRunIsNotDeclared) {
    Ledger ledger;
    EXPECT_FALSE(ledger.declare("/1", declaration("wg0")));
    auto activating = running("/1", "wg0");
    activating.activated = false;
    EXPECT_EQ(ledger.follow({activating}, true), Paths{});
    EXPECT_FALSE(ledger.declare("/1", declaration("wg0")));
    EXPECT_EQ(ledger.retained(), Names{"wg0"}); // what an earlier run declared stands meanwhile
}

TEST(NmLedger, ActivatedAgainIsDeclaredAgainAndNeverWithdrawnBetween) {
    Ledger ledger;
    ledger.follow({running("/1", "wg0")}, true);
    ledger.declare("/1", declaration("wg0"));
    ledger.told();
    auto again = running("/1", "");
    again.activated = false;
    EXPECT_EQ(ledger.follow({again}, true), Paths{});
    EXPECT_FALSE(ledger.wants_retain());
    EXPECT_EQ(ledger.retained(), Names{"wg0"});
    EXPECT_EQ(ledger.find("/1"), nullptr);
    EXPECT_EQ(ledger.follow({running("/1", "wg0")}, true), Paths{"/1"});
    EXPECT_TRUE(ledger.declare("/1", declaration("wg0")));
}

TEST(NmLedger, ActivatedAgainWithoutAnybodyLookingIsSeenAllTheSame) {
    Ledger ledger;
    ledger.follow({running("/1", "wg0")}, true);
    ledger.declare("/1", declaration("wg0"));
    auto again = running("/1", "wg0");
    again.activation = "/a/2";
    EXPECT_EQ(ledger.follow({again}, true), Paths{"/1"});
    EXPECT_TRUE(ledger.declare("/1", declaration("wg0")));
}

TEST(NmLedger, WhatNoLongerRunsIsForgottenOnlyWhenThatIsCertain) {
    Ledger ledger;
    ledger.follow({running("/1", "wg0"), running("/2", "wg1")}, true);
    ledger.told();
    ledger.follow({running("/2", "wg1")}, false);
    EXPECT_EQ(ledger.retained(), (Names{"wg0", "wg1"}));
    EXPECT_FALSE(ledger.wants_retain());
    ledger.follow({running("/2", "wg1")}, true);
    EXPECT_EQ(ledger.retained(), Names{"wg1"});
    EXPECT_TRUE(ledger.wants_retain());
    EXPECT_TRUE(ledger.knows("/2"));
    EXPECT_FALSE(ledger.knows("/1"));
}

TEST(NmLedger, AnotherDeviceOrMarkIsReadAgain) {
    Ledger ledger;
    ledger.follow({running("/1", "wg0")}, true);
    ledger.declare("/1", declaration("wg0"));
    auto marked = running("/1", "wg0");
    marked.fwmark = 51999;
    EXPECT_EQ(ledger.follow({marked}, true), Paths{"/1"});
    EXPECT_FALSE(ledger.declare("/1", declaration("wg0"))); // it says the same
    EXPECT_EQ(ledger.follow({running("/1", "wg9")}, true), Paths{"/1"});
    EXPECT_EQ(ledger.retained(), Names{"wg9"});
}

TEST(NmLedger, WhatWasSetUpIsWhatWasReadFirst) {
    Ledger ledger;
    ledger.note_set_up("/1", {true, false}); // does not run
    EXPECT_FALSE(ledger.set_up("/1"));
    ledger.follow({running("/1", "wg0")}, true);
    EXPECT_FALSE(ledger.set_up("/1"));
    ledger.note_set_up("/1", {true, false});
    ledger.note_set_up("/1", {true, true});
    EXPECT_EQ(ledger.set_up("/1"), (FullTunnel{true, false}));
    auto again = running("/1", "wg0");
    again.activation = "/a/2";
    ledger.follow({again}, true);
    EXPECT_FALSE(ledger.set_up("/1"));
}

TEST(NmLedger, ADeviceThatLeavesTheBusIsTheSameDeviceStill) {
    Ledger ledger;
    auto marked = running("/1", "wg0");
    marked.fwmark = 51999;
    ledger.follow({marked}, true);
    ledger.declare("/1", declaration("wg0"));
    auto off_the_bus = running("/1", "");
    off_the_bus.fwmark.reset();
    EXPECT_EQ(ledger.follow({off_the_bus}, true), Paths{});
    EXPECT_EQ(ledger.find("/1")->device, "wg0");
    EXPECT_EQ(ledger.find("/1")->fwmark, 51999U);
    EXPECT_FALSE(ledger.declare("/1", declaration("wg0")));
}

TEST(NmLedger, ADaemonThatKnowsNothingIsToldEverything) {
    Ledger ledger;
    auto activating = running("/2", "wg1");
    activating.activated = false;
    ledger.follow({running("/1", "wg0"), activating}, true);
    ledger.declare("/1", declaration("wg0"));
    ledger.told();
    EXPECT_EQ(ledger.forget_sent(), Paths{"/1"});
    EXPECT_TRUE(ledger.wants_retain());
    EXPECT_TRUE(ledger.declare("/1", declaration("wg0")));
    ledger.forget_sent("/1");
    EXPECT_TRUE(ledger.declare("/1", declaration("wg0")));
}

} // namespace
} // namespace wgnl::nm
