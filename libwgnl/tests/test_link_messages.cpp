// SPDX-License-Identifier: LGPL-2.1-or-later
// Messages of rtnetlink that no kernel should send, and those that are passed over.
#include "links/messages.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "codec/attributes.hpp"

namespace wgnl {
namespace {

constexpr std::array<std::uint8_t, 4> v4{10, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> v6{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

template <typename Header> std::vector<std::uint8_t>
message(std::uint16_t type, const Header& header, std::uint16_t attribute, Bytes value) {
    std::array<std::uint8_t, 128> storage{};
    MessageWriter writer(storage);
    writer.begin(type, 0);
    writer.put_header(header);
    writer.put_bytes(attribute, value);
    writer.put(RTA_OIF, std::uint32_t{5});
    const auto bytes = writer.finish();
    return {bytes.begin(), bytes.end()};
}

auto read_address(std::uint8_t family, std::uint8_t length, Bytes value) {
    const ifaddrmsg header{family, length, 0, 0, 5};
    return read_link_address(message(RTM_NEWADDR, header, IFA_ADDRESS, value), "test");
}

auto read_route(std::uint8_t family, std::uint8_t length, Bytes value) {
    const rtmsg header{.rtm_family = family, .rtm_dst_len = length, .rtm_type = RTN_UNICAST};
    return read_link_route(message(RTM_NEWROUTE, header, RTA_DST, value), "test");
}

TEST(LinkMessages, APrefixLongerThanItsAddressIsMalformed) {
    EXPECT_EQ(read_address(AF_INET, 32, v4).value()->value.to_string(), "10.0.0.1/32");
    EXPECT_EQ(read_address(AF_INET, 33, v4).error().code(), Errc::protocol);
    EXPECT_EQ(read_address(AF_INET6, 128, v6).value()->value.to_string(), "fd00::1/128");
    EXPECT_EQ(read_address(AF_INET6, 129, v6).error().code(), Errc::protocol);

    EXPECT_EQ(read_route(AF_INET, 32, v4).value()->value.destination.to_string(), "10.0.0.1/32");
    EXPECT_EQ(read_route(AF_INET, 33, v4).error().code(), Errc::protocol);
    EXPECT_EQ(read_route(AF_INET6, 129, v6).error().code(), Errc::protocol);
}

TEST(LinkMessages, AnAddressOfAnotherFamilyOrSizeIsNone) {
    EXPECT_FALSE(read_address(AF_INET, 8, v6).value());
    EXPECT_FALSE(read_address(AF_UNIX, 8, v4).value());
}

TEST(LinkMessages, WhatIsTooShortIsPassedOver) {
    const auto whole = message(RTM_NEWADDR, ifaddrmsg{AF_INET, 8, 0, 0, 5}, IFA_ADDRESS, v4);
    const Bytes bytes(whole);

    EXPECT_EQ(message_type(bytes.first(8)), 0);
    EXPECT_FALSE(read_link(bytes.first(20), "test").value());
    EXPECT_FALSE(read_link_address(bytes.first(20), "test").value());
    EXPECT_FALSE(read_link_route(bytes.first(20), "test").value());
    EXPECT_EQ(read_link_address(bytes.first(whole.size() - 1), "test").error().code(),
              Errc::protocol);
}

TEST(LinkMessages, ALinkWithoutANameIsMalformed) {
    const ifinfomsg header{.ifi_family = AF_UNSPEC, .ifi_index = 5};
    const auto nameless = message(RTM_NEWLINK, header, IFLA_MTU, std::array<std::uint8_t, 4>{1});

    EXPECT_EQ(read_link(nameless, "test").error().code(), Errc::protocol);
}

} // namespace
} // namespace wgnl
