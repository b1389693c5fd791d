// SPDX-License-Identifier: LGPL-2.1-or-later
// A few threads that ask what blocks, so that one that hangs holds up no other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "lookup.hpp"

namespace wgnl::resolve {

class Workers {
public:
    /// Runs on one of the threads, and may block.
    using Work = std::function<Answer(const std::string& name)>;
    using Answers = std::vector<std::pair<std::string, Answer>>;

    /// `ready` is an eventfd.
    Workers(Work work, std::size_t most, UniqueFd ready)
        : work_(std::move(work)), most_(most), ready_(std::move(ready)) {}
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    /// Waits for the work at hand; drops what waits.
    ~Workers();

    void enqueue(const std::string& name);
    /// False if a thread is at it already.
    bool give_up(const std::string& name);
    /// Readable as soon as take() has something.
    int ready() const { return ready_.get(); }
    Answers take();

private:
    void run();

    Work work_;
    std::size_t most_; ///< threads
    UniqueFd ready_;
    std::mutex mutex_; ///< guards all below but the threads
    std::condition_variable wake_;
    std::deque<std::string> queue_;
    Answers answers_;
    std::size_t idle_{0};
    bool stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace wgnl::resolve
