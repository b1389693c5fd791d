// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread behind a queue: what would hold up the bus is done there.
#pragma once

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

class Background {
public:
    /// Runs on the thread of the loop once the job is done; carries no secrets in the open.
    using Completion = std::function<void()>;
    using Job = std::function<Completion()>;

    /// `name`, at most 15 bytes, is for people who look at the threads.
    static Result<std::unique_ptr<Background>> start(sd_event* event, const char* name);
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    /// Finishes the job at hand, and drops what is queued.
    ~Background();

    /// Jobs run one after the other, in this order; so do their completions.
    void submit(Job job);
    /// Runs the job at `when` (CLOCK_BOOTTIME) or soon after. Nothing wakes up before.
    void submit_at(Boottime when, Job job);

private:
    Background(UniqueFd bell, UniqueFd door, UniqueFd alarm)
        : bell_(std::move(bell)), door_(std::move(door)), alarm_(std::move(alarm)) {}
    void run(const char* name);
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
    std::thread thread_;
};

} // namespace wgnl::daemon
