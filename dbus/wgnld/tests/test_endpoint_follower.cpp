// SPDX-License-Identifier: LGPL-2.1-or-later
// Names asked for one after the other, and peers moved to what the answers say.
#include <map>

#include <gtest/gtest.h>

#include "endpoints/endpoint_follower.hpp"
#include "model_tools.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon::test {
namespace {

/// Answers when it is told to, or at once what it knows.
class ScriptedResolver final : public NameResolver {
public:
    void resolve(const std::string& host, Done done) override {
        asked_.push_back(host);
        if (const auto known = known_.find(host); known != known_.end())
            return done(known->second);
        open_[host] = std::move(done);
    }
    void know(const std::string& host, NameAnswer answer) { known_[host] = std::move(answer); }
    void answer(const std::string& host, const NameAnswer& answer) {
        open_.extract(host).mapped()(answer);
    }
    const std::vector<std::string>& asked() const { return asked_; }

private:
    std::vector<std::string> asked_{};
    std::map<std::string, NameAnswer> known_{};
    std::map<std::string, Done> open_{};
};

NameAnswer address(const char* text) {
    auto parsed = endpoint((std::string(text) + ":1").c_str());
    parsed.port = 0;
    return {.addresses = {parsed}};
}

class EndpointFollowerTest : public testing::Test {
protected:
    using Hosts = std::vector<std::string>;

    void declare(const std::vector<const char*>& endpoints) {
        std::vector<DeclaredPeer> peers;
        std::vector<PeerReading> live;
        for (const auto* text : endpoints) {
            peers.push_back(declared_peer(static_cast<std::uint8_t>(peers.size() + 1)));
            peers.back().endpoint = text;
            live.push_back(peer_reading(static_cast<std::uint8_t>(peers.size())));
        }
        const auto wanted = declaration(std::move(peers));
        follower_.declare(wanted, summary_of(wanted, "", "").named);
        model_.take(reading(0s, std::move(live)));
        model_.declare(declared(wanted));
    }
    NameNews update(bool may_move = true) {
        auto news = follower_.update(model_, may_move, now_);
        follower_.ask(now_);
        return news;
    }

    ScriptedResolver resolver_;
    std::vector<EndpointMove> moved_;
    int wakes_{};
    EndpointFollower follower_{
        resolver_, [] { return 0.0; },
        [this](const std::string&, std::vector<EndpointMove> moves) { moved_ = std::move(moves); },
        [this](Boottime) { ++wakes_; }};
    DeviceModel model_{"wg0"};
    Boottime now_{sd::boottime_now()};
};

TEST_F(EndpointFollowerTest, AsksForNamesAndMovesToTheAnswer) {
    declare({"a.example:1000", "192.0.2.1:1"});
    update();
    EXPECT_EQ(resolver_.asked(), Hosts{"a.example"});

    resolver_.answer("a.example", address("198.51.100.7"));
    EXPECT_EQ(wakes_, 1);
    now_ = sd::boottime_now();
    if (update().resolved)
        update();

    ASSERT_EQ(moved_.size(), 1U);
    EXPECT_EQ(moved_[0].peer, key(1));
    EXPECT_EQ(moved_[0].to, endpoint("198.51.100.7:1000"));
    EXPECT_EQ(follower_.resolved("wg0", now_).at("a.example:1000"), endpoint("198.51.100.7:1000"));
}

TEST_F(EndpointFollowerTest, MovesNobodyWhileThatMustNotBe) {
    declare({"a.example:1000"});
    update();
    resolver_.answer("a.example", address("198.51.100.7"));
    now_ = sd::boottime_now();
    update(false);
    update(false);
    EXPECT_TRUE(moved_.empty());

    update();

    EXPECT_EQ(moved_.size(), 1U);
}

TEST_F(EndpointFollowerTest, AnswersAtOnceAreNoQuestionInAQuestion) {
    resolver_.know("a.example", address("198.51.100.7"));
    resolver_.know("b.example", address("198.51.100.8"));
    declare({"a.example:1", "b.example:1"});
    update();

    EXPECT_EQ(resolver_.asked().size(), 2U);
    EXPECT_EQ(wakes_, 1) << "answers are gathered";
}

TEST_F(EndpointFollowerTest, AProblemIsNewsOnceAndGoesWithItsAnswer) {
    declare({"a.example:1"});
    update();
    resolver_.answer("a.example", {.trouble = "no such host"});

    const auto news = update();
    ASSERT_TRUE(news.problems);
    ASSERT_EQ(news.problems->size(), 1U);
    EXPECT_NE(news.problems->at(0).problem.text.find("no such host"), std::string::npos);
    EXPECT_FALSE(update().problems);
}

TEST_F(EndpointFollowerTest, AForgottenDeviceHasNoNewsAndMovesNowhere) {
    declare({"a.example:1"});
    update();
    follower_.forget("wg0");
    resolver_.answer("a.example", address("198.51.100.7"));

    const auto news = update();

    EXPECT_FALSE(news.problems);
    EXPECT_FALSE(news.resolved);
    EXPECT_TRUE(moved_.empty());
}

} // namespace
} // namespace wgnl::daemon::test
