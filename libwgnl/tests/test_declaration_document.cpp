// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the document between processes: round trips, and every defect of its frame by name.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <wgnl/declaration.hpp>

#include "generators.hpp"

namespace wgnl {
namespace {

using Bytes = std::vector<std::uint8_t>;

KeyBytes filled(std::uint8_t byte) {
    KeyBytes bytes{};
    bytes.fill(byte);
    return bytes;
}

void append_number(Bytes& out, std::uint32_t number) {
    for (int shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<std::uint8_t>(number >> shift));
}

/// A document with this JSON, and a table of keys that are filled with 1, 2, 3 ...
Bytes document(const std::string& json, std::uint8_t keys) {
    Bytes bytes(document_magic.begin(), document_magic.end());
    append_number(bytes, static_cast<std::uint32_t>(json.size()));
    append_number(bytes, keys);
    bytes.insert(bytes.end(), json.begin(), json.end());
    for (std::uint8_t key = 1; key <= keys; ++key)
        bytes.insert(bytes.end(), key_size, key);
    return bytes;
}

std::string with_peers(const std::string& peers) {
    return R"({"version":1,"device":"wg0","peers":[)" + peers + "]}";
}

std::string defect_of(const Bytes& bytes) {
    const auto decoded = decode_document(bytes);
    return decoded ? "accepted" : decoded.error().detail();
}

RC_GTEST_PROP(Document, SurvivesEncoding, ()) {
    const auto declaration = *testing::declarations();

    RC_ASSERT((decode_document(encode_document(declaration)) == declaration));
}

RC_GTEST_PROP(Document, MutationsNeverCrash, ()) {
    auto bytes = encode_document(*testing::declarations());
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] =
            *rc::gen::arbitrary<std::uint8_t>();
    }
    const auto decoded = decode_document(bytes);

    RC_ASSERT((!decoded || check(*decoded).has_value()));
}

RC_GTEST_PROP(Document, CutsAndAdditionsAreRefused, ()) {
    const auto whole = encode_document(*testing::declarations());
    auto bytes = whole;
    bytes.resize(*rc::gen::inRange<std::size_t>(0, 2 * whole.size()));

    RC_ASSERT(decode_document(bytes).has_value() == (bytes.size() == whole.size()));
}

RC_GTEST_PROP(Document, NoiseIsRefused, (const Bytes& noise)) {
    RC_ASSERT(!decode_document(noise).has_value());
}

RC_GTEST_PROP(Document, KeysStandInTheTableAlone, ()) {
    const auto declaration = *testing::declarations();
    const auto bytes = encode_document(declaration);
    const std::string text(bytes.begin(), bytes.end());

    for (const auto& peer : declaration.peers) {
        RC_ASSERT(text.find(peer.public_key.to_base64()) == std::string::npos);
        if (peer.preshared_key)
            RC_ASSERT(text.find(peer.preshared_key->reveal_base64()) == std::string::npos);
    }
}

TEST(Document, HasTheDocumentedForm) {
    Declaration declaration{.device = "wg0", .private_key = PrivateKey(filled(1))};
    declaration.peers.push_back({.public_key = PublicKey(filled(2)),
                                 .preshared_key = PresharedKey(filled(3)),
                                 .persistent_keepalive = std::uint16_t{25}});

    EXPECT_EQ(encode_document(declaration),
              document(R"({"version":1,"device":"wg0","mode":"sync","private_key":0,"peers":[)"
                       R"({"public_key":1,"preshared_key":2,"persistent_keepalive":25}]})",
                       3));
}

TEST(Document, IndexesMayComeInAnyOrder) {
    const auto decoded = decode_document(
        document(with_peers(R"({"public_key":1},{"preshared_key":2,"public_key":0})"), 3));

    ASSERT_TRUE(decoded.has_value()) << decoded.error().to_string();
    EXPECT_EQ(decoded->peers.at(0).public_key, PublicKey(filled(2)));
    EXPECT_EQ(decoded->peers.at(1).public_key, PublicKey(filled(1)));
    EXPECT_EQ(decoded->peers.at(1).preshared_key, PresharedKey(filled(3)));
}

TEST(Document, TwoPeersMayShareAPresharedKey) {
    Declaration declaration{.device = "wg0"};
    for (const auto number : {std::uint8_t{1}, std::uint8_t{2}}) {
        declaration.peers.push_back(
            {.public_key = PublicKey(filled(number)), .preshared_key = PresharedKey(filled(9))});
    }

    EXPECT_EQ(decode_document(encode_document(declaration)), declaration);
}

TEST(Document, FrameDefectsAreNamed) {
    const auto json = with_peers("");
    auto wrong_magic = document(json, 0);
    wrong_magic[7] = '2';
    auto trailing = document(json, 0);
    trailing.push_back(0);
    auto overflowing = document(json, 0);
    std::fill_n(overflowing.begin() + 8, 8, std::uint8_t{0xff});

    EXPECT_EQ(defect_of({}), "0 bytes are no header");
    EXPECT_EQ(defect_of(wrong_magic), "it does not begin with \"wgnldoc1\"");
    EXPECT_EQ(defect_of(trailing), "39 bytes of JSON and 0 keys make 55 bytes, but it has 56");
    EXPECT_EQ(defect_of(overflowing), "4294967295 bytes of JSON and 4294967295 keys make "
                                      "141733920751 bytes, but it has 55");
}

TEST(Document, TableDefectsAreNamed) {
    EXPECT_EQ(defect_of(document(with_peers(""), 1)), "key 0 of the table belongs to nothing");
    EXPECT_EQ(defect_of(document(with_peers(R"({"public_key":1})"), 2)),
              "key 0 of the table belongs to nothing");
    EXPECT_EQ(defect_of(document(with_peers(R"({"public_key":1})"), 1)),
              "peers[0].public_key is key 1 of a table of 1");
    EXPECT_EQ(defect_of(document(with_peers(R"({"public_key":18446744073709551615})"), 1)),
              "peers[0].public_key is key 18446744073709551615 of a table of 1");
    EXPECT_EQ(defect_of(document(with_peers(R"({"public_key":0,"preshared_key":0})"), 1)),
              "peers[0].preshared_key is key 0 of the table, which stands elsewhere too");
}

TEST(Document, KeysAsTextAreRefused) {
    const auto text = PublicKey(filled(1)).to_base64();

    EXPECT_EQ(defect_of(document(with_peers(R"({"public_key":")" + text + "\"}"), 0)),
              "peers[0].public_key is not the index of a key");
    EXPECT_EQ(defect_of(document(with_peers(R"({"public_key":-1})"), 1)),
              "peers[0].public_key is not the index of a key");
}

TEST(Document, ContentIsChecked) {
    auto bytes = document(with_peers(R"({"public_key":0},{"public_key":1})"), 2);
    std::fill_n(bytes.end() - key_size, key_size, std::uint8_t{1}); // the same key twice

    EXPECT_TRUE(defect_of(bytes).starts_with("peers[0] and peers[1] have the same public key"));
}

TEST(Document, LimitOfBytesComesFirst) {
    const auto bytes = document(with_peers(""), 0);

    EXPECT_EQ(decode_document(bytes, {.bytes = 54}).error().detail(), "55 bytes are more than 54");
    EXPECT_TRUE(decode_document(bytes, {.bytes = 55}).has_value());
}

TEST(Document, AHundredThousandPeersSurvive) {
    Declaration declaration{.device = "wg0"};
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        KeyBytes key = filled(7);
        std::memcpy(key.data(), &i, sizeof i);
        const std::array<std::uint8_t, 4> network{10, static_cast<std::uint8_t>(i >> 16),
                                                  static_cast<std::uint8_t>(i >> 8),
                                                  static_cast<std::uint8_t>(i)};
        declaration.peers.push_back({.public_key = PublicKey(key),
                                     .location = {"wg0.netdev", i},
                                     .preshared_key = PresharedKey(filled(9)),
                                     .endpoint = "192.0.2.1:51820",
                                     .allowed_ips = {{IpAddress::v4(network), 32}},
                                     .persistent_keepalive = std::uint16_t{25}});
    }

    const auto decoded = decode_document(encode_document(declaration));
    EXPECT_TRUE(decoded == declaration);
}

} // namespace
} // namespace wgnl
