// SPDX-License-Identifier: LGPL-2.1-or-later
// What is seen of peers that stop answering, by nobody's asking, and what it takes to see it.
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "model/read_schedule.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

constexpr std::uint64_t ping = 128;
constexpr std::uint64_t initiation = 148;

using std::chrono::nanoseconds;

/// What the kernel shows of a peer so long after the first reading.
using Kernel = std::function<PeerReading(std::uint8_t, nanoseconds)>;

std::uint64_t count(nanoseconds from, nanoseconds to) {
    return to <= from ? 0 : static_cast<std::uint64_t>((to - from) / 1s);
}

/// Shakes hands at 1 s, is sent a ping each second from then on until `stops`, and answers until
/// `dies`. (The handshakes of a session that goes on do not matter here.)
Kernel pinged(nanoseconds dies, nanoseconds stops = std::chrono::hours(1),
              std::uint16_t keepalive = 0) {
    return [=](std::uint8_t number, nanoseconds now) {
        auto peer = peer_reading(number);
        peer.endpoint = endpoint("192.0.2.1:1000");
        peer.persistent_keepalive = keepalive;
        if (now < 1s)
            return peer;
        peer.last_handshake = moment(1s).real;
        peer.tx_bytes = initiation + ping * count(0s, std::min(now, stops));
        peer.rx_bytes = initiation + ping * count(0s, std::min({now, dies, stops}));
        return peer;
    };
}

/// wgnld, which nobody asks: it reads when the model wants it, and when a handshake is heard.
class Unasked {
public:
    explicit Unasked(Kernel kernel, std::uint8_t peers = 1)
        : kernel_(std::move(kernel)), peers_(peers) {
        read(0s);
        read(1s);
        looks_ = 0;
    }
    void until(nanoseconds end) {
        for (auto next = due(); next && *next <= end; next = due())
            read(*next);
    }
    /// When the state, or that it is stalled, was first `text`; 0: it never was.
    nanoseconds first(const std::string& text) const {
        for (const auto& [at, said] : said_)
            if (said == text)
                return at;
        return {};
    }
    std::size_t looks() const { return looks_; }

private:
    std::optional<nanoseconds> due() const {
        const auto next = model_.peers().next_look();
        return next ? std::optional(*next - moment(0s).boot) : std::nullopt;
    }
    void read(nanoseconds at) {
        std::vector<PeerReading> peers;
        for (std::uint8_t number = 1; number <= peers_; ++number)
            peers.push_back(kernel_(number, at));
        model_.take(reading(at, std::move(peers)));
        ++looks_;
        const auto& peer = *model_.peers().find(key(1));
        said_.emplace_back(at, std::string(to_string(peer.state())));
        if (peer.stalled())
            said_.emplace_back(at, "stalled");
    }

    Kernel kernel_;
    std::uint8_t peers_;
    DeviceModel model_{"wg0"};
    std::size_t looks_{0};
    std::vector<std::pair<nanoseconds, std::string>> said_{};
};

TEST(Unanswered, PeerIsStalledAndThenUnreachableThoughNobodyAsks) {
    for (const auto keepalive : {std::uint16_t{0}, std::uint16_t{25}})
        for (const auto dies : {2s, 9s, 16s, 40s}) {
            Unasked wgnld(pinged(dies, std::chrono::hours(1), keepalive));
            wgnld.until(400s);

            ASSERT_NE(wgnld.first("stalled"), 0s);
            EXPECT_LE(wgnld.first("stalled"), dies + 45s);
            ASSERT_NE(wgnld.first("unreachable"), 0s);
            EXPECT_LE(wgnld.first("unreachable"), dies + 130s);
            EXPECT_EQ(wgnld.first("idle"), 0s) << "which is no failure";
        }
}

/// The last reading that saw data was long before the silence began.
TEST(Unanswered, PeerThatWasQuietForAWhileIsNoticedToo) {
    const auto before = pinged(3s, 3s);
    const auto after = pinged(3s);
    Unasked wgnld([&](std::uint8_t number, nanoseconds now) {
        return now < 60s ? before(number, now) : after(number, now);
    });

    wgnld.until(400s);

    EXPECT_NE(wgnld.first("stalled"), 0s);
    EXPECT_NE(wgnld.first("unreachable"), 0s);
}

TEST(Unanswered, PeerThatAnswersIsNeverStalled) {
    Unasked wgnld(pinged(std::chrono::hours(1)));

    wgnld.until(170s);

    EXPECT_EQ(wgnld.first("stalled"), 0s);
    EXPECT_EQ(wgnld.first("unreachable"), 0s);
}

TEST(Looks, EndWhereNothingIsSent) {
    Unasked wgnld(pinged(std::chrono::hours(1), 2s)); // one ping

    wgnld.until(std::chrono::hours(10));

    EXPECT_LE(wgnld.looks(), 4U) << "after 4, 8 and 100 s, and when the session is old";
}

TEST(Looks, LeaveTheMinuteAfterAHandshakeInPeace) {
    Unasked wgnld(pinged(std::chrono::hours(1), 2s));
    wgnld.until(10s);
    const auto before = wgnld.looks();

    wgnld.until(70s);

    EXPECT_EQ(wgnld.looks(), before);
}

/// The pings begin just after the handshake was read, of which the kernel counts what it took.
TEST(Unanswered, SessionOfAPeerWithKeepaliveIsWatchedFromItsHandshake) {
    const auto pings = pinged(31s, std::chrono::hours(1), 25);
    Unasked wgnld([&](std::uint8_t number, nanoseconds now) {
        auto peer = pings(number, now);
        if (now <= 1s)
            peer.tx_bytes = initiation;
        return peer;
    });

    wgnld.until(400s);

    ASSERT_NE(wgnld.first("stalled"), 0s);
    EXPECT_LE(wgnld.first("stalled"), 31s + 45s);
    EXPECT_LE(wgnld.first("unreachable"), 31s + 130s);
}

TEST(Looks, AreFewForKeepalives) {
    Unasked wgnld([](std::uint8_t number, nanoseconds now) {
        auto peer = pinged(std::chrono::hours(1), 0s, 25)(number, now);
        peer.tx_bytes += 32 * count(0s, now / 25);
        peer.rx_bytes += 32 * count(0s, now / 25);
        return peer;
    });

    wgnld.until(170s);

    EXPECT_LE(wgnld.looks(), 2U) << "4 and 100 s after the handshake";
}

TEST(Looks, AreNoMoreForAHundredBusyPeersThanForOne) {
    Unasked one(pinged(std::chrono::hours(1)));
    Unasked many(pinged(std::chrono::hours(1)), 100);

    one.until(141s);
    many.until(141s);

    EXPECT_EQ(many.looks(), one.looks());
    EXPECT_LE(many.looks(), 11U) << "each reads the device as a whole";
}

TEST(Traffic, ThatAStreamOfReadingsSeesIsLookedForWhenTheyEnd) {
    Traffic traffic;
    for (auto at = boot(0s); at <= boot(30s); at += 1s)
        traffic.looked(at, true);
    EXPECT_EQ(traffic.due(), boot(30s) + Traffic::next);
    traffic.looked(boot(31s), false); // too early to say that nothing is sent any more
    EXPECT_EQ(traffic.due(), boot(30s) + Traffic::next);
    traffic.looked(boot(44s), false);
    EXPECT_EQ(traffic.due(), boot(30s) + Traffic::last);
    traffic.looked(boot(130s), false);
    EXPECT_EQ(traffic.due(), std::nullopt);
}

} // namespace
} // namespace wgnl::daemon::test
