// SPDX-License-Identifier: LGPL-2.1-or-later
// One question for all that wait for the same answer.
#include "polkit.hpp"

#include <utility>

#include <fmt/format.h>

#include "bus_errors.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

constexpr const char* polkit_name = "org.freedesktop.PolicyKit1";
constexpr const char* polkit_path = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char* polkit_interface = "org.freedesktop.PolicyKit1.Authority";

bool is_interactive(sd_bus_message* message) {
    return sd_bus_message_get_allow_interactive_authorization(message) > 0;
}

Decision decision_in(sd_bus_message* answer) {
    int authorized = 0;
    if (sd_bus_message_is_method_error(answer, SD_BUS_ERROR_NO_REPLY) > 0 ||
        sd_bus_message_is_method_error(answer, SD_BUS_ERROR_TIMEOUT) > 0)
        return Decision::unanswered;
    if (sd_bus_message_is_method_error(answer, nullptr) > 0 ||
        sd_bus_message_enter_container(answer, 'r', "bba{ss}") < 0 ||
        sd_bus_message_read(answer, "b", &authorized) < 0)
        return Decision::no;
    return authorized != 0 ? Decision::yes : Decision::no;
}

std::chrono::seconds patience(bool interactive) {
    return interactive ? Polkit::interactive_deadline : Polkit::deadline;
}

/// A name for what may be cancelled: by sender and action, as there is one such question.
std::string cancellation_of(const std::string& sender, const std::string& action) {
    return fmt::format("{} {}", sender, action);
}

Result<sd::MessageHandle> question_about(sd_bus* bus, const std::string& sender,
                                         const std::string& action, bool interactive) {
    auto call =
        sd::method_call(bus, polkit_name, polkit_path, polkit_interface, "CheckAuthorization");
    if (!call)
        return call;
    // polkit is started on demand, unlike all else that we ask
    sd_bus_message_set_auto_start(call->get(), 1);
    const auto cancellation = interactive ? cancellation_of(sender, action) : std::string();
    const int result = sd_bus_message_append(call->get(), "(sa{sv})sa{ss}us", "system-bus-name", 1,
                                             "name", "s", sender.c_str(), action.c_str(), 0,
                                             interactive ? 1U : 0U, cancellation.c_str());
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, "ask polkit"));
    return call;
}

/// The password dialog of one who has left goes.
void cancel(sd_bus* bus, const std::string& sender, const std::string& action) {
    const auto call = sd::method_call(bus, polkit_name, polkit_path, polkit_interface,
                                      "CancelCheckAuthorization");
    if (call &&
        sd_bus_message_append(call->get(), "s", cancellation_of(sender, action).c_str()) >= 0 &&
        sd_bus_message_set_expect_reply(call->get(), 0) >= 0)
        sd_bus_send(bus, call->get(), nullptr);
}

} // namespace

std::string_view explain(Decision decision) {
    switch (decision) {
    case Decision::unanswered:
        return ", and polkit, which could allow it, does not answer: see \"systemctl status "
               "polkit\", and try again when it does";
    case Decision::unattended:
        return ", and nobody answered polkit's question for a password in time";
    case Decision::crowded:
        return ", and polkit, which could allow it, is asked so much by this user, or by all, "
               "that it was not asked this: try again later";
    case Decision::yes:
    case Decision::no:
        break;
    }
    return {};
}

std::size_t Polkit::waiting() const {
    std::size_t count = 0;
    for (const auto& [key, question] : questions_)
        count += question.waiting.size();
    return count;
}

bool Polkit::has_room(const Key& key, uid_t user) const {
    std::size_t all = 0;
    std::size_t its = 0;
    for (const auto& [other, question] : questions_) {
        if (other.interactive != key.interactive)
            continue;
        all += question.waiting.size();
        its += question.user == user ? question.waiting.size() : 0;
    }
    return all < (key.interactive ? most_interactive : most_waiting) &&
           its < (key.interactive ? most_interactive_per_user : most_waiting_per_user);
}

void Polkit::ask(const std::string& action, sd_bus_message* message, uid_t user, Decided then) {
    const Key key{sender_of(message), action, is_interactive(message)};
    if (sd::boottime_now() < silent_until_)
        return then(Decision::unanswered);
    if (!has_room(key, user))
        return then(Decision::crowded);
    const auto [place, is_new] = questions_.try_emplace(key);
    auto& question = place->second;
    question.user = user;
    question.waiting.push_back(std::move(then));
    if (is_new && !begin(key, question))
        end(key, Decision::no);
}

/// That a caller which has left before is not noticed costs a deadline, no more.
bool Polkit::begin(const Key& key, Question& question) {
    const auto rule = fmt::format("type='signal',sender='org.freedesktop.DBus',interface='org."
                                  "freedesktop.DBus',member='NameOwnerChanged',arg0='{}',arg2=''",
                                  key.sender);
    if (auto leaving = sd::match(bus_, rule, [this, key](auto*) { drop(key); }))
        question.leaving = std::move(*leaving);
    return send(key, question);
}

bool Polkit::send(const Key& key, Question& question) {
    const auto call = question_about(bus_, key.sender, key.action, key.interactive);
    if (!call)
        return false;
    auto answer = sd::call(
        bus_, call->get(), [this, key](auto* reply) { take(key, reply); },
        patience(key.interactive));
    if (!answer)
        return false;
    ++question.tries;
    question.begun = sd::boottime_now();
    question.answer = std::move(*answer);
    return true;
}

/// Only one who is there and says nothing is silent; and nobody else is kept waiting by a person
/// who types no password.
void Polkit::take(const Key& key, sd_bus_message* reply) {
    auto decision = decision_in(reply);
    auto& question = questions_.at(key);
    const auto now = sd::boottime_now();
    const bool timed_out = now - question.begun >= patience(key.interactive);
    if (decision != Decision::unanswered)
        silent_until_ = {};
    else if (!timed_out && question.tries < most_tries && send(key, question))
        return;
    else if (timed_out && key.interactive) {
        cancel(bus_, key.sender, key.action);
        decision = Decision::unattended;
    } else if (timed_out)
        silent_until_ = now + silence_holds;
    end(key, decision);
}

void Polkit::drop(const Key& key) {
    if (key.interactive)
        cancel(bus_, key.sender, key.action);
    questions_.erase(key);
}

void Polkit::end(const Key& key, Decision decision) {
    const auto ended = questions_.extract(key);
    for (const auto& then : ended.mapped().waiting)
        then(decision);
}

} // namespace wgnl::daemon
