// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls and signals between two ends of a socket, as GDBus carries them without a bus.
#include "nm/service/bus.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace wgnl::nm {
namespace {

constexpr const char* interface = "org.example.Interface";
constexpr int patience = G_MAXINT; // to GDBus: for ever

Method method(const char* member, const char* answer = nullptr) {
    return {"org.example.Service", "/", interface, member, G_DBUS_CALL_FLAGS_NONE, answer};
}

/// Answers "Number" with one, "Fail" with an error, and nothing else at all.
GDBusMessage* answer(GDBusConnection* bus, GDBusMessage* message, gboolean is_incoming,
                     gpointer) noexcept {
    if (is_incoming == FALSE ||
        g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    const auto member = view(g_dbus_message_get_member(message));
    ObjectPtr<GDBusMessage> reply;
    if (member == "Number") {
        reply.reset(g_dbus_message_new_method_reply(message));
        g_dbus_message_set_body(reply.get(), g_variant_new("(u)", 7U));
    } else if (member == "Fail") {
        reply.reset(g_dbus_message_new_method_error_literal(message, "org.example.Bad", "no"));
    }
    if (reply)
        g_dbus_connection_send_message(bus, reply.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr,
                                       nullptr);
    g_object_unref(message);
    return nullptr;
}

ObjectPtr<GIOStream> stream_of(int fd) {
    const ObjectPtr<GSocket> socket(g_socket_new_from_fd(fd, nullptr));
    return ObjectPtr<GIOStream>(
        G_IO_STREAM(g_socket_connection_factory_create_connection(socket.get())));
}

void on_made(GObject*, GAsyncResult* result, gpointer end) noexcept {
    static_cast<ObjectPtr<GDBusConnection>*>(end)->reset(
        g_dbus_connection_new_finish(result, nullptr));
}

template <typename Condition> void iterate_until(Condition condition) {
    while (!condition())
        g_main_context_iteration(nullptr, TRUE);
}

class Bus : public ::testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        const TextPtr id(g_dbus_generate_guid());
        g_dbus_connection_new(stream_of(ends[0]).get(), id.get(),
                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, nullptr, nullptr,
                              on_made, &far_);
        near_.reset(g_dbus_connection_new_sync(stream_of(ends[1]).get(), nullptr,
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                               nullptr, nullptr, nullptr));
        ASSERT_TRUE(near_);
        iterate_until([this] { return far_ != nullptr; });
        g_dbus_connection_add_filter(far_.get(), answer, nullptr, nullptr);
    }
    void TearDown() override {
        for (auto* end : {near_.get(), far_.get()})
            if (end != nullptr)
                g_dbus_connection_close_sync(end, nullptr, nullptr);
    }

    Result<VariantPtr> call(const Method& method, int timeout = patience) {
        Calls calls(near());
        std::optional<Result<VariantPtr>> answered;
        calls.call(
            method, nullptr,
            [&](Result<VariantPtr> answer) { answered.emplace(std::move(answer)); }, timeout);
        iterate_until([&] { return answered.has_value(); });
        return *std::move(answered);
    }
    void signal(const char* member) {
        EXPECT_TRUE(g_dbus_connection_emit_signal(far_.get(), nullptr, "/a", interface, member,
                                                  g_variant_new("(u)", 3U), nullptr));
    }
    /// As the bus passes it on.
    void signal(const char* member, const char* sender, const char* destination) {
        const ObjectPtr<GDBusMessage> made(g_dbus_message_new_signal("/a", interface, member));
        g_dbus_message_set_sender(made.get(), sender);
        g_dbus_message_set_destination(made.get(), destination);
        EXPECT_TRUE(g_dbus_connection_send_message(
            far_.get(), made.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr));
    }
    GDBusConnection* near() const { return near_.get(); }

private:
    ObjectPtr<GDBusConnection> near_{};
    ObjectPtr<GDBusConnection> far_{};
};

TEST_F(Bus, ACallIsAnswered) {
    const auto number = call(method("Number", "(u)"));
    ASSERT_TRUE(number.has_value()) << number.error().to_string();
    const VariantPtr value(g_variant_get_child_value(number->get(), 0));
    EXPECT_EQ(g_variant_get_uint32(value.get()), 7U);
}

TEST_F(Bus, AnErrorBeginsWithItsName) {
    const auto failed = call(method("Fail"));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().to_string(), "call Fail of org.example.Service: org.example.Bad: no");
    EXPECT_FALSE(went_unanswered(failed.error()));
}

TEST_F(Bus, AnAnswerOfAnotherTypeIsAnError) {
    const auto number = call(method("Number", "(a{sa{sv}})"));
    ASSERT_FALSE(number.has_value());
    EXPECT_FALSE(went_unanswered(number.error()));
}

TEST_F(Bus, NoAnswerIsToldApart) {
    const auto late = call(method("Silence"), 1);
    ASSERT_FALSE(late.has_value());
    EXPECT_TRUE(went_unanswered(late.error())) << late.error().to_string();
    EXPECT_TRUE(went_unanswered(
        fail(Errc::system, "call", "org.freedesktop.DBus.Error.NoReply: it ended").error()));
}

TEST_F(Bus, CallsThatGoAreNeverAnswered) {
    bool answered = false;
    {
        Calls calls(near());
        calls.call(
            method("Number"), nullptr, [&](const Result<VariantPtr>&) { answered = true; },
            patience);
    }
    EXPECT_TRUE(call(method("Number")).has_value()); // which was asked for later
    EXPECT_FALSE(answered);
}

TEST_F(Bus, SignalsAreHeardAsLongAsSomebodyListens) {
    std::string heard;
    const auto hear = [&](const Signal& signal) { heard += signal.path + signal.member + ' '; };
    const Subscription all(near(), {.sender = nullptr, .interface = interface}, hear);
    std::optional<Subscription> one;
    one.emplace(near(), SignalMatch{.sender = nullptr, .interface = interface, .member = "First"},
                hear);
    signal("First");
    signal("Second");
    iterate_until([&] { return heard == "/aFirst /aFirst /aSecond "; });
    one.reset();
    heard.clear();
    signal("First");
    signal("Second");
    iterate_until([&] { return heard.contains("Second"); });
    EXPECT_EQ(heard, "/aFirst /aSecond ");
}

TEST_F(Bus, SignalsThatSomebodyAddressesToUsAreNotHeard) {
    ignore_forged_signals(near());
    std::string heard;
    const Subscription all(near(), {.sender = nullptr, .interface = interface},
                           [&](const Signal& signal) { heard += signal.member + ' '; });
    signal("Forged", ":1.9", ":1.1");
    signal("OfTheBus", "org.freedesktop.DBus", ":1.1");
    signal("Broadcast", ":1.2", nullptr);
    iterate_until([&] { return heard.contains("Broadcast"); });
    EXPECT_EQ(heard, "OfTheBus Broadcast ");
}

TEST(TimerTest, FiresOnceForHoweverManyTimesItIsArmed) {
    int due = 0;
    Timer timer([&] { ++due; });
    Timer never([] { ADD_FAILURE() << "it was disarmed"; });
    never.arm(0);
    timer.arm(0);
    timer.arm(0);
    never.disarm();
    iterate_until([&] { return due > 0; });
    bool later = false;
    Timer after([&] { later = true; });
    after.arm(1);
    iterate_until([&] { return later; });
    EXPECT_EQ(due, 1);
}

} // namespace
} // namespace wgnl::nm
