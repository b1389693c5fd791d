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
    EXPECT_FALSE(echo.answered("/1", true));
    EXPECT_TRUE(echo.is_edit("/1"));
}

TEST(NmEcho, ASecondOneIsAnEdit) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_TRUE(echo.answered("/1", true));
}

TEST(NmEcho, AQuestionThatFailedHasNone) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_TRUE(echo.answered("/1", false));
    echo.asked("/1");
    EXPECT_FALSE(echo.answered("/1", false));
}

TEST(NmEcho, WhereAnswersHaveNoneEveryAnnouncementIsAnEdit) {
    Echo echo;
    echo.asked("/1");
    EXPECT_FALSE(echo.answered("/1", true));
    echo.asked("/1");
    EXPECT_FALSE(echo.is_edit("/1"));
    EXPECT_TRUE(echo.answered("/1", true));
}

} // namespace
} // namespace wgnl::nm
