// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the attribute reader and of the message writer.
#include "codec/attributes.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <rapidcheck/gtest.h>

namespace wgnl {
namespace {

using Storage = std::vector<std::uint8_t>;

Bytes attributes_of(std::span<const std::uint8_t> message) {
    return message.subspan(sizeof(nlmsghdr));
}

TEST(AttributeReader, ReadsWhatTheWriterWrote) {
    Storage storage(256);
    MessageWriter writer(storage);
    writer.begin(31, NLM_F_REQUEST);
    writer.put(1, std::uint16_t{51820});
    writer.put_text(2, "wg0");
    writer.open_nest(3);
    writer.put(4, std::uint64_t{1} << 40);
    writer.close_nest();

    AttributeReader reader(attributes_of(writer.finish()));

    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.type(), 1);
    EXPECT_EQ(reader.as<std::uint16_t>(), 51820);
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.text(), "wg0");
    ASSERT_TRUE(reader.next());
    EXPECT_TRUE(reader.is_nested());
    EXPECT_EQ(reader.type(), 3) << "the flag bits are no part of the type";
    AttributeReader nested = reader.nested();
    ASSERT_TRUE(nested.next());
    EXPECT_EQ(nested.as<std::uint64_t>(), std::uint64_t{1} << 40);
    EXPECT_FALSE(nested.next());
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
}

TEST(AttributeReader, RefusesALengthBeyondTheBytes) {
    const Storage bytes = {9, 0, 1, 0, 1, 2, 3, 4};
    AttributeReader reader(bytes);

    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.ok());
}

TEST(AttributeReader, RefusesALengthShorterThanItsHeader) {
    const Storage bytes = {3, 0, 1, 0};
    AttributeReader reader(bytes);

    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.ok());
}

TEST(AttributeReader, RefusesHalfAHeader) {
    const Storage bytes = {4, 0, 1, 0, 4, 0};
    AttributeReader reader(bytes);

    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.ok());
}

TEST(AttributeReader, TakesALastAttributeWithoutPadding) {
    const Storage bytes = {5, 0, 1, 0, 7};
    AttributeReader reader(bytes);

    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.as<std::uint8_t>(), 7);
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
}

TEST(AttributeReader, AValueOfTheWrongSizeEndsTheWalk) {
    const Storage bytes = {6, 0, 1, 0, 1, 2, 0, 0, 4, 0, 2, 0};
    AttributeReader reader(bytes);

    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.as<std::uint32_t>(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_FALSE(reader.next());
}

TEST(AttributeReader, BytesOfTheWrongSizeAreZeros) {
    const Storage bytes = {6, 0, 1, 0, 1, 2, 0, 0};
    AttributeReader reader(bytes);

    ASSERT_TRUE(reader.next());
    EXPECT_TRUE(std::ranges::all_of(reader.bytes<32>(), [](auto byte) { return byte == 0; }));
    EXPECT_FALSE(reader.ok());
}

TEST(AttributeReader, TextEndsAtTheFirstNul) {
    const Storage bytes = {10, 0, 2, 0, 'w', 'g', 0, 'x', 'y', 0};
    AttributeReader reader(bytes);

    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.text(), "wg");
}

TEST(AttributeReader, AMessageShorterThanItsHeadersIsMalformed) {
    const Storage message(sizeof(nlmsghdr) + 3);

    EXPECT_FALSE(message_attributes(message, 4).ok());
}

RC_GTEST_PROP(AttributeReader, WalksAnyBytesToAnEnd, (const std::vector<std::uint8_t>& bytes)) {
    AttributeReader reader(bytes);
    std::size_t seen = 0;
    while (reader.next())
        seen += 4 + reader.payload().size();
    RC_ASSERT(seen <= bytes.size());
}

TEST(MessageWriter, FillsInTheLengthAndClearsThePadding) {
    Storage storage(64, 0xff);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    writer.put(1, std::uint8_t{5});

    const auto message = writer.finish();

    ASSERT_EQ(message.size(), 24U);
    EXPECT_EQ(message[0], 24);
    EXPECT_TRUE(std::ranges::all_of(message.subspan(21), [](auto byte) { return byte == 0; }));
}

TEST(MessageWriter, GivesNothingWhenItOverflowed) {
    Storage storage(24);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    writer.put(1, std::uint64_t{5});

    EXPECT_TRUE(writer.overflowed());
    EXPECT_TRUE(writer.finish().empty());
}

TEST(MessageWriter, WritesNothingAfterAnOverflow) {
    Storage storage(28);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    const auto before = writer.mark();
    writer.put(1, std::uint64_t{5}); // fits
    writer.put(2, std::uint8_t{5});  // does not
    writer.rollback(before);
    writer.put(3, std::uint64_t{7});

    EXPECT_FALSE(writer.overflowed());
    EXPECT_EQ(writer.finish().size(), 28U);
}

TEST(MessageWriter, RollbackForgetsOpenNests) {
    Storage storage(64);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    const auto before = writer.mark();
    writer.open_nest(1);
    writer.open_nest(2);
    writer.put_bytes(3, Storage(100));
    writer.rollback(before);
    writer.put(4, std::uint32_t{1});

    AttributeReader reader(attributes_of(writer.finish()));
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.type(), 4);
}

TEST(MessageWriter, ClosingANestAfterAnOverflowIsHarmless) {
    Storage storage(20);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    writer.open_nest(1);
    writer.open_nest(2);
    writer.close_nest();
    writer.close_nest();

    EXPECT_TRUE(writer.finish().empty());
}

TEST(MessageWriter, ANestGrowsToWhatItsLengthCanSayAndNoFurther) {
    Storage storage(80 * 1024);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    writer.open_nest(1);
    writer.put_bytes(2, Storage(65532 - 4 - 4 - 8));
    const auto before = writer.mark();
    writer.put(3, std::uint64_t{1});
    EXPECT_TRUE(writer.overflowed());
    writer.rollback(before);
    writer.put(3, std::uint32_t{1});
    EXPECT_FALSE(writer.overflowed());
    EXPECT_EQ(writer.room(), 0U);
    writer.close_nest();

    AttributeReader reader(attributes_of(writer.finish()));
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.payload().size(), 65528U);
    EXPECT_GT(writer.room(), 0U) << "outside the nest there is room again";
}

TEST(MessageWriter, AnAttributeLongerThanItsLengthFieldIsAnOverflow) {
    Storage storage(80 * 1024);
    MessageWriter writer(storage);
    writer.begin(31, 0);
    writer.put_bytes(1, Storage(65532));

    EXPECT_TRUE(writer.overflowed());
}

} // namespace
} // namespace wgnl
