// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoint of a peer that roamed, when something writes over it.
#include <gtest/gtest.h>

#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

/// A declared peer with a session that has roamed away from what is declared.
class RoamedPeer : public ::testing::Test {
protected:
    void declare(const char* written) {
        auto peer = declared_peer(1);
        peer.endpoint = written;
        model_.declare(declared(declaration({peer})));
        model_.take(reading(1s, {}), true);
        auto live = with_session(1, 1s);
        live.endpoint = endpoint("198.51.100.9:2");
        model_.take(reading(2s, {live}));
        live.rx_bytes += 32;
        live.endpoint = endpoint("192.0.2.1:1000");
        model_.take(reading(3s, {live}));
        live_ = live;
    }
    DeviceUpdate becomes(const char* text, std::uint64_t received = 0, bool ours = false) {
        live_.endpoint = endpoint(text);
        live_.rx_bytes += received;
        return model_.take(reading(4s, {live_}), ours);
    }
    DeviceModel model_{"wg0"};
    PeerReading live_{};
};

TEST_F(RoamedPeer, EndpointThatIsWrittenOverComesBack) {
    declare("198.51.100.7:51820");

    EXPECT_TRUE(becomes("198.51.100.7:51820").reset);

    const auto lost = model_.begin_restore();
    ASSERT_TRUE(lost.contains(key(1)));
    EXPECT_EQ(lost.at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
    EXPECT_EQ(lost.at(key(1)).instead_of, endpoint("198.51.100.7:51820"));
}

TEST_F(RoamedPeer, EndpointThatIsWrittenOverShowsInAReadingAfterAChangeAsWell) {
    declare("198.51.100.7:51820");

    EXPECT_TRUE(becomes("198.51.100.7:51820", 0, true).reset);
}

TEST_F(RoamedPeer, WhatWasWrittenIsNotRememberedInItsPlace) {
    declare("198.51.100.7:51820");
    becomes("198.51.100.7:51820");
    becomes("198.51.100.7:51820");

    EXPECT_EQ(model_.begin_restore().at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
}

TEST_F(RoamedPeer, PeerRecreatedAfterItWasWrittenOverComesBackAsAnyOther) {
    declare("198.51.100.7:51820");
    becomes("198.51.100.7:51820");

    EXPECT_TRUE(model_.take(reading(5s, {peer_reading(1)})).reset);

    const auto lost = model_.begin_restore();
    ASSERT_TRUE(lost.contains(key(1)));
    EXPECT_EQ(lost.at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
    EXPECT_TRUE(lost.at(key(1)).had_session);
    EXPECT_EQ(lost.at(key(1)).instead_of, std::nullopt);
}

TEST_F(RoamedPeer, PacketFromTheConfiguredEndpointIsRoamingHome) {
    declare("198.51.100.7:51820");

    EXPECT_FALSE(becomes("198.51.100.7:51820", 32).reset);
    EXPECT_TRUE(model_.begin_restore().empty());
}

TEST_F(RoamedPeer, EndpointThatAPersonSetsStays) {
    declare("198.51.100.7:51820");

    EXPECT_FALSE(becomes("203.0.113.1:5").reset);
}

TEST_F(RoamedPeer, EndpointThatAPersonDeclaresStays) {
    declare("198.51.100.7:51820");
    auto peer = declared_peer(1);
    peer.endpoint = "203.0.113.1:5";
    model_.declare(declared(declaration({peer})));

    EXPECT_FALSE(becomes("203.0.113.1:5", 0, true).reset);
}

TEST_F(RoamedPeer, NameThatIsResolvedAnewMovesNoPeerThatRoamed) {
    declare("vpn.example.org:51820");

    EXPECT_TRUE(becomes("203.0.113.1:51820").reset);

    EXPECT_EQ(model_.begin_restore().at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
}

TEST_F(RoamedPeer, NameThatIsResolvedAnewMovesAPeerThatSaidNothingElse) {
    declare("vpn.example.org:51820");
    becomes("203.0.113.1:51820", 32);
    auto well = live_;
    well.endpoint = endpoint("203.0.113.2:51820");
    model_.take(reading(5s, {well}));
    model_.begin_restore();
    model_.end_restore(true);

    well.endpoint = endpoint("203.0.113.3:51820");

    EXPECT_FALSE(model_.take(reading(6s, {well})).reset);
}

TEST_F(RoamedPeer, RestoredEndpointIsRestoredASecondTime) {
    declare("vpn.example.org:51820");
    becomes("203.0.113.1:51820");
    model_.begin_restore();
    becomes("192.0.2.1:1000", 0, true);
    model_.end_restore(true);

    EXPECT_TRUE(becomes("203.0.113.1:51820").reset);
}

} // namespace
} // namespace wgnl::daemon::test
