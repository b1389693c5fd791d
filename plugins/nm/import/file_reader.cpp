// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads a file in one go into memory that is wiped afterwards.
#include "nm/import/file_reader.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wgnl/key.hpp>

namespace wgnl::nm {
namespace {

constexpr const char* operation = "read the file";

class File {
public:
    explicit File(const std::string& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    int get() const noexcept { return fd_; }

private:
    int fd_;
};

Result<void> check_size(int fd, std::size_t largest) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) {
        return std::unexpected{Error::from_errno(errno, operation)};
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Errc::invalid_argument, operation, "it is no regular file");
    }
    if (static_cast<std::size_t>(status.st_size) > largest) {
        return fail(Errc::invalid_argument, operation,
                    fmt::format("it has {} bytes, more than the {} that are read", status.st_size,
                                largest));
    }
    return {};
}

} // namespace

Result<SecretText> read_configuration(const std::string& path, std::size_t largest) {
    const File file(path);
    if (file.get() < 0) {
        return std::unexpected{Error::from_errno(errno, operation)};
    }
    if (const auto size = check_size(file.get(), largest); !size) {
        return std::unexpected{size.error()};
    }
    SecretText text;
    std::array<char, 16384> buffer;
    while (text.size() <= largest) {
        const auto size = ::read(file.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return std::unexpected{Error::from_errno(errno, operation)};
        }
        if (size == 0) {
            return text;
        }
        text.append({buffer.data(), static_cast<std::size_t>(size)});
        wipe(buffer.data(), static_cast<std::size_t>(size));
    }
    return fail(Errc::invalid_argument, operation, "it grows while it is read");
}

} // namespace wgnl::nm
