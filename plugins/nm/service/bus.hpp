// SPDX-License-Identifier: LGPL-2.1-or-later
// GDBus with owners: calls, subscriptions and watches that end with whoever made them, and timers.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include <wgnl/error.hpp>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {

/// Has the connection pass over signals that somebody addresses to it alone, but for those of the
/// bus itself: unlike those of broadcasts, their senders are compared with a match by newer
/// releases of GDBus only.
void ignore_forged_signals(GDBusConnection* bus);

/// The system bus; no forged signal is believed on it, see ignore_forged_signals(). Losing it ends
/// nothing by itself: whoever opens it listens for "closed".
Result<ObjectPtr<GDBusConnection>> open_system_bus();

/// GDBus keeps what it received last in a buffer that it never clears. This sends zeros to
/// ourselves over the bus, more than `secret` has, so that they take its place.
void overwrite_received(GDBusConnection* bus, GVariant* secret);

/// A method of an object of a service.
struct Method {
    const char* service;
    const char* path;
    const char* interface;
    const char* member;
    GDBusCallFlags flags{G_DBUS_CALL_FLAGS_NONE};
    const char* answer{}; ///< type of what it returns: anything else is an error; null: any
};

/// Whether a call failed with the error of that name.
bool has_name(const Error& error, std::string_view name);

/// Whether a call failed for want of an answer, and so may well succeed when it is made again.
bool went_unanswered(const Error& error);

/// Calls that are under way. Those that are not answered when it goes are never answered.
class Calls {
public:
    using Answered = std::function<void(Result<VariantPtr>)>;

    explicit Calls(GDBusConnection* bus);
    Calls(const Calls&) = delete;
    Calls& operator=(const Calls&) = delete;
    ~Calls();

    /// Takes `arguments` if it floats. `timeout` in milliseconds. An error's detail begins with the
    /// error's name on the bus.
    void call(const Method& method, GVariant* arguments, Answered answered, int timeout,
              GUnixFDList* descriptors = nullptr);

private:
    GDBusConnection* bus_;
    ObjectPtr<GCancellable> cancelled_;
};

/// Which signals are wanted; null: any.
struct SignalMatch {
    const char* sender;
    const char* path{};
    const char* interface{};
    const char* member{};
    const char* first_argument{};
};

struct Signal {
    std::string path{};
    std::string member{};
    GVariant* arguments{}; ///< lives as long as the signal is handled
};

/// Hears of signals as long as it lives.
class Subscription {
public:
    using Handler = std::function<void(const Signal&)>;

    Subscription(GDBusConnection* bus, const SignalMatch& match, Handler handler);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() { g_dbus_connection_signal_unsubscribe(bus_, id_); }

private:
    GDBusConnection* bus_;
    guint id_;
};

/// Knows whether somebody owns a name; says so once after it was made, then at each change. Never
/// starts the service.
class NameWatch {
public:
    using Changed = std::function<void(bool is_owned)>;

    NameWatch(GDBusConnection* bus, const char* name, Changed changed);
    NameWatch(const NameWatch&) = delete;
    NameWatch& operator=(const NameWatch&) = delete;
    ~NameWatch() { g_bus_unwatch_name(id_); }

private:
    guint id_;
};

/// Calls once after a time. Armed again, it keeps the earlier time.
class Timer {
public:
    explicit Timer(std::function<void()> due) : due_(std::move(due)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { disarm(); }

    void arm(unsigned milliseconds);
    void disarm();

private:
    static gboolean on_due(gpointer self) noexcept;

    std::function<void()> due_;
    guint id_{0};
};

} // namespace wgnl::nm
