// SPDX-License-Identifier: LGPL-2.1-or-later
// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

namespace wgnl::nm {

class Descriptor {
public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {} ///< negative: none
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

} // namespace wgnl::nm
