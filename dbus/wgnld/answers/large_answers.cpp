// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose large answer is written next.
#include "large_answers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bus_errors.hpp"
#include "sd/start.hpp"

namespace wgnl::daemon {

namespace {

constexpr uid_t root = 0;
/// Messages that wait in the connection: as long as there are so many, nothing large is added.
constexpr std::uint64_t most_queued = 32;
constexpr std::chrono::nanoseconds look_again = std::chrono::milliseconds(20);

} // namespace

Result<std::unique_ptr<LargeAnswers>> LargeAnswers::open(sd_bus* bus, sd_event* event,
                                                         Authority& authority, Backlog& backlog) {
    std::unique_ptr<LargeAnswers> made(new LargeAnswers(bus, authority, backlog));
    auto* self = made.get();
    auto opened = sd::keep(sd::DeferredCall::open(event, [self] { self->work(); }), made->turn_);
    if (opened)
        opened = sd::keep(sd::Timer::open(event, [self] { self->work(); }), made->timer_);
    if (!opened)
        return std::unexpected(opened.error());
    backlog.on_room([self] {
        if (!self->waiting_.empty())
            self->turn_->arm();
    });
    return made;
}

void LargeAnswers::add(const SharedMessage& message, LargeAnswer answer) {
    authority_.identify(message.get(),
                        [this, message, answer = std::move(answer)](const Result<Caller>& caller) {
                            if (caller)
                                enqueue(message, caller->uid, answer);
                            else
                                reply_error(message.get(), caller.error());
                        });
}

bool LargeAnswers::has_place(const std::string& connection, uid_t user) const {
    std::size_t of_connection = 0;
    std::size_t of_user = 0;
    for (const auto& one : waiting_) {
        of_connection += one.connection == connection ? 1 : 0;
        of_user += one.user == user ? 1 : 0;
    }
    return of_connection < most_of_connection && of_user < most_of_user &&
           (user == root || waiting_.size() < most);
}

void LargeAnswers::enqueue(const SharedMessage& message, uid_t user, LargeAnswer answer) {
    const auto connection = sender_of(message.get());
    if (!has_place(connection, user))
        return reply_error(
            message.get(), limits_exceeded,
            fmt::format("{} large answers of a connection, {} of a user can wait, and as many do: "
                        "read their answers, then ask again",
                        most_of_connection, most_of_user));
    waiting_.push_back(
        {message, connection, user, std::move(answer), sd::boottime_now() + patience});
    if (!writing_)
        work();
}

void LargeAnswers::work() {
    if (writing_)
        return go_on();
    give_up(sd::boottime_now());
    begin_next();
}

/// They came in this order, so the first has waited longest.
void LargeAnswers::give_up(Boottime now) {
    while (!waiting_.empty() && waiting_.front().until <= now) {
        const auto one = std::move(waiting_.front());
        waiting_.pop_front();
        reply_error(one.message.get(), limits_exceeded,
                    backlog_.describe(one.connection, one.user) +
                        ", or too much is asked for at a time: read the answers, then ask again");
    }
}

bool LargeAnswers::is_resting(uid_t user, Boottime now) {
    const auto found = resting_.find(user);
    if (found == resting_.end())
        return false;
    if (found->second > now)
        return true;
    resting_.erase(found);
    return false;
}

bool LargeAnswers::may_begin(const Waiting& waiting) {
    if (backlog_.has_room(waiting.connection, waiting.user, waiting.answer.weight))
        return true;
    backlog_.look_again(waiting.connection, waiting.user);
    return false;
}

/// Of those who may, the first of another user than the last, else the first.
std::optional<LargeAnswers::Queue::iterator> LargeAnswers::next(Boottime now) {
    std::optional<Queue::iterator> first;
    std::map<std::string, bool> tried; // one answer of a connection is like the other
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
        if ((first && at->user == served_) || is_resting(at->user, now) ||
            tried.contains(at->connection))
            continue;
        tried[at->connection] = true;
        if (!may_begin(*at))
            continue;
        if (at->user != served_)
            return at;
        first = at;
    }
    return first;
}

void LargeAnswers::begin_next() {
    const auto now = sd::boottime_now();
    std::uint64_t queued = 0;
    if (waiting_.empty())
        return timer_->disarm();
    const bool busy = sd_bus_get_n_queued_write(bus_, &queued) >= 0 && queued >= most_queued;
    const auto found = busy ? std::nullopt : next(now);
    if (!found)
        return timer_->arm(now + look_again);
    auto who = std::move(**found);
    waiting_.erase(*found);
    served_ = who.user;
    auto step = who.answer.begin();
    writing_.emplace(Writing{std::move(who), std::move(step)});
    turn_->arm();
}

void LargeAnswers::go_on() {
    const auto before = sd::thread_time();
    const bool done = writing_->step();
    writing_->cost += sd::thread_time() - before;
    turn_->arm();
    if (!done)
        return;
    const auto ended = std::move(*std::exchange(writing_, std::nullopt));
    backlog_.sent(ended.who.connection, ended.who.user, ended.who.answer.weight);
    if (ended.who.user != root)
        resting_[ended.who.user] = sd::boottime_now() + std::min<std::chrono::nanoseconds>(
                                                            ended.cost * rest, longest_rest);
}

} // namespace wgnl::daemon
