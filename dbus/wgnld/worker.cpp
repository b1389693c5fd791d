// SPDX-License-Identifier: LGPL-2.1-or-later
// A queue in, completions out through an eventfd.
#include "worker.hpp"

#include <cerrno>

#include <sys/eventfd.h>

namespace wgnl::daemon {

Result<std::unique_ptr<Worker>> Worker::start(sd_event* event, Context context) {
    sd::Fd bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell)
        return std::unexpected(Error::from_errno(errno, "open an eventfd"));
    std::unique_ptr<Worker> worker(new Worker(std::move(context), std::move(bell)));
    auto watch = sd::Watch::open(event, worker->bell_.get(), [w = worker.get()] { w->deliver(); });
    if (!watch)
        return std::unexpected(watch.error());
    worker->watch_ = std::move(*watch);
    worker->thread_ = std::thread([w = worker.get()] { w->run(); });
    return worker;
}

Worker::~Worker() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void Worker::submit(Job job) {
    {
        const std::lock_guard guard(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void Worker::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_)
            return;
        const auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        finish(job(context_));
    }
}

void Worker::finish(Completion completion) {
    {
        const std::lock_guard guard(mutex_);
        done_.push_back(std::move(completion));
    }
    eventfd_write(bell_.get(), 1);
}

void Worker::deliver() {
    eventfd_t count = 0;
    eventfd_read(bell_.get(), &count);
    std::vector<Completion> done;
    {
        const std::lock_guard guard(mutex_);
        done.swap(done_);
    }
    for (const auto& completion : done)
        completion();
}

} // namespace wgnl::daemon
