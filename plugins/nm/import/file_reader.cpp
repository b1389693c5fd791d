// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens a regular file of bounded size, and nothing else.
#include "nm/import/file_reader.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "nm/io/descriptor.hpp"
#include "nm/io/secret_io.hpp"

namespace wgnl::nm {
namespace {

constexpr const char* operation = "read the file";

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
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) {
        return std::unexpected{Error::from_errno(errno, operation)};
    }
    if (const auto size = check_size(file.get(), largest); !size) {
        return std::unexpected{size.error()};
    }
    return read_all(file.get(), operation, largest);
}

} // namespace wgnl::nm
