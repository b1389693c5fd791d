// SPDX-License-Identifier: LGPL-2.1-or-later
// read(2) and write(2) until all is done, and regular files of bounded size.
#include "io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>

#include <wgnl/key.hpp>

namespace wgnl {

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

std::unexpected<Error> no_regular_file(const struct stat& status, const std::string& operation) {
    return fail(Errc::invalid_argument, operation,
                fmt::format("it is {}, and no regular file", kind_of(status.st_mode)));
}

/// What a regular file says of itself; else nothing.
std::size_t expected_size(int fd) {
    struct stat status{};
    const bool known = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    return known ? static_cast<std::size_t>(status.st_size) : 0;
}

/// Reads a piece. False at the end.
Result<bool> read_piece(int fd, SecretText& text, const std::string& operation) {
    std::array<char, 65536> piece;
    ssize_t size = 0;
    do
        size = ::read(fd, piece.data(), piece.size());
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return std::unexpected(Error::from_errno(errno, operation));
    text.append({piece.data(), static_cast<std::size_t>(size)});
    wipe(piece.data(), static_cast<std::size_t>(size));
    return size > 0;
}

} // namespace

Result<SecretText> read_all(int fd, const std::string& operation, std::size_t largest) {
    SecretText text;
    text.reserve(std::min(expected_size(fd), largest));
    while (text.size() <= largest) {
        const auto more = read_piece(fd, text, operation);
        if (!more)
            return std::unexpected(more.error());
        if (!*more)
            return text;
    }
    return fail(Errc::invalid_argument, operation,
                fmt::format("it has more than the {} bytes that are read", largest));
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& operation) {
    while (!bytes.empty()) {
        const auto size = ::write(fd, bytes.data(), bytes.size());
        if (size < 0 && errno != EINTR)
            return std::unexpected(Error::from_errno(errno, operation));
        bytes.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return {};
}

Result<RegularFile> open_regular_file(const std::string& path, std::size_t largest,
                                      const std::string& operation) {
    RegularFile file;
    // Opening some devices does something: what is there is looked at first.
    if (::stat(path.c_str(), &file.status) == 0 && !S_ISREG(file.status.st_mode))
        return no_regular_file(file.status, operation);
    file.fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.fd || ::fstat(file.fd.get(), &file.status) != 0)
        return std::unexpected(Error::from_errno(errno, operation));
    if (!S_ISREG(file.status.st_mode))
        return no_regular_file(file.status, operation);
    if (static_cast<std::size_t>(file.status.st_size) > largest)
        return fail(Errc::invalid_argument, operation,
                    fmt::format("it has {} bytes, more than the {} that are read",
                                file.status.st_size, largest));
    return file;
}

Result<SecretText> read_regular_file(const std::string& path, std::size_t largest,
                                     const std::string& operation) {
    const auto file = open_regular_file(path, largest, operation);
    if (!file)
        return std::unexpected(file.error());
    return read_all(file->fd.get(), operation, largest);
}

} // namespace wgnl
