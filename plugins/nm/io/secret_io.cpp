// SPDX-License-Identifier: LGPL-2.1-or-later
// read(2) and write(2) until all is done; what lay in between is wiped.
#include "nm/io/secret_io.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include <wgnl/key.hpp>

namespace wgnl::nm {

Result<SecretText> read_all(int fd, const std::string& operation, std::size_t largest) {
    constexpr std::size_t chunk = 16384;
    SecretText text;
    std::array<char, chunk> buffer;
    while (text.size() <= largest) {
        const auto size = ::read(fd, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::unexpected{Error::from_errno(errno, operation)};
        if (size == 0)
            return text;
        text.append({buffer.data(), static_cast<std::size_t>(size)});
        wipe(buffer.data(), static_cast<std::size_t>(size));
    }
    return fail(Errc::invalid_argument, operation,
                fmt::format("it has more than the {} bytes that are read", largest));
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& operation) {
    while (!bytes.empty()) {
        const auto size = ::write(fd, bytes.data(), bytes.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::unexpected{Error::from_errno(errno, operation)};
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
}

} // namespace wgnl::nm
