// SPDX-License-Identifier: LGPL-2.1-or-later
// Ages, sizes, cut texts and tables.
#include "terminal/format.hpp"

#include <clocale>
#include <cstdint>

#include <gtest/gtest.h>

namespace wgnl::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Age, ShowsTheTwoLargestUnits) {
    EXPECT_EQ(age(seconds{0}), "0s ago");
    EXPECT_EQ(age(seconds{12}), "12s ago");
    EXPECT_EQ(age(seconds{59}), "59s ago");
    EXPECT_EQ(age(minutes{1}), "1min ago");
    EXPECT_EQ(age(minutes{3} + seconds{5}), "3min 5s ago");
    EXPECT_EQ(age(hours{2} + minutes{14} + seconds{59}), "2h 14min ago");
    EXPECT_EQ(age(hours{1} + seconds{30}), "1h ago");
    EXPECT_EQ(age(days{5} + hours{3}), "5d 3h ago");
    EXPECT_EQ(age(days{400}), "400d ago");
}

TEST(Age, OfTheFutureIsJustNow) { EXPECT_EQ(age(seconds{-1}), "just now"); }

TEST(IecSize, ChangesUnitsAtPowersOf1024) {
    EXPECT_EQ(iec_size(0), "0 B");
    EXPECT_EQ(iec_size(1023), "1023 B");
    EXPECT_EQ(iec_size(1024), "1.0 KiB");
    EXPECT_EQ(iec_size(1536), "1.5 KiB");
    EXPECT_EQ(iec_size(3U * 1024 * 1024 + 400 * 1024), "3.4 MiB");
    EXPECT_EQ(iec_size(UINT64_MAX), "16.0 EiB");
}

TEST(IecSize, NeverShows1024OfAUnit) {
    EXPECT_EQ(iec_size(1024 * 1024 - 1), "1.0 MiB");
    EXPECT_EQ(iec_size(1024ULL * 1024 * 1024 - 1), "1.0 GiB");
}

TEST(ShortKey, IsTheBeginning) {
    EXPECT_EQ(short_key("abcdefghijkl"), "abcdefgh");
    EXPECT_EQ(short_key("abc"), "abc");
}

TEST(DisplayWidth, CountsColumnsAndNoColours) {
    EXPECT_EQ(display_width("↓ rx"), 4U);
    EXPECT_EQ(display_width("办公室"), 6U);
    EXPECT_EQ(display_width("한"), 2U);
    EXPECT_EQ(display_width("Ａ"), 2U) << "full width";
    EXPECT_EQ(display_width("é"), 1U) << "with a combining accent";
    EXPECT_EQ(display_width("\U0001f600"), 2U);
    EXPECT_EQ(display_width("\U0001f600\ufe0f"), 2U) << "with a selector behind it";
    EXPECT_EQ(display_width("\033[32mok\033[0m"), 2U);
    EXPECT_EQ(display_width("broken \033[32"), 7U);
}

TEST(DisplayWidth, TakesAColumnForWhatNobodyKnows) {
    EXPECT_EQ(display_width("\xff"), 1U);
    EXPECT_EQ(display_width("\t"), 1U);
    EXPECT_EQ(display_width("\u0378"), 1U) << "no character has that number";
}

TEST(DisplayWidth, IsTheSameInEveryLocale) {
    const std::string before = std::setlocale(LC_CTYPE, nullptr);
    ASSERT_NE(std::setlocale(LC_CTYPE, "C"), nullptr);
    EXPECT_EQ(display_width("办公室"), 6U);
    EXPECT_EQ(std::string_view{std::setlocale(LC_CTYPE, nullptr)}, "C") << "and it stays";
    std::setlocale(LC_CTYPE, before.c_str());
}

TEST(Cut, KeepsWhatFits) { EXPECT_EQ(cut("10.0.0.0/8", 10, "…"), "10.0.0.0/8"); }

TEST(Cut, EndsInTheEllipsisAndIsNoWider) {
    EXPECT_EQ(cut("10.0.0.0/8", 6, "…"), "10.0.…");
    EXPECT_EQ(cut("10.0.0.0/8", 6, "..."), "10....");
    EXPECT_EQ(cut("äöüß", 3, "…"), "äö…");
    EXPECT_EQ(cut("abc", 0, "…"), "");
    EXPECT_EQ(cut("abcdef", 2, "..."), "..");
}

TEST(Cut, BreaksNoCharacterApart) {
    EXPECT_EQ(cut("办公室", 6, "…"), "办公室");
    EXPECT_EQ(cut("办公室", 5, "…"), "办公…");
    EXPECT_EQ(cut("办公室", 4, "…"), "办…") << "three columns: half a character is none";
    EXPECT_EQ(cut("e\u0301e\u0301e\u0301", 2, "…"), "e\u0301…") << "a mark goes with its letter";
    EXPECT_EQ(cut("\U0001f600", 1, "…"), "…");
}

TEST(Printable, LeavesNothingThatSteersATerminal) {
    EXPECT_EQ(printable("a\033[2Jb\r\n\x7f"), "a\ufffd[2Jb\ufffd\ufffd\ufffd");
    EXPECT_EQ(printable("\u009b2J\u202e\x9b"), "\ufffd2J\ufffd\ufffd");
    EXPECT_EQ(printable("Büro"), "Büro");
}

TEST(Table, AlignsColumnsAndEndsLinesWithoutBlanks) {
    Table table{{Table::Align::left, Table::Align::right, Table::Align::left}};
    table.add({"a", "1", "x"});
    table.add({"\033[1mlonger\033[0m", "22", ""});

    const auto lines = table.lines();

    EXPECT_EQ(lines, (std::vector<std::string>{"a        1  x", "\033[1mlonger\033[0m  22"}));
}

TEST(Table, AlignsWhatIsWiderOrNarrowerThanItsCharacters) {
    Table table{{Table::Align::left, Table::Align::right, Table::Align::left}};
    table.add({"laptop", "1", "x"});
    table.add({"办公室", "二", "x"});
    table.add({"cafe\u0301", "3", "x"});
    table.add({"\U0001f600", "44", "x"});

    EXPECT_EQ(table.lines(), (std::vector<std::string>{
                                 "laptop   1  x",
                                 "办公室  二  x",
                                 "cafe\u0301     3  x",
                                 "\U0001f600      44  x",
                             }));
}

TEST(Wrapped, BreaksAtBlanksAndWordsThatAreTooLong) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(wrapped("", 5), Lines{""});
    EXPECT_EQ(wrapped("one two", 7), Lines{"one two"});
    EXPECT_EQ(wrapped("one two three", 7), (Lines{"one two", "three"}));
    EXPECT_EQ(wrapped("abcdefgh", 3), (Lines{"abc", "def", "gh"}));
    EXPECT_EQ(wrapped("äöü äöü", 3), (Lines{"äöü", "äöü"}));
    EXPECT_EQ(wrapped("\033[31mred\033[0m two", 4), (Lines{"\033[31mred\033[0m", "two"}));
    EXPECT_EQ(wrapped("abc", 0), (Lines{"a", "b", "c"}));
    EXPECT_EQ(wrapped("办公室", 4), (Lines{"办公", "室"}));
    EXPECT_EQ(wrapped("办公", 1), (Lines{"办", "公"})) << "wider than a line, and yet there";
}

} // namespace
} // namespace wgnl::cli
