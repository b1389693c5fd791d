// SPDX-License-Identifier: LGPL-2.1-or-later
// Values as systemd's parsers read them.
#include "networkd/files/text.hpp"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace wgnl::networkd {
namespace {

struct NumberCase {
    std::string_view text;
    std::optional<std::uint64_t> expected;
};

TEST(Text, NumbersAreThoseOfSystemd) {
    const NumberCase cases[] = {{"0", 0},
                                {"25", 25},
                                {"65535", 65535},
                                {"+7", 7},
                                {"0x1F", 31},
                                {"010", 8},
                                {"0o17", 15},
                                {"0b101", 5},
                                {"65536", {}},
                                {"-1", {}},
                                {"", {}},
                                {"foo", {}},
                                {"12x", {}},
                                {"1 2", {}},
                                {"0x", {}},
                                {"+", {}},
                                {"99999999999999999999999", {}}};
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(parse_number(text, 65535), expected) << text;
}

TEST(Text, SizesTakeSuffixes) {
    EXPECT_EQ(parse_size("1420", 65535), 1420U);
    EXPECT_EQ(parse_size("1K", 65535), 1024U);
    EXPECT_EQ(parse_size("64K", 65535), std::nullopt);
    EXPECT_EQ(parse_size("K", 65535), std::nullopt);
}

TEST(Text, BooleansInAnyCase) {
    for (auto text : {"1", "yes", "Y", "TRUE", "t", "On"})
        EXPECT_EQ(parse_boolean(text), true) << text;
    for (auto text : {"0", "no", "N", "False", "f", "OFF"})
        EXPECT_EQ(parse_boolean(text), false) << text;
    for (auto text : {"", "2", "maybe", "yes "})
        EXPECT_EQ(parse_boolean(text), std::nullopt) << text;
}

TEST(Text, DeviceNamesAreThoseOfTheKernel) {
    for (auto name : {"wg0", "a", "wg-office.1", "fifteen-letters"})
        EXPECT_TRUE(is_device_name(name)) << name;
    for (auto name : {"", ".", "..", "all", "default", "12", "a/b", "a b", "a:b", "a%b",
                      "sixteen-letters-", "w\x01"})
        EXPECT_FALSE(is_device_name(name)) << name;
}

TEST(Text, Utf8IsJudgedStrictly) {
    for (auto good : {"", "plain", "é€😀"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (auto bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
        EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, QuotedWords) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(quoted_words("a  'b c' \"d\"e"), (Words{"a", "b c", "de"}));
    EXPECT_EQ(quoted_words("  "), Words{});
    EXPECT_EQ(quoted_words("'open"), std::nullopt);
}

} // namespace
} // namespace wgnl::networkd
