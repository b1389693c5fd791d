// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole files into messages, and messages into key files.
#include "nm/helper/verbs.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <wgnl/declaration.hpp>

#include "temporary_directory.hpp"

namespace wgnl::nm {
namespace {

using Json = nlohmann::json;

constexpr const char* head = "[connection]\nid=Office\nuuid=9b1deb4d-3b7d-4bad-9bdd-000000000001\n"
                             "type=wireguard\ninterface-name=wg7\nautoconnect=false\n[wireguard]\n";
constexpr const char* private_line = "private-key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
constexpr const char* preshared_text = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
constexpr const char* peer =
    "[wireguard-peer.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=]\nendpoint=192.0.2.1:1\n"
    "allowed-ips=10.0.0.2/32;\n";

class Verbs : public ::testing::Test {
protected:
    std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
    std::string file(const std::string& text) const {
        std::ofstream(path("f.nmconnection")) << text;
        std::filesystem::permissions(path("f.nmconnection"),
                                     std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
        return path("f.nmconnection");
    }

private:
    testing::TemporaryDirectory folder_{};
};

Json head_of(const Result<SecretText>& message) {
    const auto text = message.value().view();
    return Json::parse(text.substr(0, text.find('\n')));
}

std::string_view rest_of(const Result<SecretText>& message) {
    const auto text = message.value().view();
    return text.substr(text.find('\n') + 1);
}

TEST_F(Verbs, ASoundFileIsItsDeclarationAndNothingMore) {
    const auto message = about_file(file(std::string(head) + private_line + peer));
    const auto said = head_of(message);
    for (const auto* list : {"problems", "remarks", "unsaid"})
        EXPECT_TRUE(said.at(list).empty()) << said;
    EXPECT_EQ(said.at("id"), "Office");
    const auto rest = rest_of(message);
    const auto declared =
        decode_document({reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()});
    ASSERT_TRUE(declared.has_value()) << declared.error().to_string();
    EXPECT_EQ(declared->device, "wg7");
    EXPECT_TRUE(declared->private_key.has_value());
}

TEST_F(Verbs, AKeyThatIsNotUsedIsToldOnceToThoseWhoCheckAndOnceToThoseWhoConvert) {
    const auto message = about_file(
        file(std::string(head) + private_line + peer + "preshared-key=" + preshared_text + "\n"));
    const auto said = head_of(message);
    EXPECT_TRUE(said.at("problems").empty()) << said;
    ASSERT_EQ(said.at("remarks").size(), 1U) << said;
    EXPECT_EQ(said.at("remarks")[0].at("severity"), "warning");
    ASSERT_EQ(said.at("unsaid").size(), 1U) << said;
    EXPECT_TRUE(said.at("unsaid")[0].at("text").get<std::string>().contains("is left out"));
    EXPECT_FALSE(said.dump().contains(preshared_text));
}

TEST_F(Verbs, AFileThatHasNoKeySaysSo) {
    const auto said = head_of(about_file(file(std::string(head) + peer)));
    ASSERT_EQ(said.at("problems").size(), 1U) << said;
    EXPECT_TRUE(said.at("problems")[0].at("text").get<std::string>().contains(
        "the private key cannot be read (the profile has none)"));
}

TEST_F(Verbs, AFileThatOthersMayReadIsPassedOver) {
    const auto open = file(std::string(head) + private_line + peer);
    std::filesystem::permissions(open, std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    const auto said = head_of(about_file(open));
    ASSERT_EQ(said.at("remarks").size(), 1U) << said;
    EXPECT_TRUE(said.at("remarks")[0].at("text").get<std::string>().contains("chmod 600"));
}

TEST_F(Verbs, OfOtherNetworksThereIsNothingToSay) {
    const auto message = about_file(file("[connection]\nid=x\nuuid=u\ntype=ethernet\n"));
    EXPECT_EQ(rest_of(message), "");
    EXPECT_EQ(head_of(message).at("id"), "");
}

TEST_F(Verbs, MistakesComeFirst) {
    const auto said = head_of(about_file(file("nonsense\n")));
    ASSERT_EQ(said.at("problems").size(), 1U) << said;
    EXPECT_EQ(said.at("problems")[0].at("severity"), "error");
}

TEST_F(Verbs, AFileThatCannotBeReadIsAnError) {
    const auto none = about_file(path("none"));
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error().errnum(), ENOENT);
    EXPECT_EQ(none.error().operation(), "read " + path("none"));
    EXPECT_EQ(about_file(path("")).error().code(), Errc::invalid_argument) << "a folder";
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(about_file(path("fifo")).error().code(), Errc::invalid_argument) << "not waited for";
}

TEST_F(Verbs, WhatWasReadIsWrittenAgain) {
    const auto message = about_file(file(std::string(head) + private_line + peer));
    const auto keyfile = written(message.value().view(), "My VPN");
    ASSERT_TRUE(keyfile.has_value()) << keyfile.error().to_string();
    EXPECT_TRUE(head_of(keyfile).at("left_out").empty());
    const auto text = rest_of(keyfile);
    for (const std::string line : {"id=My VPN\n", "interface-name=wg7\n", private_line, peer})
        EXPECT_TRUE(text.contains(line)) << line;
}

TEST_F(Verbs, ANameThatIsNoTextBecomesOne) {
    const auto message = about_file(file(std::string(head) + private_line));
    const auto keyfile = written(message.value().view(), "caf\xe9");
    ASSERT_TRUE(keyfile.has_value()) << keyfile.error().to_string();
    EXPECT_TRUE(rest_of(keyfile).contains("id=caf\uFFFD\n"));
}

TEST_F(Verbs, NoProfileIsMadeOfNothing) {
    const auto none = written("", "My VPN");
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error().code(), Errc::protocol);
}

} // namespace
} // namespace wgnl::nm
