// SPDX-License-Identifier: LGPL-2.1-or-later
// What is shown of text, and what replaces the rest.
#include <wgnl/text.hpp>

#include <wgnl/declaration.hpp>

#include <wgnl/declaration.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wgnl {

namespace {

TEST(Printable, HasNothingThatSteersATerminalOrDeceivesAReader) {
    for (const std::string_view unseen :
         {"\n",     "\033",   "\x7f",   "\u0080", "\u009b", "\u061c", "\u200b",
          "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e",
          "\u2060", "\u2066", "\u2069", "\ufeff", "\ufffe", "\ufdd0", "\U0001ffff"}) {
        const auto text = "a" + std::string(unseen) + "b";
        EXPECT_FALSE(is_printable(text)) << testing::PrintToString(text);
        EXPECT_EQ(printable(text), "a\ufffdb");
    }
}

TEST(Printable, LeavesEveryLanguageAlone) {
    for (const std::string_view text :
         {"Büro", "界", "🦭", "שלום", "سلام", "\u200a", "\u2010", "\u202f"}) {
        EXPECT_TRUE(is_printable(text)) << text;
        EXPECT_EQ(printable(text), text);
    }
}

TEST(EditDistance, CountsLettersWhateverTheirCase) {
    EXPECT_EQ(edit_distance("WireGuard", "wireguard"), 0U);
    EXPECT_EQ(edit_distance("wiregaurd", "wireguard"), 2U);
    EXPECT_EQ(edit_distance("wireguad", "wireguard"), 1U);
    EXPECT_EQ(edit_distance("wirreguard", "wireguard"), 1U);
    EXPECT_EQ(edit_distance("", "wg"), 2U);
    EXPECT_EQ(edit_distance("vlan", ""), 4U);
}

TEST(Printable, ReplacesEachByteThatIsNoUtf8) {
    EXPECT_EQ(printable("wg\xff\x9b[1m\xe2\x80"), "wg\ufffd\ufffd[1m\ufffd\ufffd");
}

TEST(Printable, IsCutAtAWholeCharacterWhereItIsAskedFor) {
    EXPECT_EQ(printable("ääää", 5), "ää…");
    EXPECT_EQ(printable(std::string(20'000, 'a'), std::string::npos).size(), 20'000U);
}

RC_GTEST_PROP(Printable, IsPrintableWhateverItWas, (const std::string& text)) {
    const auto shown = printable(text);

    RC_ASSERT(is_printable(shown));
    RC_ASSERT(printable(shown) == shown);
    RC_ASSERT(!is_printable(text) || shown == text);
}

} // namespace

} // namespace wgnl
