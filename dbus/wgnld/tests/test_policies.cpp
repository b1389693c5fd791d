// SPDX-License-Identifier: LGPL-2.1-or-later
// Brake, settling, pace, and what a device's charge makes of them.
#include <gtest/gtest.h>

#include "control/charge.hpp"
#include "model/taken_port.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

using Aspect = Difference::Aspect;

const Difference keepalive_of_one{Aspect::persistent_keepalive, key(1)};

TEST(Brake, FourthRepairWithinAMinuteIsNotAllowed) {
    Brake brake;

    EXPECT_TRUE(brake.allows(keepalive_of_one, 0s));
    EXPECT_TRUE(brake.allows(keepalive_of_one, 10s));
    EXPECT_TRUE(brake.allows(keepalive_of_one, 20s));
    EXPECT_FALSE(brake.allows(keepalive_of_one, 30s));
    EXPECT_EQ(brake.engaged(31s), std::vector{keepalive_of_one});
}

TEST(Brake, OtherFieldsAreNotHeld) {
    Brake brake;
    for (int i = 0; i < 4; ++i)
        brake.allows(keepalive_of_one, 0s);

    EXPECT_TRUE(brake.allows({Aspect::persistent_keepalive, key(2)}, 1s));
    EXPECT_TRUE(brake.allows({Aspect::allowed_ips, key(1)}, 1s));
}

TEST(Brake, RepairsFarApartAreAllowed) {
    Brake brake;

    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(brake.allows(keepalive_of_one, i * 25s));
}

TEST(Brake, LetsGoAfterItsRest) {
    Brake brake;
    for (int i = 0; i < 4; ++i)
        brake.allows(keepalive_of_one, 0s);

    EXPECT_FALSE(brake.allows(keepalive_of_one, Brake::rest - 1s));
    EXPECT_TRUE(brake.engaged(Brake::rest).empty());
    EXPECT_TRUE(brake.allows(keepalive_of_one, Brake::rest));
}

TEST(Brake, HeldFieldsAreLeftOutOfTheDeclaration) {
    auto wanted = declaration({declared_peer(1), declared_peer(2)});
    wanted.listen_port = 51820;
    wanted.fwmark = 1;

    const auto left =
        without(wanted, {{Aspect::listen_port, {}}, {Aspect::fwmark, {}}, keepalive_of_one}, 42);

    EXPECT_FALSE(left.listen_port.has_value());
    EXPECT_EQ(left.fwmark, 42U);
    EXPECT_TRUE(left.peers[0].held);
    EXPECT_FALSE(left.peers[1].held);
    EXPECT_FALSE(left.held);
}

TEST(Settling, TwoEqualReadingsFarEnoughApartSettle) {
    Settling settling;
    settling.start(moment(0s).boot);

    settling.take(sample(0ms, {peer_sample(1)}));
    settling.take(sample(100ms, {peer_sample(1)}));
    EXPECT_FALSE(settling.settled(moment(100ms).boot));
    settling.take(sample(250ms, {peer_sample(1)}));

    EXPECT_TRUE(settling.settled(moment(250ms).boot));
}

TEST(Settling, ChangeBetweenReadingsStartsAnew) {
    Settling settling;
    settling.start(moment(0s).boot);

    settling.take(sample(0ms, {}));
    settling.take(sample(250ms, {peer_sample(1)}));
    settling.take(sample(400ms, {peer_sample(1)}));

    EXPECT_FALSE(settling.settled(moment(400ms).boot));
}

TEST(Settling, TrafficIsNoChange) {
    Settling settling;
    settling.start(moment(0s).boot);
    auto busy = peer_sample(1);
    busy.rx_bytes = 5;
    busy.last_handshake = 7s;

    settling.take(sample(0ms, {peer_sample(1)}));
    settling.take(sample(250ms, {busy}));

    EXPECT_TRUE(settling.settled(moment(250ms).boot));
}

TEST(Settling, OwnerOrPatienceEndsIt) {
    Settling settling;
    settling.start(0s);
    EXPECT_FALSE(settling.settled(9s));
    EXPECT_TRUE(settling.settled(10s));

    settling.owner_done();

    EXPECT_TRUE(settling.settled(1s));
}

TEST(Pace, NothingIsDueUntilSomethingHappens) {
    Pace pace;
    EXPECT_EQ(pace.due(5s), 5s);
    pace.begun(5s);

    EXPECT_EQ(pace.due(5s), std::nullopt);
    EXPECT_EQ(pace.due(5s, 7s), 7s);
}

TEST(Pace, PollingReadsEverySecond) {
    Pace pace;
    pace.begun(5s);
    pace.set_polling(true);

    EXPECT_EQ(pace.due(5s), 6s);
    EXPECT_EQ(pace.due(5s, 5500ms), 5500ms);
    pace.set_polling(false);
    EXPECT_EQ(pace.due(5s), std::nullopt);
}

TEST(Pace, AskedForItReadsAtOnceAndOnlyOnce) {
    Pace pace;
    pace.begun(5s);
    pace.ask();

    EXPECT_EQ(pace.due(5100ms), 5001ms);
    pace.begun(5100ms);
    EXPECT_EQ(pace.due(5100ms), std::nullopt);
}

TEST(Pace, LongReadingsAreFarApartEvenInAHurry) {
    Pace pace;
    pace.begun(5s);
    pace.cost(200ms);
    pace.hurry_until(8s);
    pace.ask();

    EXPECT_EQ(pace.due(6s, 6s), 9s);
    EXPECT_EQ(pace.allowed(), 9s);
}

TEST(Pace, AfterAFailureItWaits) {
    Pace pace;
    pace.begun(5s);
    pace.failed();

    EXPECT_EQ(pace.due(5s, 1s), 6s);
    pace.begun(6s);
    pace.cost(1us);
    EXPECT_EQ(pace.due(6s, 1s), 6001ms);
}

TEST(Pace, HurryEnds) {
    Pace pace;
    pace.begun(5s);
    pace.hurry_until(8s);

    EXPECT_EQ(pace.due(6s), 5100ms);
    EXPECT_EQ(pace.due(8s), std::nullopt);
}

TEST(Suspicion, LooksAgainLessAndLessOften) {
    Suspicion suspicion;
    suspicion.looked(100s, true, true);
    std::vector<Boottime> gaps;
    for (Boottime at = 100s; gaps.size() < 7;) {
        gaps.push_back(*suspicion.due() - at);
        at = *suspicion.due();
        suspicion.looked(at, true, false);
    }

    EXPECT_EQ(gaps, (std::vector<Boottime>{5s, 10s, 20s, 40s, 60s, 60s, 60s}));
}

TEST(Suspicion, EarlierLooksChangeNothingAndNewSuspectsStartAnew) {
    Suspicion suspicion;
    suspicion.looked(100s, true, true);
    suspicion.looked(103s, true, false);
    EXPECT_EQ(suspicion.due(), 105s);
    suspicion.looked(105s, true, false);
    EXPECT_EQ(suspicion.due(), 115s);

    suspicion.looked(106s, true, true);

    EXPECT_EQ(suspicion.due(), 111s);
    suspicion.looked(107s, false, false);
    EXPECT_EQ(suspicion.due(), std::nullopt);
}

TEST(Charge, WhatReconcilingLeftIsNoNews) {
    Charge charge("wg0");
    charge.accept({keepalive_of_one});

    EXPECT_FALSE(charge.weigh({keepalive_of_one}, false, false, 0s));
    EXPECT_FALSE(charge.weigh({}, false, false, 1s));
    EXPECT_TRUE(charge.weigh({keepalive_of_one}, false, false, 2s));
}

TEST(Charge, FourthFightIsLeftAloneWithAProblemThatNamesTheField) {
    Charge charge("wg0");
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(charge.weigh({keepalive_of_one}, false, false, i * 1s));

    EXPECT_FALSE(charge.weigh({keepalive_of_one}, false, false, 4s));
    ASSERT_EQ(charge.notices(5s).size(), 1U);
    EXPECT_NE(charge.notices(5s)[0].text.find("persistent keepalive of peer"), std::string::npos);
}

TEST(Charge, OwnersReloadsAreNoFight) {
    Charge charge("wg0");

    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(charge.weigh({}, true, true, i * 1s));
}

TEST(Charge, NewLinkIsNotReconciledBeforeItSettles) {
    Charge charge("wg0");
    charge.settling.start(0s);
    charge.want();

    EXPECT_FALSE(charge.ready(1s));
    charge.settling.owner_done();
    EXPECT_TRUE(charge.ready(1s));
}

TEST(Charge, FailureIsTriedAgainEverLater) {
    Charge charge("wg0");
    charge.want();
    charge.reconcile_begun();
    EXPECT_FALSE(charge.ready(0s));

    charge.reconcile_ended(false, 0s);
    EXPECT_EQ(charge.ready_at(0s), 1s);
    charge.reconcile_begun();
    charge.reconcile_ended(false, 1s);
    EXPECT_EQ(charge.ready_at(1s), 3s);
    charge.reconcile_begun();
    charge.reconcile_ended(true, 3s);
    EXPECT_FALSE(charge.ready_at(3s).has_value());
}

/// A link of that name with a port; down, as one that could not get it.
DeviceModel with_port(const char* name, std::uint32_t ifindex, std::uint16_t port, bool up) {
    DeviceModel model(name);
    auto seen = sample(0s, {});
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

    renamed.declare(face_of(declaration({}), "networkd", "wg0.netdev"));
    renamed.set_verdict({.in_sync = true});
    renamed.set_notices({*problem}, false);
    EXPECT_FALSE(renamed.face().verdict.in_sync);
    const auto update = renamed.set_notices({});
    EXPECT_TRUE(renamed.face().verdict.in_sync);
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
