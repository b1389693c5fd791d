// SPDX-License-Identifier: LGPL-2.1-or-later
// Names, and the pool: shared look-ups, hanging ones, deadlines, limits.
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

#include "lookup.hpp"
#include "pool.hpp"

namespace wgnl::resolve {
namespace {

using namespace std::chrono_literals;

TEST(Names, TextThatCanBeNoHostNameIsRefused) {
    for (const auto& name : {std::string(), std::string(254, 'a'), std::string("a\nb"),
                             std::string("a b"), std::string("a\x7f"), std::string("a\0b", 3)})
        EXPECT_FALSE(check_name(name).has_value()) << name;
}

TEST(Names, HostNamesAreTaken) {
    for (const auto& name : {std::string("a"), std::string(253, 'a'),
                             std::string("vpn.example.org."), std::string("büro.example")})
        EXPECT_TRUE(check_name(name).has_value()) << name;
}

TEST(LookUp, NumericAddressIsItself) {
    const auto v4 = look_up("192.0.2.1");
    const auto v6 = look_up("2001:db8::1");

    EXPECT_EQ(v4.outcome, Outcome::found);
    EXPECT_EQ(v4.addresses, std::vector{HostAddress{*IpAddress::parse("192.0.2.1")}});
    EXPECT_EQ(v6.addresses, std::vector{HostAddress{*IpAddress::parse("2001:db8::1")}});
}

TEST(LookUp, TextThatNoResolverTakesIsNoSuchName) {
    const auto answer = look_up("192.0.2.1.2.3:4");

    EXPECT_NE(answer.outcome, Outcome::found);
    EXPECT_TRUE(answer.addresses.empty());
    EXPECT_FALSE(answer.text.empty());
}

class PoolTest : public testing::Test {
protected:
    PoolTest() : event_(std::move(*sd::open_event())) {}
    ~PoolTest() override { gate_.release(1000); } // before the pool waits for its threads

    void open(const Pool::Limits& limits) {
        pool_ = std::move(*Pool::open(
            event_.get(), [this](const std::string& name) { return work(name); }, limits));
    }

    /// Names that begin with "hang" wait for the gate.
    Answer work(const std::string& name) {
        ++looked_up_;
        looked_up_.notify_all();
        if (name.starts_with("hang"))
            gate_.acquire();
        return {Outcome::found, {}, name};
    }

    void ask(const std::string& name) {
        pool_->ask(
            name, [this, name](const Answer& answer) { told_.emplace_back(name, answer.outcome); });
    }

    /// Lets the loop work until that many were told, however long that takes.
    void until(std::size_t count) {
        while (told_.size() < count)
            ASSERT_GE(sd_event_run(event_.get(), forever), 0);
        ASSERT_EQ(told_.size(), count);
    }
    void until_idle() {
        while (pool_->works())
            ASSERT_GE(sd_event_run(event_.get(), forever), 0);
    }
    /// Waits until a thread is at the first name. The loop does not run meanwhile, so that nobody
    /// is told of a deadline, however late that is.
    void until_begun() { looked_up_.wait(0); }

    static constexpr std::uint64_t forever = UINT64_MAX;

    using Told = std::pair<std::string, Outcome>;
    sd::EventHandle event_;
    std::counting_semaphore<> gate_{0};
    std::atomic<int> looked_up_{0};
    std::vector<Told> told_{};
    std::unique_ptr<Pool> pool_{};
};

TEST_F(PoolTest, QuestionsAfterOneNameShareALookUp) {
    open({});

    ask("hang.a");
    ask("hang.a");
    ask("hang.a");
    gate_.release();
    until(3);

    EXPECT_EQ(looked_up_, 1);
    EXPECT_EQ(pool_->waiting(), 0U);
    EXPECT_FALSE(pool_->works());
    ask("hang.a");
    gate_.release();
    until(4);
    EXPECT_EQ(looked_up_, 2);
}

TEST_F(PoolTest, NameThatHangsHoldsUpNoOther) {
    open({.threads = 2});

    ask("hang.a");
    for (const auto* name : {"a", "b", "c"})
        ask(name);
    until(3);

    EXPECT_EQ(pool_->waiting(), 1U);
}

TEST_F(PoolTest, AskerIsToldAtTheDeadlineWhileTheLookUpGoesOn) {
    open({.threads = 1, .deadline = 100ms});

    ask("hang.a");
    until_begun();
    until(1);
    EXPECT_EQ(told_[0], (Told{"hang.a", Outcome::timed_out}));
    EXPECT_TRUE(pool_->works());

    ask("hang.a"); // joins the look-up that is still under way
    until(2);
    EXPECT_EQ(looked_up_, 1);
    gate_.release();
    until_idle();
    EXPECT_EQ(told_.size(), 2U);
}

TEST_F(PoolTest, NameThatNobodyWaitsForAnyMoreIsNotLookedUp) {
    open({.threads = 1, .deadline = 100ms});

    ask("hang.a");
    until_begun();
    ask("b");
    until(2);
    gate_.release();
    until_idle();

    EXPECT_EQ(told_[1].second, Outcome::timed_out);
    EXPECT_EQ(looked_up_, 1);
}

TEST_F(PoolTest, TooManyNamesAreRefusedAtOnce) {
    open({.threads = 1, .names = 2});

    ask("hang.a");
    ask("hang.b");
    ask("hang.c");
    ask("hang.b"); // known already

    EXPECT_EQ(told_, std::vector{Told("hang.c", Outcome::temporary_failure)});
    gate_.release(2);
    until(4);
}

TEST_F(PoolTest, AThousandNamesAreAllAnswered) {
    open({.threads = 4});

    for (int i = 0; i < 1000; ++i)
        ask("name" + std::to_string(i));
    until(1000);

    EXPECT_EQ(looked_up_, 1000);
}

} // namespace
} // namespace wgnl::resolve
