// SPDX-License-Identifier: LGPL-2.1-or-later
// The thread behind a queue: order, completions, and what it does when it rests.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "sd/loop.hpp"
#include "worker/background.hpp"

namespace wgnl::daemon {
namespace {

using namespace std::chrono_literals;

std::atomic<int> given_back = 0;
std::promise<void>* first_time = nullptr;

void count() {
    if (given_back++ == 0)
        first_time->set_value();
}

class BackgroundTest : public ::testing::Test {
protected:
    void SetUp() override {
        given_back = 0;
        first_time = &rested_;
        auto event = sd::open_event();
        ASSERT_TRUE(event);
        event_ = std::move(*event);
        auto thread = Background::start(event_.get(), "test", {50ms, 0ms, count});
        ASSERT_TRUE(thread);
        thread_ = std::move(*thread);
    }

    /// Runs the loop until that many jobs are done.
    void run_until(std::size_t jobs) {
        while (done_.size() < jobs)
            ASSERT_GE(sd_event_run(event_.get(), UINT64_MAX), 0);
    }
    /// A job that takes this much of the processor.
    Background::Job taking(std::chrono::nanoseconds work, int number) {
        return [this, work, number]() -> Background::Completion {
            for (const auto begin = sd::thread_time(); sd::thread_time() - begin < work;) {
            }
            return [this, number] { done_.push_back(number); };
        };
    }

    sd::EventHandle event_;
    std::promise<void> rested_{};
    std::vector<int> done_{};
    std::unique_ptr<Background> thread_;
};

TEST_F(BackgroundTest, JobsAndCompletionsKeepTheirOrder) {
    for (int number = 0; number < 50; ++number)
        thread_->submit(taking(0ns, number));
    run_until(50);

    EXPECT_TRUE(std::ranges::is_sorted(done_));
}

TEST_F(BackgroundTest, MemoryIsGivenBackOnceAfterHardWork) {
    thread_->submit(taking(100ms, 0));
    run_until(1);
    rested_.get_future().wait();

    // What is done next has not been hard: nothing more is given back before it is through.
    for (int number = 1; number < 4; ++number) {
        thread_->submit(taking(0ns, number));
        run_until(static_cast<std::size_t>(number) + 1);
    }
    EXPECT_EQ(given_back, 1);
}

TEST_F(BackgroundTest, EasyWorkGivesNothingBack) {
    for (int number = 0; number < 20; ++number) {
        thread_->submit(taking(0ns, number));
        run_until(static_cast<std::size_t>(number) + 1);
    }

    EXPECT_EQ(given_back, 0);
}

} // namespace
} // namespace wgnl::daemon
