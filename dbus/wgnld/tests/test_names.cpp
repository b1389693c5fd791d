// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of many peers: shared questions, limits, problems, moves of single peers.
#include <algorithm>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "endpoints/endpoint_names.hpp"
#include "model/property_table.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

DeclaredPeer named_peer(std::uint8_t number, const char* text) {
    auto peer = declared_peer(number);
    peer.endpoint = text;
    peer.location = {"wg0.netdev", 10U * number};
    return peer;
}

NameAnswer found(const char* address) {
    auto parsed = *Endpoint::parse(fmt::format("{}:1", address));
    parsed.port = 0;
    return {.addresses = {parsed}};
}

class NamesTest : public testing::Test {
protected:
    EndpointNames names_{[] { return 0.0; }};
    DeviceModel model_{"wg0"};
    Boottime now_{moment(0s).boot};

    void declare(std::vector<DeclaredPeer> peers) {
        std::vector<PeerReading> live;
        for (const auto& peer : peers)
            live.push_back({.public_key = peer.public_key});
        auto wanted = declaration(std::move(peers));
        names_.declare(wanted, summary_of(wanted, "", "").named);
        model_.take(reading(0s, std::move(live)));
        model_.declare(summary_of(wanted, "networkd", "wg0.netdev"));
        names_.look(model_, now_);
    }

    std::vector<std::string> questions() {
        std::vector<std::string> hosts;
        names_.gather(now_);
        while (auto host = names_.next_question())
            hosts.push_back(*host);
        return hosts;
    }
};

using Hosts = std::vector<std::string>;

TEST_F(NamesTest, OnlyNamesOfPeersThatMayBeTouchedAreAskedFor) {
    auto held = named_peer(3, "c.example:1");
    held.kept_as_is = true;
    declare({named_peer(1, "a.example:1"), named_peer(2, "192.0.2.1:1"), held, declared_peer(4)});

    EXPECT_EQ(questions(), Hosts{"a.example"});
    EXPECT_EQ(questions(), Hosts{});
}

TEST_F(NamesTest, DeviceThatNobodyMayTouchIsNotWatched) {
    auto observed = declaration({named_peer(1, "a.example:1")});
    observed.mode = Mode::observe;
    names_.declare(observed, summary_of(observed, "", "").named);
    EXPECT_FALSE(names_.watches("wg0"));

    auto held = declaration({named_peer(1, "a.example:1")});
    held.kept_as_is = true;
    names_.declare(held, summary_of(held, "", "").named);
    EXPECT_FALSE(names_.watches("wg0"));
}

TEST_F(NamesTest, PeersShareAQuestionAndEachMovesWithItsOwnPort) {
    declare({named_peer(1, "a.example:1"), named_peer(2, "a.example:2")});
    ASSERT_EQ(questions(), Hosts{"a.example"});

    names_.answer("a.example", found("192.0.2.1"), now_);

    auto moves = names_.moves(model_, now_);
    std::ranges::sort(moves, {}, &EndpointMove::peer);
    EXPECT_EQ(moves, (std::vector<EndpointMove>{
                         {.peer = key(1), .to = endpoint("192.0.2.1:1")},
                         {.peer = key(2), .to = endpoint("192.0.2.1:2")},
                     }));
    EXPECT_TRUE(names_.moves(model_, now_).empty());
}

TEST_F(NamesTest, NoMoreThanSixteenQuestionsAreUnderWay) {
    std::vector<DeclaredPeer> peers;
    for (std::uint8_t number = 1; number <= 40; ++number)
        peers.push_back(named_peer(number, fmt::format("n{}.example:1", number).c_str()));
    declare(peers);

    const auto first = questions();
    EXPECT_EQ(first.size(), EndpointNames::most_questions);
    EXPECT_EQ(questions(), Hosts{});

    names_.answer(first[3], {.trouble = "no"}, now_);

    EXPECT_EQ(questions().size(), 1U);
}

TEST_F(NamesTest, QuestionOfAPeerThatWasRewrittenIsItsNoMore) {
    declare({named_peer(1, "a.example:1")});
    ASSERT_EQ(questions(), Hosts{"a.example"});
    declare({named_peer(1, "b.example:1")});

    names_.answer("a.example", found("192.0.2.1"), now_);

    EXPECT_TRUE(names_.moves(model_, now_).empty());
    EXPECT_EQ(questions(), Hosts{"b.example"});
}

TEST_F(NamesTest, PeerThatIsWrittenAsBeforeKeepsItsQuestion) {
    declare({named_peer(1, "a.example:1")});
    ASSERT_EQ(questions(), Hosts{"a.example"});
    declare({named_peer(1, "a.example:1"), named_peer(2, "192.0.2.9:1")});
    EXPECT_EQ(questions(), Hosts{});

    names_.answer("a.example", found("192.0.2.1"), now_);

    EXPECT_EQ(names_.moves(model_, now_).size(), 1U);
}

TEST_F(NamesTest, AnswerAfterTheDeviceWasForgottenIsNobodys) {
    declare({named_peer(1, "a.example:1")});
    ASSERT_EQ(questions(), Hosts{"a.example"});
    names_.forget("wg0");

    names_.answer("a.example", found("192.0.2.1"), now_);
    names_.answer("a.example", found("192.0.2.1"), now_);

    EXPECT_FALSE(names_.watches("wg0"));
}

TEST_F(NamesTest, TroubleIsAProblemWithLineAndNameAndTimeAndGoesAgain) {
    declare({named_peer(1, "a.example:1")});
    ASSERT_EQ(questions(), Hosts{"a.example"});
    EXPECT_FALSE(names_.take_problems("wg0").has_value());
    names_.answer("a.example", {.trouble = "there is no such name"}, now_);

    const Problem problem{Severity::error,
                          {"wg0.netdev", 10},
                          "Endpoint=a.example:1: a.example cannot be resolved: there is no such "
                          "name; it is tried again after 1 s",
                          {},
                          "Endpoint",
                          key(1)};
    EXPECT_EQ(names_.take_problems("wg0"),
              (std::vector<NameProblem>{{.peer = key(1), .problem = problem, .is_new = true}}));
    EXPECT_FALSE(names_.take_problems("wg0").has_value());

    now_ += 1s;
    ASSERT_EQ(questions(), Hosts{"a.example"});
    names_.answer("a.example", {.trouble = "there is no such name"}, now_);
    const auto again = names_.take_problems("wg0");
    ASSERT_TRUE(again && again->size() == 1);
    EXPECT_FALSE(again->front().is_new);
    EXPECT_NE(again->front().problem, problem);

    now_ += 2s;
    ASSERT_EQ(questions(), Hosts{"a.example"});
    names_.answer("a.example", found("192.0.2.1"), now_);
    EXPECT_EQ(names_.take_problems("wg0"), std::vector<NameProblem>{});
}

TEST_F(NamesTest, TroubleGoesWithTheName) {
    for (const auto* after : {"192.0.2.1:1", ""}) {
        declare({named_peer(1, "a.example:1")});
        ASSERT_EQ(questions(), Hosts{"a.example"});
        names_.answer("a.example", {.trouble = "no server"}, now_);
        ASSERT_EQ(names_.take_problems("wg0")->size(), 1U);

        auto rewritten = declaration({named_peer(1, after)});
        rewritten.mode = *after ? Mode::sync : Mode::observe;
        names_.declare(rewritten, summary_of(rewritten, "", "").named);

        EXPECT_EQ(names_.take_problems("wg0"), std::vector<NameProblem>{});
        EXPECT_FALSE(names_.watches("wg0"));
    }
}

TEST_F(NamesTest, TroubleOfAPeerThatHasAnEndpointIsAWarning) {
    declare({named_peer(1, "a.example:1")});
    auto live = peer_reading(1);
    live.endpoint = endpoint("192.0.2.1:1");
    live.persistent_keepalive = 25;
    model_.take(reading(1s, {live}));
    names_.look(model_, now_);
    now_ += 5s;
    ASSERT_EQ(questions(), Hosts{"a.example"});
    names_.answer("a.example", {.trouble = "no server"}, now_);

    EXPECT_EQ(names_.take_problems("wg0")->front().problem.severity, Severity::warning);
}

TEST_F(NamesTest, NetworkChangesAreGatheredBeforeAllIsAskedAgain) {
    declare({named_peer(1, "a.example:1")});
    for (int i = 0; i < 8; ++i) {
        ASSERT_EQ(questions(), Hosts{"a.example"});
        names_.answer("a.example", {.trouble = "no server"}, now_);
        now_ += std::chrono::seconds(1 << i);
    }
    ASSERT_EQ(questions(), Hosts{"a.example"});
    names_.answer("a.example", {.trouble = "no server"}, now_);
    now_ += 2s;

    names_.network_changed(now_);
    EXPECT_EQ(names_.due(now_), now_ + EndpointNames::gathering);
    now_ += EndpointNames::gathering / 2;
    names_.network_changed(now_);
    EXPECT_EQ(questions(), Hosts{});
    now_ += EndpointNames::gathering / 2;

    EXPECT_EQ(questions(), Hosts{"a.example"});
}

TEST_F(NamesTest, ResumeAsksAgainAtOnce) {
    declare({named_peer(1, "a.example:1")});
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(questions(), Hosts{"a.example"});
        names_.answer("a.example", {.trouble = "no server"}, now_);
        now_ += std::chrono::seconds(1 << i);
    }
    ASSERT_EQ(questions(), Hosts{"a.example"});
    names_.answer("a.example", {.trouble = "no server"}, now_);
    now_ += 5s;
    EXPECT_EQ(questions(), Hosts{});

    names_.resumed(now_);

    EXPECT_EQ(questions(), Hosts{"a.example"});
}

TEST_F(NamesTest, EditOfAPeerThatIsWellGoesThroughThePlan) {
    declare({named_peer(1, "a.example:1")});
    auto live = peer_reading(1);
    live.endpoint = endpoint("192.0.2.1:1");
    live.last_handshake = moment(0s).real;
    model_.take(reading(1s, {live}));
    names_.look(model_, now_);
    EXPECT_EQ(questions(), Hosts{});

    names_.set_edited("wg0", {key(1)});
    names_.look(model_, now_);
    ASSERT_EQ(questions(), Hosts{"a.example"});
    EXPECT_TRUE(names_.resolved("wg0", now_).empty());
    names_.answer("a.example", found("192.0.2.2"), now_);

    EXPECT_TRUE(names_.take_resolved("wg0"));
    EXPECT_TRUE(names_.moves(model_, now_).empty());
    EXPECT_EQ(names_.resolved("wg0", now_).at("a.example:1"), endpoint("192.0.2.2:1"));
}

TEST(PeerNotices, AreProblemsBesideTheDeclaredOnesAndEmit) {
    DeviceModel model("wg0");
    auto wanted = declaration({declared_peer(1), declared_peer(2)});
    model.take(reading(0s, {peer_reading(1), peer_reading(2)}));
    model.declare(summary_of(wanted, "networkd", "wg0.netdev"));
    const Problem problem{Severity::error, {"wg0.netdev", 10}, "no such name"};

    const auto update = model.set_peer_notices({{key(1), {problem}}});

    ASSERT_EQ(update.peers.size(), 1U);
    EXPECT_EQ(update.peers[0].key, key(1));
    EXPECT_TRUE(names(update.peers[0].properties, "Problems"));
    EXPECT_EQ(problems_of(*model.peers().find(key(1))), std::vector{problem});
    EXPECT_TRUE(model.set_peer_notices({{key(1), {problem}}}).peers.empty());
    EXPECT_EQ(model.set_peer_notices({}).peers.size(), 1U);
    EXPECT_TRUE(problems_of(*model.peers().find(key(1))).empty());
}

} // namespace
} // namespace wgnl::daemon::test
