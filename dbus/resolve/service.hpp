// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl-resolve put together: bus, loop, threads; ends by itself when nobody asks any more.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "pool.hpp"
#include "sd/bus.hpp"
#include "sd/loop.hpp"

namespace wgnl::resolve {

inline constexpr const char* bus_name = "org.wgnl.Resolve1";
inline constexpr const char* object_path = "/org/wgnl/Resolve1";
inline constexpr const char* interface_name = "org.wgnl.Resolve1";

// Beside the bus's own InvalidArgs for what cannot be a name.
inline constexpr const char* no_such_name = "org.wgnl.Resolve1.Error.NoSuchName";
inline constexpr const char* temporary_failure = "org.wgnl.Resolve1.Error.TemporaryFailure";
inline constexpr const char* timed_out = "org.wgnl.Resolve1.Error.TimedOut";

/// The members of org.wgnl.Resolve1; their object is a Service.
const sd_bus_vtable* vtable();

struct Options {
    std::chrono::nanoseconds idle{60'000'000'000}; ///< after this long without a question it ends
    Pool::Limits limits{};
};

class Service {
public:
    /// Connects everything and takes the bus name.
    static Result<std::unique_ptr<Service>> open(const Options& options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Runs until it is idle, or until SIGTERM or SIGINT. The exit status.
    int run();
    /// A look-up that nobody waits for is still under way: it ends with the process.
    bool works() const { return pool_->works(); }

    void resolve(sd_bus_message* call, const std::string& name);

private:
    explicit Service(const Options& options) : options_(options) {}
    Result<void> open_parts();
    Result<void> open_signals();
    Result<void> appear();
    void note_answer();
    void leave();

    Options options_;
    sd::EventHandle event_{};
    sd::BusHandle bus_{};
    std::unique_ptr<sd::Timer> idle_{};
    std::unique_ptr<Pool> pool_{};
    std::vector<std::unique_ptr<sd::SignalWatch>> signals_{};
    bool leaving_{false};
};

} // namespace wgnl::resolve
