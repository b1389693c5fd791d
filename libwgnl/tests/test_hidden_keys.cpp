// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys that came into text: whatever stands around them, nobody is to read them.
#include <wgnl/text.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <wgnl/wg_quick.hpp>

#include "generators.hpp"
#include "key_runs.hpp"

namespace wgnl {

namespace {

constexpr std::string_view key = "MDwjgpamjoPFcW7RInNvfhLriut0RCcFBlePh2jxX28=";
constexpr std::string_view other = "/FPyuTFCVrmffaqmNftBem27v4c512KJVepMMMy4G7c=";

/// The key of the text above, taken for a public one.
PublicKey as_public(std::string_view text) { return *PublicKey::parse(text); }

std::string hexadecimal(const PublicKey& bytes) {
    std::string text;
    for (const auto byte : bytes.bytes())
        text += fmt::format("{:02x}", byte);
    return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

TEST(WithoutKeys, HidesAKeyWhateverItIsGluedTo) {
    EXPECT_EQ(without_keys(fmt::format("PrivateKeyFile={} does not exist", key)),
              "PrivateKeyFile=(hidden) does not exist");
    EXPECT_EQ(without_keys(fmt::format("nohost # psk:{}", other)), "nohost # psk:(hidden)");
    EXPECT_EQ(without_keys(fmt::format("[{}x] x{}", key, key)), "[(hidden)x] (hidden)");
    EXPECT_EQ(without_keys(fmt::format("{}{}", key, other)), "(hidden)(hidden)");
    EXPECT_EQ(without_keys(fmt::format("/etc/wireguard/{}", key)), "(hidden)") << "no path";
}

TEST(WithoutKeys, HidesOtherWaysToWriteAKey) {
    const std::string slashed = "T6z52sQmP50Ezd6Dh5iQWIoZKnmRwh/FRZ8ZFQl3kA0=";
    EXPECT_EQ(without_keys(replaced(slashed, "/", "_")), "(hidden)");
    for (const std::string_view slash : {"%2F", "%2f", "\\x2f", "\\u002f", "\\/"})
        EXPECT_EQ(without_keys(replaced(slashed, "/", slash)), "(hidden)") << slash;
    EXPECT_EQ(without_keys(fmt::format("%{}", key)), "%(hidden)") << "which is no escape";
    EXPECT_EQ(without_keys("key " + hexadecimal(as_public(key))), "key (hidden)");
}

TEST(WithoutKeys, ShowsAPublicKeyThatIsKnown) {
    const IsPublic knows = [](const PublicKey& one) { return one == as_public(key); };

    EXPECT_EQ(without_keys(fmt::format("peer {}, peer {}", key, other), knows),
              fmt::format("peer {}, peer (hidden)", key));
    EXPECT_EQ(without_keys(fmt::format("{}{}", "x", key), knows), "(hidden)") << "not all of it";
}

TEST(WithoutKeys, LeavesPathsNamesAndSentencesAlone) {
    for (const std::string_view text :
         {"/usr/local/lib/systemd/network/companyoffice/wireguardtunnel.netdev:12",
          "/etc/NetworkManager/systemconnections/companyofficetunnels",
          "/home/anna/Documents/Companies/tunnels/2026/berlin/office.conf:7",
          "gateway-of-the-second-office.region-eu-central-1.example.org:51820",
          "user systemd-network must be able to read it: chgrp systemd-network, chmod 0640",
          "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "100%", "a\\u00e4"}) {
        EXPECT_EQ(without_keys(text), text);
    }
}

TEST(Excerpt, HidesPartsOfAKeyThatCameApart) {
    const auto halves = fmt::format("{} {}", key.substr(0, 22), key.substr(22));
    for (const char between : {' ', '\t', '"', '\'', '\0', '\n'}) {
        auto text = halves;
        text[22] = between;
        EXPECT_EQ(excerpt(text).find(key.substr(0, 22)), std::string::npos);
        EXPECT_EQ(excerpt(text).find(key.substr(22, 16)), std::string::npos);
    }
    EXPECT_EQ(excerpt(key.substr(0, 40)), "(hidden)") << "most of one";
}

TEST(Excerpt, HidesBeforeItCuts) {
    EXPECT_EQ(excerpt(std::string(70, '.') + std::string(key)), std::string(70, '.') + "(hidden)");
    EXPECT_EQ(excerpt(std::string(75, '.') + std::string(key)), std::string(75, '.') + "(hidd…");
}

TEST(Excerpt, ShowsWhatPeopleWrite) {
    for (const std::string_view text :
         {"10.0.0.300/32", "2001:db8::/129", "vpn.example.org:51820", "/etc/wireguard/wg0.key",
          "@network.wireguard.private.wg0", "51820 # default", "imag\u00efnaire"}) {
        EXPECT_EQ(excerpt(text), text);
    }
}

TEST(HideKeys, LeavesADeclarationNoKeyButThoseOfItsPeers) {
    Declaration declaration{.device = "wg0", .location = {fmt::format("/etc/{}.netdev", other)}};
    declaration.peers.push_back({.public_key = as_public(key),
                                 .name = std::string(other),
                                 .location = {std::string(other), 3}});
    declaration.problems.push_back({.location = {std::string(other), 3},
                                    .text = fmt::format("{} and {}", key, other),
                                    .hint = std::string(other),
                                    .key = std::string(other),
                                    .peer = as_public(key)});
    declaration.problems.push_back({.peer = as_public(other)});

    hide_keys(declaration);

    EXPECT_EQ(to_string(declaration.location), "(hidden).netdev");
    EXPECT_EQ(declaration.peers[0].name, "(hidden)");
    EXPECT_EQ(to_string(declaration.peers[0].location), "(hidden):3");
    EXPECT_EQ(to_string(declaration.problems[0].location), "(hidden):3");
    EXPECT_EQ(declaration.problems[0].text, fmt::format("{} and (hidden)", key));
    EXPECT_EQ(declaration.problems[0].hint, "(hidden)");
    EXPECT_EQ(declaration.problems[0].key, "(hidden)");
    EXPECT_EQ(declaration.problems[0].peer, as_public(key));
    EXPECT_EQ(declaration.problems[1].peer, std::nullopt) << "it may be anything";
}

TEST(IsPeerOf, KnowsThePeersAndNobodyElse) {
    Declaration declaration{.device = "wg0"};
    declaration.peers.push_back({.public_key = as_public(key)});

    EXPECT_TRUE(is_peer_of(declaration)(as_public(key)));
    EXPECT_FALSE(is_peer_of(declaration)(as_public(other)));
}

RC_GTEST_PROP(WithoutKeys, LeavesNoKeyInAnyText, ()) {
    const auto secret = *testing::public_keys();
    const auto form = *rc::gen::element(secret.to_base64(), hexadecimal(secret));
    const auto text = *testing::texts() + form + *testing::texts();

    RC_ASSERT(testing::longest_run(without_keys(text)) < 43U);
    RC_ASSERT(testing::longest_run(excerpt(text)) < 43U);
    RC_ASSERT(!excerpt(text).contains(form.substr(0, 40)));
}

RC_GTEST_PROP(HideKeys, NothingThatIsSaidOfAConfigurationHoldsAKey, ()) {
    const auto form = (*testing::public_keys()).to_base64();
    const auto line = *rc::gen::element<std::string>(
        "PrivateKey = KEYx", "PrivateKey KEY", "KEY", "KEY = 1", "[KEY]", "[Peer KEY]",
        "ListenPort = KEY", "MTU = KEY", "Address = KEY", "Table = KEY", "DNS = KEY",
        "[Peer]\nPublicKey = KEYx", "[Peer]\nAllowedIPs = KEY", "[Peer]\nEndpoint = KEY",
        "[Peer]\nPresharedKey = KEY # KEY\nEndpoint = nohost # KEY", "# KEY\n[Peer] # KEY\n# KEY");
    const auto parsed = parse_wg_quick("[Interface]\n" + replaced(line, "KEY", form) + "\n",
                                       {.file = "/etc/" + form + ".conf", .device = "wg0"});

    std::string said = parsed.declaration.location.file;
    for (const auto& problem : parsed.declaration.problems)
        said += to_string(problem) + '\n' + problem.hint + '\n' + problem.key + '\n';
    for (const auto& peer : parsed.declaration.peers)
        said += peer.name + to_string(peer.location) + '\n';
    RC_ASSERT(testing::longest_run(said) < 43U);
}

} // namespace

} // namespace wgnl
