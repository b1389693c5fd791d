// SPDX-License-Identifier: LGPL-2.1-or-later
// A process that has used up its file descriptors.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace wgnl::tests {

/// While it lives, the process can open no more; for one that has no gaps in its numbers.
class NoMoreDescriptors {
public:
    NoMoreDescriptors() {
        const int next = fcntl(0, F_DUPFD_CLOEXEC, 0);
        EXPECT_EQ(close(next), 0);
        EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
        const rlimit no_more{static_cast<rlim_t>(next), before_.rlim_max};
        EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &no_more), 0);
    }
    NoMoreDescriptors(const NoMoreDescriptors&) = delete;
    NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
    ~NoMoreDescriptors() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

private:
    rlimit before_{};
};

} // namespace wgnl::tests
