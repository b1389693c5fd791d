// SPDX-License-Identifier: LGPL-2.1-or-later
// Callers are identified though the bus loses answers, and none takes the room of others; the test
// answers in the place of the bus.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "answers/authority.hpp"
#include "answers/bus_errors.hpp"

namespace wgnl::daemon::test {
namespace {

constexpr const char* sender = ":1.7";

/// Both ends of a connection: what the one asks, the other answers as it is told.
class Driver {
public:
    Driver() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        sd_id128_t id{};
        asking_ = connection(ends[0]);
        answering_ = connection(ends[1]);
        EXPECT_GE(sd_bus_set_server(answering_.get(), 1, id), 0);
        EXPECT_GE(sd_bus_set_anonymous(answering_.get(), 1), 0);
        EXPECT_GE(sd_bus_add_filter(answering_.get(), nullptr, on_message, this), 0);
        EXPECT_GE(sd_bus_start(answering_.get()), 0);
        EXPECT_GE(sd_bus_start(asking_.get()), 0);
    }

    sd_bus* bus() { return asking_.get(); }
    /// Members that were asked for, in order.
    std::vector<std::string> asked{};
    /// How many questions get no answer at first …
    unsigned unanswered{};
    /// … and of how many more sd-bus's word for that comes without waiting.
    unsigned lost{};
    uid_t uid{};
    std::string silent_about{}; ///< the member that gets no answer
    bool decision{};            ///< of polkit
    const char* unit_path = "/org/freedesktop/systemd1/unit/wgnl_2dnm_2eservice";

    /// A message of this sender's.
    sd::MessageHandle message(const char* from = sender) {
        sd_bus_message* made = nullptr;
        EXPECT_GE(sd_bus_message_new_signal(bus(), &made, "/", "a.b", "C"), 0);
        EXPECT_GE(sd_bus_message_set_sender(made, from), 0);
        return sd::MessageHandle(made);
    }

    void say_gone(const std::string& name) {
        sd_bus_message* made = nullptr;
        EXPECT_GE(sd_bus_message_new_signal(answering_.get(), &made, "/org/freedesktop/DBus",
                                            "org.freedesktop.DBus", "NameOwnerChanged"),
                  0);
        const sd::MessageHandle signal(made);
        EXPECT_GE(sd_bus_message_set_sender(made, "org.freedesktop.DBus"), 0);
        EXPECT_GE(sd_bus_message_append(made, "sss", name.c_str(), name.c_str(), ""), 0);
        EXPECT_GE(sd_bus_send(answering_.get(), made, nullptr), 0);
    }

    void run_until(const std::function<bool()>& done) {
        for (int turn = 0; turn < 10'000 && !done(); ++turn) {
            const int asking = sd_bus_process(asking_.get(), nullptr);
            const int answering = sd_bus_process(answering_.get(), nullptr);
            ASSERT_TRUE(asking >= 0 && answering >= 0);
            if (asking == 0 && answering == 0)
                sd_bus_wait(asking_.get(), 10'000);
        }
        ASSERT_TRUE(done());
    }

private:
    static sd::BusHandle connection(int fd) {
        sd_bus* made = nullptr;
        EXPECT_GE(sd_bus_new(&made), 0);
        EXPECT_GE(sd_bus_set_fd(made, fd, fd), 0);
        return sd::BusHandle(made);
    }

    static int on_message(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
        return static_cast<Driver*>(self)->answer(message);
    }

    int answer(sd_bus_message* message) {
        const char* member = sd_bus_message_get_member(message);
        if (!member)
            return 0;
        asked.emplace_back(member);
        if (asked.back() == silent_about)
            return 1;
        if (unanswered > 0) {
            --unanswered;
            return 1;
        }
        if (lost > 0) {
            --lost;
            return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_NO_REPLY, "lost");
        }
        if (asked.back() == "CheckAuthorization")
            return sd_bus_reply_method_return(message, "(bba{ss})", decision, 0, 0);
        if (asked.back() == "GetUnitByPID")
            return sd_bus_reply_method_return(message, "o", unit_path);
        return sd_bus_reply_method_return(message, "a{sv}", 2, "UnixUserID", "u", uid, "ProcessID",
                                          "u", 42);
    }

    sd::BusHandle asking_;
    sd::BusHandle answering_;
};

class Identification : public ::testing::Test {
protected:
    Result<Caller> identify(const char* from = sender) {
        std::optional<Result<Caller>> answer;
        const auto message = driver.message(from);
        authority.identify(message.get(), [&](const auto& caller) { answer.emplace(caller); });
        driver.run_until([&] { return answer.has_value(); });
        return answer.value_or(fail(Errc::system, "identify", "no answer"));
    }

    Driver driver{};
    Authority authority{driver.bus(), Trust{}};
};

TEST_F(Identification, AsksOncePerConnection) {
    driver.uid = 1000;
    EXPECT_EQ(identify().value().uid, 1000U);
    EXPECT_EQ(identify().value().uid, 1000U);
    EXPECT_EQ(driver.asked, std::vector<std::string>{"GetConnectionCredentials"});
}

TEST_F(Identification, AsksForTheUnitOfRoot) {
    EXPECT_EQ(identify().value().unit, "wgnl-nm.service");
    EXPECT_EQ(driver.asked.back(), "GetUnitByPID");
}

TEST_F(Identification, AsksAgainWhenTheAnswerIsLost) {
    driver.uid = 1000;
    driver.lost = 2;
    EXPECT_EQ(identify().value().uid, 1000U);
    EXPECT_EQ(driver.asked.size(), 3U);
}

TEST_F(Identification, AsksAgainAfterSilence) {
    driver.uid = 1000;
    driver.unanswered = 1;
    EXPECT_EQ(identify().value().uid, 1000U);
    EXPECT_EQ(driver.asked.size(), 2U);
}

/// An adapter without its unit would be taken for the command, and refused its own devices.
TEST_F(Identification, LostUnitIsAskedForAgain) {
    driver.unit_path = "/org/freedesktop/systemd1/unit/a";
    EXPECT_EQ(identify().value().unit, "a");

    Authority anew{driver.bus(), Trust{}};
    std::optional<Result<Caller>> answer;
    const auto message = driver.message();
    anew.identify(message.get(), [&](const auto& caller) { answer.emplace(caller); });
    driver.run_until([&] { return driver.asked.size() == 3; });
    driver.lost = 1;
    driver.run_until([&] { return answer.has_value(); });

    EXPECT_EQ(answer.value().value().unit, "a");
    EXPECT_EQ(driver.asked.size(), 5U);
}

TEST_F(Identification, SilenceIsNoRefusal) {
    driver.lost = Authority::most_tries;
    const auto caller = identify();
    ASSERT_FALSE(caller);
    EXPECT_STREQ(bus_error_of(caller.error().code()), not_ready);
    EXPECT_EQ(driver.asked.size(), Authority::most_tries);
    EXPECT_EQ(identify().value().uid, 0U) << "what failed is not remembered";
}

TEST_F(Identification, OneConnectionWaitsWithSoManyCallsAndNoMore) {
    const auto message = driver.message();
    std::vector<std::string> refused;
    const auto note = [&](const auto& caller) {
        refused.emplace_back(caller ? "" : bus_error_of(caller.error().code()));
    };
    for (std::size_t i = 0; i < Authority::most_unidentified; ++i)
        authority.identify(message.get(), note);
    ASSERT_TRUE(refused.empty());

    authority.identify(message.get(), note);

    EXPECT_EQ(refused, std::vector<std::string>{not_ready});
    driver.run_until([&] { return refused.size() == Authority::most_unidentified + 1; });
    EXPECT_EQ(std::ranges::count(refused, ""), Authority::most_unidentified);
}

class Questions : public Identification {
protected:
    void SetUp() override {
        for (uid_t number = 0; number < users; ++number)
            for (std::size_t at = 0; at < connections; ++at) {
                driver.uid = 1000 + number;
                ASSERT_TRUE(identify(name(number, at).c_str()));
            }
    }

    static std::string name(uid_t user, std::size_t connection) {
        return ":" + std::to_string(user) + "." + std::to_string(connection);
    }

    void ask(const std::string& from, bool interactive = false) {
        const auto message = call(from, interactive);
        authority.ask_polkit(Authority::inspect_action, message.get(),
                             [&](Decision decision) { answers.push_back(decision); });
    }

    sd::MessageHandle call(const std::string& from, bool interactive) {
        auto made = sd::method_call(driver.bus(), "a.b", "/", "a.b", "C").value();
        EXPECT_GE(sd_bus_message_set_sender(made.get(), from.c_str()), 0);
        EXPECT_GE(sd_bus_message_set_allow_interactive_authorization(made.get(), interactive), 0);
        return made;
    }

    auto times_asked(const char* member = "CheckAuthorization") const {
        return std::ranges::count(driver.asked, member);
    }

    static constexpr uid_t users = 2;
    static constexpr std::size_t connections = 3;
    std::vector<Decision> answers{};
};

TEST_F(Questions, OfOneUserLeavePolkitToOthers) {
    driver.silent_about = "CheckAuthorization";
    for (std::size_t i = 0; i < Polkit::most_waiting_per_user; ++i)
        ask(name(0, i % 2));
    ASSERT_TRUE(answers.empty());

    ask(name(0, 2));
    EXPECT_EQ(answers, std::vector{Decision::crowded}) << "it is not asked";
    driver.run_until([&] { return times_asked() == 2; });
    driver.silent_about.clear();
    ask(name(1, 0));
    driver.run_until([&] { return answers.size() == 2; });
    EXPECT_EQ(answers.back(), Decision::no);
    EXPECT_EQ(times_asked(), 3) << "of one connection, once";
}

TEST_F(Questions, ThatAreTheSameAreOne) {
    driver.decision = true;
    for (int i = 0; i < 5; ++i)
        ask(name(0, 0));
    driver.run_until([&] { return answers.size() == 5; });
    EXPECT_EQ(std::ranges::count(answers, Decision::yes), 5);
    EXPECT_EQ(times_asked(), 1);
}

TEST_F(Questions, ThatArePeoplesToAnswerLeaveRoomForOthers) {
    driver.silent_about = "CheckAuthorization";
    for (std::size_t i = 0; i <= Polkit::most_interactive_per_user; ++i)
        ask(name(0, 0), true);
    EXPECT_EQ(answers, std::vector{Decision::crowded});
    driver.run_until([&] { return times_asked() == 1; });
    driver.silent_about.clear();
    ask(name(0, 0));
    driver.run_until([&] { return answers.size() == 2; });
    EXPECT_EQ(answers.back(), Decision::no);
}

TEST_F(Questions, ThatPolkitDiedOfAreAskedOnceMore) {
    driver.lost = 1;
    driver.decision = true;
    ask(name(0, 0));
    driver.run_until([&] { return answers.size() == 1; });
    EXPECT_EQ(answers.back(), Decision::yes);
    EXPECT_EQ(times_asked(), 2);

    driver.lost = 2;
    ask(name(1, 0));
    driver.run_until([&] { return answers.size() == 2; });
    EXPECT_EQ(answers.back(), Decision::unanswered);
    ask(name(1, 1));
    driver.run_until([&] { return answers.size() == 3; });
    EXPECT_EQ(answers.back(), Decision::yes) << "that is no silence";
}

TEST_F(Questions, EndWithTheirCaller) {
    driver.silent_about = "CheckAuthorization";
    ask(name(0, 0));
    ask(name(0, 0), true);
    ask(name(0, 1));
    driver.run_until([&] { return times_asked() == 3; });

    driver.say_gone(name(0, 0));
    driver.run_until([&] { return times_asked("CancelCheckAuthorization") == 1; });

    EXPECT_EQ(authority.waiting_for_polkit(), 1U);
    EXPECT_TRUE(answers.empty());
}

} // namespace
} // namespace wgnl::daemon::test
