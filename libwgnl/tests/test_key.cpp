// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of keys: base64 in its one canonical form, Curve25519, wiping.
#include <algorithm>
#include <concepts>
#include <cstring>
#include <new>
#include <ostream>
#include <set>
#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <wgnl/key.hpp>

#include "generators.hpp"

namespace wgnl {
namespace {

// RFC 7748, section 6.1: Alice's keys.
constexpr KeyBytes alice_private{0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1,
                                 0x72, 0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0,
                                 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a};
constexpr KeyBytes alice_public{0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d,
                                0xdc, 0xb4, 0x3e, 0xf7, 0x5a, 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38,
                                0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a};
constexpr auto alice_text = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

TEST(PublicKey, ReadsAndPrintsWhatWgPrints) {
    const auto key = PublicKey::parse(alice_text);

    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->bytes(), alice_public);
    EXPECT_EQ(key->to_base64(), alice_text);
}

TEST(PublicKey, WrongLengthSaysBothLengths) {
    const auto key = PublicKey::parse("c2hvcnQ=");

    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code(), Errc::invalid_argument);
    EXPECT_EQ(key.error().detail(), "a key is 44 characters of base64, not 8: it was cut");
}

class NoKeyText : public ::testing::TestWithParam<std::string> {};

TEST_P(NoKeyText, IsRefused) { EXPECT_FALSE(PublicKey::parse(GetParam()).has_value()); }

INSTANTIATE_TEST_SUITE_P(
    Key, NoKeyText,
    ::testing::Values("",
                      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo",    // no padding
                      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmoA",   // 33 bytes
                      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTm==",   // 31 bytes
                      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp=",   // an unused bit is set
                      "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=",   // the URL alphabet
                      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr0 6SpjqqbTmo=",   // white space
                      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n", // a line's end
                      std::string("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTm\0=", 44)));

RC_GTEST_PROP(PublicKey, SurvivesItsText, ()) {
    const auto key = *testing::public_keys();

    RC_ASSERT((PublicKey::parse(key.to_base64()) == key));
}

RC_GTEST_PROP(PublicKey, HasOneTextOnly, ()) {
    auto text = (*testing::public_keys()).to_base64();
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();

    const auto key = PublicKey::parse(text);
    RC_ASSERT((!key || key->to_base64() == text)); // the macro alone evaluates both
}

TEST(PublicKey, DefaultIsZeroAndNamesNoPeer) {
    EXPECT_TRUE(PublicKey().is_zero());
    EXPECT_FALSE(PublicKey(alice_public).is_zero());
}

TEST(PublicKey, KeysThatShareTheirFirstBytesHashApart) {
    std::set<std::size_t> hashes;
    for (std::uint8_t last = 0; last < 100; ++last) {
        KeyBytes bytes{1, 2, 3, 4, 5, 6, 7, 8};
        bytes.back() = last;
        hashes.insert(std::hash<PublicKey>{}(PublicKey(bytes)));
    }

    EXPECT_EQ(hashes.size(), 100U);
}

TEST(PrivateKey, GivesItsPublicKey) {
    EXPECT_EQ(public_key_of(PrivateKey(alice_private)), PublicKey(alice_public));
}

TEST(PrivateKey, GeneratedOnesAreClampedAndDiffer) {
    const auto first = PrivateKey::generate();
    const auto bytes = first.reveal();

    EXPECT_EQ(bytes[0] & 7U, 0U);
    EXPECT_EQ(bytes[31] & 0xc0U, 0x40U);
    EXPECT_FALSE(first == PrivateKey::generate());
    EXPECT_FALSE(PresharedKey::generate() == PresharedKey::generate());
}

TEST(PrivateKey, IsTheSameClampedOrNot) {
    KeyBytes bytes{};
    bytes.fill(0xff);
    KeyBytes clamped = bytes;
    clamped[0] = 0xf8;
    clamped[31] = 0x7f;

    EXPECT_EQ(PrivateKey(bytes), PrivateKey(clamped));
    EXPECT_FALSE(PresharedKey(bytes) == PresharedKey(clamped));
    for (std::size_t at = 0; at < key_size; ++at) {
        auto other = clamped;
        other[at] ^= 0x20U;
        EXPECT_FALSE(PrivateKey(bytes) == PrivateKey(other)) << at;
        EXPECT_FALSE(public_key_of(PrivateKey(bytes)) == public_key_of(PrivateKey(other))) << at;
    }
}

TEST(SecretKey, ErrorNeverRepeatsTheText) {
    const std::string text = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTJ=";
    const auto key = PrivateKey::parse(text);

    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().to_string().find("c2Vj"), std::string::npos);
    EXPECT_EQ(key.error().operation(), "read private key");
    EXPECT_EQ(PresharedKey::parse(text).error().operation(), "read preshared key");
}

RC_GTEST_PROP(SecretKey, SurvivesItsText, ()) {
    const auto key = *testing::preshared_keys();

    RC_ASSERT((PresharedKey::parse(key.reveal_base64()) == key));
}

TEST(SecretKey, MovingWipesTheSource) {
    PrivateKey source(alice_private);
    const PrivateKey target(std::move(source));

    EXPECT_TRUE(source.is_zero()); // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_EQ(target, PrivateKey(alice_private));
}

TEST(SecretKey, MoveAssignmentWipesTheSourceButNotItself) {
    PrivateKey source(alice_private);
    auto target = PrivateKey::generate();
    target = std::move(source);
    auto& same = target;
    target = std::move(same);

    EXPECT_TRUE(source.is_zero()); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(target, PrivateKey(alice_private));
}

TEST(SecretKey, DestructionWipes) {
    alignas(PrivateKey) std::array<unsigned char, sizeof(PrivateKey)> memory{};
    auto* const key = new (memory.data()) PrivateKey(alice_private);
    const auto is_zero = [](unsigned char byte) { return byte == 0; };
    ASSERT_FALSE(std::ranges::all_of(memory, is_zero));
    key->~PrivateKey();

    EXPECT_TRUE(std::ranges::all_of(memory, is_zero));
}

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Streamable<PrivateKey> && !Streamable<PresharedKey>);
static_assert(!std::convertible_to<PrivateKey, PresharedKey>);
static_assert(!std::constructible_from<PublicKey, PrivateKey>);

TEST(Wipe, AStringLosesItsWholeBuffer) {
    std::string text(100, 'x');
    text.resize(60); // 40 characters stay behind the end
    const auto* const memory = text.data();
    const auto size = text.capacity();
    wipe(text);

    EXPECT_TRUE(text.empty());
    EXPECT_EQ(text.data(), memory); // else the next line would read freed memory
    EXPECT_TRUE(std::all_of(memory, memory + size, [](char c) { return c == '\0'; }));
}

} // namespace
} // namespace wgnl
