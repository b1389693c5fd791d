// SPDX-License-Identifier: LGPL-2.1-or-later
// The one thread that talks to the kernel, behind a queue; the bus thread never waits for it.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>

#include "background.hpp"

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
    using Completion = Background::Completion;
    using Job = std::function<Completion(Context&)>;

    static Result<std::unique_ptr<Worker>> start(sd_event* event, Context context) {
        auto thread = Background::start(event, "wgnl-worker");
        if (!thread)
            return std::unexpected(thread.error());
        return std::unique_ptr<Worker>(new Worker(std::move(context), std::move(*thread)));
    }

    /// Jobs run one after the other, in this order. What is queued when this is destroyed is
    /// dropped.
    void submit(Job job) {
        thread_->submit([this, job = std::move(job)] { return job(context_); });
    }
    /// Runs the job at `when` (CLOCK_BOOTTIME) or soon after. Nothing wakes up before.
    void submit_at(Boottime when, Job job) {
        thread_->submit_at(when, [this, job = std::move(job)] { return job(context_); });
    }

private:
    Worker(Context context, std::unique_ptr<Background> thread)
        : context_(std::move(context)), thread_(std::move(thread)) {}

    Context context_;
    std::unique_ptr<Background> thread_; ///< destroyed first: it uses the context
};

} // namespace wgnl::daemon
