// SPDX-License-Identifier: LGPL-2.1-or-later
// Repairs, links that settle, the schedule of readings, and what a device's controller makes of
// them.
#include <gtest/gtest.h>

#include "control/reconcile_schedule.hpp"
#include "control/repairs.hpp"
#include "model/read_schedule.hpp"
#include "model/taken_port.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

using Aspect = Difference::Aspect;

const Difference keepalive_of_one{Aspect::persistent_keepalive, key(1)};

TEST(RepairLimiter, FourthRepairWithinAMinuteIsNotAllowed) {
    RepairLimiter repairs;

    EXPECT_TRUE(repairs.allows(keepalive_of_one, boot(0s)));
    EXPECT_TRUE(repairs.allows(keepalive_of_one, boot(10s)));
    EXPECT_TRUE(repairs.allows(keepalive_of_one, boot(20s)));
    EXPECT_FALSE(repairs.allows(keepalive_of_one, boot(30s)));
    EXPECT_EQ(repairs.engaged(boot(31s)), std::vector{keepalive_of_one});
}

TEST(RepairLimiter, OtherFieldsAreNotHeld) {
    RepairLimiter repairs;
    for (int i = 0; i < 4; ++i)
        repairs.allows(keepalive_of_one, boot(0s));

    EXPECT_TRUE(repairs.allows({Aspect::persistent_keepalive, key(2)}, boot(1s)));
    EXPECT_TRUE(repairs.allows({Aspect::allowed_ips, key(1)}, boot(1s)));
}

TEST(RepairLimiter, RepairsFarApartAreAllowed) {
    RepairLimiter repairs;

    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(repairs.allows(keepalive_of_one, boot(i * 25s)));
}

TEST(RepairLimiter, LetsGoAfterItsRest) {
    RepairLimiter repairs;
    for (int i = 0; i < 4; ++i)
        repairs.allows(keepalive_of_one, boot(0s));

    EXPECT_FALSE(repairs.allows(keepalive_of_one, boot(RepairLimiter::rest - 1s)));
    EXPECT_TRUE(repairs.engaged(boot(RepairLimiter::rest)).empty());
    EXPECT_TRUE(repairs.allows(keepalive_of_one, boot(RepairLimiter::rest)));
}

TEST(RepairLimiter, HeldFieldsAreLeftOutOfTheDeclaration) {
    auto wanted = declaration({declared_peer(1), declared_peer(2)});
    wanted.listen_port = 51820;
    wanted.fwmark = 1;

    const auto left =
        without(wanted, {{Aspect::listen_port, {}}, {Aspect::fwmark, {}}, keepalive_of_one}, 42);

    EXPECT_FALSE(left.listen_port.has_value());
    EXPECT_EQ(left.fwmark, 42U);
    EXPECT_TRUE(left.peers[0].kept_as_is);
    EXPECT_FALSE(left.peers[1].kept_as_is);
    EXPECT_FALSE(left.kept_as_is);
}

TEST(LinkSettleTimer, TwoEqualReadingsFarEnoughApartSettle) {
    LinkSettleTimer settle_timer;
    settle_timer.start(moment(0s).boot);

    settle_timer.take(reading(0ms, {peer_reading(1)}));
    settle_timer.take(reading(100ms, {peer_reading(1)}));
    EXPECT_FALSE(settle_timer.settled(moment(100ms).boot));
    settle_timer.take(reading(250ms, {peer_reading(1)}));

    EXPECT_TRUE(settle_timer.settled(moment(250ms).boot));
}

TEST(LinkSettleTimer, ChangeBetweenReadingsStartsAnew) {
    LinkSettleTimer settle_timer;
    settle_timer.start(moment(0s).boot);

    settle_timer.take(reading(0ms, {}));
    settle_timer.take(reading(250ms, {peer_reading(1)}));
    settle_timer.take(reading(400ms, {peer_reading(1)}));

    EXPECT_FALSE(settle_timer.settled(moment(400ms).boot));
}

TEST(LinkSettleTimer, TrafficIsNoChange) {
    LinkSettleTimer settle_timer;
    settle_timer.start(moment(0s).boot);
    auto busy = peer_reading(1);
    busy.rx_bytes = 5;
    busy.last_handshake = 7s;

    settle_timer.take(reading(0ms, {peer_reading(1)}));
    settle_timer.take(reading(250ms, {busy}));

    EXPECT_TRUE(settle_timer.settled(moment(250ms).boot));
}

TEST(LinkSettleTimer, OwnerOrPatienceEndsIt) {
    LinkSettleTimer settle_timer;
    settle_timer.start(boot(0s));
    EXPECT_FALSE(settle_timer.settled(boot(9s)));
    EXPECT_TRUE(settle_timer.settled(boot(10s)));

    settle_timer.owner_done();

    EXPECT_TRUE(settle_timer.settled(boot(1s)));
}

TEST(ReadSchedule, NothingIsDueUntilSomethingHappens) {
    ReadSchedule schedule;
    EXPECT_EQ(schedule.due(boot(5s)), boot(5s));
    schedule.begun(boot(5s));

    EXPECT_EQ(schedule.due(boot(5s)), std::nullopt);
    EXPECT_EQ(schedule.due(boot(5s), boot(7s)), boot(7s));
}

TEST(ReadSchedule, PollingReadsEverySecond) {
    ReadSchedule schedule;
    schedule.begun(boot(5s));
    schedule.set_polling(true);

    EXPECT_EQ(schedule.due(boot(5s)), boot(6s));
    EXPECT_EQ(schedule.due(boot(5s), boot(5500ms)), boot(5500ms));
    schedule.set_polling(false);
    EXPECT_EQ(schedule.due(boot(5s)), std::nullopt);
}

TEST(ReadSchedule, AskedForItReadsAtOnceAndOnlyOnce) {
    ReadSchedule schedule;
    schedule.begun(boot(5s));
    schedule.ask();

    EXPECT_EQ(schedule.due(boot(5100ms)), boot(5001ms));
    schedule.begun(boot(5100ms));
    EXPECT_EQ(schedule.due(boot(5100ms)), std::nullopt);
}

TEST(ReadSchedule, LongReadingsAreFarApartEvenInAHurry) {
    ReadSchedule schedule;
    schedule.begun(boot(5s));
    schedule.cost(200ms);
    schedule.hurry_until(boot(8s));
    schedule.ask();

    EXPECT_EQ(schedule.due(boot(6s), boot(6s)), boot(9s));
    EXPECT_EQ(schedule.allowed(), boot(9s));
}

TEST(ReadSchedule, AfterAFailureItWaits) {
    ReadSchedule schedule;
    schedule.begun(boot(5s));
    schedule.failed();

    EXPECT_EQ(schedule.due(boot(5s), boot(1s)), boot(6s));
    schedule.begun(boot(6s));
    schedule.cost(1us);
    EXPECT_EQ(schedule.due(boot(6s), boot(1s)), boot(6001ms));
}

TEST(ReadSchedule, HurryEnds) {
    ReadSchedule schedule;
    schedule.begun(boot(5s));
    schedule.hurry_until(boot(8s));

    EXPECT_EQ(schedule.due(boot(6s)), boot(5100ms));
    EXPECT_EQ(schedule.due(boot(8s)), std::nullopt);
}

TEST(PeerProbe, LooksAgainLessAndLessOften) {
    PeerProbe peer_probe;
    peer_probe.looked(boot(100s), true, true);
    std::vector<std::chrono::nanoseconds> gaps;
    for (Boottime at = boot(100s); gaps.size() < 7;) {
        gaps.push_back(*peer_probe.due() - at);
        at = *peer_probe.due();
        peer_probe.looked(at, true, false);
    }

    EXPECT_EQ(gaps, (std::vector<std::chrono::nanoseconds>{5s, 10s, 20s, 40s, 60s, 60s, 60s}));
}

TEST(PeerProbe, EarlierLooksChangeNothingAndNewSuspectsStartAnew) {
    PeerProbe peer_probe;
    peer_probe.looked(boot(100s), true, true);
    peer_probe.looked(boot(103s), true, false);
    EXPECT_EQ(peer_probe.due(), boot(105s));
    peer_probe.looked(boot(105s), true, false);
    EXPECT_EQ(peer_probe.due(), boot(115s));

    peer_probe.looked(boot(106s), true, true);

    EXPECT_EQ(peer_probe.due(), boot(111s));
    peer_probe.looked(boot(107s), false, false);
    EXPECT_EQ(peer_probe.due(), std::nullopt);
}

TEST(Repairs, WhatReconcilingLeftIsNoNews) {
    Repairs repairs;
    repairs.accept({keepalive_of_one});

    EXPECT_FALSE(repairs.evaluate({keepalive_of_one}, false, false, boot(0s)));
    EXPECT_FALSE(repairs.evaluate({}, false, false, boot(1s)));
    EXPECT_TRUE(repairs.evaluate({keepalive_of_one}, false, false, boot(2s)));
}

TEST(Repairs, FourthFightIsLeftAloneWithAProblemThatNamesTheField) {
    Repairs repairs;
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(repairs.evaluate({keepalive_of_one}, false, false, boot(i * 1s)));

    EXPECT_FALSE(repairs.evaluate({keepalive_of_one}, false, false, boot(4s)));
    const auto problems = repairs.problems("wg0", boot(5s));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].text.find("persistent keepalive of peer"), std::string::npos);
}

TEST(Repairs, OwnersReloadsAreNoFight) {
    Repairs repairs;

    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(repairs.evaluate({}, true, true, boot(i * 1s)));
}

TEST(ReconcileSchedule, NewLinkIsNotReconciledBeforeItSettles) {
    ReconcileSchedule schedule;
    schedule.link().start(boot(0s));
    schedule.want();

    EXPECT_FALSE(schedule.ready(boot(1s)));
    EXPECT_EQ(schedule.due(boot(1s)), boot(1s) + ReadSchedule::hurry);
    schedule.link().owner_done();
    EXPECT_TRUE(schedule.ready(boot(1s)));
}

TEST(ReconcileSchedule, FailureIsTriedAgainEverLater) {
    ReconcileSchedule schedule;
    schedule.want();
    schedule.begin();
    EXPECT_FALSE(schedule.ready(boot(0s)));

    schedule.end(false, boot(0s));
    EXPECT_EQ(schedule.due(boot(0s)), boot(1s));
    schedule.begin();
    schedule.end(false, boot(1s));
    EXPECT_EQ(schedule.due(boot(1s)), boot(3s));
    schedule.begin();
    schedule.end(true, boot(3s));
    EXPECT_FALSE(schedule.due(boot(3s)).has_value());
}

/// A link of that name with a port; down, as one that could not get it.
DeviceModel with_port(const char* name, std::uint32_t ifindex, std::uint16_t port, bool up) {
    DeviceModel model(name);
    auto seen = reading(0s, {});
    seen.link = link(ifindex, up);
    seen.link.name = name;
    seen.listen_port = port;
    model.take(seen);
    return model;
}

/// As after another Name= in a file of networkd's: the old device stays, with the port.
TEST(TakenPort, IsTheProblemOfTheDeviceThatIsDown) {
    const auto old = with_port("wg0", 7, 51820, true);
    auto renamed = with_port("wg1", 8, 51820, false);
    const std::vector<const DeviceModel*> all{&old, &renamed};

    const auto problem = taken_port(renamed, {"wg0.netdev", 2}, Mode::sync, all);

    ASSERT_TRUE(problem);
    EXPECT_EQ(to_string(problem->location), "wg0.netdev:2");
    EXPECT_NE(problem->text.find("wg0 has its listen port 51820"), std::string::npos);
    EXPECT_EQ(taken_port(old, {}, Mode::sync, all), std::nullopt);

    renamed.declare(summary_of(declaration({}), "networkd", "wg0.netdev"));
    renamed.set_sync_status({.in_sync = true});
    renamed.set_notices({*problem}, false);
    EXPECT_FALSE(renamed.properties().sync_status.in_sync);
    const auto update = renamed.set_notices({});
    EXPECT_TRUE(renamed.properties().sync_status.in_sync);
    EXPECT_TRUE(names(update.properties, "InSync"));
}

TEST(TakenPort, IsNoneOfADeviceThatIsDownForAnotherReason) {
    const auto down = with_port("wg0", 7, 51820, false);
    const auto other_port = with_port("wg1", 8, 51821, true);
    const auto down_too = with_port("wg2", 9, 51820, false);

    EXPECT_EQ(taken_port(down, {}, Mode::sync, {&down, &other_port, &down_too}), std::nullopt);
}

} // namespace
} // namespace wgnl::daemon::test
