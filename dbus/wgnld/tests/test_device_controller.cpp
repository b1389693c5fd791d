// SPDX-License-Identifier: LGPL-2.1-or-later
// One device: what follows from each input, without anybody remembering to do it.
#include <algorithm>

#include <gtest/gtest.h>

#include "control/device_controller.hpp"
#include "control_tools.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

using Words = RecordingPublisher::Words;
using Aspect = Difference::Aspect;

class DeviceControllerTest : public testing::Test {
protected:
    static Boottime now() { return sd::boottime_now(); }
    static DeviceReading reading_now(std::vector<PeerReading> peers = {}) {
        auto made = reading(0s, std::move(peers));
        made.at = {now(), sd::realtime_now()};
        return made;
    }
    /// As the kernel has it: one reading, begun and taken.
    void read(std::vector<Difference> differences = {}, std::vector<PeerReading> peers = {}) {
        controller_.begin_read(now());
        controller_.input(
            ReadResult{.reading = reading_now(std::move(peers)), .differences = differences});
    }
    SourceDeclaration wanted(std::size_t peers = 1) {
        std::vector<DeclaredPeer> declared;
        for (std::size_t i = 0; i < peers; ++i) {
            KeyBytes bytes{};
            bytes[0] = static_cast<std::uint8_t>(i);
            bytes[1] = static_cast<std::uint8_t>(1 + i / 256);
            declared.push_back({.public_key = PublicKey(bytes)});
        }
        return {Source::networkd, "/etc/wg0.netdev",
                std::make_shared<const Declaration>(declaration(std::move(declared)))};
    }
    void declare(const SourceDeclaration& declared) {
        controller_.input(declared, summary_of(*declared.declaration, "networkd", declared.origin),
                          true, false);
    }
    std::optional<ReconcileRequest> begin() { return controller_.begin_reconcile({}, now()); }
    /// A declared device whose link has settled, and which has been reconciled once.
    SourceDeclaration settle() {
        const auto declared = wanted();
        declare(declared);
        controller_.input(link(), now());
        controller_.input(DeviceEvent::owner_done, now());
        read();
        begin();
        controller_.input(declared.declaration, {.ok = true, .link_exists = true});
        bus_.take();
        return declared;
    }

    RecordingPublisher bus_;
    ScriptedHandshakes source_;
    HandshakeWatcher handshakes_{source_};
    BareHost host_;
    int wakes_{};
    DeviceController::Obstacles obstacles_{};
    DeviceController controller_{"wg0",
                                 {bus_, handshakes_, host_},
                                 true,
                                 {[this] { ++wakes_; }, [this] { return obstacles_; }}};
};

TEST_F(DeviceControllerTest, ANewLinkIsReadAtOnceAndItsOwnerAsked) {
    controller_.input(link(), now());

    const auto at = now();
    EXPECT_EQ(controller_.read_due(at), at);
    EXPECT_TRUE(controller_.reading());
    EXPECT_EQ(host_.asked(), std::vector<std::uint32_t>{7});
    EXPECT_GT(wakes_, 0);
    EXPECT_EQ(bus_.take(), Words{});
}

TEST_F(DeviceControllerTest, AReadingPutsItOnTheBusAndItsLossTakesItAway) {
    controller_.input(link(), now());
    read();
    EXPECT_EQ(bus_.take()[0], "+wg0");
    EXPECT_TRUE(controller_.visible());
    EXPECT_FALSE(controller_.unused());

    controller_.input(std::nullopt, now());

    EXPECT_EQ(bus_.take(), Words{"-wg0"});
    EXPECT_TRUE(controller_.unused());
}

TEST_F(DeviceControllerTest, WhatNobodyDeclaredIsHiddenIfItIsToBe) {
    DeviceController foreign("wg0", {bus_, handshakes_, host_}, false,
                             {[] {}, [] { return DeviceController::Obstacles{}; }});
    foreign.input(link(), now());
    foreign.begin_read(now());
    foreign.input(ReadResult{.reading = reading_now()});
    EXPECT_FALSE(foreign.visible());

    const auto declared = wanted();
    foreign.input(declared, summary_of(*declared.declaration, "networkd", ""), true, false);

    EXPECT_TRUE(foreign.visible());
    EXPECT_EQ(bus_.take()[0], "+wg0");
}

TEST_F(DeviceControllerTest, ADeclaredDeviceIsReconciledOnceItsLinkHasSettled) {
    declare(wanted());
    controller_.input(link(), now());
    read();
    EXPECT_FALSE(controller_.reconciles().ready(now()));

    controller_.input(DeviceEvent::owner_done, now());

    const auto at = now();
    EXPECT_TRUE(controller_.reconciles().ready(at));
    const auto request = begin();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->from.source, "networkd");
    EXPECT_FALSE(request->options.policy.confirmed);
    EXPECT_FALSE(controller_.reconciles().ready(now()));
}

TEST_F(DeviceControllerTest, APersonConfirmsWhatIsPending) {
    settle();
    controller_.input(DeviceEvent::reconcile, now());

    ASSERT_TRUE(controller_.reconciles().ready(now()));
    EXPECT_TRUE(begin()->options.policy.confirmed);
}

TEST_F(DeviceControllerTest, AResultIsShownAndTried) {
    const auto declared = wanted();
    declare(declared);
    controller_.input(link(), now());
    read();
    begin();
    bus_.take();

    controller_.input(declared.declaration, {.ok = true, .link_exists = true});
    const auto said = bus_.take();
    EXPECT_NE(std::ranges::find(said, "InSync"), said.end());
    EXPECT_EQ(said.back(), "applied");
    EXPECT_TRUE(controller_.model().properties().sync_status.in_sync);

    begin();
    controller_.input(declared.declaration,
                      {.error = Error(Errc::system, "set wg0", "the kernel says no")});
    EXPECT_FALSE(controller_.model().properties().sync_status.in_sync);
    EXPECT_TRUE(controller_.reconciles().due(now())) << "it is tried again";
}

TEST_F(DeviceControllerTest, AResultOfADeclarationThatWasReplacedSaysNothing) {
    const auto before = settle();
    begin();
    declare(wanted(2));
    bus_.take();

    controller_.input(before.declaration, {.ok = true, .link_exists = true});

    EXPECT_EQ(bus_.take(), Words{});
    EXPECT_FALSE(controller_.reconciles().under_way());
}

TEST_F(DeviceControllerTest, WhatDiffersIsRepairedUntilSomebodyFights) {
    const auto declared = settle();
    const Difference port{Aspect::listen_port, {}};
    for (int i = 0; i < RepairLimiter::repairs; ++i) {
        read({port});
        ASSERT_TRUE(controller_.reconciles().wanted()) << i;
        EXPECT_TRUE(begin()->left_alone.empty());
        controller_.input(declared.declaration, {.ok = true, .link_exists = true});
    }

    read({port});

    EXPECT_FALSE(controller_.reconciles().wanted());
    EXPECT_TRUE(controller_.due(now()));
    controller_.update(now());
    const auto& problems = controller_.model().properties().sync_status.problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].text.find("listen port was repaired three times"), std::string::npos);
}

TEST_F(DeviceControllerTest, WhatAResultLeftIsNoReasonToTryAgain) {
    const auto declared = settle();
    const Difference port{Aspect::listen_port, {}};
    begin();
    controller_.input(declared.declaration, {.ok = true, .link_exists = true, .left = {port}});

    read({port});

    EXPECT_FALSE(controller_.reconciles().wanted());
    EXPECT_FALSE(controller_.model().properties().sync_status.in_sync);
}

TEST_F(DeviceControllerTest, AReadingWhileOneReconcilesRepairsNothing) {
    settle();
    controller_.input(DeviceEvent::reconcile, now());
    begin();

    read({{Aspect::listen_port, {}}});

    EXPECT_FALSE(controller_.reconciles().wanted());
}

TEST_F(DeviceControllerTest, ALargeInputIsThroughBeforeTheNextOne) {
    declare(wanted(3 * StagedModel::piece));
    EXPECT_TRUE(controller_.in_pieces());
    EXPECT_FALSE(controller_.reconciles().wanted());

    controller_.input(link(), now());
    read();

    EXPECT_FALSE(controller_.in_pieces());
    EXPECT_EQ(controller_.model().peers().size(), 3 * StagedModel::piece);
    EXPECT_TRUE(controller_.reconciles().wanted());
}

TEST_F(DeviceControllerTest, PiecesGoOnOneByOne) {
    declare(wanted(3 * StagedModel::piece));
    int pieces = 1;
    for (; controller_.in_pieces(); ++pieces)
        controller_.advance();

    EXPECT_GE(pieces, 3);
    EXPECT_TRUE(controller_.reconciles().wanted());
}

TEST_F(DeviceControllerTest, AFailedReadingKeepsWhatIsKnown) {
    settle();
    controller_.begin_read(now());
    controller_.input(ReadResult{.error = Error(Errc::interrupted, "read wg0", "try again")});

    EXPECT_TRUE(controller_.visible());
    EXPECT_FALSE(controller_.reading());
}

TEST_F(DeviceControllerTest, ADeviceThatIsGoneIsLost) {
    controller_.input(link(), now());
    read();
    bus_.take();
    controller_.begin_read(now());

    controller_.input(ReadResult{.error = Error(Errc::not_found, "read wg0", "no such device")});

    EXPECT_EQ(bus_.take(), Words{"-wg0"});
}

TEST_F(DeviceControllerTest, HandshakesThatNothingAnnouncedMakeItPoll) {
    settle();
    EXPECT_EQ(controller_.model().properties().event_source, EventSource::packets);
    auto peer = peer_reading(0);
    peer.public_key = wanted().declaration->peers[0].public_key;
    read({}, {peer});
    peer.last_handshake = sd::realtime_now();
    read({}, {peer});

    EXPECT_EQ(controller_.model().missed_events(), 1U);
    EXPECT_EQ(controller_.model().properties().event_source, EventSource::polling);
}

TEST_F(DeviceControllerTest, ProblemsOfOthersComeAndGo) {
    settle();
    const Problem conflict{Severity::error, {"b.netdev"}, "declares it too"};

    obstacles_ = {{conflict}, true};
    controller_.update(now());
    EXPECT_FALSE(controller_.model().properties().sync_status.in_sync);
    EXPECT_EQ(controller_.model().properties().sync_status.problems, std::vector{conflict});
    bus_.take();
    controller_.update(now());
    EXPECT_EQ(bus_.take(), Words{}) << "said once";

    obstacles_ = {};
    controller_.update(now());
    EXPECT_TRUE(controller_.model().properties().sync_status.in_sync);
}

TEST_F(DeviceControllerTest, WhatIsSaidToBeAppliedKnowsWhatStandsInItsWay) {
    const auto declared = settle();
    const Problem taken{Severity::error, {"wg0.netdev"}, "its port is taken"};
    controller_.input(DeviceEvent::reconcile, now());
    begin();
    obstacles_ = {{taken}, true}; // since the last time that anybody looked

    controller_.input(declared.declaration, {.ok = true, .link_exists = true});

    EXPECT_FALSE(controller_.model().properties().sync_status.in_sync);
    EXPECT_EQ(controller_.model().properties().sync_status.problems, std::vector{taken});
}

TEST_F(DeviceControllerTest, WhoWaitsForCountersIsAnsweredByTheReading) {
    controller_.input(link(), now());
    controller_.begin_read(now());
    auto old = reading_now();
    old.at.boot -= 2 * DeviceReads::present;
    controller_.input(ReadResult{.reading = std::move(old)});
    controller_.begin_read(now());
    int answers = 0;

    EXPECT_TRUE(controller_.await_counters(false, now(), [&] { ++answers; }));
    EXPECT_EQ(answers, 0);
    controller_.input(ReadResult{.reading = reading_now()});

    EXPECT_EQ(answers, 1);
    EXPECT_FALSE(controller_.await_counters(false, now(), [&] { ++answers; })) << "they are fresh";
}

TEST_F(DeviceControllerTest, UndeclaredItIsLeftAlone) {
    settle();

    controller_.undeclare();

    EXPECT_FALSE(controller_.model().declared());
    read({{Aspect::listen_port, {}}});
    EXPECT_FALSE(controller_.reconciles().wanted());
    EXPECT_FALSE(begin());
}

} // namespace
} // namespace wgnl::daemon::test
