// SPDX-License-Identifier: LGPL-2.1-or-later
// What is news to wgnld, whichever adapter tells it.
#include "common/sent_declarations.hpp"

#include <gtest/gtest.h>

namespace wgnl::adapter {
namespace {

Declaration declaration(std::uint16_t port) { return {.device = "wg0", .listen_port = port}; }

TEST(SentDeclarations, AreSentWhenTheyAreNewOrChangedAndNotElse) {
    SentDeclarations sent;
    const auto first = sent.declare("key", "/origin", declaration(7));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->device, "wg0");
    EXPECT_EQ(first->origin, "/origin");
    const auto document = decode_document(first->document.bytes());
    ASSERT_TRUE(document) << document.error().to_string();
    EXPECT_EQ(document->listen_port, 7);
    EXPECT_FALSE(sent.declare("key", "/origin", declaration(7)));
    EXPECT_TRUE(sent.declare("key", "/origin", declaration(8)));
    EXPECT_FALSE(sent.declare("key", "/origin", declaration(8)));
    EXPECT_TRUE(sent.declare("key", "/origin", declaration(7))); // the last one counts
}

TEST(SentDeclarations, AreTakenHoweverManyProblemsWereAdded) {
    SentDeclarations sent;
    auto much = declaration(7);
    much.problems.resize(DeclarationLimits{}.problems + 1, {Severity::warning, {}, "a"});
    much.problems.push_back({Severity::error, {}, "e"});
    const auto pending = sent.declare("key", "/origin", much);
    ASSERT_TRUE(pending);
    const auto document = decode_document(pending->document.bytes());
    ASSERT_TRUE(document) << document.error().to_string();
    EXPECT_EQ(document->problems.size(), DeclarationLimits{}.problems);
    EXPECT_EQ(document->problems.front().text, "e");
    EXPECT_EQ(document->problems.back().text, "3 more problems are not listed");
}

TEST(SentDeclarations, OfOneKeyAreNoneOfAnother) {
    SentDeclarations sent;
    EXPECT_TRUE(sent.declare("one", "/1", declaration(7)));
    EXPECT_TRUE(sent.declare("two", "/2", declaration(7)));
    sent.forget("one");
    sent.forget("unknown");
    EXPECT_TRUE(sent.declare("one", "/1", declaration(7)));
    EXPECT_FALSE(sent.declare("two", "/2", declaration(7)));
}

TEST(SentDeclarations, AreAllNewsToADaemonThatKnowsNothing) {
    SentDeclarations sent;
    EXPECT_TRUE(sent.declare("one", "/1", declaration(7)));
    EXPECT_TRUE(sent.declare("two", "/2", declaration(7)));
    sent.forget_all();
    EXPECT_TRUE(sent.declare("one", "/1", declaration(7)));
    EXPECT_TRUE(sent.declare("two", "/2", declaration(7)));
}

} // namespace
} // namespace wgnl::adapter
