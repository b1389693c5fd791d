// SPDX-License-Identifier: LGPL-2.1-or-later
// Which of NetworkManager's announcements are edits.
#include "nm/service/echo.hpp"

#include <gtest/gtest.h>

namespace wgnl::nm {
namespace {

TEST(NmEcho, WhatNobodyAskedForIsAnEdit) {
    Echo echo;
    echo.asked("/1");
    EXPECT_TRUE(echo.is_edit("/2"));
}

TEST(NmEcho, OfOneAnnouncementWhileItWasAskedForNothingIsToBeRead) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_FALSE(echo.answered("/1"));
    EXPECT_TRUE(echo.is_edit("/1"));
}

TEST(NmEcho, ASecondOneIsAnEdit) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_TRUE(echo.answered("/1"));
}

TEST(NmEcho, WhatNobodyAskedForIsNotAnswered) {
    Echo echo;
    EXPECT_FALSE(echo.answered("/1"));
}

TEST(NmEcho, WhereAnswersHaveNoneAnEditIsReadOnceMore) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.answered("/1"));
    echo.asked("/1");
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_TRUE(echo.answered("/1"));
    echo.asked("/1");
    EXPECT_FALSE(echo.answered("/1"));
}

TEST(NmEcho, ReadingEndsThoughAnAnswerWasSilentOnce) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.answered("/1"));
    for (const bool again : {true, false, false}) {
        echo.asked("/1");
        EXPECT_FALSE(echo.is_edit("/1"));
        EXPECT_EQ(echo.answered("/1"), again);
    }
}

} // namespace
} // namespace wgnl::nm
