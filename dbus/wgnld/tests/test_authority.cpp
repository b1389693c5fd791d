// SPDX-License-Identifier: LGPL-2.1-or-later
// Callers are identified though the bus loses answers, and none takes the room of others; the test
// answers in the place of the bus.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "authority.hpp"
#include "bus_errors.hpp"

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
    const char* unit_path = "/org/freedesktop/systemd1/unit/wgnl_2dnm_2eservice";

    /// A message of this sender's.
    sd::MessageHandle message(const char* from = sender) {
        sd_bus_message* made = nullptr;
        EXPECT_GE(sd_bus_message_new_signal(bus(), &made, "/", "a.b", "C"), 0);
        EXPECT_GE(sd_bus_message_set_sender(made, from), 0);
        return sd::MessageHandle(made);
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
        if (unanswered > 0) {
            --unanswered;
            return 1;
        }
        if (lost > 0) {
            --lost;
            return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_NO_REPLY, "lost");
        }
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

TEST_F(Identification, QuestionsOfOneUserLeavePolkitToOthers) {
    constexpr const char* other = ":1.8";
    driver.uid = 1000;
    ASSERT_TRUE(identify());
    driver.uid = 1001;
    ASSERT_TRUE(identify(other));
    std::vector<bool> answers;
    const auto ask = [&](const char* from) {
        authority.ask_polkit(Authority::inspect_action, driver.message(from).get(),
                             [&](bool yes) { answers.push_back(yes); });
    };
    driver.unanswered = Authority::most_questions_per_user;
    for (std::size_t i = 0; i < Authority::most_questions_per_user; ++i)
        ask(sender);
    ASSERT_TRUE(answers.empty());

    ask(sender);
    EXPECT_EQ(answers, std::vector{false}) << "it is not asked";
    ask(other);
    EXPECT_EQ(answers.size(), 1U) << "it is asked";
    driver.run_until([&] { return answers.size() == 2; });
    EXPECT_EQ(std::ranges::count(driver.asked, "CheckAuthorization"),
              Authority::most_questions_per_user + 1);
}

} // namespace
} // namespace wgnl::daemon::test
