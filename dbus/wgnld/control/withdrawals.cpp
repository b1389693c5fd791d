// SPDX-License-Identifier: LGPL-2.1-or-later
// Withdrawals carried out, one job each.
#include "withdrawals.hpp"

#include <algorithm>
#include <utility>

#include "events.hpp"
#include "worker/tasks.hpp"

namespace wgnl::daemon {

void Withdrawals::withdraw(const std::string& device, Done done) {
    jobs_.write(
        [this, device, done = std::move(done)](Worker::Context& context) -> Worker::Completion {
            return [this, device, done, error = withdraw_device(context, device)] {
                log_withdrawn(device, error);
                if (error)
                    failed_.insert(device);
                ended_(device);
                if (done)
                    done(error ? Result<void>(std::unexpected(*error)) : Result<void>());
            };
        });
}

void Withdrawals::withdraw_recorded(Source source, const std::vector<std::string>& keep) {
    auto spared = registry_.devices();
    spared.insert(spared.end(), keep.begin(), keep.end());
    jobs_.write([this, spared, source, keep](Worker::Context& context) -> Worker::Completion {
        auto devices = recorded_devices(context, to_string(source));
        if (!devices)
            return [this, source, keep, error = devices.error()] {
                log_failure("", error);
                unfinished_.insert_or_assign(source, keep);
            };
        std::erase_if(*devices, [&](const std::string& device) {
            return std::ranges::find(spared, device) != spared.end();
        });
        return [this, devices = *devices] {
            for (const auto& device : devices)
                if (!registry_.find(device))
                    withdraw(device, nullptr);
        };
    });
}

void Withdrawals::withdraw_if_recorded(Source source, const std::string& device, Done done) {
    jobs_.write([this, device, done = std::move(done), name = std::string(to_string(source))](
                    Worker::Context& context) -> Worker::Completion {
        const auto devices = recorded_devices(context, name);
        if (!devices)
            return [done, error = devices.error()] { done(std::unexpected(error)); };
        const bool recorded = std::ranges::find(*devices, device) != devices->end();
        return [this, device, done, recorded] {
            if (recorded && !registry_.find(device))
                return withdraw(device, done);
            done(fail(Errc::not_found, "withdraw " + device, "you have not declared it"));
        };
    });
}

void Withdrawals::try_again() {
    for (const auto& [source, keep] : std::exchange(unfinished_, {}))
        withdraw_recorded(source, keep);
    for (const auto& device : std::exchange(failed_, {}))
        if (!registry_.find(device))
            withdraw(device, nullptr);
}

} // namespace wgnl::daemon
