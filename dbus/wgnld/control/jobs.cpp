// SPDX-License-Identifier: LGPL-2.1-or-later
// Endpoints that are to be set, handed to the worker.
#include "jobs.hpp"

#include <algorithm>
#include <utility>

#include "events.hpp"
#include "worker/tasks.hpp"

namespace wgnl::daemon {

void move_endpoints(Jobs& jobs, const std::string& device, std::vector<EndpointMove> moves,
                    std::function<void()> done) {
    jobs.write([device, moves = std::move(moves),
                done = std::move(done)](Worker::Context& context) -> Worker::Completion {
        return [device, moves, done, moved = move_endpoints(context, device, moves)] {
            const auto is_public = [&moves](const PublicKey& key) {
                return std::ranges::find(moves, key, &EndpointMove::peer) != moves.end();
            };
            if (!moved)
                log_failure(device, moved.error(), is_public);
            else
                for (const auto& one : *moved)
                    log_moved(device, one);
            done();
        };
    });
}

} // namespace wgnl::daemon
