// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of peer states, row by row: just before each boundary, at it, and just after.
#include <wgnl/state.hpp>

#include <initializer_list>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "watched_peer.hpp"

namespace wgnl {
namespace {

using tests::s;
using tests::tick;
using tests::WatchedPeer;
using enum PeerState;

struct Seen {
    PeerState state{never};
    bool stalled{false};
    bool operator==(const Seen&) const = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
    *out << to_string(seen.state) << (seen.stalled ? ", stalled" : "");
}

/// A peer as it was last seen, and a moment of its future with what it is around it.
struct Row {
    std::string name;
    WatchedPeer peer;
    std::chrono::nanoseconds boundary;
    Seen before;
    Seen at;
    Seen after;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr Seen stalled{established, true};

WatchedPeer seen(WatchedPeer peer) {
    peer.read();
    return peer;
}
WatchedPeer with_session(std::uint16_t keepalive = 0) {
    return seen(WatchedPeer().keepalive(keepalive).shakes());
}
/// Sent 15 s ago, one second after it was first seen, and nothing came back.
WatchedPeer silent(WatchedPeer peer) { return seen(seen(peer).passes(s(1)).sends(148)); }
/// Silent for 100 s, the last packet of which went out just now.
WatchedPeer gave_up(WatchedPeer peer) {
    return seen(silent(std::move(peer)).passes(s(99)).sends(2000));
}
WatchedPeer renewed(WatchedPeer peer) {
    peer.passes(s(50)).renewed();
    return seen(std::move(peer));
}
/// What was seen, then a change of its configuration 500 s later.
template <typename Change> WatchedPeer later(WatchedPeer peer, Change change) {
    WatchedPeer old = seen(std::move(peer));
    change(old.passes(s(500)));
    return seen(std::move(old));
}

std::vector<Row> rows_above_all_others() {
    return {
        {"Absent",
         seen(WatchedPeer().live(false).keepalive(25)),
         s(100),
         {absent},
         {absent},
         {absent}},
        {"AbsentThoughTheLinkIsDown",
         seen(WatchedPeer().live(false).up(false)),
         s(1),
         {absent},
         {absent},
         {absent}},
        {"Down", seen(WatchedPeer().up(false).keepalive(25)), s(100), {down}, {down}, {down}},
        {"DownWithASession", seen(with_session().up(false)), s(180), {down}, {down}, {down}},
    };
}

std::vector<Row> rows_of_the_wanted() {
    std::vector<Row> rows{
        {"WantedWithoutHandshake",
         seen(WatchedPeer().keepalive(25)),
         s(100),
         {never},
         {never},
         {unreachable}},
        {"WantedAndRenewed",
         renewed(WatchedPeer().keepalive(25).shakes()),
         s(180 + 25 + 15),
         {idle},
         {idle},
         {unreachable}},
        {"NotWantedWithoutEndpoint",
         seen(WatchedPeer().keepalive(25).endpoint(false)),
         s(100),
         {never},
         {never},
         {never}},
        {"NotWantedWithoutKeepalive", seen(WatchedPeer()), s(100), {never}, {never}, {never}},
        {"NotWantedWithAnOldSession", with_session(), s(180 + 15), {idle}, {idle}, {idle}},
    };
    for (const std::uint16_t k : std::initializer_list<std::uint16_t>{1, 5, 25, 300, 65535})
        rows.push_back({"WantedEvery" + std::to_string(k),
                        with_session(k),
                        s(180 + k + 15),
                        {idle},
                        {idle},
                        {unreachable}});
    return rows;
}

/// A peer is not late by a wish that is younger than its silence.
std::vector<Row> rows_of_late_wishes() {
    const auto keepalive = [](std::uint16_t k) { return [=](auto& p) { p.keepalive(k); }; };
    const auto endpoint = [](auto& p) { p.endpoint(true); };
    return {
        {"KeepaliveSetLate",
         later(WatchedPeer(), keepalive(25)),
         s(100),
         {never},
         {never},
         {unreachable}},
        {"KeepaliveSetLateAfterASession",
         later(WatchedPeer().shakes(), keepalive(25)),
         s(180 + 25 + 15),
         {idle},
         {idle},
         {unreachable}},
        {"EndpointSetLate",
         later(WatchedPeer().keepalive(25).endpoint(false), endpoint),
         s(100),
         {never},
         {never},
         {unreachable}},
        {"EndpointSetLateAfterASession",
         later(WatchedPeer().keepalive(25).endpoint(false).shakes(), endpoint),
         s(180 + 25 + 15),
         {idle},
         {idle},
         {unreachable}},
        {"AShorterIntervalCountsFromTheNextHandshake",
         seen(seen(with_session(300).passes(s(290))).keepalive(5)),
         s(180 + 300 + 15 - 290),
         {idle},
         {idle},
         {unreachable}},
        {"AShorterIntervalCountsAfterAHandshake",
         seen(seen(with_session(300).passes(s(290)).keepalive(5)).shakes()),
         s(180 + 5 + 15),
         {idle},
         {idle},
         {unreachable}},
        {"ALongerIntervalCountsAtOnce",
         seen(with_session(5).passes(s(190)).keepalive(300)),
         s(180 + 300 + 15 - 190),
         {idle},
         {idle},
         {unreachable}},
        {"AnotherIntervalIsNoNewWish",
         later(WatchedPeer().keepalive(25), keepalive(5)),
         s(1),
         {unreachable},
         {unreachable},
         {unreachable}},
    };
}

std::vector<Row> rows_of_the_unanswered() {
    return {
        {"UnansweredUnderASession",
         silent(WatchedPeer().shakes()),
         s(14),
         {established},
         stalled,
         stalled},
        {"UnansweredUnderASessionTooLong",
         silent(WatchedPeer().shakes()),
         s(99),
         stalled,
         {unreachable},
         {unreachable}},
        {"Unanswered", silent(WatchedPeer()), s(14), {never}, {handshaking}, {handshaking}},
        {"UnansweredTooLong",
         silent(WatchedPeer()),
         s(99),
         {handshaking},
         {unreachable},
         {unreachable}},
        {"UnansweredAfterAnOldSession",
         silent(with_session().passes(s(500))),
         s(14),
         {idle},
         {handshaking},
         {handshaking}},
        {"UnansweredUntilQuiet", gave_up(WatchedPeer()), s(180), {unreachable}, {never}, {never}},
        {"UnansweredUntilQuietAfterASession",
         gave_up(with_session().passes(s(500))),
         s(180),
         {unreachable},
         {idle},
         {idle}},
        {"UnansweredUntilAHandshake",
         seen(gave_up(WatchedPeer()).passes(s(1)).shakes()),
         s(180),
         {established},
         {idle},
         {idle}},
        {"AnsweredInTime",
         seen(silent(with_session()).passes(s(9)).receives(32)),
         s(6),
         {established},
         {established},
         {established}},
    };
}

std::vector<Row> rows_of_handshakes() {
    WatchedPeer since = with_session();
    since.renewed();
    WatchedPeer just_later = seen(WatchedPeer());
    just_later.renewed();
    just_later.passes(tick).shakes();
    return {
        {"Fresh", with_session(), s(180), {established}, {idle}, {idle}},
        {"FreshByATickOnly", seen(std::move(just_later)), s(180), {established}, {idle}, {idle}},
        {"NotFreshAtTheVeryMoment", std::move(since), s(1), {idle}, {idle}, {idle}},
        {"HandshakeInTheFuture",
         seen(with_session().steps_back(s(20))),
         s(200),
         {established},
         {idle},
         {idle}},
        {"Idle", with_session(), s(100'000), {idle}, {idle}, {idle}},
        {"Never", seen(WatchedPeer()), s(100'000), {never}, {never}, {never}},
    };
}

class StateTable : public ::testing::TestWithParam<Row> {
protected:
    Seen at(std::chrono::nanoseconds time) const {
        const Judgement found = GetParam().peer.after(time);
        return {found.state, found.stalled};
    }
};

TEST_P(StateTable, HoldsAroundItsBoundary) {
    const Row& row = GetParam();
    EXPECT_EQ(at(row.boundary - tick), row.before);
    EXPECT_EQ(at(row.boundary), row.at);
    EXPECT_EQ(at(row.boundary + tick), row.after);
}

/// What changes by itself was announced, and nothing else is.
TEST_P(StateTable, AnnouncesItsBoundary) {
    const Row& row = GetParam();
    const auto deadline = row.peer.after(row.boundary - tick).deadline;
    const Boottime moment = row.peer.now.at + row.boundary;
    const auto announced = row.at != row.before  ? std::optional(moment)
                           : row.after != row.at ? std::optional(moment + tick)
                                                 : std::nullopt;
    EXPECT_TRUE(announced ? deadline == announced : !deadline || *deadline > moment + tick);
}

std::string name_of(const ::testing::TestParamInfo<Row>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(AbsentOrDown, StateTable, ::testing::ValuesIn(rows_above_all_others()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Wanted, StateTable, ::testing::ValuesIn(rows_of_the_wanted()), name_of);
INSTANTIATE_TEST_SUITE_P(WantedLate, StateTable, ::testing::ValuesIn(rows_of_late_wishes()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Unanswered, StateTable, ::testing::ValuesIn(rows_of_the_unanswered()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(ByHandshake, StateTable, ::testing::ValuesIn(rows_of_handshakes()),
                         name_of);

} // namespace
} // namespace wgnl
