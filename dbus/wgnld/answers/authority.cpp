// SPDX-License-Identifier: LGPL-2.1-or-later
// Callers identified and judged.
#include "authority.hpp"

#include <algorithm>
#include <utility>

#include <grp.h>
#include <pwd.h>

#include "bus_errors.hpp"

namespace wgnl::daemon {

namespace {

constexpr const char* bus_daemon = "org.freedesktop.DBus";

/// Those whose user has been forgotten meanwhile count together.
constexpr auto nobody_known = static_cast<uid_t>(-1);

/// What the bus daemon says of a connection.
struct Credentials {
    std::optional<std::uint32_t> uid{};
    std::optional<std::uint32_t> pid{};
    std::vector<std::uint32_t> groups{};
};

int read_number(sd_bus_message* message, std::optional<std::uint32_t>& number) {
    std::uint32_t read = 0;
    const int result = sd_bus_message_read(message, "v", "u", &read);
    if (result > 0)
        number = read;
    return result;
}

int read_groups(sd_bus_message* message, std::vector<std::uint32_t>& groups) {
    int result = sd_bus_message_enter_container(message, 'v', "au");
    if (result > 0)
        result = sd_bus_message_enter_container(message, 'a', "u");
    for (std::uint32_t group = 0; result > 0 && sd_bus_message_read(message, "u", &group) > 0;)
        groups.push_back(group);
    if (result > 0)
        result = sd_bus_message_exit_container(message);
    return result < 0 ? result : sd_bus_message_exit_container(message);
}

int read_credential(sd_bus_message* message, Credentials& credentials) {
    const char* name = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &name); r < 0)
        return r;
    const std::string_view known(name);
    if (known == "UnixUserID")
        return read_number(message, credentials.uid);
    if (known == "ProcessID")
        return read_number(message, credentials.pid);
    if (known == "UnixGroupIDs")
        return read_groups(message, credentials.groups);
    return sd_bus_message_skip(message, "v");
}

int read_credentials(sd_bus_message* message, Credentials& credentials) {
    int result = sd_bus_message_enter_container(message, 'a', "{sv}");
    while (result >= 0 && sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        result = read_credential(message, credentials);
        if (result >= 0)
            result = sd_bus_message_exit_container(message);
    }
    return result;
}

/// The system unit in a path of systemd's objects; empty if there is none.
std::string unit_in(sd_bus_message* answer) {
    const char* path = nullptr;
    if (sd_bus_message_is_method_error(answer, nullptr) > 0 ||
        sd_bus_message_read(answer, "o", &path) < 0)
        return {};
    const auto labels = sd::decode_path(path, "/org/freedesktop/systemd1/unit/%", 1);
    return labels.empty() ? std::string() : labels[0];
}

/// Whether nobody answered.
bool is_lost(sd_bus_message* answer) {
    return sd_bus_message_is_method_error(answer, SD_BUS_ERROR_NO_REPLY) > 0 ||
           sd_bus_message_is_method_error(answer, SD_BUS_ERROR_TIMEOUT) > 0;
}

template <typename Value> Result<sd::MessageHandle> with_argument(const char* type, Value value,
                                                                  Result<sd::MessageHandle> call) {
    if (call && sd_bus_message_append(call->get(), type, value) < 0)
        return fail(Errc::system, "ask about a caller", "there is no memory");
    return call;
}

/// Makes room for one more: what is forgotten is asked again.
template <typename Map> void make_room(Map& map) {
    if (map.size() >= Authority::most_remembered)
        map.clear();
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

bool may_inspect(const Caller& caller, const Viewers& viewers) {
    return caller.uid == 0 || caller.in_readers ||
           std::ranges::find(viewers, caller.uid) != viewers.end();
}

void Authority::identify(sd_bus_message* message, Identified then) {
    const auto sender = sender_of(message);
    if (const auto known = callers_.find(sender); known != callers_.end())
        return then(known->second);
    auto& others = waiting_[sender];
    if (others.size() >= most_unidentified)
        return then(fail(Errc::interrupted, "identify the caller",
                         "as many of its calls as can wait are waiting; try again later"));
    others.push_back(std::move(then));
    if (others.size() > 1)
        return;
    const auto ask = [this, sender] {
        return with_argument("s", sender.c_str(),
                             sd::method_call(bus_, bus_daemon, "/org/freedesktop/DBus", bus_daemon,
                                             "GetConnectionCredentials"));
    };
    ask_about(sender, ask, [this, sender](sd_bus_message* reply) {
        const auto caller = read_caller(reply);
        if (caller && caller->uid == 0 && caller->pid != 0)
            ask_unit(sender, *caller);
        else
            take_caller(sender, caller);
    });
}

/// /proc would tell as well, and is closed to us; where there is no systemd there are no units.
void Authority::ask_unit(const std::string& sender, const Caller& caller) {
    const auto ask = [this, pid = caller.pid] {
        return with_argument("u", pid,
                             sd::method_call(bus_, "org.freedesktop.systemd1",
                                             "/org/freedesktop/systemd1",
                                             "org.freedesktop.systemd1.Manager", "GetUnitByPID"));
    };
    ask_about(sender, ask, [this, sender, caller](sd_bus_message* reply) {
        auto known = caller;
        known.unit = unit_in(reply);
        take_caller(sender, known);
    });
}

/// dbus-daemon drops what it has for a connection whose queue is full, its own answers too, and
/// tells nobody: whoever floods us would have others refused.
void Authority::ask_about(const std::string& sender, const Ask& ask,
                          const sd::Callback::Function& read, unsigned tries) {
    const auto unknown = [this, sender](const char* why) {
        take_caller(sender, fail(Errc::interrupted, "identify the caller", why));
    };
    const auto take = [this, sender, ask, read, tries, unknown](sd_bus_message* reply) {
        if (!is_lost(reply))
            read(reply);
        else if (tries + 1 < most_tries)
            ask_about(sender, ask, read, tries + 1);
        else
            unknown("the bus does not say who it is; try again later");
    };
    const auto call = ask();
    if (!call || questions_.send(bus_, call->get(), take, first_deadline * (1U << tries)) < 0)
        unknown("the bus cannot be asked");
}

void Authority::take_caller(const std::string& sender, const Result<Caller>& caller) {
    if (caller) {
        make_room(callers_);
        callers_.emplace(sender, *caller);
    }
    const auto waiting = waiting_.extract(sender);
    for (const auto& then : waiting.mapped())
        then(caller);
}

Result<Caller> Authority::read_caller(sd_bus_message* reply) const {
    Credentials credentials;
    if (sd_bus_message_is_method_error(reply, nullptr) > 0 ||
        read_credentials(reply, credentials) < 0 || !credentials.uid)
        return fail(Errc::permission_denied, "identify the caller",
                    "the bus does not know who it is");
    Caller caller{.uid = *credentials.uid, .pid = credentials.pid.value_or(0)};
    caller.in_readers = trust_.readers && std::ranges::find(credentials.groups, *trust_.readers) !=
                                              credentials.groups.end();
    return caller;
}

void Authority::ask_polkit(const std::string& action, sd_bus_message* message,
                           Polkit::Decided answer) {
    const auto known = callers_.find(sender_of(message));
    const auto user = known == callers_.end() ? nobody_known : known->second.uid;
    polkit_.ask(action, message, user, std::move(answer));
}

std::optional<bool> Authority::remembered(const std::string& sender) const {
    const auto found = decisions_.find(sender);
    if (found == decisions_.end() || found->second.until < sd::boottime_now())
        return std::nullopt;
    return found->second.yes;
}

void Authority::remember(const std::string& sender, bool yes) {
    make_room(decisions_);
    decisions_[sender] = {yes, sd::boottime_now() + (yes ? yes_holds : no_holds)};
}

bool Authority::may_inspect(sd_bus_message* message, const Viewers& viewers) const {
    const auto sender = sender_of(message);
    const auto known = callers_.find(sender);
    return known != callers_.end() &&
           (daemon::may_inspect(known->second, viewers) || remembered(sender).value_or(false));
}

void Authority::ask_to_inspect(sd_bus_message* message, Viewers viewers, Polkit::Decided answer) {
    identify(message, [this, kept = share(message), viewers = std::move(viewers),
                       answer = std::move(answer)](const Result<Caller>& caller) {
        if (!caller)
            return answer(Decision::no);
        ask_about_inspecting(kept.get(), viewers, answer);
    });
}

/// What polkit did not decide is not remembered.
void Authority::ask_about_inspecting(sd_bus_message* message, const Viewers& viewers,
                                     const Polkit::Decided& answer) {
    if (may_inspect(message, viewers))
        return answer(Decision::yes);
    const bool interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0;
    if (!interactive && remembered(sender_of(message)))
        return answer(Decision::no);
    ask_polkit(inspect_action, message,
               [this, sender = sender_of(message), answer](Decision decision) {
                   if (decision == Decision::yes || decision == Decision::no)
                       remember(sender, decision == Decision::yes);
                   answer(decision);
               });
}

} // namespace wgnl::daemon
