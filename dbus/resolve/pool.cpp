// SPDX-License-Identifier: LGPL-2.1-or-later
// One look-up for all who ask for a name, a timer for those who wait too long.
#include "pool.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <sys/eventfd.h>

namespace wgnl::resolve {

Result<std::unique_ptr<Pool>> Pool::open(sd_event* event, Work work, const Limits& limits) {
    UniqueFd ready(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!ready)
        return std::unexpected(Error::from_errno(errno, "open an eventfd"));
    std::unique_ptr<Pool> pool(new Pool(std::move(work), limits, std::move(ready)));
    auto watch = sd::Watch::open(event, pool->workers_.ready(), [p = pool.get()] { p->deliver(); });
    if (!watch)
        return std::unexpected(watch.error());
    auto timer = sd::Timer::open(event, [p = pool.get()] { p->expire(); });
    if (!timer)
        return std::unexpected(timer.error());
    pool->watch_ = std::move(*watch);
    pool->timer_ = std::move(*timer);
    return pool;
}

void Pool::ask(const std::string& name, Done done) {
    if (!queries_.contains(name)) {
        if (queries_.size() >= limits_.names)
            return done({Outcome::temporary_failure, {}, "too many names are being asked for"});
        workers_.enqueue(name);
    }
    queries_[name].push_back({std::move(done), sd::boottime_now() + limits_.deadline});
    ++waiting_;
    arm();
}

void Pool::deliver() {
    for (const auto& [name, answer] : workers_.take())
        if (auto query = queries_.extract(name))
            tell(query.mapped(), answer);
    arm();
}

void Pool::tell(const Askers& askers, const Answer& answer) {
    waiting_ -= askers.size();
    for (const auto& asker : askers)
        asker.done(answer);
}

void Pool::expire() {
    const auto now = sd::boottime_now();
    Askers late;
    for (auto query = queries_.begin(); query != queries_.end();) {
        auto& askers = query->second;
        const auto first = std::ranges::stable_partition(
            askers, [now](const Asker& asker) { return asker.deadline > now; });
        late.insert(late.end(), first.begin(), first.end());
        askers.erase(first.begin(), first.end());
        const bool unwanted = askers.empty() && workers_.give_up(query->first);
        query = unwanted ? queries_.erase(query) : std::next(query);
    }
    tell(late, {Outcome::timed_out, {}, "no answer in time"});
    arm();
}

void Pool::arm() {
    std::optional<Boottime> next;
    for (const auto& [name, askers] : queries_)
        for (const auto& asker : askers)
            next = std::min(next.value_or(asker.deadline), asker.deadline);
    if (next)
        timer_->arm(*next);
    else
        timer_->disarm();
}

} // namespace wgnl::resolve
