// SPDX-License-Identifier: LGPL-2.1-or-later
// One who never reads has limits of its own, and the limits of all stay below the bus's.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "answers/backlog.hpp"

namespace wgnl::daemon::test {
namespace {

using std::chrono::seconds;
using How = Backlog::Reported::How;
constexpr auto mebibyte = Backlog::mebibyte;
constexpr uid_t root = 0;
constexpr uid_t alice = 1000;
constexpr uid_t mallory = 1001;

/// A bus that answers when it is told to.
class Bus {
public:
    Backlog backlog{[this](const auto& connection, auto then) {
                        ++asked;
                        questions[connection] = then;
                    },
                    [this] { return now; }};
    Boottime now{seconds(100)};
    int asked{};
    int room{};

    Bus() {
        backlog.on_room([this] { ++room; });
    }
    bool asks(const std::string& connection) const { return questions.contains(connection); }
    void answer(const std::string& connection, Backlog::Reported reported) {
        const auto then = questions.extract(connection).mapped();
        then(reported);
    }
    bool has_room(const std::string& connection, uid_t user, std::uint64_t weight = mebibyte) {
        return backlog.has_room(connection, user, weight);
    }

private:
    std::map<std::string, std::function<void(Backlog::Reported)>> questions{};
};

TEST(AConnectionThatDoesNotRead, HasNoRoomAndOthersHave) {
    Bus bus;
    bus.backlog.sent(":1.1", alice, Backlog::most_of_connection);

    EXPECT_FALSE(bus.has_room(":1.1", alice));
    EXPECT_TRUE(bus.has_room(":1.2", alice));
    EXPECT_TRUE(bus.has_room(":1.3", mallory));
    EXPECT_EQ(bus.asked, 0) << "nobody has asked for room";
}

TEST(AUserThatDoesNotRead, HasNoRoomOverAnyConnection) {
    Bus bus;
    bus.backlog.sent(":1.1", mallory, Backlog::most_of_user / 2);
    bus.backlog.sent(":1.2", mallory, Backlog::most_of_user / 2);

    EXPECT_FALSE(bus.has_room(":1.3", mallory));
    EXPECT_TRUE(bus.has_room(":1.4", alice));
    EXPECT_TRUE(bus.has_room(":1.5", root));
}

TEST(ManyUsersThatDoNotRead, LeaveRootItsRoomAndTheBusAlive) {
    constexpr std::uint64_t bus_limit = 127 * mebibyte;
    Bus bus;
    std::uint64_t sent = 0;
    for (uid_t user = 1000; user < 1100; ++user) {
        const auto name = ":1." + std::to_string(user);
        while (bus.has_room(name, user, 4 * mebibyte)) {
            bus.backlog.sent(name, user, 4 * mebibyte);
            sent += 4 * mebibyte;
            if (sent > bus_limit)
                break;
        }
    }
    // each of them may have one answer when it has none, but not over what is everybody's
    EXPECT_LE(sent, Backlog::most_of_others);
    while (bus.has_room(":1.0", root, mebibyte) && sent <= bus_limit) {
        bus.backlog.sent(":1.0", root, mebibyte);
        sent += mebibyte;
    }
    EXPECT_GT(sent, Backlog::most_of_others) << "root has room";
    EXPECT_LT(sent, bus_limit);
}

TEST(DescriptorsNobodyReads, StayBelowTheLimitOfTheBus) {
    EXPECT_LT((Backlog::most_of_others + Backlog::most_of_root) / Backlog::descriptor, 64U);
}

TEST(WhatWasRead, IsAskedForOnlyWhenThereIsNoRoomAndMakesRoom) {
    Bus bus;
    bus.backlog.sent(":1.1", alice, Backlog::most_of_connection);
    bus.backlog.look_again(":1.1", alice);
    ASSERT_TRUE(bus.asks(":1.1"));
    bus.backlog.look_again(":1.1", alice);
    EXPECT_EQ(bus.asked, 1) << "once at a time";

    bus.answer(":1.1", {How::known, 0});

    EXPECT_TRUE(bus.has_room(":1.1", alice, Backlog::most_of_connection));
    EXPECT_EQ(bus.room, 1);
}

TEST(WhatWasSentAfterTheQuestion, IsNotInItsAnswer) {
    Bus bus;
    bus.backlog.sent(":1.1", alice, mebibyte);
    bus.backlog.look_again(":1.1", alice);
    bus.backlog.sent(":1.1", alice, Backlog::most_of_connection - mebibyte);

    bus.answer(":1.1", {How::known, 0});

    EXPECT_FALSE(bus.has_room(":1.1", alice, 2 * mebibyte));
    EXPECT_TRUE(bus.has_room(":1.1", alice, mebibyte));
}

TEST(OneThatNeverReads, IsAskedAboutEverMoreSeldom) {
    Bus bus;
    bus.backlog.sent(":1.1", alice, Backlog::most_of_connection);
    int asked = 0;
    for (int turn = 0; turn < 1000; ++turn) {
        bus.now += std::chrono::milliseconds(10);
        bus.backlog.look_again(":1.1", alice);
        if (bus.asks(":1.1")) {
            ++asked;
            bus.answer(":1.1", {How::known, Backlog::most_of_connection});
        }
    }
    EXPECT_GT(asked, 10);
    EXPECT_LT(asked, 50);
    EXPECT_EQ(bus.room, 0);
}

TEST(AnAnswerThatIsLost, ChangesNothingAndIsAskedForAgain) {
    Bus bus;
    bus.backlog.sent(":1.1", alice, Backlog::most_of_connection);
    bus.backlog.look_again(":1.1", alice);
    bus.answer(":1.1", {How::lost});
    EXPECT_FALSE(bus.has_room(":1.1", alice));

    bus.now += seconds(1);
    bus.backlog.look_again(":1.1", alice);
    EXPECT_TRUE(bus.asks(":1.1"));
}

TEST(ABusThatDoesNotTell, LetsSoMuchInAMinute) {
    Bus bus;
    bus.backlog.sent(":1.1", alice, Backlog::most_of_connection);
    bus.now += seconds(30);
    bus.backlog.look_again(":1.1", alice);
    bus.answer(":1.1", {How::unknown});

    EXPECT_TRUE(bus.has_room(":1.1", alice, Backlog::read_in_a_minute / 2));
    EXPECT_FALSE(bus.has_room(":1.1", alice, Backlog::read_in_a_minute / 2 + mebibyte));
}

/// Of calls in a row: how many were attended to, refused and ignored.
struct Calls {
    int full{};
    int refused{};
    int ignored{};
};

Calls call(Bus& bus, const std::string& connection, int count) {
    Calls calls;
    for (int number = 0; number < count; ++number)
        switch (bus.backlog.called(connection)) {
        case Backlog::Attention::full:
            ++calls.full;
            break;
        case Backlog::Attention::refuses:
            ++calls.refused;
            break;
        case Backlog::Attention::none:
            ++calls.ignored;
            break;
        }
    return calls;
}

TEST(SmallAnswersThatNobodyReads, EndInErrorsAndThenInSilence) {
    Bus bus;
    const auto calls = call(bus, ":1.1", 2000);
    EXPECT_EQ(calls.full, 640);
    EXPECT_EQ(calls.refused, 128);
    EXPECT_EQ(calls.ignored, 2000 - 768);
    EXPECT_EQ(call(bus, ":1.2", 1).full, 1) << "others are heard";

    bus.answer(":1.1", {How::known, 0}); // of the first 64: the rest came after the question
    bus.now += seconds(1);
    call(bus, ":1.1", 1);
    bus.answer(":1.1", {How::known, 0});
    EXPECT_EQ(call(bus, ":1.1", 1).full, 1);
}

TEST(SmallAnswersThatNobodyReads, AreNotTakenForReadBecauseTheyAreSmall) {
    constexpr std::uint64_t of_answer = 110; // bytes in the bus
    Bus bus;
    Calls calls;
    for (int round = 0; round < 100; ++round) {
        const auto more = call(bus, ":1.1", 100);
        calls.full += more.full;
        calls.refused += more.refused;
        bus.now += seconds(1);
        const auto answered = static_cast<std::uint64_t>(calls.full + calls.refused);
        if (bus.asks(":1.1"))
            bus.answer(":1.1", {How::known, answered * of_answer});
    }
    EXPECT_LE(calls.full + calls.refused, 1000);
}

TEST(WhatAUserMayLeaveUnread, IsLessThanTheBusTakesFromUs) {
    constexpr std::uint64_t connections = 256;  // of a user, for dbus-daemon
    constexpr std::uint64_t counted = 3 * 1024; // an answer of GetAll with its call …
    constexpr std::uint64_t real = 1200;        // … which has so many bytes
    EXPECT_LT(connections * Backlog::ignore_from / counted * real + Backlog::most_of_user,
              127 * mebibyte);
}

TEST(SmallAnswersThatAreRead, CostOneQuestionForDozens) {
    Bus bus;
    for (int round = 0; round < 100; ++round) {
        EXPECT_EQ(call(bus, ":1.1", 300).full, 300);
        if (bus.asks(":1.1"))
            bus.answer(":1.1", {How::known, 0});
        bus.now += seconds(1);
    }
    EXPECT_LE(bus.asked, 100);
}

TEST(ConnectionsThatComeAndGo, AreForgotten) {
    Bus bus;
    bus.backlog.sent(":1.0", mallory, Backlog::most_of_connection);
    for (std::size_t number = 1; number < 3 * Backlog::most_remembered; ++number)
        call(bus, ":2." + std::to_string(number), 1);
    EXPECT_FALSE(bus.has_room(":1.0", mallory)) << "what is much is not";
    EXPECT_EQ(bus.asked, 0);
}

} // namespace
} // namespace wgnl::daemon::test
