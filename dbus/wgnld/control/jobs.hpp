// SPDX-License-Identifier: LGPL-2.1-or-later
// What is given to the worker thread: readings, and all else, as that peers are pointed elsewhere.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <wgnl/state.hpp>

#include "endpoints/endpoint_names.hpp"
#include "worker/worker.hpp"

namespace wgnl::daemon {

class Jobs {
public:
    /// `worker` outlives it.
    explicit Jobs(Worker& worker) : worker_(worker) {}
    Jobs(Jobs&&) = delete;

    /// A reading, at that time; at once if it is past.
    void read(Boottime at, Boottime now, Worker::Job job) {
        if (at > now)
            worker_.submit_at(at, std::move(job));
        else
            worker_.submit(std::move(job));
    }
    /// What is no reading: nobody waits for counters behind it.
    void write(Worker::Job job) {
        ++writes_;
        worker_.submit(
            [this, job = std::move(job)](Worker::Context& context) -> Worker::Completion {
                return [this, done = job(context)] {
                    --writes_;
                    done();
                };
            });
    }
    /// Something else than readings is queued or under way.
    bool writing() const { return writes_ > 0; }

private:
    Worker& worker_;
    std::size_t writes_{0};
};

/// `done` is called once it was tried, whatever came of it.
void move_endpoints(Jobs& jobs, const std::string& device, std::vector<EndpointMove> moves,
                    std::function<void()> done);

} // namespace wgnl::daemon
