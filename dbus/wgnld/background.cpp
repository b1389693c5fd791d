// SPDX-License-Identifier: LGPL-2.1-or-later
// A queue in, completions out through an eventfd.
#include "background.hpp"

#include <cerrno>

#include <sys/eventfd.h>

namespace wgnl::daemon {

Result<std::unique_ptr<Background>> Background::start(sd_event* event) {
    sd::Fd bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell)
        return std::unexpected(Error::from_errno(errno, "open an eventfd"));
    std::unique_ptr<Background> thread(new Background(std::move(bell)));
    auto watch = sd::Watch::open(event, thread->bell_.get(), [t = thread.get()] { t->deliver(); });
    if (!watch)
        return std::unexpected(watch.error());
    thread->watch_ = std::move(*watch);
    thread->thread_ = std::thread([t = thread.get()] { t->run(); });
    return thread;
}

Background::~Background() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void Background::submit(Job job) {
    {
        const std::lock_guard guard(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void Background::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_)
            return;
        const auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        finish(job());
    }
}

void Background::finish(Completion completion) {
    {
        const std::lock_guard guard(mutex_);
        done_.push_back(std::move(completion));
    }
    eventfd_write(bell_.get(), 1);
}

void Background::deliver() {
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
