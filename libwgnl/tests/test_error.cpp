// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of Error: which code an errno stands for, and its text.
#include <cerrno>

#include <gtest/gtest.h>

#include <wgnl/error.hpp>

namespace {

using wgnl::Errc;
using wgnl::Error;

TEST(Error, TextIsOperationThenDetail) {
    const Error error(Errc::protocol, "get device wg0", "the answer ends inside a peer");

    EXPECT_EQ(error.to_string(), "get device wg0: the answer ends inside a peer");
    EXPECT_EQ(error.code(), Errc::protocol);
    EXPECT_EQ(error.errnum(), 0);
}

TEST(Error, ErrnoDecidesTheCode) {
    const auto code = [](int errnum) { return Error::from_errno(errnum, "try").code(); };

    EXPECT_EQ(code(ENODEV), Errc::not_found);
    EXPECT_EQ(code(EOPNOTSUPP), Errc::not_found);
    EXPECT_EQ(code(EPERM), Errc::permission_denied);
    EXPECT_EQ(code(EACCES), Errc::permission_denied);
    EXPECT_EQ(code(EADDRINUSE), Errc::system);
    EXPECT_EQ(code(EINVAL), Errc::system);
}

TEST(Error, ErrnoKeepsItsNumberAndItsText) {
    const auto error = Error::from_errno(EADDRINUSE, "set device wg0");

    EXPECT_EQ(error.errnum(), EADDRINUSE);
    EXPECT_EQ(error.to_string(), "set device wg0: Address already in use");
}

TEST(Error, TheKernelsOwnWordsReplaceTheGeneralText) {
    const auto error = Error::from_errno(EINVAL, "set device wg0", "invalid allowed IP");

    EXPECT_EQ(error.detail(), "invalid allowed IP");
    EXPECT_EQ(error.errnum(), EINVAL);
}

TEST(Error, FailMakesAFailedResult) {
    const wgnl::Result<int> result = wgnl::fail(Errc::not_found, "get device wg0", "none", ENODEV);

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), Errc::not_found);
    EXPECT_EQ(result.error().errnum(), ENODEV);
    EXPECT_EQ(result.error().to_string(), "get device wg0: none");
}

} // namespace
