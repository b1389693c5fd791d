// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may declare what: sources, the book of declarations, the limits of wgnld.conf.
#include <gtest/gtest.h>

#include "authority.hpp"
#include "config.hpp"
#include "declaration_book.hpp"
#include "model_tools.hpp"
#include "systemd_host.hpp"

namespace wgnl::daemon::test {
namespace {

using Entry = DeclarationBook::Entry;

constexpr uid_t networkd_uid = 998;
const Trust trust{.networkd = networkd_uid, .readers = 990};

Claim claim(Source source, const char* origin, std::uint16_t port = 1) {
    auto declared = declaration({});
    declared.listen_port = port;
    return {source, origin, std::make_shared<const Declaration>(declared)};
}

TEST(Source, FollowsFromTheSender) {
    EXPECT_EQ(source_of({.uid = networkd_uid}, trust), Source::networkd);
    EXPECT_EQ(source_of({.uid = 0, .unit = "wgnl-nm.service"}, trust), Source::network_manager);
    EXPECT_EQ(source_of({.uid = 0, .unit = "ssh.service"}, trust), Source::command);
    EXPECT_EQ(source_of({.uid = 1000}, trust), std::nullopt);
}

TEST(Source, UnitNameAloneGivesNobodyAnything) {
    EXPECT_EQ(source_of({.uid = 1000, .unit = "wgnl-nm.service"}, trust), std::nullopt);
}

TEST(Source, WithoutSystemdNetworkNobodyIsNetworkd) {
    EXPECT_EQ(source_of({.uid = networkd_uid}, Trust{}), std::nullopt);
}

TEST(Authority, DetailsAreForRootAndTheGroup) {
    EXPECT_TRUE(may_inspect({.uid = 0}));
    EXPECT_TRUE(may_inspect({.uid = 1000, .in_readers = true}));
    EXPECT_FALSE(may_inspect({.uid = 1000}));
}

TEST(Book, SecondSourceIsRefusedAndBothAreNamed) {
    DeclarationBook book;
    EXPECT_EQ(book.declare(claim(Source::networkd, "/etc/wg0.netdev")), Entry::first);

    EXPECT_EQ(book.declare(claim(Source::command, "/root/wg0.json")), Entry::refused);

    EXPECT_EQ(book.find("wg0")->source, Source::networkd);
    const auto conflicts = book.conflicts("wg0");
    ASSERT_EQ(conflicts.size(), 1U);
    EXPECT_NE(conflicts[0].text.find("/etc/wg0.netdev"), std::string::npos);
    EXPECT_NE(conflicts[0].text.find("/root/wg0.json"), std::string::npos);
}

TEST(Book, SameSourceReplacesAlsoFromAnotherFile) {
    DeclarationBook book;
    book.declare(claim(Source::networkd, "/etc/a.netdev"));

    EXPECT_EQ(book.declare(claim(Source::networkd, "/etc/a.netdev")), Entry::unchanged);
    EXPECT_EQ(book.declare(claim(Source::networkd, "/etc/b.netdev", 2)), Entry::changed);
    EXPECT_EQ(book.find("wg0")->origin, "/etc/b.netdev");
}

TEST(Book, ConflictEndsWithEitherClaim) {
    DeclarationBook book;
    book.declare(claim(Source::networkd, "a"));
    book.declare(claim(Source::command, "b"));
    EXPECT_FALSE(book.withdraw(Source::command, "wg0"));
    EXPECT_TRUE(book.conflicts("wg0").empty());

    book.declare(claim(Source::command, "b"));
    book.retain(Source::command, {});
    EXPECT_TRUE(book.conflicts("wg0").empty());
}

TEST(Book, RetainEndsOnlyWhatThisSourceDoesNotName) {
    DeclarationBook book;
    book.declare(claim(Source::networkd, "a"));

    EXPECT_TRUE(book.retain(Source::command, {}).empty());
    EXPECT_TRUE(book.retain(Source::networkd, {"wg0"}).empty());
    EXPECT_EQ(book.retain(Source::networkd, {"wg1"}), std::vector<std::string>{"wg0"});
    EXPECT_EQ(book.find("wg0"), nullptr);
}

TEST(Book, NobodyWithdrawsForAnother) {
    DeclarationBook book;
    book.declare(claim(Source::networkd, "a"));

    EXPECT_FALSE(book.withdraw(Source::command, "wg0"));
    EXPECT_NE(book.find("wg0"), nullptr);
    EXPECT_TRUE(book.withdraw(Source::networkd, "wg0"));
}

TEST(Config, EveryKeyIsRead) {
    const auto config = parse_config("# limits\nDeviceNames=wg* vpn?\nAllowDefaultRoute=yes\n"
                                     "MaxPeers = 10\n;\nMaxDocumentBytes=4096\nObserveForeign=no");

    ASSERT_TRUE(config.has_value()) << config.error().to_string();
    EXPECT_EQ(config->device_names, (std::vector<std::string>{"wg*", "vpn?"}));
    EXPECT_TRUE(config->allow_default_route);
    EXPECT_EQ(config->limits.peers, 10U);
    EXPECT_EQ(config->limits.bytes, 4096U);
    EXPECT_EQ(config->observe_foreign, ObserveForeign::no);
}

TEST(Config, MistakeIsRefusedWithItsLine) {
    for (const char* text :
         {"MaxPeers=1\nMaxPeers=many", "\nAllowDefaultRoute=maybe", "\nColour=red", "\nMaxPeers"}) {
        const auto config = parse_config(text);
        ASSERT_FALSE(config.has_value()) << text;
        EXPECT_NE(config.error().to_string().find("line 2"), std::string::npos) << text;
    }
}

TEST(Config, MissingFileMeansDefaults) {
    EXPECT_TRUE(load_config("/nonexistent/wgnld.conf").has_value());
}

TEST(Limits, OnlyPermittedNamesAreCreated) {
    auto own = declaration({});
    own.mode = Mode::own;
    EXPECT_TRUE(enforce(Config{}, own).has_value());

    own.device = "eth0";
    EXPECT_FALSE(enforce(Config{}, own).has_value());
    own.mode = Mode::sync;
    EXPECT_TRUE(enforce(Config{}, own).has_value());
}

TEST(Networkd, LinkPathCarriesTheInterfaceIndex) {
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1/link/_37"), 7U);
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1/link/_312"), 12U);
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1/link/lo"), std::nullopt);
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1"), std::nullopt);
}

} // namespace
} // namespace wgnl::daemon::test
