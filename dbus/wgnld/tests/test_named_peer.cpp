// SPDX-License-Identifier: LGPL-2.1-or-later
// One peer with a name: when it is asked for, when and where it is moved. The clock is the test's.
#include <gtest/gtest.h>

#include "endpoints/named_peer.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

const Endpoint one = endpoint("192.0.2.1:51820");
const Endpoint two = endpoint("192.0.2.2:51820");
const Endpoint six = endpoint("[2001:db8::1]:51820");
const Endpoint roamed = endpoint("203.0.113.9:4711");

PeerView view(PeerState state, std::optional<Endpoint> at = one) {
    return {.endpoint = at, .state = state, .keepalive = true};
}
const PeerView well = view(PeerState::established);
const PeerView stalled = {.endpoint = one, .state = PeerState::established, .stalled = true};
const PeerView nowhere = view(PeerState::never, std::nullopt);

class NamedPeerTest : public testing::Test {
protected:
    NamedPeer peer_{*HostPort::parse("vpn.example.org:51820")};
    Boottime now_{boot(1000s)};

    void look(const PeerView& seen, std::chrono::nanoseconds after = 0s) {
        now_ += after;
        peer_.look(seen, now_);
    }
    void answer(std::vector<Endpoint> addresses) {
        for (auto& address : addresses)
            address.port = 0;
        peer_.asked();
        peer_.answer({.addresses = addresses}, now_, 0);
    }
    void fail() {
        peer_.asked();
        peer_.answer({.trouble = "no server"}, now_, 0);
    }
    /// How long until it asks, while the peer is seen like this each second; 0: at once.
    std::chrono::seconds until_it_asks(const PeerView& seen, int most = 1000) {
        for (int waited = 0; waited <= most; ++waited, now_ += 1s) {
            peer_.look(seen, now_);
            if (peer_.asks(now_))
                return std::chrono::seconds(waited);
        }
        return std::chrono::seconds::max();
    }
};

TEST_F(NamedPeerTest, AsksForNothingWhileThePeerIsWell) {
    EXPECT_EQ(until_it_asks(well, 6000), std::chrono::seconds::max());
    EXPECT_FALSE(peer_.due(now_).has_value());
}

TEST_F(NamedPeerTest, AsksForNothingThatNobodyExpects) {
    auto idle = view(PeerState::idle);
    auto never = view(PeerState::never);
    never.keepalive = false;
    for (const auto& seen : {idle, never, view(PeerState::down), view(PeerState::absent),
                             view(PeerState::absent, std::nullopt)})
        EXPECT_EQ(until_it_asks(seen), std::chrono::seconds::max());
}

TEST_F(NamedPeerTest, AsksAtOnceWhere) {
    for (const auto& seen : {nowhere, stalled, view(PeerState::handshaking),
                             view(PeerState::unreachable), view(PeerState::down, std::nullopt)}) {
        NamedPeer peer(*HostPort::parse("vpn.example.org:51820"));
        peer.look(seen, now_);
        EXPECT_TRUE(peer.asks(now_));
    }
}

TEST_F(NamedPeerTest, FirstHandshakeHasFiveSeconds) {
    EXPECT_EQ(until_it_asks(view(PeerState::never)), 5s);
}

TEST_F(NamedPeerTest, AsksAgainAfter5And10And20And40AndEach60Seconds) {
    look(stalled);
    for (const auto wait : {5s, 10s, 20s, 40s, 60s, 60s, 60s}) {
        ASSERT_TRUE(peer_.asks(now_));
        answer({one});
        EXPECT_EQ(until_it_asks(view(PeerState::unreachable)), wait);
    }
}

TEST_F(NamedPeerTest, FailuresAreRetriedFromOneSecondToFiveMinutes) {
    look(nowhere);
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
        ASSERT_TRUE(peer_.asks(now_));
        fail();
        EXPECT_EQ(peer_.retry_after(), wait);
        EXPECT_EQ(until_it_asks(nowhere), wait);
    }
}

TEST_F(NamedPeerTest, RetriesAreSpreadButNeverBelowASecond) {
    for (const double jitter : {0.0, 0.3, 1.0}) {
        NamedPeer peer(*HostPort::parse("vpn.example.org:51820"));
        peer.look(nowhere, now_);
        for (int failures = 0; failures < 12; ++failures) {
            peer.asked();
            peer.answer({.trouble = "no server"}, now_, jitter);
            EXPECT_GE(peer.retry_after(), NameQuestion::first_retry);
            EXPECT_LE(peer.retry_after(), NameQuestion::longest_retry);
        }
        EXPECT_EQ(peer.retry_after(),
                  std::chrono::duration_cast<std::chrono::nanoseconds>(300s * (1 - jitter / 4)));
    }
}

TEST_F(NamedPeerTest, TroubleGoesOnceItIsSolvedOrNeedsNoSolution) {
    look(nowhere);
    fail();
    EXPECT_EQ(peer_.trouble(), "no server");
    look(nowhere, 1s);
    answer({one});
    EXPECT_EQ(peer_.trouble(), "");

    look(stalled, 1s);
    fail();
    EXPECT_EQ(peer_.trouble(), "no server");
    look(well, 1s);
    EXPECT_EQ(peer_.trouble(), "");
}

TEST_F(NamedPeerTest, QuestionUnderWayIsNotAskedTwice) {
    look(nowhere);
    peer_.asked();

    EXPECT_EQ(until_it_asks(nowhere), std::chrono::seconds::max());
}

TEST_F(NamedPeerTest, ChangeOfTheNetworkRetriesAtOnce) {
    look(nowhere);
    for (int failures = 0; failures < 8; ++failures)
        fail();
    now_ += 10s;
    EXPECT_FALSE(peer_.asks(now_));

    peer_.renew(now_);

    EXPECT_TRUE(peer_.asks(now_));
    fail();
    EXPECT_EQ(peer_.retry_after(), 1s);
}

TEST_F(NamedPeerTest, ChangesInASwarmAskNoMoreThanOnceASecond) {
    look(nowhere);
    fail();

    peer_.renew(now_ + 1ms);

    EXPECT_FALSE(peer_.asks(now_ + 1ms));
    EXPECT_TRUE(peer_.asks(now_ + 1s));
}

TEST_F(NamedPeerTest, ChangeOfTheNetworkLeavesAPeerThatIsWell) {
    look(well);

    peer_.renew(now_);

    EXPECT_EQ(until_it_asks(well), std::chrono::seconds::max());
}

TEST_F(NamedPeerTest, PeerWithoutEndpointGetsTheFirstAnswerOnce) {
    look(nowhere);
    EXPECT_EQ(peer_.move(now_), std::nullopt);
    answer({two, six});

    EXPECT_EQ(peer_.move(now_), two);
    EXPECT_EQ(peer_.move(now_), std::nullopt);
    EXPECT_EQ(peer_.move(now_ + 14s), std::nullopt);
    EXPECT_EQ(peer_.move(now_ + 15s), two);
}

TEST_F(NamedPeerTest, AddressThatChangedIsFollowedAtOnce) {
    look(stalled);
    answer({two});

    EXPECT_EQ(peer_.move(now_), two);
    EXPECT_EQ(peer_.move(now_), std::nullopt);
}

TEST_F(NamedPeerTest, OnlyAddressStays) {
    look(stalled);
    answer({one});

    for (int second = 0; second < 300; ++second)
        EXPECT_EQ(peer_.move(now_ + std::chrono::seconds(second)), std::nullopt);
}

TEST_F(NamedPeerTest, PeerThatRoamedIsLeftWhileItIsWell) {
    look(view(PeerState::established, roamed));
    EXPECT_EQ(peer_.move(now_), std::nullopt);

    look(view(PeerState::unreachable, roamed), 1s);
    EXPECT_EQ(peer_.move(now_), std::nullopt); // not before there is an answer
    answer({one});
    EXPECT_EQ(peer_.move(now_), one);
}

TEST_F(NamedPeerTest, OldAnswersDoNotMoveAPeerThatRoamed) {
    look(nowhere);
    answer({one});
    look(well, 1s);
    look(view(PeerState::unreachable, roamed), 1000s);
    fail();

    EXPECT_EQ(peer_.move(now_), std::nullopt);
}

TEST_F(NamedPeerTest, PortThatRoamedComesBackToTheDeclaredOne) {
    look(view(PeerState::unreachable, endpoint("192.0.2.2:4711")));
    answer({one, two});

    EXPECT_EQ(peer_.move(now_), two);
}

TEST_F(NamedPeerTest, SilentAddressMakesRoomForTheOtherFamilyFirst) {
    look(well);
    look(stalled, 100s);
    answer({one, two, six});
    EXPECT_EQ(peer_.move(now_), six); // silent for 15 s already

    look(view(PeerState::handshaking, six), 1s);
    EXPECT_EQ(peer_.move(now_ + 13s), std::nullopt);
    EXPECT_EQ(peer_.move(now_ + 15s), two); // one was tried
    now_ += 15s;
    look(view(PeerState::handshaking, two), 1s);
    EXPECT_EQ(peer_.move(now_ + 15s), six); // all were: all over again
}

TEST_F(NamedPeerTest, AnswerOnItsWayIsWaitedFor) {
    look(nowhere);
    answer({one, six});
    look(well, 1s);
    look(stalled, 100s);
    peer_.asked();
    EXPECT_EQ(peer_.move(now_), std::nullopt);

    peer_.answer({.trouble = "no server"}, now_, 0); // it may lie behind this very tunnel

    EXPECT_EQ(peer_.move(now_), six);
}

TEST_F(NamedPeerTest, FirstHandshakeHasFifteenSecondsAtEachAddress) {
    look(nowhere);
    answer({one, six});
    EXPECT_EQ(peer_.move(now_), one);
    look(view(PeerState::never), 1s);

    EXPECT_EQ(peer_.move(now_ + 14s), std::nullopt);
    EXPECT_EQ(peer_.move(now_ + 15s), six);
}

TEST_F(NamedPeerTest, EditedNameIsAskedForThoughThePeerIsWell) {
    look(well);
    peer_.set_edited(true);
    look(well, 1s);
    EXPECT_TRUE(peer_.asks(now_));
    answer({two});

    EXPECT_EQ(peer_.move(now_), std::nullopt); // the plan has it
    EXPECT_TRUE(peer_.take_resolved());
    EXPECT_FALSE(peer_.take_resolved());
    EXPECT_EQ(peer_.fresh(now_), two);

    peer_.set_edited(false);
    look(view(PeerState::established, two), 1s);
    EXPECT_EQ(until_it_asks(view(PeerState::established, two)), std::chrono::seconds::max());
}

TEST_F(NamedPeerTest, AnswerGrowsOld) {
    look(nowhere);
    answer({one});
    EXPECT_EQ(peer_.fresh(now_ + 59s), one);
    fail();

    EXPECT_EQ(peer_.fresh(now_ + 60s), std::nullopt);
}

TEST_F(NamedPeerTest, TellsWhenSomethingWillBeDue) {
    look(well);
    look(stalled, 100s);
    fail();

    EXPECT_EQ(peer_.due(now_), now_ + 1s);
    now_ += 1s;
    answer({one, six});
    EXPECT_EQ(peer_.move(now_), six);
    EXPECT_EQ(peer_.due(now_), now_ + 5s);
    EXPECT_EQ(peer_.due(now_ + 5s), now_ + 15s);
    EXPECT_EQ(peer_.due(now_ + 15s), std::nullopt);
}

} // namespace
} // namespace wgnl::daemon::test
