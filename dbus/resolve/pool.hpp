// SPDX-License-Identifier: LGPL-2.1-or-later
// Questions that block, asked by a few threads, so that one that hangs holds up no other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "lookup.hpp"
#include "sd/loop.hpp"

namespace wgnl::resolve {

class Pool {
public:
    /// Runs on one of the threads, and may block.
    using Work = std::function<Answer(const std::string& name)>;
    /// Called once, on the thread of the event loop.
    using Done = std::function<void(const Answer& answer)>;
    struct Limits {
        std::size_t threads{16};
        std::size_t names{4096};                           ///< asked or waiting at a time
        std::chrono::nanoseconds deadline{15'000'000'000}; ///< from asking to answering
    };

    static Result<std::unique_ptr<Pool>> open(sd_event* event, Work work, const Limits& limits);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    /// Waits for the work at hand; drops what waits.
    ~Pool();

    /// Questions after one name share one look-up. After the deadline the answer is `timed_out`,
    /// while the thread at work ends by itself.
    void ask(const std::string& name, Done done);

    std::size_t waiting() const { return waiting_; } ///< questions without an answer
    bool works() const { return !queries_.empty(); } ///< a look-up is queued or under way

private:
    struct Asker {
        Done done;
        std::chrono::nanoseconds deadline;
    };
    using Askers = std::vector<Asker>;

    Pool(Work work, const Limits& limits, UniqueFd bell)
        : work_(std::move(work)), limits_(limits), bell_(std::move(bell)) {}
    void enqueue(const std::string& name);
    void run();
    void deliver();
    void expire();
    bool give_up(const std::string& name);
    void tell(const Askers& askers, const Answer& answer);
    void arm();

    Work work_;
    Limits limits_;
    UniqueFd bell_; ///< eventfd: answers are there
    std::unique_ptr<sd::Watch> watch_;
    std::unique_ptr<sd::Timer> timer_;
    std::map<std::string, Askers> queries_; ///< also those whose askers have all been told
    std::size_t waiting_{0};

    std::mutex mutex_; ///< guards all below but the threads
    std::condition_variable wake_;
    std::deque<std::string> queue_;
    std::vector<std::pair<std::string, Answer>> answers_;
    std::size_t idle_{0};
    bool stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace wgnl::resolve
