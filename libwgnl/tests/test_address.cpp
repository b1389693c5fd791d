// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of addresses, prefixes, endpoints and device names: their text forms and what is refused.
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <net/if.h>

#include <wgnl/address.hpp>
#include <wgnl/device.hpp>

#include "generators.hpp"
#include "values/device_name.hpp"

namespace wgnl {
namespace {

template <typename T> std::string detail_of(const Result<T>& result) {
    return result ? "accepted" : result.error().detail();
}

RC_GTEST_PROP(IpAddress, SurvivesItsText, ()) {
    const auto address = *testing::ip_addresses();

    RC_ASSERT((IpAddress::parse(address.to_string()) == address));
}

RC_GTEST_PROP(AllowedIp, SurvivesItsText, ()) {
    const auto prefix = *testing::allowed_ips();
    const auto parsed = AllowedIp::parse(prefix.to_string());

    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->value == prefix);
    RC_ASSERT(!parsed->had_host_bits);
}

RC_GTEST_PROP(InterfaceAddress, SurvivesItsText, ()) {
    const auto address = *testing::interface_addresses();

    RC_ASSERT((InterfaceAddress::parse(address.to_string()) == address));
}

RC_GTEST_PROP(Endpoint, SurvivesItsText, ()) {
    const auto endpoint = *testing::endpoints();

    RC_ASSERT((Endpoint::parse(endpoint.to_string()) == endpoint));
}

RC_GTEST_PROP(Endpoint, IsAlsoAHostAndAPort, ()) {
    const auto endpoint = *testing::endpoints();
    const auto parts = HostPort::parse(endpoint.to_string());

    RC_ASSERT(parts.has_value());
    RC_ASSERT(parts->port == endpoint.port);
    RC_ASSERT(parts->host.starts_with(endpoint.address.to_string()));
}

RC_GTEST_PROP(AllTextForms, NeverCrashOnAnyBytes, (const std::string& text)) {
    (void)IpAddress::parse(text);
    (void)AllowedIp::parse(text);
    (void)InterfaceAddress::parse(text);
    (void)Endpoint::parse(text);
    (void)HostPort::parse(text);
    (void)check_device_name(text);
}

RC_GTEST_PROP(IpAddress, MaskKeepsTheFirstBitsOnly, ()) {
    const auto address = *testing::ip_addresses();
    const auto length = *rc::gen::inRange<int>(0, address_bits(address.family()) + 1);
    const auto masked = address.masked(static_cast<std::uint8_t>(length));

    for (int bit = 0; bit < address_bits(address.family()); ++bit) {
        const auto index = static_cast<std::size_t>(bit / 8);
        const auto bit_of = [&](const IpAddress& each) {
            return each.bytes()[index] >> (7 - bit % 8) & 1;
        };
        RC_ASSERT(bit_of(masked) == (bit < length ? bit_of(address) : 0));
    }
}

TEST(IpAddress, FamilyAndKind) {
    EXPECT_EQ(IpAddress::parse("10.0.0.1")->family(), Family::ipv4);
    EXPECT_EQ(IpAddress::parse("10.0.0.1")->bytes().size(), 4U);
    EXPECT_EQ(IpAddress::parse("fd00::1")->bytes().size(), 16U);
    EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
    EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
    EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
    EXPECT_TRUE(IpAddress::parse("febf::1")->is_link_local());
    EXPECT_FALSE(IpAddress::parse("fec0::1")->is_link_local());
    EXPECT_FALSE(IpAddress::parse("169.254.0.1")->is_link_local());
    EXPECT_NE(*IpAddress::parse("0.0.0.0"), *IpAddress::parse("::"));
}

class NoAddress : public ::testing::TestWithParam<std::string> {};

TEST_P(NoAddress, IsRefused) {
    const auto address = IpAddress::parse(GetParam());

    ASSERT_FALSE(address.has_value());
    EXPECT_EQ(address.error().code(), Errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Text, NoAddress,
                         ::testing::Values("", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1 ",
                                           "1", "fd00::1%lo", "[::1]", "::1::", "localhost",
                                           std::string("10.0.0.1\0", 9), std::string(1000, '1')));

TEST(AllowedIp, BareAddressIsOneHost) {
    EXPECT_EQ(AllowedIp::parse("10.0.0.1")->value.to_string(), "10.0.0.1/32");
    EXPECT_EQ(AllowedIp::parse("fd00::1")->value.to_string(), "fd00::1/128");
}

TEST(AllowedIp, HostBitsAreClearedAndReported) {
    const auto parsed = AllowedIp::parse("10.1.2.3/9");

    EXPECT_EQ(parsed->value.to_string(), "10.0.0.0/9");
    EXPECT_TRUE(parsed->had_host_bits);
}

TEST(AllowedIp, RefusalsSayWhatIsWrong) {
    EXPECT_EQ(detail_of(AllowedIp::parse("10.0.0.0/33")),
              "10.0.0.0/33 has a prefix longer than 32");
    EXPECT_EQ(detail_of(AllowedIp::parse("fd00::/129")), "fd00::/129 has a prefix longer than 128");
    EXPECT_EQ(detail_of(AllowedIp::parse("fd00::/99999999999")),
              "fd00::/99999999999 has a prefix longer than 128");
    for (const auto* text : {"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+1", "10.0.0.0/ 8",
                             "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "/8"}) {
        EXPECT_FALSE(AllowedIp::parse(text).has_value()) << text;
    }
}

TEST(AllowedIp, ErrorsShowControlCharactersHarmlessly) {
    EXPECT_EQ(detail_of(AllowedIp::parse("a\x1b[2J\xff")),
              "a\xef\xbf\xbd[2J\xef\xbf\xbd is not an IPv4 or IPv6 address, or one with /length");
}

TEST(InterfaceAddress, KeepsHostBits) {
    EXPECT_EQ(InterfaceAddress::parse("10.0.0.1/24")->to_string(), "10.0.0.1/24");
    EXPECT_EQ(InterfaceAddress::parse("fd00::1")->to_string(), "fd00::1/128");
}

TEST(Endpoint, ReadsBothFamilies) {
    EXPECT_EQ(Endpoint::parse("192.0.2.1:51820")->to_string(), "192.0.2.1:51820");
    EXPECT_EQ(Endpoint::parse("[2001:DB8:0::1]:1")->to_string(), "[2001:db8::1]:1");
}

TEST(Endpoint, ScopeIsAnInterfaceByNameOrNumber) {
    const auto loopback = if_nametoindex("lo");
    ASSERT_NE(loopback, 0U);

    EXPECT_EQ(Endpoint::parse("[fe80::1%lo]:1")->scope_id, loopback);
    EXPECT_EQ(Endpoint::parse("[fe80::1%" + std::to_string(loopback) + "]:1")->to_string(),
              "[fe80::1%lo]:1");
    EXPECT_EQ(detail_of(Endpoint::parse("[fe80::1%no-such-link]:1")),
              "[fe80::1%no-such-link]:1 names an interface that does not exist");
}

class NoEndpoint : public ::testing::TestWithParam<std::string> {};

TEST_P(NoEndpoint, IsRefused) {
    EXPECT_FALSE(Endpoint::parse(GetParam()).has_value());
    EXPECT_FALSE(HostPort::parse(GetParam()).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Text, NoEndpoint,
    ::testing::Values("", ":", ":1", "[", "[]", "[]:1", "[:1", "10.0.0.1",
                      "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:+1", "10.0.0.1: 1",
                      "10.0.0.1:http", "2001:db8::1:51820", "[2001:db8::1]", "[2001:db8::1]51820",
                      "[10.0.0.1]:1", "[2001:db8::1%lo]:1", "10.0.0.1%lo:1", "[fe80::1%]:1",
                      "10.0.0.256:1", "[vpn.example.org]:1", "-a.example:1", "a-.example:1",
                      "a..example:1", ".example:1", "a b:1", "host\n:1",
                      std::string(64, 'a') + ":1", std::string("host\0:1", 7)));

TEST(HostPort, TakesNamesByShape) {
    EXPECT_EQ(HostPort::parse("vpn.example.org:51820"), (HostPort{"vpn.example.org", 51820}));
    EXPECT_EQ(HostPort::parse("vpn.example.org.:1")->host, "vpn.example.org.");
    EXPECT_EQ(HostPort::parse("_under_score.1a:1")->host, "_under_score.1a");
    EXPECT_EQ(HostPort::parse("[2001:db8::1]:1")->host, "2001:db8::1");
    EXPECT_EQ(HostPort::parse("[fe80::1%not-there]:1")->host, "fe80::1%not-there");
    EXPECT_FALSE(HostPort::parse("[fe80::1%\a]:1")) << "no interface has such a name";
    EXPECT_FALSE(HostPort::parse("[fe80::1%\xff]:1")) << "it could not be shown";
}

TEST(HostPort, NameIsNoEndpoint) {
    EXPECT_FALSE(Endpoint::parse("vpn.example.org:51820").has_value());
}

TEST(DeviceName, FollowsTheKernelsRules) {
    for (const auto* name : {"wg0", "a", "exactly15bytes.", "tun.5", "wg-ä", "..."})
        EXPECT_TRUE(check_device_name(name).has_value()) << name;
    for (const auto& name :
         {std::string(), std::string("."), std::string(".."), std::string("sixteen-bytes-is"),
          std::string("a/b"), std::string("a:b"), std::string("a b"), std::string("a\n"),
          std::string("a\0b", 3)}) {
        EXPECT_FALSE(check_device_name(name).has_value()) << name;
    }
    EXPECT_EQ(detail_of(check_device_name("a/b")),
              "\"a/b\" has a '/', a ':', white space or a control character in it");
}

TEST(DeviceName, IsAWordToEveryShell) {
    for (const auto* name : {"wg_0=+.,@-", "0", "=wg", "AZaz09"})
        EXPECT_TRUE(check_device_name(name).has_value()) << name;
    for (const char c : std::string_view("!\"#$%&'()*;<>?[\\]^`{|}~")) {
        const auto name = std::string("wg") + c;
        EXPECT_FALSE(check_device_name(name).has_value()) << name;
        EXPECT_TRUE(check_link_name(name).has_value()) << name;
    }
    EXPECT_FALSE(check_device_name("-wg").has_value());
    EXPECT_EQ(detail_of(check_device_name("wg$(id)")),
              "\"wg$(id)\" has a $ in it, which shells do not take for a letter; of the signs only "
              "_ = + . , @ and - are taken");
}

TEST(Backend, HasAName) {
    EXPECT_EQ(to_string(Backend::kernel), "kernel");
    EXPECT_EQ(to_string(Backend::userspace), "userspace");
}

} // namespace
} // namespace wgnl
