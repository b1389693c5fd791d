// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread behind a queue: what would hold up the bus is done there.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sd/loop.hpp"

namespace wgnl::daemon {

class Background {
public:
    /// Runs on the thread of the loop once the job is done; carries no secrets in the open.
    using Completion = std::function<void()>;
    using Job = std::function<Completion()>;

    static Result<std::unique_ptr<Background>> start(sd_event* event);
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    /// Finishes the job at hand, and drops what is queued.
    ~Background();

    /// Jobs run one after the other, in this order; so do their completions.
    void submit(Job job);

private:
    explicit Background(sd::Fd bell) : bell_(std::move(bell)) {}
    void run();
    void finish(Completion completion);
    void deliver();

    sd::Fd bell_; ///< eventfd: completions are waiting
    std::unique_ptr<sd::Watch> watch_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    std::vector<Completion> done_;
    bool stopping_{false};
    std::thread thread_;
};

} // namespace wgnl::daemon
