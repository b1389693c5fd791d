// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems have an end, and each is news once for as long as it lasts.
#include "common/problems.hpp"

#include <gtest/gtest.h>

namespace wgnl::adapter {
namespace {

Problem problem(const std::string& text) { return {Severity::warning, {"f", 1}, text}; }

TEST(BoundedProblems, AreCountedWhereTheyWouldBeTooMany) {
    BoundedProblems problems(3);
    problems.add(problem("a"));
    EXPECT_FALSE(problems.full());
    problems.add(problem("b"));
    EXPECT_TRUE(problems.full());
    problems.add(problem("c"));
    problems.add(problem("d"));
    const auto taken = problems.take();
    ASSERT_EQ(taken.size(), 3U);
    EXPECT_EQ(taken[1], problem("b"));
    EXPECT_EQ(taken[2].severity, Severity::error);
    EXPECT_EQ(taken[2].text, "2 more problems are not listed");
    EXPECT_TRUE(problems.take().empty());
}

TEST(BoundedProblems, AreFitToBeShown) {
    BoundedProblems problems;
    problems.add({.location = {"a\x1b"}, .text = "b\x1b", .hint = "c\x1b", .key = "d\x1b"});
    const auto taken = problems.take();
    ASSERT_EQ(taken.size(), 1U);
    for (const auto& text : {taken[0].location.file, taken[0].text, taken[0].hint, taken[0].key})
        EXPECT_FALSE(text.contains('\x1b')) << text;
}

TEST(Bound, KeepsErrorsBeforeAllElseAndCountsTheRest) {
    std::vector<Problem> problems{problem("a"), problem("b"), {Severity::note, {}, "n"}};
    problems.push_back({Severity::error, {}, "e"});
    auto same = problems;
    bound(same, 4);
    EXPECT_EQ(same, problems);

    bound(problems, 3);

    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(problems[0].text, "e");
    EXPECT_EQ(problems[1].text, "a");
    EXPECT_EQ(problems[2].text, "2 more problems are not listed");
}

TEST(FirstFew, AreToldAndTheRestCounted) {
    FirstFew few;
    for (std::size_t i = 0; i < FirstFew::few; ++i)
        EXPECT_TRUE(few.admit());
    EXPECT_EQ(few.untold(), 0U);
    EXPECT_FALSE(few.admit());
    EXPECT_EQ(few.untold(), 1U);
}

TEST(SanitizedName, IsShortAndClean) {
    EXPECT_EQ(sanitized_name("Colour\n"), "Colour\ufffd=");
    EXPECT_EQ(sanitized_name(std::string(43, 'x')), "what stands here");
}

TEST(LoggedProblems, AreNewsOnceForAsLongAsTheyLast) {
    LoggedProblems problems;
    EXPECT_TRUE(problems.is_news("a"));
    EXPECT_FALSE(problems.is_news("a")); // of two files
    problems.end_look();
    EXPECT_FALSE(problems.is_news("a"));
    EXPECT_TRUE(problems.is_news("b"));
    problems.end_look();
    EXPECT_FALSE(problems.is_news("b")); // "a" was mended
    problems.end_look();
    EXPECT_TRUE(problems.is_news("a"));
}

TEST(SyslogPriority, IsThatOfTheSeverity) {
    EXPECT_EQ(syslog_priority(Severity::error), 3);
    EXPECT_EQ(syslog_priority(Severity::warning), 4);
    EXPECT_EQ(syslog_priority(Severity::note), 5);
}

} // namespace
} // namespace wgnl::adapter
