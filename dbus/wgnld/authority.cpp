// SPDX-License-Identifier: LGPL-2.1-or-later
// Callers identified and judged.
#include "authority.hpp"

#include <algorithm>
#include <span>

#include <grp.h>
#include <pwd.h>

namespace wgnl::daemon {

namespace {

constexpr std::uint64_t group_mask =
    SD_BUS_CREDS_EGID | SD_BUS_CREDS_SUPPLEMENTARY_GIDS | SD_BUS_CREDS_PID | SD_BUS_CREDS_AUGMENT;

/// User and group ids come from the bus daemon; what has to be read from /proc (AUGMENT) is asked
/// for apart, because a machine that does not have it must not keep everybody out.
int query(sd_bus_message* message, std::uint64_t mask, sd::CredsHandle& creds) {
    sd_bus_creds* queried = nullptr;
    const int result = sd_bus_query_sender_creds(message, mask, &queried);
    creds.reset(queried);
    return result;
}

/// Empty where there are no units.
std::string unit_of(sd_bus_message* message) {
    sd::CredsHandle creds;
    const char* unit = nullptr;
    if (query(message, SD_BUS_CREDS_UNIT | SD_BUS_CREDS_PID | SD_BUS_CREDS_AUGMENT, creds) < 0 ||
        sd_bus_creds_get_unit(creds.get(), &unit) < 0)
        return {};
    return unit;
}

bool is_member(sd_bus_creds* creds, gid_t group) {
    gid_t primary{};
    if (sd_bus_creds_get_egid(creds, &primary) >= 0 && primary == group)
        return true;
    const gid_t* groups = nullptr;
    const int count = sd_bus_creds_get_supplementary_gids(creds, &groups);
    const std::span all(groups, count > 0 ? static_cast<std::size_t>(count) : 0);
    return std::ranges::find(all, group) != all.end();
}

bool is_authorized(sd_bus_message* answer) {
    int authorized = 0;
    if (sd_bus_message_is_method_error(answer, nullptr) ||
        sd_bus_message_enter_container(answer, 'r', "bba{ss}") < 0 ||
        sd_bus_message_read(answer, "b", &authorized) < 0)
        return false;
    return authorized != 0;
}

/// Makes room for one more: what is forgotten is asked again.
template <typename Map> void make_room(Map& map) {
    if (map.size() >= Authority::most_remembered)
        map.clear();
}

std::string sender_of(sd_bus_message* message) {
    const char* sender = sd_bus_message_get_sender(message);
    return sender ? sender : "";
}

} // namespace

Trust Trust::of_this_system() {
    Trust trust;
    if (const auto* user = getpwnam("systemd-network"))
        trust.networkd = user->pw_uid;
    if (const auto* group = getgrnam("wgnl"))
        trust.readers = group->gr_gid;
    return trust;
}

std::optional<Source> source_of(const Caller& caller, const Trust& trust) {
    if (trust.networkd && caller.uid == *trust.networkd)
        return Source::networkd;
    if (caller.uid != 0)
        return std::nullopt;
    return caller.unit == "wgnl-nm.service" ? Source::network_manager : Source::command;
}

bool may_inspect(const Caller& caller) { return caller.uid == 0 || caller.in_readers; }

Result<Caller> Authority::identify(sd_bus_message* message) {
    const auto sender = sender_of(message);
    if (const auto known = callers_.find(sender); known != callers_.end())
        return known->second;
    auto caller = query_caller(message);
    if (caller) {
        make_room(callers_);
        callers_.emplace(sender, *caller);
    }
    return caller;
}

Result<Caller> Authority::query_caller(sd_bus_message* message) const {
    sd::CredsHandle creds;
    Caller caller;
    int result = query(message, SD_BUS_CREDS_EUID | SD_BUS_CREDS_EGID, creds);
    if (result >= 0)
        result = sd_bus_creds_get_euid(creds.get(), &caller.uid);
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, "identify the caller"));
    if (caller.uid == 0)
        caller.unit = unit_of(message);
    else if (trust_.readers && query(message, group_mask, creds) >= 0)
        caller.in_readers = is_member(creds.get(), *trust_.readers);
    return caller;
}

Result<sd::MessageHandle> Authority::question(const std::string& action,
                                              sd_bus_message* message) const {
    auto call =
        sd::method_call(bus_, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                        "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
    if (!call)
        return call;
    // polkit is started on demand, unlike all else that we ask
    sd_bus_message_set_auto_start(call->get(), 1);
    const bool interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0;
    const int result = sd_bus_message_append(call->get(), "(sa{sv})sa{ss}us", "system-bus-name", 1,
                                             "name", "s", sd_bus_message_get_sender(message),
                                             action.c_str(), 0, interactive ? 1U : 0U, "");
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, "ask polkit"));
    return call;
}

void Authority::ask_polkit(const std::string& action, sd_bus_message* message,
                           std::function<void(bool)> answer) {
    auto call = question(action, message);
    if (!call || asking_ >= most_questions)
        return answer(false);
    ++asking_;
    const auto read = [this, answer](sd_bus_message* reply) {
        --asking_;
        answer(is_authorized(reply));
    };
    if (questions_.send(bus_, call->get(), read) < 0) {
        --asking_;
        answer(false);
    }
}

std::optional<bool> Authority::remembered(const std::string& sender) const {
    const auto found = verdicts_.find(sender);
    if (found == verdicts_.end() || found->second.until < sd::boottime_now())
        return std::nullopt;
    return found->second.yes;
}

void Authority::remember(const std::string& sender, bool yes) {
    make_room(verdicts_);
    verdicts_[sender] = {yes, sd::boottime_now() + (yes ? yes_holds : no_holds)};
}

bool Authority::may_inspect(sd_bus_message* message) {
    const auto caller = identify(message);
    if (!caller)
        return false;
    return daemon::may_inspect(*caller) || remembered(sender_of(message)).value_or(false);
}

void Authority::ask_to_inspect(sd_bus_message* message, std::function<void(bool)> answer) {
    if (may_inspect(message))
        return answer(true);
    const bool interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0;
    if (!interactive && remembered(sender_of(message)))
        return answer(false);
    ask_polkit(inspect_action, message, [this, sender = sender_of(message), answer](bool yes) {
        remember(sender, yes);
        answer(yes);
    });
}

} // namespace wgnl::daemon
