// SPDX-License-Identifier: LGPL-2.1-or-later
// The event loop of a daemon: descriptors, timers and signals with C++ callbacks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include <systemd/sd-event.h>

#include "handle.hpp"

#include <wgnl/error.hpp>
#include <wgnl/state.hpp>

namespace wgnl::sd {

inline Boottime boottime_now() { return BoottimeClock::now(); }
/// Nanoseconds since the epoch on CLOCK_REALTIME.
std::chrono::nanoseconds realtime_now();
/// Processor time that the calling thread has used, its system calls included.
std::chrono::nanoseconds thread_time();

/// Calls back whenever a descriptor is readable, until it is destroyed. Does not own the
/// descriptor.
class Watch {
public:
    static Result<std::unique_ptr<Watch>> open(sd_event* event, int fd,
                                               std::function<void()> readable);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Whether it calls back; what became readable meanwhile is told later.
    void enable(bool enabled);

private:
    explicit Watch(std::function<void()> readable) : readable_(std::move(readable)) {}
    static int dispatch(sd_event_source* source, int fd, unsigned events, void* self) noexcept;
    std::function<void()> readable_;
    SourceHandle source_;
};

/// A one-shot timer on CLOCK_BOOTTIME; arming it again moves it.
class Timer {
public:
    static Result<std::unique_ptr<Timer>> open(sd_event* event, std::function<void()> due);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Due at `at`; at once if that is past.
    void arm(Boottime at);
    void disarm();

private:
    explicit Timer(std::function<void()> due) : due_(std::move(due)) {}
    static int dispatch(sd_event_source* source, std::uint64_t usec, void* self) noexcept;
    std::function<void()> due_;
    SourceHandle source_;
};

/// Calls back once, in the next turn of the loop, whenever it is armed: long work is cut into
/// turns, and whatever else is waiting comes in between.
class DeferredCall {
public:
    static Result<std::unique_ptr<DeferredCall>> open(sd_event* event, std::function<void()> work);
    DeferredCall(const DeferredCall&) = delete;
    DeferredCall& operator=(const DeferredCall&) = delete;

    void arm();
    void disarm();

private:
    explicit DeferredCall(std::function<void()> work) : work_(std::move(work)) {}
    static int dispatch(sd_event_source* source, std::uint64_t usec, void* self) noexcept;
    std::function<void()> work_;
    SourceHandle source_;
};

/// Calls back when something is created in, deleted from, or moved into or out of a folder.
class FolderWatch {
public:
    static Result<std::unique_ptr<FolderWatch>>
    open(sd_event* event, const char* folder, std::function<void(std::string_view name)> changed);
    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;

private:
    explicit FolderWatch(std::function<void(std::string_view)> changed)
        : changed_(std::move(changed)) {}
    static int dispatch(sd_event_source* source, const inotify_event* event, void* self) noexcept;
    std::function<void(std::string_view)> changed_;
    SourceHandle source_;
};

/// Calls back on a signal, which must have been blocked in every thread before.
class SignalWatch {
public:
    static Result<std::unique_ptr<SignalWatch>> open(sd_event* event, int signal,
                                                     std::function<void()> caught);
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    explicit SignalWatch(std::function<void()> caught) : caught_(std::move(caught)) {}
    static int dispatch(sd_event_source* source, const signalfd_siginfo* info, void* self) noexcept;
    std::function<void()> caught_;
    SourceHandle source_;
};

Result<EventHandle> open_event();

} // namespace wgnl::sd
