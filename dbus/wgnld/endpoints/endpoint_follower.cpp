// SPDX-License-Identifier: LGPL-2.1-or-later
// One question after the other, and what follows from the answers.
#include "endpoint_follower.hpp"

#include <utility>

#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

/// Answers come one by one: this long they are gathered.
constexpr std::chrono::nanoseconds answers_gather = std::chrono::milliseconds(20);

} // namespace

void EndpointFollower::declare(const Declaration& declaration,
                               std::span<const std::size_t> places) {
    names_.declare(declaration, places);
}

void EndpointFollower::forget(const std::string& device) { names_.forget(device); }

void EndpointFollower::set_edited(const std::string& device, const std::vector<PublicKey>& peers) {
    names_.set_edited(device, peers);
}

std::unordered_map<std::string, Endpoint> EndpointFollower::resolved(const std::string& device,
                                                                     Boottime now) const {
    return names_.resolved(device, now);
}

void EndpointFollower::network_changed(Boottime now) { names_.network_changed(now); }

void EndpointFollower::resumed(Boottime now) { names_.resumed(now); }

NameNews EndpointFollower::update(const DeviceModel& model, bool may_move, Boottime now) {
    const auto& device = model.name();
    if (!names_.watches(device))
        return {};
    names_.look(model, now);
    NameNews news{.resolved = names_.take_resolved(device)};
    if (may_move && !news.resolved)
        if (auto moves = names_.moves(model, now); !moves.empty())
            move_(device, std::move(moves));
    news.problems = names_.take_problems(device);
    return news;
}

void EndpointFollower::ask(Boottime now) {
    answers_wait_ = false;
    names_.gather(now);
    ask_next();
}

void EndpointFollower::ask_next() {
    if (asking_)
        return; // an answer that came before its question returned: the loop below goes on
    asking_ = true;
    while (const auto host = names_.next_question())
        resolver_.resolve(*host, [this, host = *host](const NameAnswer& answer) {
            const auto now = sd::boottime_now();
            names_.answer(host, answer, now);
            ask_next();
            if (!std::exchange(answers_wait_, true))
                wake_(now + answers_gather);
        });
    asking_ = false;
}

} // namespace wgnl::daemon
