// SPDX-License-Identifier: LGPL-2.1-or-later
// Debts of those who were answered, until the bus says that they have read.
#include "backlog.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace wgnl::daemon {

namespace {

constexpr uid_t root = 0;

double in_mebibytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(Backlog::mebibyte);
}

} // namespace

std::uint64_t Backlog::of_user(uid_t user) const {
    const auto found = users_.find(user);
    return found == users_.end() ? 0 : found->second;
}

bool Backlog::has_room(const std::string& connection, uid_t user, std::uint64_t weight) const {
    const auto fits = [weight](std::uint64_t owed, std::uint64_t most) {
        return owed == 0 || owed + weight <= most;
    };
    const auto found = debts_.find(connection);
    if (found != debts_.end() && !fits(found->second.large, most_of_connection))
        return false;
    if (user == root)
        return fits(of_user(root), most_of_root);
    return fits(of_user(user), most_of_user) && fits(others_, most_of_others);
}

void Backlog::set_large(Debt& debt, std::uint64_t large) {
    const auto difference = large - debt.large; // modulo 2^64, as is what it is added to
    debt.large = large;
    auto& sum = users_[debt.user];
    sum += difference;
    if (debt.user != root)
        others_ += difference;
    if (sum == 0)
        users_.erase(debt.user);
}

Backlog::Debt& Backlog::debt(const std::string& connection) {
    const auto found = debts_.find(connection);
    if (found != debts_.end())
        return found->second;
    make_room();
    auto& made = debts_[connection];
    made.since = clock_();
    return made;
}

/// What is forgotten is little: nobody would be asked about it yet.
void Backlog::make_room() {
    if (debts_.size() >= most_remembered)
        std::erase_if(debts_, [](const auto& entry) {
            return entry.second.large == 0 && entry.second.few < ask_from && !entry.second.asking;
        });
}

void Backlog::sent(const std::string& connection, uid_t user, std::uint64_t weight) {
    auto& its = debt(connection);
    if (its.large == 0)
        its.user = user;
    set_large(its, its.large + weight);
}

void Backlog::look_again(const std::string& connection, uid_t user) {
    if (const auto found = debts_.find(connection); found != debts_.end())
        ask(connection, found->second);
    const auto now = clock_();
    auto& not_before = user == root ? root_not_before_ : others_not_before_;
    if (now < not_before)
        return;
    not_before = now + first_pause;
    std::vector<std::string> who; // answers that come at once change the map
    for (const auto& [name, its] : debts_)
        if (its.large > 0 && (its.user == root) == (user == root))
            who.push_back(name);
    for (const auto& name : who)
        if (const auto found = debts_.find(name); found != debts_.end())
            ask(name, found->second);
}

void Backlog::ask(const std::string& connection, Debt& debt) {
    if (debt.asking || clock_() < debt.not_before)
        return;
    debt.asking = true;
    debt.large_asked = debt.large;
    debt.few_asked = debt.few;
    ask_(connection, [this, name = connection](Reported reported) { take(name, reported); });
}

void Backlog::take(const std::string& connection, Reported reported) {
    const auto found = debts_.find(connection);
    if (found == debts_.end())
        return;
    auto& its = found->second;
    const auto before = its.large + its.few;
    its.asking = false;
    if (reported.how == Reported::How::known)
        settle(its, reported.bytes);
    else if (reported.how == Reported::How::unknown)
        fade(its);
    const bool better = its.large + its.few < before;
    its.pause =
        better ? std::chrono::nanoseconds{} : std::clamp(its.pause * 2, first_pause, longest_pause);
    its.not_before = clock_() + its.pause;
    if (its.large + its.few == 0)
        debts_.erase(found);
    if (better)
        for (const auto& listener : listeners_)
            listener();
}

/// What was sent after the question was asked is not in its answer.
void Backlog::settle(Debt& debt, std::uint64_t waiting) {
    set_large(debt, std::min(debt.large_asked, waiting) + debt.large - debt.large_asked);
    debt.few = std::min(debt.few_asked, waiting * overrated) + debt.few - debt.few_asked;
    debt.since = clock_();
}

void Backlog::fade(Debt& debt) {
    using std::chrono::minutes;
    const auto now = clock_();
    const auto elapsed = std::min<std::chrono::nanoseconds>(now - debt.since, minutes(10));
    const auto read =
        static_cast<std::uint64_t>(static_cast<double>(read_in_a_minute) *
                                   std::chrono::duration<double, std::ratio<60>>(elapsed).count());
    set_large(debt, debt.large - std::min(debt.large, read));
    debt.few = 0;
    debt.since = now;
}

Backlog::Attention Backlog::called(const std::string& connection, std::uint64_t weight) {
    auto& its = debt(connection);
    if (its.few >= ask_from)
        ask(connection, its);
    const auto found = debts_.find(connection); // an answer may have come at once
    if (found == debts_.end())
        return Attention::full;
    auto& few = found->second.few;
    if (few >= ignore_from)
        return Attention::none;
    few += weight;
    return few > refuse_from ? Attention::refuses : Attention::full;
}

void Backlog::add_small(const std::string& connection, std::uint64_t weight) {
    debt(connection).few += weight;
}

std::string Backlog::describe(const std::string& connection, uid_t user) const {
    const auto found = debts_.find(connection);
    const auto its = found == debts_.end() ? 0 : found->second.large + found->second.few;
    return fmt::format("{:.1f} MiB that were sent to this connection, and {:.1f} MiB to all of "
                       "its user, are not read yet",
                       in_mebibytes(its), in_mebibytes(of_user(user)));
}

} // namespace wgnl::daemon
