// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens a regular file of bounded size, and nothing else.
#include "nm/io/regular_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "nm/io/descriptor.hpp"

namespace wgnl::nm {
namespace {

Result<void> check_status(const struct stat& status, const std::string& operation,
                          std::size_t largest) {
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

Result<RegularFile> read_regular_file(const std::string& path, const std::string& operation,
                                      std::size_t largest) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
        return std::unexpected{Error::from_errno(errno, operation)};
    }
    if (const auto fits = check_status(status, operation, largest); !fits) {
        return std::unexpected{fits.error()};
    }
    auto text = read_all(file.get(), operation, largest);
    if (!text) {
        return std::unexpected{text.error()};
    }
    return RegularFile{*std::move(text), status.st_mode};
}

} // namespace wgnl::nm
