// SPDX-License-Identifier: LGPL-2.1-or-later
// Sealed memory files come back as they were, and what is none is refused.
#include "base/memfd.hpp"

#include <string>
#include <string_view>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace wgnl {
namespace {

std::string text_of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Memfd, SealedFileComesBackAsItWas) {
    const auto file = seal("hello", "test");
    ASSERT_TRUE(file.has_value());

    const auto mapped = SealedFile::map(file->get(), 5);

    ASSERT_TRUE(mapped.has_value()) << mapped.error().to_string();
    EXPECT_EQ(text_of(mapped->bytes()), "hello");
    EXPECT_LT(::write(file->get(), "x", 1), 0);
}

TEST(Memfd, UnsealedFileIsRefused) {
    const UniqueFd file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::write(file.get(), "hello", 5), 5);
    ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);

    const auto mapped = SealedFile::map(file.get(), 100);

    ASSERT_FALSE(mapped.has_value());
    EXPECT_EQ(mapped.error().code(), Errc::invalid_argument);
}

TEST(Memfd, DescriptorThatIsNoMemoryFileIsRefused) {
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));

    EXPECT_FALSE(SealedFile::map(file.get(), 100).has_value());
}

TEST(Memfd, FileBeyondTheLimitIsRefused) {
    const auto file = seal("hello", "test");

    EXPECT_FALSE(SealedFile::map(file->get(), 4).has_value());
}

TEST(Memfd, FileOfHugePagesIsRefused) {
    const UniqueFd file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB));
    if (!file || ftruncate(file.get(), 2 << 20) < 0)
        GTEST_SKIP() << "this machine has no huge pages";
    constexpr int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, all), 0);

    const auto mapped = SealedFile::map(file.get(), 4 << 20);

    ASSERT_FALSE(mapped.has_value()) << "reading a page that cannot be had ends a process";
    EXPECT_EQ(mapped.error().code(), Errc::invalid_argument);
}

TEST(Memfd, EmptyFileIsRefused) {
    const auto file = seal("", "test");

    EXPECT_FALSE(SealedFile::map(file->get(), 4).has_value());
}

TEST(Memfd, ReopenedFileHasAnOffsetOfItsOwn) {
    const auto file = seal("hello", "test");
    char buffer[5];
    ASSERT_EQ(::read(file->get(), buffer, 5), 5);

    const auto again = reopen(*file);

    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(::read(again->get(), buffer, 5), 5);
}

} // namespace
} // namespace wgnl
