// SPDX-License-Identifier: LGPL-2.1-or-later
// Characters as RFC 3629 has them, words between separators, numbers and nothing beside them.
#include "base/text.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace wgnl {
namespace {

/// UTF-8 by the table of RFC 3629, section 3; up to 21 bits.
std::string encoded(std::uint32_t point, std::size_t length) {
    constexpr std::uint32_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    std::string text;
    for (std::size_t i = 1; i < length; ++i) {
        text.insert(text.begin(), static_cast<char>(0x80 | (point & 0x3f)));
        point >>= 6;
    }
    text.insert(text.begin(), static_cast<char>(leads[length] | point));
    return text;
}

std::size_t shortest(std::uint32_t point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

TEST(Utf8, EachCodePointIsReadBack) {
    for (std::uint32_t point = 0; point < 0x110000; ++point) {
        const bool surrogate = point >= 0xd800 && point < 0xe000;
        const auto text = encoded(point, shortest(point));
        const auto read = first_character(text + "x");
        ASSERT_EQ(read.length, surrogate ? 0 : text.size()) << point;
        ASSERT_EQ(read.code_point, surrogate ? 0 : point);
        ASSERT_EQ(is_utf8(text), !surrogate);
    }
}

TEST(Utf8, LongerFormsAreNone) {
    for (const std::uint32_t point : {0x00U, 0x2fU, 0x7fU, 0x7ffU, 0xffffU})
        for (auto length = shortest(point) + 1; length <= 4; ++length)
            EXPECT_FALSE(is_utf8(encoded(point, length))) << point << " in " << length;
}

TEST(Utf8, WhatIsCutOrTooLargeIsNone) {
    for (const auto* text : {"\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",
                             "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xfe"})
        EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_EQ(first_character("").length, 0);
    EXPECT_TRUE(is_utf8(""));
}

TEST(Text, IsTrimmedOfWhatIsNamed) {
    EXPECT_EQ(trimmed(" \t\n\v\f\ra b \r"), "a b");
    EXPECT_EQ(trimmed(" \va\v ", " "), "\va\v");
    EXPECT_EQ(trimmed_left("  a "), "a ");
    for (const auto* nothing : {"", " ", " \t\r\n"}) {
        EXPECT_EQ(trimmed(nothing), "");
        EXPECT_EQ(trimmed_left(nothing), "");
    }
}

TEST(Text, IsSplitIntoPiecesThatAreNotEmpty) {
    using Pieces = std::vector<std::string_view>;
    EXPECT_EQ(split(" a,b ,, c", blanks_and_commas), (Pieces{"a", "b", "c"}));
    EXPECT_EQ(split(",,", ","), Pieces{});
    EXPECT_EQ(split("a", ","), Pieces{"a"});
}

TEST(Number, IsAllOfTheText) {
    EXPECT_EQ(whole_number<std::uint8_t>("255"), 255);
    EXPECT_EQ(whole_number<std::uint32_t>("ff", 16), 255U);
    EXPECT_EQ(whole_number<int>("-7"), -7);
    for (const auto* text : {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "256", "a"})
        EXPECT_EQ(whole_number<std::uint8_t>(text), std::nullopt) << text;
}

TEST(Number, IsTakenOffTheFront) {
    std::string_view text = "6.12";
    EXPECT_EQ(take_number<unsigned>(text), 6U);
    EXPECT_EQ(text, ".12");
    EXPECT_EQ(take_number<unsigned>(text), std::nullopt);
    EXPECT_EQ(text, ".12");
}

} // namespace
} // namespace wgnl
