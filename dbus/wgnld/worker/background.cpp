// SPDX-License-Identifier: LGPL-2.1-or-later
// Jobs in through an eventfd and a timer, completions out through another eventfd.
#include "background.hpp"

#include <array>
#include <cerrno>

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

namespace wgnl::daemon {

void Rest::give_memory_back() { malloc_trim(0); }

Result<std::unique_ptr<Background>> Background::start(sd_event* event, const char* name,
                                                      const Rest& rest) {
    UniqueFd bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    UniqueFd door(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    UniqueFd alarm(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!bell || !door || !alarm)
        return std::unexpected(Error::from_errno(errno, "open an eventfd"));
    std::unique_ptr<Background> thread(
        new Background(std::move(bell), std::move(door), std::move(alarm), rest));
    auto watch = sd::Watch::open(event, thread->bell_.get(), [t = thread.get()] { t->deliver(); });
    if (!watch)
        return std::unexpected(watch.error());
    thread->watch_ = std::move(*watch);
    thread->thread_ = std::thread([t = thread.get(), name] { t->run(name); });
    return thread;
}

Background::~Background() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    eventfd_write(door_.get(), 1);
    if (thread_.joinable())
        thread_.join();
}

void Background::submit(Job job) {
    {
        const std::lock_guard guard(mutex_);
        jobs_.push_back(std::move(job));
    }
    eventfd_write(door_.get(), 1);
}

void Background::submit_at(Boottime when, Job job) {
    const std::lock_guard guard(mutex_);
    delayed_.emplace(when, std::move(job));
    set_alarm();
}

/// With the mutex held: both threads set it.
void Background::set_alarm() {
    itimerspec at{};
    if (!delayed_.empty()) {
        const auto first = delayed_.begin()->first.time_since_epoch().count();
        at.it_value = {first / std::nano::den, first % std::nano::den};
    }
    timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

std::optional<Background::Job> Background::next() {
    const std::lock_guard guard(mutex_);
    if (!delayed_.empty() && delayed_.begin()->first <= sd::boottime_now()) {
        jobs_.push_back(std::move(delayed_.extract(delayed_.begin()).mapped()));
        set_alarm();
    }
    if (jobs_.empty() || stopping_)
        return std::nullopt;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

bool Background::is_stopping() {
    const std::lock_guard guard(mutex_);
    return stopping_;
}

void Background::wait() {
    std::array<pollfd, 2> sources{
        {{.fd = door_.get(), .events = POLLIN}, {.fd = alarm_.get(), .events = POLLIN}}};
    const int limit = tired_ ? static_cast<int>(rest_.after.count()) : -1;
    if (poll(sources.data(), sources.size(), limit) == 0) {
        rest_.give_back();
        tired_ = false;
    }
    for (const auto& source : sources) {
        std::uint64_t count = 0; // both kinds are read alike, and neither ever blocks
        if (source.revents != 0)
            eventfd_read(source.fd, &count);
    }
}

void Background::work() {
    const auto begin = sd::thread_time();
    while (auto job = next())
        finish((*job)());
    tired_ = tired_ || sd::thread_time() - begin >= rest_.hard_work;
}

void Background::run(const char* name) {
    prctl(PR_SET_NAME, name);
    while (!is_stopping()) {
        work();
        if (!is_stopping())
            wait();
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
