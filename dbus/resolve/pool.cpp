// SPDX-License-Identifier: LGPL-2.1-or-later
// A queue of names in, answers out through an eventfd, a timer for those who wait too long.
#include "pool.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/eventfd.h>

namespace wgnl::resolve {

Result<std::unique_ptr<Pool>> Pool::open(sd_event* event, Work work, const Limits& limits) {
    UniqueFd bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell)
        return std::unexpected(Error::from_errno(errno, "open an eventfd"));
    std::unique_ptr<Pool> pool(new Pool(std::move(work), limits, std::move(bell)));
    auto watch = sd::Watch::open(event, pool->bell_.get(), [p = pool.get()] { p->deliver(); });
    if (!watch)
        return std::unexpected(watch.error());
    auto timer = sd::Timer::open(event, [p = pool.get()] { p->expire(); });
    if (!timer)
        return std::unexpected(timer.error());
    pool->watch_ = std::move(*watch);
    pool->timer_ = std::move(*timer);
    return pool;
}

Pool::~Pool() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

void Pool::ask(const std::string& name, Done done) {
    if (!queries_.contains(name)) {
        if (queries_.size() >= limits_.names)
            return done({Outcome::temporary_failure, {}, "too many names are being asked for"});
        enqueue(name);
    }
    queries_[name].push_back({std::move(done), sd::boottime_now() + limits_.deadline});
    ++waiting_;
    arm();
}

void Pool::enqueue(const std::string& name) {
    bool is_busy = false;
    {
        const std::lock_guard guard(mutex_);
        queue_.push_back(name);
        is_busy = idle_ < queue_.size();
    }
    if (is_busy && threads_.size() < limits_.threads)
        threads_.emplace_back([this] { run(); });
    wake_.notify_one();
}

void Pool::run() {
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
        eventfd_write(bell_.get(), 1);
    }
}

void Pool::deliver() {
    eventfd_t count = 0;
    eventfd_read(bell_.get(), &count);
    std::vector<std::pair<std::string, Answer>> answers;
    {
        const std::lock_guard guard(mutex_);
        answers.swap(answers_);
    }
    for (const auto& [name, answer] : answers)
        if (auto query = queries_.extract(name))
            tell(query.mapped(), answer);
    arm();
}

void Pool::tell(const Askers& askers, const Answer& answer) {
    waiting_ -= askers.size();
    for (const auto& asker : askers)
        asker.done(answer);
}

void Pool::expire() {
    const auto now = sd::boottime_now();
    Askers late;
    for (auto query = queries_.begin(); query != queries_.end();) {
        auto& askers = query->second;
        const auto first = std::ranges::stable_partition(
            askers, [now](const Asker& asker) { return asker.deadline > now; });
        late.insert(late.end(), first.begin(), first.end());
        askers.erase(first.begin(), first.end());
        query = askers.empty() && give_up(query->first) ? queries_.erase(query) : std::next(query);
    }
    tell(late, {Outcome::timed_out, {}, "no answer in time"});
    arm();
}

/// Nobody waits for this name any more: false if a thread is at it already.
bool Pool::give_up(const std::string& name) {
    const std::lock_guard guard(mutex_);
    return std::erase(queue_, name) > 0;
}

void Pool::arm() {
    auto next = std::chrono::nanoseconds::max();
    for (const auto& [name, askers] : queries_)
        for (const auto& asker : askers)
            next = std::min(next, asker.deadline);
    if (next == std::chrono::nanoseconds::max())
        timer_->disarm();
    else
        timer_->arm(next);
}

} // namespace wgnl::resolve
