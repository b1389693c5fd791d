// SPDX-License-Identifier: LGPL-2.1-or-later
// A queue of names in, answers out through an eventfd.
#include "workers.hpp"

#include <sys/eventfd.h>

namespace wgnl::resolve {

Workers::~Workers() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

void Workers::enqueue(const std::string& name) {
    bool is_busy = false;
    {
        const std::lock_guard guard(mutex_);
        queue_.push_back(name);
        is_busy = idle_ < queue_.size();
    }
    if (is_busy && threads_.size() < most_)
        threads_.emplace_back([this] { run(); });
    wake_.notify_one();
}

bool Workers::give_up(const std::string& name) {
    const std::lock_guard guard(mutex_);
    return std::erase(queue_, name) > 0;
}

Workers::Answers Workers::take() {
    eventfd_t count = 0;
    eventfd_read(ready_.get(), &count);
    const std::lock_guard guard(mutex_);
    return std::exchange(answers_, {});
}

void Workers::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        --idle_;
        if (stopping_)
            return;
        const auto name = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        auto answer = work_(name);
        lock.lock();
        answers_.emplace_back(name, std::move(answer));
        eventfd_write(ready_.get(), 1);
    }
}

} // namespace wgnl::resolve
