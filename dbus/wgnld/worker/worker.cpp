// SPDX-License-Identifier: LGPL-2.1-or-later
// The context of the jobs, lent to each in turn.
#include "worker.hpp"

namespace wgnl::daemon {

Result<std::unique_ptr<Worker>> Worker::start(sd_event* event, Context context) {
    auto thread = Background::start(event, "wgnl-worker");
    if (!thread)
        return std::unexpected(thread.error());
    return std::unique_ptr<Worker>(new Worker(std::move(context), std::move(*thread)));
}

void Worker::submit(Job job) {
    thread_->submit([this, job = std::move(job)] { return job(context_); });
}

void Worker::submit_at(std::chrono::nanoseconds when, Job job) {
    thread_->submit_at(when, [this, job = std::move(job)] { return job(context_); });
}

} // namespace wgnl::daemon
