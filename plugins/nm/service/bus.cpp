// SPDX-License-Identifier: LGPL-2.1-or-later
// The callbacks that C calls: no exception leaves them.
#include "nm/service/bus.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/sent_declarations.hpp"

namespace wgnl::nm {
namespace {

/// "name: text", without GDBus's own wrapping.
std::string words_of(GError* error) {
    const TextPtr name(g_dbus_error_get_remote_error(error));
    if (!name)
        return error->message;
    g_dbus_error_strip_remote_error(error);
    return fmt::format("{}: {}", name.get(), error->message);
}

struct PendingCall {
    std::string operation;
    Calls::Answered answered;
};

void on_answer(GObject* bus, GAsyncResult* result, gpointer data) noexcept {
    std::unique_ptr<PendingCall> pending(static_cast<PendingCall*>(data));
    ErrorSlot error;
    VariantPtr value(g_dbus_connection_call_with_unix_fd_list_finish(G_DBUS_CONNECTION(bus),
                                                                     nullptr, result, error.out()));
    if (value)
        return pending->answered(std::move(value));
    auto* const why = error.get();
    if (g_error_matches(why, G_IO_ERROR, G_IO_ERROR_CANCELLED) != 0)
        return;
    const bool is_late = g_error_matches(why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) != 0;
    pending->answered(
        fail(Errc::system, pending->operation, words_of(why), is_late ? ETIMEDOUT : 0));
}

void on_signal(GDBusConnection*, const char*, const char* path, const char*, const char* member,
               GVariant* arguments, gpointer handler) noexcept {
    (*static_cast<Subscription::Handler*>(handler))({path, member, arguments});
}

bool is_forged(GDBusMessage* message) {
    return g_dbus_message_get_message_type(message) == G_DBUS_MESSAGE_TYPE_SIGNAL &&
           g_dbus_message_get_destination(message) != nullptr &&
           view(g_dbus_message_get_sender(message)) != "org.freedesktop.DBus";
}

/// On GDBus's thread.
GDBusMessage* pass_on(GDBusConnection*, GDBusMessage* message, gboolean is_incoming,
                      gpointer) noexcept {
    if (is_incoming == FALSE || !is_forged(message))
        return message;
    g_object_unref(message);
    return nullptr;
}

void on_appeared(GDBusConnection*, const char*, const char*, gpointer changed) noexcept {
    (*static_cast<NameWatch::Changed*>(changed))(true);
}

void on_vanished(GDBusConnection*, const char*, gpointer changed) noexcept {
    (*static_cast<NameWatch::Changed*>(changed))(false);
}

template <typename T> void destroy(gpointer thing) noexcept { delete static_cast<T*>(thing); }

} // namespace

void ignore_forged_signals(GDBusConnection* bus) {
    g_dbus_connection_add_filter(bus, pass_on, nullptr, nullptr);
}

Result<ObjectPtr<GDBusConnection>> open_system_bus() {
    ErrorSlot error;
    ObjectPtr<GDBusConnection> bus(g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, error.out()));
    if (!bus)
        return fail(Errc::system, "connect to the system bus", error.text());
    g_dbus_connection_set_exit_on_close(bus.get(), 0);
    ignore_forged_signals(bus.get());
    return bus;
}

bool has_name(const Error& error, std::string_view name) {
    return error.detail().starts_with(std::string(name) + ":");
}

bool went_unanswered(const Error& error) {
    return error.errnum() == ETIMEDOUT || has_name(error, adapter::no_reply_error);
}

void overwrite_received(GDBusConnection* bus, GVariant* secret) {
    // On the wire a value has no more than twice the bytes, and some for the head.
    const std::vector<std::uint8_t> zeros(2 * g_variant_get_size(secret) + 4096);
    g_dbus_connection_emit_signal(
        bus, g_dbus_connection_get_unique_name(bus), "/", "org.wgnl.Overwrite", "Zeros",
        g_variant_new("(@ay)", g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, zeros.data(),
                                                         zeros.size(), sizeof(std::uint8_t))),
        nullptr);
}

Calls::Calls(GDBusConnection* bus) : bus_(bus), cancelled_(g_cancellable_new()) {}

Calls::~Calls() { g_cancellable_cancel(cancelled_.get()); }

void Calls::call(const Method& method, GVariant* arguments, Answered answered, int timeout,
                 GUnixFDList* descriptors) {
    auto pending = std::make_unique<PendingCall>(PendingCall{
        fmt::format("call {} of {}", method.member, method.service), std::move(answered)});
    g_dbus_connection_call_with_unix_fd_list(
        bus_, method.service, method.path, method.interface, method.member, arguments,
        method.answer == nullptr ? nullptr : G_VARIANT_TYPE(method.answer), method.flags, timeout,
        descriptors, cancelled_.get(), on_answer, pending.release());
}

Subscription::Subscription(GDBusConnection* bus, const SignalMatch& match, Handler handler)
    : bus_(bus),
      id_(g_dbus_connection_signal_subscribe(
          bus, match.sender, match.interface, match.member, match.path, match.first_argument,
          G_DBUS_SIGNAL_FLAGS_NONE, on_signal, new Handler(std::move(handler)), destroy<Handler>)) {
}

NameWatch::NameWatch(GDBusConnection* bus, const char* name, Changed changed)
    : id_(g_bus_watch_name_on_connection(bus, name, G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared,
                                         on_vanished, new Changed(std::move(changed)),
                                         destroy<Changed>)) {}

void Timer::arm(unsigned milliseconds) {
    if (id_ == 0)
        id_ = g_timeout_add(milliseconds, on_due, this);
}

void Timer::disarm() {
    if (id_ != 0)
        g_source_remove(std::exchange(id_, 0));
}

gboolean Timer::on_due(gpointer self) noexcept {
    auto* timer = static_cast<Timer*>(self);
    timer->id_ = 0;
    timer->due_();
    return G_SOURCE_REMOVE;
}

} // namespace wgnl::nm
