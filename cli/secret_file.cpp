// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading into wiped memory.
#include "secret_file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wgnl/key.hpp>

#include "sd/handle.hpp"

namespace wgnl::cli {
namespace {

constexpr std::size_t chunk = 64 * 1024;

Result<void> read_into(SecretText& text, int fd, const std::string& operation) {
    std::array<char, chunk> buffer;
    for (;;) {
        const auto size = ::read(fd, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::unexpected{Error::from_errno(errno, operation)};
        text.append({buffer.data(), static_cast<std::size_t>(size)});
        wipe(buffer.data(), static_cast<std::size_t>(size));
        if (size == 0)
            return {};
        if (text.size() > largest_secret_file)
            return fail(Errc::invalid_argument, operation,
                        fmt::format("it is larger than {} bytes", largest_secret_file));
    }
}

Result<void> write_all(int fd, std::string_view text, const std::string& operation) {
    while (!text.empty()) {
        const auto size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::unexpected{Error::from_errno(errno, operation)};
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
}

bool is_open_to_all(int fd, const std::filesystem::path& path) {
    struct stat file{};
    struct stat folder{};
    std::error_code unknown;
    const auto real = std::filesystem::canonical(path, unknown);
    return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && !unknown &&
           stat(real.parent_path().c_str(), &folder) == 0 &&
           (file.st_mode & folder.st_mode & S_IRWXO) != 0;
}

} // namespace

Result<SecretFile> read_secret_file(const std::filesystem::path& path) {
    const auto operation = fmt::format("read {}", path.string());
    const sd::Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        return std::unexpected{Error::from_errno(errno, operation)};
    SecretFile file;
    if (const auto done = read_into(file.text, fd.get(), operation); !done)
        return std::unexpected{done.error()};
    file.readable_by_all = is_open_to_all(fd.get(), path);
    return file;
}

Result<void> write_secret_file(const std::filesystem::path& path, std::string_view text) {
    const auto operation = fmt::format("write {}", path.string());
    const sd::Fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!fd && errno == EEXIST)
        return fail(Errc::system, operation, "it exists; remove it first, or choose another name",
                    EEXIST);
    if (!fd)
        return std::unexpected{Error::from_errno(errno, operation)};
    auto done = write_all(fd.get(), text, operation);
    if (!done)
        ::unlink(path.c_str());
    return done;
}

} // namespace wgnl::cli
