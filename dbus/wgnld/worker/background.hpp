// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread behind a queue: what would hold up the bus is done there.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

/// Once a thread that worked hard rests, the memory that was freed is given back to the system: the
/// allocator keeps it otherwise, more than twice as much as the peers of a device need.
struct Rest {
    /// Of the processor, at a stretch; what is done for a few peers takes less.
    std::chrono::nanoseconds hard_work{std::chrono::milliseconds(20)};
    std::chrono::milliseconds after{std::chrono::seconds(10)};
    void (*give_back)(){give_memory_back};

    static void give_memory_back();
};

class Background {
public:
    /// Runs on the thread of the loop once the job is done; carries no secrets in the open.
    using Completion = std::function<void()>;
    using Job = std::function<Completion()>;

    /// `name`, at most 15 bytes, is for people who look at the threads.
    static Result<std::unique_ptr<Background>> start(sd_event* event, const char* name,
                                                     const Rest& rest = {});
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    /// Finishes the job at hand, and drops what is queued.
    ~Background();

    /// Jobs run one after the other, in this order; so do their completions.
    void submit(Job job);
    /// Runs the job at `when` (CLOCK_BOOTTIME) or soon after. Nothing wakes up before.
    void submit_at(Boottime when, Job job);

private:
    Background(UniqueFd bell, UniqueFd door, UniqueFd alarm, const Rest& rest)
        : bell_(std::move(bell)), door_(std::move(door)), alarm_(std::move(alarm)), rest_(rest) {}
    void run(const char* name);
    void work();
    void wait();
    std::optional<Job> next();
    bool is_stopping();
    void set_alarm();
    void finish(Completion completion);
    void deliver();

    UniqueFd bell_;  ///< eventfd: completions are waiting
    UniqueFd door_;  ///< eventfd: jobs are
    UniqueFd alarm_; ///< timerfd: a delayed job is due
    std::unique_ptr<sd::Watch> watch_;
    std::mutex mutex_;
    std::deque<Job> jobs_;
    std::multimap<Boottime, Job> delayed_;
    std::vector<Completion> done_;
    bool stopping_{false};
    Rest rest_;
    bool tired_{false}; ///< it worked hard, and has given no memory back since; the thread's own
    std::thread thread_;
};

} // namespace wgnl::daemon
