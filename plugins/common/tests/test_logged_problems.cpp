// SPDX-License-Identifier: LGPL-2.1-or-later
// Each problem is news once for as long as it lasts.
#include "common/logged_problems.hpp"

#include <gtest/gtest.h>

namespace wgnl::adapter {
namespace {

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
