// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of a configuration's keys: what is said of wrong values and names, and that the man
// page has them.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include <wgnl/wg_quick.hpp>

#include "wgquick/setting_table.hpp"

namespace wgnl {
namespace {

constexpr std::string_view peer_key = "bGFwdG9wIGxhcHRvcCBsYXB0b3AgbGFwdG9wIDEyMzQ=";

std::string man_page() {
    const char* const root = std::getenv("WGNL_SOURCE_ROOT"); // `meson test` sets it
    std::ifstream file(std::string(root != nullptr ? root : ".") + "/docs/man/wgnl.1.scd");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Problem> problems_of(const std::string& text) {
    return parse_wg_quick(text, {.file = "f"}).declaration.problems;
}

std::string with_peer(const std::string& lines) {
    return "[Peer]\nPublicKey = " + std::string(peer_key) + "\n" + lines;
}

TEST(WgQuickKeys, AreAllInTheManPage) {
    const auto page = man_page();
    for (const auto& key : interface_keys()) {
        EXPECT_TRUE(page.contains("*" + std::string(key.name) + "*"))
            << key.name << "; set WGNL_SOURCE_ROOT to the checkout";
    }
}

TEST(WgQuickKeys, OneWithoutAValueHasTheHintOfItsRow) {
    for (const auto& key : peer_keys()) {
        const auto problems = problems_of("[Peer]\n" + std::string(key.name) + " =\n");
        ASSERT_FALSE(problems.empty());
        EXPECT_EQ(problems[0].hint, key.hint);
        EXPECT_EQ(problems[0].key, key.name);
    }
    EXPECT_FALSE(problems_of("[Interface]\nMTU = 1\n").at(0).hint.empty());
}

TEST(WgQuickKeys, AdviceFindsTheNameThatWasMeant) {
    EXPECT_EQ(advice_on_key("ListenPrt", false), "did you mean ListenPort?");
    EXPECT_EQ(advice_on_key("MTUU", true), "did you mean MTU?");
    EXPECT_EQ(advice_on_key("endpoint", false), "Endpoint belongs into [Peer]");
    EXPECT_EQ(advice_on_key("MTU", true), "MTU belongs into [Interface]");
    EXPECT_EQ(advice_on_key("MTU", false), "") << "the dialect of wg has none";
    EXPECT_EQ(advice_on_key("Colour", false), "");
    EXPECT_EQ(advice_on_key(std::string(1 << 20, 'x'), false), "");
    EXPECT_EQ(problems_of(with_peer("MTU = 1400\n")).at(0).hint, "MTU belongs into [Interface]");
}

TEST(WgQuickKeys, ProblemsNameKeyPeerAndColumn) {
    const auto problems = problems_of(with_peer("AllowedIPs = 10.0.0.0/8, 10.0.0.300/24 # a\n"
                                                "Colour = red\n") +
                                      "[Interface]\n  Address = 10.0.0.1/24, x\n");
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(problems[0].location, (Location{"f", 3, 26}));
    EXPECT_EQ(problems[0].key, "AllowedIPs");
    EXPECT_EQ(problems[0].peer, PublicKey::parse(peer_key).value());
    EXPECT_EQ(problems[1].location, (Location{"f", 4, 1}));
    EXPECT_EQ(problems[2].location, (Location{"f", 6, 26}));
    EXPECT_EQ(problems[2].key, "Address");
    EXPECT_EQ(problems[2].peer, std::nullopt);
}

/// Each word would otherwise walk the line from its beginning, which would take days.
TEST(WgQuickKeys, ALongListIsWalkedOnce) {
    std::string list = "AllowedIPs = ";
    for (unsigned i = 0; i < 1'000'000; ++i)
        list += "10.0.0.1/8,";
    const auto parsed = parse_wg_quick(with_peer(list + "::/1"), {.file = "f"});
    EXPECT_EQ(parsed.declaration.problems.size(), WgQuickLimits{}.problems);
    EXPECT_EQ(parsed.declaration.problems[0].location.column, 0U) << "of so long a line";
}

TEST(WgQuickKeys, ASectionThatNamesNobodyHasProblemsOfNobody) {
    for (const auto& problem : problems_of("[Peer]\nPublicKey = x\nEndpoint = y\n"))
        EXPECT_EQ(problem.peer, std::nullopt) << problem.text;
}

TEST(WgQuickKeys, ASectionWithoutAPublicKeyHasAHint) {
    EXPECT_NE(problems_of("[Peer]\nEndpoint = y:1\n").at(0).hint, "");
}

TEST(WgQuickKeys, WhoTakesAFileWholeIsNotToldOfTheRest) {
    const std::string text = "[Interface]\nListenPort = x\nMTU = x\nPrivateKey = x\n[a]\n" +
                             with_peer("Endpoint = x\n") + "[Peer]\n";
    for (const bool whole : {false, true}) {
        const auto parsed = parse_wg_quick(text, {.all_or_nothing = whole});
        ASSERT_EQ(parsed.declaration.problems.size(), 6U);
        for (const auto& problem : parsed.declaration.problems) {
            const bool tells = problem.text.contains("; it is not declared") ||
                               problem.text.contains("; the device is left as it is") ||
                               problem.text.contains("; everything up to the next section") ||
                               problem.text.contains("; this peer is kept as it is") ||
                               problem.text.contains("; the section names no peer");
            EXPECT_EQ(tells, !whole) << problem.text;
        }
    }
}

TEST(WgQuickKeys, WhoLosesAPrefixIsThePeerOfTheProblem) {
    const auto second = PublicKey(KeyBytes{7}).to_base64();
    const auto problems =
        problems_of(with_peer("AllowedIPs = 10.0.0.0/8\n") + "[Peer]\nPublicKey = " + second +
                    "\nAllowedIPs = 10.0.0.0/8\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].peer, PublicKey::parse(peer_key).value());
    EXPECT_EQ(problems[0].hint, "a prefix leads to one peer: remove it from one of the two");
}

} // namespace
} // namespace wgnl
