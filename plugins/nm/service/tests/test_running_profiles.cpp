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

TEST(RunningProfiles, ARunningProfileIsReadOnceAndDeclaredOnce) {
    RunningProfiles profiles;
    EXPECT_TRUE(profiles.wants_retain());
    EXPECT_EQ(profiles.follow({running("/1", "wg0")}, true), Paths{"/1"});
    EXPECT_EQ(profiles.follow({running("/1", "wg0")}, true), Paths{});
    auto sent = profiles.declare("/1", declaration("wg0"));
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->device, "wg0");
    EXPECT_EQ(sent->origin, "/1");
    EXPECT_FALSE(profiles.declare("/1", declaration("wg0")));
    EXPECT_TRUE(profiles.declare("/1", declaration("wg0", 7)));
    EXPECT_EQ(profiles.retained(), Names{"wg0"});
}

TEST(RunningProfiles, AProfileThatDoesNotRunIsNotDeclared) {
    RunningProfiles profiles;
    EXPECT_FALSE(profiles.declare("/1", declaration("wg0")));
    auto activating = running("/1", "wg0");
    activating.activated = false;
    EXPECT_EQ(profiles.follow({activating}, true), Paths{});
    EXPECT_FALSE(profiles.declare("/1", declaration("wg0")));
    EXPECT_EQ(profiles.retained(), Names{"wg0"}); // what an earlier run declared stands meanwhile
}

TEST(RunningProfiles, ActivatedAgainIsDeclaredAgainAndNeverWithdrawnBetween) {
    RunningProfiles profiles;
    profiles.follow({running("/1", "wg0")}, true);
    profiles.declare("/1", declaration("wg0"));
    profiles.note_retained();
    auto again = running("/1", "");
    again.activated = false;
    EXPECT_EQ(profiles.follow({again}, true), Paths{});
    EXPECT_FALSE(profiles.wants_retain());
    EXPECT_EQ(profiles.retained(), Names{"wg0"});
    EXPECT_EQ(profiles.find("/1"), nullptr);
    EXPECT_EQ(profiles.follow({running("/1", "wg0")}, true), Paths{"/1"});
    EXPECT_TRUE(profiles.declare("/1", declaration("wg0")));
}

TEST(RunningProfiles, ActivatedAgainWithoutAnybodyLookingIsSeenAllTheSame) {
    RunningProfiles profiles;
    profiles.follow({running("/1", "wg0")}, true);
    profiles.declare("/1", declaration("wg0"));
    auto again = running("/1", "wg0");
    again.activation = "/a/2";
    EXPECT_EQ(profiles.follow({again}, true), Paths{"/1"});
    EXPECT_TRUE(profiles.declare("/1", declaration("wg0")));
}

TEST(RunningProfiles, WhatNoLongerRunsIsForgottenOnlyWhenThatIsCertain) {
    RunningProfiles profiles;
    profiles.follow({running("/1", "wg0"), running("/2", "wg1")}, true);
    profiles.note_retained();
    profiles.follow({running("/2", "wg1")}, false);
    EXPECT_EQ(profiles.retained(), (Names{"wg0", "wg1"}));
    EXPECT_FALSE(profiles.wants_retain());
    profiles.follow({running("/2", "wg1")}, true);
    EXPECT_EQ(profiles.retained(), Names{"wg1"});
    EXPECT_TRUE(profiles.wants_retain());
    EXPECT_TRUE(profiles.knows("/2"));
    EXPECT_FALSE(profiles.knows("/1"));
}

TEST(RunningProfiles, AnotherDeviceOrMarkIsReadAgain) {
    RunningProfiles profiles;
    profiles.follow({running("/1", "wg0")}, true);
    profiles.declare("/1", declaration("wg0"));
    auto marked = running("/1", "wg0");
    marked.fwmark = 51999;
    EXPECT_EQ(profiles.follow({marked}, true), Paths{"/1"});
    EXPECT_FALSE(profiles.declare("/1", declaration("wg0"))); // it says the same
    EXPECT_EQ(profiles.follow({running("/1", "wg9")}, true), Paths{"/1"});
    EXPECT_EQ(profiles.retained(), Names{"wg9"});
}

TEST(RunningProfiles, WhatWasSetUpIsWhatWasReadFirst) {
    RunningProfiles profiles;
    profiles.note_set_up("/1", {true, false}); // does not run
    EXPECT_FALSE(profiles.set_up("/1"));
    profiles.follow({running("/1", "wg0")}, true);
    EXPECT_FALSE(profiles.set_up("/1"));
    profiles.note_set_up("/1", {true, false});
    profiles.note_set_up("/1", {true, true});
    EXPECT_EQ(profiles.set_up("/1"), (FullTunnel{true, false}));
    auto again = running("/1", "wg0");
    again.activation = "/a/2";
    profiles.follow({again}, true);
    EXPECT_FALSE(profiles.set_up("/1"));
}

TEST(RunningProfiles, ADeviceThatLeavesTheBusIsTheSameDeviceStill) {
    RunningProfiles profiles;
    auto marked = running("/1", "wg0");
    marked.fwmark = 51999;
    profiles.follow({marked}, true);
    profiles.declare("/1", declaration("wg0"));
    auto off_the_bus = running("/1", "");
    off_the_bus.fwmark.reset();
    EXPECT_EQ(profiles.follow({off_the_bus}, true), Paths{});
    EXPECT_EQ(profiles.find("/1")->device, "wg0");
    EXPECT_EQ(profiles.find("/1")->fwmark, 51999U);
    EXPECT_FALSE(profiles.declare("/1", declaration("wg0")));
}

TEST(RunningProfiles, ADaemonThatKnowsNothingIsToldEverything) {
    RunningProfiles profiles;
    auto activating = running("/2", "wg1");
    activating.activated = false;
    profiles.follow({running("/1", "wg0"), activating}, true);
    profiles.declare("/1", declaration("wg0"));
    profiles.note_retained();
    EXPECT_EQ(profiles.forget_sent(), Paths{"/1"});
    EXPECT_TRUE(profiles.wants_retain());
    EXPECT_TRUE(profiles.declare("/1", declaration("wg0")));
    profiles.forget_sent("/1");
    EXPECT_TRUE(profiles.declare("/1", declaration("wg0")));
}

} // namespace
} // namespace wgnl::nm
