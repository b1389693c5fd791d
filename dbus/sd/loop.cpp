// SPDX-License-Identifier: LGPL-2.1-or-later
// Descriptors, timers, turns and signals over sd-event.
#include "loop.hpp"

#include <ctime>

#include <sys/epoll.h>
#include <sys/inotify.h>

namespace wgnl::sd {

namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

template <typename T>
Result<std::unique_ptr<T>> opened(std::unique_ptr<T> object, int result, const char* operation) {
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, operation));
    return object;
}

} // namespace

std::chrono::nanoseconds realtime_now() { return read_clock(CLOCK_REALTIME); }
std::chrono::nanoseconds thread_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

Result<std::unique_ptr<Watch>> Watch::open(sd_event* event, int fd,
                                           std::function<void()> readable) {
    std::unique_ptr<Watch> watch(new Watch(std::move(readable)));
    sd_event_source* source = nullptr;
    const int result = sd_event_add_io(event, &source, fd, EPOLLIN, dispatch, watch.get());
    watch->source_.reset(source);
    return opened(std::move(watch), result, "watch a file descriptor");
}

int Watch::dispatch(sd_event_source*, int, unsigned, void* self) noexcept {
    static_cast<Watch*>(self)->readable_();
    return 0;
}

void Watch::enable(bool enabled) {
    sd_event_source_set_enabled(source_.get(), enabled ? SD_EVENT_ON : SD_EVENT_OFF);
}

Result<std::unique_ptr<Timer>> Timer::open(sd_event* event, std::function<void()> due) {
    std::unique_ptr<Timer> timer(new Timer(std::move(due)));
    sd_event_source* source = nullptr;
    // Any accuracy but the finest makes sd-event sleep a moment for what is due already.
    constexpr std::uint64_t accuracy = 1;
    int result =
        sd_event_add_time(event, &source, CLOCK_BOOTTIME, 0, accuracy, dispatch, timer.get());
    timer->source_.reset(source);
    if (result >= 0)
        result = sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return opened(std::move(timer), result, "open a timer");
}

void Timer::arm(Boottime at) {
    using std::chrono::microseconds;
    const auto usec = std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
    sd_event_source_set_time(source_.get(), usec > 0 ? static_cast<std::uint64_t>(usec) : 0);
    sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT);
}

void Timer::disarm() { sd_event_source_set_enabled(source_.get(), SD_EVENT_OFF); }

int Timer::dispatch(sd_event_source*, std::uint64_t, void* self) noexcept {
    static_cast<Timer*>(self)->due_();
    return 0;
}

Result<std::unique_ptr<DeferredCall>> DeferredCall::open(sd_event* event,
                                                         std::function<void()> work) {
    std::unique_ptr<DeferredCall> turn(new DeferredCall(std::move(work)));
    sd_event_source* source = nullptr;
    // A deferred source would never lose its place in the queue, and keep all others waiting.
    int result = sd_event_add_time(event, &source, CLOCK_BOOTTIME, 0, 1, dispatch, turn.get());
    turn->source_.reset(source);
    if (result >= 0)
        result = sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return opened(std::move(turn), result, "cut work into turns");
}

void DeferredCall::arm() {
    sd_event_source_set_time(source_.get(), 0);
    sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT);
}

void DeferredCall::disarm() { sd_event_source_set_enabled(source_.get(), SD_EVENT_OFF); }

int DeferredCall::dispatch(sd_event_source*, std::uint64_t, void* self) noexcept {
    static_cast<DeferredCall*>(self)->work_();
    return 0;
}

Result<std::unique_ptr<FolderWatch>>
FolderWatch::open(sd_event* event, const char* folder,
                  std::function<void(std::string_view)> changed) {
    constexpr std::uint32_t mask =
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR;
    std::unique_ptr<FolderWatch> watch(new FolderWatch(std::move(changed)));
    sd_event_source* source = nullptr;
    const int result = sd_event_add_inotify(event, &source, folder, mask, dispatch, watch.get());
    watch->source_.reset(source);
    return opened(std::move(watch), result, "watch a folder");
}

int FolderWatch::dispatch(sd_event_source*, const inotify_event* event, void* self) noexcept {
    static_cast<FolderWatch*>(self)->changed_(event->len > 0 ? event->name : "");
    return 0;
}

Result<std::unique_ptr<SignalWatch>> SignalWatch::open(sd_event* event, int signal,
                                                       std::function<void()> caught) {
    std::unique_ptr<SignalWatch> watch(new SignalWatch(std::move(caught)));
    sd_event_source* source = nullptr;
    const int result = sd_event_add_signal(event, &source, signal, dispatch, watch.get());
    watch->source_.reset(source);
    return opened(std::move(watch), result, "watch a signal");
}

int SignalWatch::dispatch(sd_event_source*, const signalfd_siginfo*, void* self) noexcept {
    static_cast<SignalWatch*>(self)->caught_();
    return 0;
}

Result<EventHandle> open_event() {
    sd_event* event = nullptr;
    const int result = sd_event_new(&event);
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, "open the event loop"));
    return EventHandle(event);
}

} // namespace wgnl::sd
