// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the kit: paths, timers, descriptors, clean log text, forged signals.
#include <gtest/gtest.h>

#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/fd.hpp"
#include "sd/bus.hpp"
#include "sd/journal.hpp"
#include "sd/loop.hpp"

namespace wgnl::sd {
namespace {

TEST(Path, LabelsAreEscapedAndComeBack) {
    const auto path = encode_path("/device", "wg-0.a");

    EXPECT_EQ(path, "/device/wg_2d0_2ea");
    EXPECT_EQ(decode_path(path.c_str(), "/device/%", 1), std::vector<std::string>{"wg-0.a"});
}

TEST(Path, TwoLabelsComeBackInOrder) {
    const auto path = encode_path(encode_path("/device", "wg0") + "/peer", "a+/=");

    const auto labels = decode_path(path.c_str(), "/device/%/peer/%", 2);

    EXPECT_EQ(labels, (std::vector<std::string>{"wg0", "a+/="}));
}

TEST(Path, DeeperPathDoesNotMatch) {
    EXPECT_TRUE(decode_path("/device/wg0/peer/a", "/device/%", 1).empty());
    EXPECT_TRUE(decode_path("/device/wg0", "/device/%/peer/%", 2).empty());
}

/// A connection, and its other end in the place of the bus, which passes on what it is given.
class Signals : public ::testing::Test {
protected:
    Signals() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        ours_ = connection(ends[0]);
        bus_ = connection(ends[1]);
        EXPECT_GE(sd_bus_set_server(bus_.get(), 1, sd_id128_t{}), 0);
        EXPECT_GE(sd_bus_set_anonymous(bus_.get(), 1), 0);
        EXPECT_GE(sd_bus_start(bus_.get()), 0);
        EXPECT_GE(sd_bus_start(ours_.get()), 0);
        EXPECT_TRUE(ignore_forged_signals(ours_.get()).has_value());
        auto all = match(ours_.get(), "type='signal'", [this](sd_bus_message* signal) {
            heard.emplace_back(sd_bus_message_get_member(signal));
        });
        EXPECT_TRUE(all.has_value());
        match_ = std::move(*all);
    }

    /// Without a destination it is a broadcast.
    void signal(const char* member, const char* sender, const char* destination,
                const char* interface = "a.b") {
        sd_bus_message* made = nullptr;
        EXPECT_GE(sd_bus_message_new_signal(bus_.get(), &made, "/", interface, member), 0);
        const MessageHandle owned(made);
        EXPECT_GE(sd_bus_message_set_sender(made, sender), 0);
        EXPECT_TRUE(!destination || sd_bus_message_set_destination(made, destination) >= 0);
        EXPECT_GE(sd_bus_send(bus_.get(), made, nullptr), 0);
    }

    /// What is heard until the signal "End", which is a broadcast.
    std::vector<std::string> until_end() {
        signal("End", ":1.2", nullptr);
        for (int turn = 0; turn < 10'000 && (heard.empty() || heard.back() != "End"); ++turn) {
            const int sent = sd_bus_process(bus_.get(), nullptr);
            const int taken = sd_bus_process(ours_.get(), nullptr);
            if (sent == 0 && taken == 0)
                sd_bus_wait(ours_.get(), 10'000);
        }
        return heard;
    }

    std::vector<std::string> heard{};

private:
    static BusHandle connection(int fd) {
        sd_bus* made = nullptr;
        EXPECT_GE(sd_bus_new(&made), 0);
        EXPECT_GE(sd_bus_set_fd(made, fd, fd), 0);
        return BusHandle(made);
    }

    BusHandle ours_;
    BusHandle bus_;
    std::unique_ptr<Callback> match_;
};

TEST_F(Signals, ThatSomebodyAddressesToUsAreNotHeard) {
    signal("Forged", ":1.9", ":1.1");
    EXPECT_EQ(until_end(), std::vector<std::string>{"End"});
}

TEST_F(Signals, OfTheBusItselfAreHeard) {
    signal("NameAcquired", "org.freedesktop.DBus", ":1.1", "org.freedesktop.DBus");
    signal("NameOwnerChanged", "org.freedesktop.DBus", nullptr, "org.freedesktop.DBus");
    EXPECT_EQ(until_end(), (std::vector<std::string>{"NameAcquired", "NameOwnerChanged", "End"}));
}

TEST_F(Signals, OfTheBusFromSomebodyElseAreNotHeard) {
    signal("NameOwnerChanged", ":1.9", nullptr, "org.freedesktop.DBus");
    EXPECT_EQ(until_end(), std::vector<std::string>{"End"});
}

TEST(Loop, ReadableDescriptorCallsBack) {
    const auto event = open_event();
    const UniqueFd fd(eventfd(1, EFD_CLOEXEC));
    const auto watch = Watch::open(event->get(), fd.get(), [&] { sd_event_exit(event->get(), 7); });
    ASSERT_TRUE(watch.has_value());

    EXPECT_EQ(sd_event_loop(event->get()), 7);
}

TEST(Loop, TimerIsDueOnceAndCanBeArmedAgain) {
    const auto event = open_event();
    int rings = 0;
    std::unique_ptr<Timer> timer;
    timer = std::move(*Timer::open(event->get(), [&] {
        if (++rings == 2)
            sd_event_exit(event->get(), 0);
        else
            timer->arm(boottime_now());
    }));
    timer->arm(boottime_now());

    sd_event_loop(event->get());

    EXPECT_EQ(rings, 2);
}

TEST(Loop, TurnsLetOthersInBetween) {
    const auto event = open_event();
    std::string order;
    std::unique_ptr<DeferredCall> one;
    one = std::move(*DeferredCall::open(event->get(), [&] {
        order += 'a';
        if (order.size() < 6)
            one->arm();
    }));
    std::unique_ptr<DeferredCall> other;
    other = std::move(*DeferredCall::open(event->get(), [&] {
        order += 'b';
        if (order.size() < 6)
            other->arm();
        else
            sd_event_exit(event->get(), 0);
    }));
    one->arm();
    other->arm();

    sd_event_loop(event->get());

    EXPECT_EQ(order, "ababab");
}

TEST(Loop, DescriptorsComeBetweenTurns) {
    const auto event = open_event();
    const UniqueFd fd(eventfd(1, EFD_CLOEXEC)); // readable all the time
    std::string order;
    std::unique_ptr<DeferredCall> turn;
    turn = std::move(*DeferredCall::open(event->get(), [&] {
        order += 't';
        turn->arm();
    }));
    const auto watch = Watch::open(event->get(), fd.get(), [&] {
        order += 'd';
        if (order.size() >= 20)
            sd_event_exit(event->get(), 0);
    });
    turn->arm();

    sd_event_loop(event->get());

    EXPECT_NE(order.find("tdtdtdtd"), std::string::npos) << order;
}

TEST(Loop, TurnThatIsDisarmedDoesNotCome) {
    const auto event = open_event();
    const auto never = DeferredCall::open(event->get(), [&] { sd_event_exit(event->get(), 1); });
    const auto end = DeferredCall::open(event->get(), [&] { sd_event_exit(event->get(), 0); });
    (*never)->arm();
    (*end)->arm();
    (*never)->disarm();

    EXPECT_EQ(sd_event_loop(event->get()), 0);
}

TEST(Journal, ControlCharactersCannotForgeALine) {
    EXPECT_EQ(shown_text({.text = "a\nb\x1b[0m\u202e"}), "a\ufffdb\ufffd[0m\ufffd");
    EXPECT_EQ(shown_text({.text = "Zürich"}), "Zürich");
}

TEST(Journal, NamesNoKeyThatIsNotKnownToBePublic) {
    const std::string key = "MDwjgpamjoPFcW7RInNvfhLriut0RCcFBlePh2jxX28=";
    const IsPublic knows = [&](const PublicKey& one) { return one.to_base64() == key; };

    EXPECT_EQ(shown_text({.text = "peer " + key}), "peer (hidden)");
    EXPECT_EQ(shown_text({.text = "peer " + key, .is_public = knows}), "peer " + key);
}

} // namespace
} // namespace wgnl::sd
