// SPDX-License-Identifier: LGPL-2.1-or-later
// Regular files of bounded size, and nothing else.
#include "file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>

namespace wgnl::sd {

namespace {

std::string kind_of(mode_t mode) {
    if (S_ISDIR(mode))
        return "a folder";
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

} // namespace

Result<RegularFile> open_regular_file(const std::string& path, std::size_t largest,
                                      const std::string& operation) {
    RegularFile file;
    // Opening some devices does something: what is there is looked at first.
    if (::stat(path.c_str(), &file.status) == 0 && !S_ISREG(file.status.st_mode))
        return fail(Errc::invalid_argument, operation,
                    fmt::format("it is {}, and no regular file", kind_of(file.status.st_mode)));
    file.fd = Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (!file.fd || ::fstat(file.fd.get(), &file.status) != 0)
        return std::unexpected{Error::from_errno(errno, operation)};
    if (!S_ISREG(file.status.st_mode))
        return fail(Errc::invalid_argument, operation,
                    fmt::format("it is {}, and no regular file", kind_of(file.status.st_mode)));
    if (static_cast<std::size_t>(file.status.st_size) > largest)
        return fail(Errc::invalid_argument, operation,
                    fmt::format("it has {} bytes, more than the {} that are read",
                                file.status.st_size, largest));
    return file;
}

Result<std::string> read_regular_file(const std::string& path, std::size_t largest) {
    const auto operation = "read " + path;
    const auto file = open_regular_file(path, largest, operation);
    if (!file)
        return std::unexpected{file.error()};
    std::string text;
    std::array<char, 16384> piece{};
    for (ssize_t count = 0; (count = ::read(file->fd.get(), piece.data(), piece.size())) != 0;) {
        if (count < 0 && errno != EINTR)
            return std::unexpected{Error::from_errno(errno, operation)};
        if (count > 0)
            text.append(piece.data(), static_cast<std::size_t>(count));
        if (text.size() > largest)
            return fail(Errc::invalid_argument, operation,
                        fmt::format("it has more than the {} bytes that are read", largest));
    }
    return text;
}

} // namespace wgnl::sd
