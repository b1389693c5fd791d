// SPDX-License-Identifier: LGPL-2.1-or-later
// The one thread that talks to the kernel, behind a queue; the bus thread never waits for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>

#include "sd/loop.hpp"

namespace wgnl::daemon {

class Worker {
public:
    /// What belongs to the worker thread alone.
    struct Context {
        Client client;
        RecordStore store;
        bool allow_wide_routes{false}; ///< AllowDefaultRoute=
    };
    /// Runs on the bus thread once the job is done; carries no secrets.
    using Completion = std::function<void()>;
    using Job = std::function<Completion(Context&)>;

    static Result<std::unique_ptr<Worker>> start(sd_event* event, Context context);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    /// Finishes the job at hand, and drops what is queued.
    ~Worker();

    /// Jobs run one after the other, in this order.
    void submit(Job job);

private:
    Worker(Context context, sd::Fd bell) : context_(std::move(context)), bell_(std::move(bell)) {}
    void run();
    void finish(Completion completion);
    void deliver();

    Context context_;
    sd::Fd bell_; ///< eventfd: completions are waiting
    std::unique_ptr<sd::Watch> watch_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    std::vector<Completion> done_;
    bool stopping_{false};
    std::thread thread_;
};

} // namespace wgnl::daemon
