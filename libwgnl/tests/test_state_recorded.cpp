// SPDX-License-Identifier: LGPL-2.1-or-later
// What a real kernel told of a peer in five cases, recorded, and the states that follow from it.
#include <wgnl/state.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wgnl {
namespace {

using std::chrono::milliseconds;
using enum PeerState;

/// From then on the peer is so.
struct Change {
    long second{};
    PeerState state{never};
    bool stalled{false};
};
void PrintTo(const Change& change, std::ostream* out) {
    *out << change.second << " s: " << to_string(change.state)
         << (change.stalled ? ", stalled" : "");
}

/// Figures were read every 5 s, and a handshake takes a moment.
constexpr long tolerance = 6;
bool operator==(const Change& found, const Change& expected) {
    return found.state == expected.state && found.stalled == expected.stalled &&
           std::labs(found.second - expected.second) <= tolerance;
}

struct Case {
    std::string file;
    std::string name;
    std::vector<Change> expected;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.file; }

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields(1);
    for (const char c : line)
        if (c == ',')
            fields.emplace_back();
        else
            fields.back() += c;
    return fields;
}

/// The machine had been up for a while when a recording began.
constexpr Boottime beginning{std::chrono::hours{1}};

/// ms,link_up,endpoint,keepalive,handshake_ms,rx,tx
Observation observation_of(const std::vector<std::string>& fields) {
    Observation seen{.at = beginning + milliseconds{std::stoll(fields.at(0))},
                     .link_up = fields.at(1) == "1",
                     .endpoint_known = fields.at(2) == "1",
                     .keepalive = static_cast<std::uint16_t>(std::stoul(fields.at(3))),
                     .rx_bytes = std::stoull(fields.at(5)),
                     .tx_bytes = std::stoull(fields.at(6))};
    if (!fields[4].empty())
        seen.handshake = beginning + milliseconds{std::stoll(fields[4])};
    return seen;
}

std::vector<Observation> recording(const std::string& file) {
    const char* const root = std::getenv("WGNL_SOURCE_ROOT"); // `meson test` sets it
    std::ifstream lines((root ? std::string(root) : ".") + "/libwgnl/tests/data/states/" + file);
    std::vector<Observation> all;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with('#') && !line.starts_with("ms,"))
            all.push_back(observation_of(fields_of(line)));
    return all;
}

/// The states that a program sees which reads when the recorder did, and at every deadline.
class Replay {
public:
    void read(const Observation& seen) {
        follow_deadlines(seen.at);
        (void)observe(track_, seen);
        last_ = seen;
        note(seen.at);
    }
    const std::vector<Change>& changes() const { return changes_; }

private:
    void follow_deadlines(Boottime end) {
        while (!changes_.empty() && deadline_ && *deadline_ < end)
            note(*deadline_);
    }
    void note(Boottime at) {
        const Judgement found = judge(track_, last_, at);
        deadline_ = found.deadline;
        if (changes_.empty() || changes_.back().state != found.state ||
            changes_.back().stalled != found.stalled)
            changes_.push_back({std::chrono::round<std::chrono::seconds>(at - beginning).count(),
                                found.state, found.stalled});
    }

    PeerTrack track_{};
    Observation last_{};
    std::optional<Boottime> deadline_{};
    std::vector<Change> changes_{};
};

class RecordedStates : public ::testing::TestWithParam<Case> {};

TEST_P(RecordedStates, FollowFromTheFigures) {
    const auto seen = recording(GetParam().file);
    ASSERT_GT(seen.size(), 10U) << "set WGNL_SOURCE_ROOT to the checkout";
    Replay replay;
    for (const Observation& each : seen)
        replay.read(each);
    EXPECT_EQ(replay.changes(), GetParam().expected);
}

const std::vector<Case> cases{
    {"dead-peer.csv",
     "DeadPeerUnderTraffic",
     {{0, established}, {15, established, true}, {100, unreachable}}},
    {"one-ping.csv",
     "OneUnansweredPing",
     {{0, never}, {15, handshaking}, {100, unreachable}, {282, never}}},
    {"no-route.csv", "NoRoute", {{0, never}, {100, unreachable}}},
    {"link-down-up.csv",
     "LinkDownAndUp",
     {{0, established}, {20, down}, {30, idle}, {60, established}}},
    {"keepalive-300.csv",
     "KeepaliveOf300Seconds",
     {{0, established},
      {180, idle},
      {310, established},
      {485, idle},
      {620, established},
      {797, idle},
      {930, established}}},
};
INSTANTIATE_TEST_SUITE_P(OnLinux, RecordedStates, ::testing::ValuesIn(cases),
                         [](const auto& each) { return each.param.name; });

/// What the figures themselves must show, or they were recorded of something else.
TEST(RecordedFigures, AreWhatTheCasesAreNamedAfter) {
    const auto dead = recording("dead-peer.csv");
    EXPECT_EQ(dead.front().rx_bytes, dead.back().rx_bytes);
    EXPECT_EQ(dead.front().handshake, dead.back().handshake);
    EXPECT_GT(dead.back().tx_bytes, dead.front().tx_bytes + std::uint64_t{145} * 128);
    EXPECT_EQ(recording("one-ping.csv").back().tx_bytes, 20U * 148);
    EXPECT_EQ(recording("no-route.csv").back().tx_bytes, 0U);
    EXPECT_FALSE(recording("no-route.csv").back().handshake);
}

} // namespace
} // namespace wgnl
