// SPDX-License-Identifier: LGPL-2.1-or-later
// Questions from the bus, answers to it, and an end that loses no question.
#include "service.hpp"

#include <cerrno>
#include <csignal>

#include <fmt/format.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "sd/journal.hpp"
#include "sd/start.hpp"

namespace wgnl::resolve {

namespace {

const char* error_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::no_such_name:
        return no_such_name;
    case Outcome::timed_out:
        return timed_out;
    default:
        return temporary_failure;
    }
}

int append(sd_bus_message* reply, const HostAddress& found) {
    const int family = found.address.family() == Family::ipv4 ? AF_INET : AF_INET6;
    const auto bytes = found.address.bytes();
    int result = sd_bus_message_open_container(reply, 'r', "iayu");
    if (result >= 0)
        result = sd_bus_message_append(reply, "i", family);
    if (result >= 0)
        result = sd_bus_message_append_array(reply, 'y', bytes.data(), bytes.size());
    if (result >= 0)
        result = sd_bus_message_append(reply, "u", found.scope_id);
    return result < 0 ? result : sd_bus_message_close_container(reply);
}

int reply_with(sd_bus_message* call, const std::vector<HostAddress>& addresses) {
    sd_bus_message* made = nullptr;
    int result = sd_bus_message_new_method_return(call, &made);
    const sd::MessageHandle reply(made);
    if (result >= 0)
        result = sd_bus_message_open_container(made, 'a', "(iayu)");
    for (const auto& address : addresses)
        if (result >= 0)
            result = append(made, address);
    if (result >= 0)
        result = sd_bus_message_close_container(made);
    return result < 0 ? result : sd_bus_send(nullptr, made, nullptr);
}

int reply_with(sd_bus_message* call, const char* error, const std::string& text) {
    sd_bus_error made = SD_BUS_ERROR_NULL;
    sd_bus_error_set(&made, error, text.c_str());
    const int result = sd_bus_reply_method_error(call, &made);
    sd_bus_error_free(&made);
    return result;
}

/// One that asked and went away needs no answer.
void answer_call(sd_bus_message* call, const Answer& answer) {
    if (answer.outcome == Outcome::found)
        reply_with(call, answer.addresses);
    else
        reply_with(call, error_of(answer.outcome), answer.text);
}

int on_resolve(sd_bus_message* call, void* self, sd_bus_error* error) noexcept {
    const char* name = nullptr;
    if (const int result = sd_bus_message_read(call, "s", &name); result < 0)
        return result;
    if (const auto usable = check_name(name); !usable)
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, usable.error().detail().c_str());
    static_cast<Service*>(self)->resolve(call, name);
    return 1;
}

const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Resolve", SD_BUS_ARGS("s", name), SD_BUS_RESULT("a(iayu)", addresses),
                            on_resolve, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

} // namespace

const sd_bus_vtable* vtable() { return table; }

Result<std::unique_ptr<Service>> Service::open(const Options& options) {
    sd::block_signals({SIGTERM, SIGINT});
    std::unique_ptr<Service> service(new Service(options));
    auto opened = service->open_parts();
    if (opened)
        opened = service->open_signals();
    if (opened)
        opened = service->appear();
    if (!opened)
        return std::unexpected(opened.error());
    return service;
}

Result<void> Service::open_parts() {
    auto opened = sd::keep(sd::open_event(), event_);
    if (opened)
        opened = sd::keep(sd::open_system_bus(event_.get()), bus_);
    if (opened)
        opened = sd::keep(sd::Timer::open(event_.get(), [this] { leave(); }), idle_);
    if (opened)
        opened = sd::keep(Pool::open(event_.get(), look_up, options_.limits), pool_);
    return opened;
}

Result<void> Service::open_signals() {
    for (const int signal : {SIGTERM, SIGINT}) {
        auto opened = sd::keep(
            sd::SignalWatch::open(event_.get(), signal, [this] { sd_event_exit(event_.get(), 0); }),
            signals_.emplace_back());
        if (!opened)
            return opened;
    }
    return {};
}

Result<void> Service::appear() {
    int result =
        sd_bus_add_object_vtable(bus_.get(), nullptr, object_path, interface_name, table, this);
    if (result >= 0)
        result = sd_bus_request_name(bus_.get(), bus_name, 0);
    if (result < 0)
        return std::unexpected(
            Error::from_errno(-result, fmt::format("own the name {}", bus_name)));
    idle_->arm(sd::boottime_now() + options_.idle);
    return {};
}

int Service::run() {
    sd_notify(0, "READY=1");
    const int result = sd_event_loop(event_.get());
    if (result < 0)
        sd::log({.priority = sd::Priority::error,
                 .text = Error::from_errno(-result, "run the event loop").to_string()});
    return result < 0 ? 1 : result;
}

void Service::resolve(sd_bus_message* call, const std::string& name) {
    idle_->disarm();
    const std::shared_ptr<sd_bus_message> kept(sd_bus_message_ref(call), sd_bus_message_unref);
    pool_->ask(name, [this, kept](const Answer& answer) {
        answer_call(kept.get(), answer);
        note_answer();
    });
}

void Service::note_answer() {
    if (pool_->waiting() > 0)
        return;
    if (leaving_)
        sd_event_exit(event_.get(), 0);
    else
        idle_->arm(sd::boottime_now() + options_.idle);
}

/// Whoever asks from now on has a new process started; what has arrived already is answered first.
void Service::leave() {
    leaving_ = true;
    sd_notify(0, "STOPPING=1");
    sd_bus_release_name(bus_.get(), bus_name);
    while (sd_bus_process(bus_.get(), nullptr) > 0)
        ;
    if (pool_->waiting() == 0)
        sd_event_exit(event_.get(), 0);
}

} // namespace wgnl::resolve
