// SPDX-License-Identifier: LGPL-2.1-or-later
// Questions about names, of which each is asked once at a time and answered in time.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sd/loop.hpp"
#include "workers.hpp"

namespace wgnl::resolve {

class Pool {
public:
    using Work = Workers::Work;
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

    /// Questions after one name share one look-up. After the deadline the answer is `timed_out`,
    /// while the thread at work ends by itself.
    void ask(const std::string& name, Done done);

    std::size_t waiting() const { return waiting_; } ///< questions without an answer
    bool works() const { return !queries_.empty(); } ///< a look-up is queued or under way

private:
    struct Asker {
        Done done;
        Boottime deadline;
    };
    using Askers = std::vector<Asker>;

    Pool(Work work, const Limits& limits, UniqueFd ready)
        : limits_(limits), workers_(std::move(work), limits.threads, std::move(ready)) {}
    void deliver();
    void expire();
    void tell(const Askers& askers, const Answer& answer);
    void arm();

    Limits limits_;
    Workers workers_;
    std::unique_ptr<sd::Watch> watch_{};
    std::unique_ptr<sd::Timer> timer_{};
    std::map<std::string, Askers> queries_{}; ///< also those whose askers have all been told
    std::size_t waiting_{0};
};

} // namespace wgnl::resolve
