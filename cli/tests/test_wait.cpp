// SPDX-License-Identifier: LGPL-2.1-or-later
// The condition of `wgnl wait`, and how its time is written.
#include "verbs/verbs.hpp"

#include <gtest/gtest.h>

#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

using namespace std::chrono_literals;

DeviceView device(std::uint64_t established, std::uint64_t never) {
    return {.name = "wg0",
            .peer_count = established + never,
            .state_counts = {{"established", established}, {"never", never}}};
}

TEST(Missing, IsNothingOnceAnyPeerIsEstablished) {
    EXPECT_EQ(missing({.device = "wg0"}, device(1, 1), {}), "");
    EXPECT_EQ(missing({.device = "wg0"}, device(0, 2), {}),
              "no peer of wg0 is established (2 never)");
    EXPECT_EQ(missing({.device = "wg0"}, device(0, 0), {}), "wg0 has no peers");
}

TEST(Missing, IsTheNamedPeerAlone) {
    const WaitOptions options{.device = "wg0", .peer = "laptop"};

    EXPECT_EQ(missing(options, device(1, 1), PeerView{.state = "established"}), "");
    EXPECT_EQ(missing(options, device(1, 1), PeerView{.state = "never"}),
              "peer laptop of wg0 is never");
    EXPECT_EQ(missing(options, device(1, 1), {}), "wg0 has no peer laptop");
}

TEST(Missing, IsNothingOfAllOnlyIfThereAreSome) {
    const WaitOptions all{.device = "wg0", .all_peers = true};

    EXPECT_EQ(missing(all, device(2, 0), {}), "");
    EXPECT_EQ(missing(all, device(1, 1), {}),
              "not every peer of wg0 is established (1 established, 1 never)");
    EXPECT_EQ(missing(all, device(0, 0), {}), "wg0 has no peers");
}

TEST(Missing, IsADeviceThatIsNotThere) {
    EXPECT_EQ(missing({.device = "wg1"}, {}, {}), "there is no WireGuard device wg1");
}

TEST(ParseSpan, TakesSecondsAndUnits) {
    EXPECT_EQ(parse_span("30"), 30s);
    EXPECT_EQ(parse_span("1.5"), 1500ms);
    EXPECT_EQ(parse_span("500ms"), 500ms);
    EXPECT_EQ(parse_span("2min"), 2min);
    EXPECT_EQ(parse_span("1h 30min"), 90min);
    EXPECT_EQ(parse_span(" 1min30s "), 90s);
    EXPECT_EQ(parse_span("1 d"), 24h);
}

TEST(ParseSpan, RefusesWhatIsNone) {
    for (const char* text : {"", " ", "soon", "5x", "-1", "1h soon", "0", "1e9", "nan", "inf",
                             "1000000d", "min", "99999999999999999999999"})
        EXPECT_FALSE(parse_span(text)) << text;
}

} // namespace
} // namespace wgnl::cli
