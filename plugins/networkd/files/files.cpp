// SPDX-License-Identifier: LGPL-2.1-or-later
// Probing and reading of files, with the reason in words when it fails.
#include "networkd/files/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/io.hpp"

namespace wgnl::networkd {
namespace {

bool is_null_device(const struct stat& info) {
    struct stat null{};
    return S_ISCHR(info.st_mode) && ::stat("/dev/null", &null) == 0 && info.st_rdev == null.st_rdev;
}

FileState state_of(const struct stat& info) {
    if (is_null_device(info))
        return FileState::masked;
    if (!S_ISREG(info.st_mode))
        return FileState::unreadable;
    return info.st_size == 0 ? FileState::empty : FileState::present;
}

FileState state_of_errno(int error) {
    return is_absence(error) ? FileState::absent : FileState::unreadable;
}

FileText failed(const Error& error) {
    if (error.errnum() == 0)
        return {.state = FileState::unreadable, .why = error.detail()};
    return {.state = state_of_errno(error.errnum()),
            .why = std::strerror(error.errnum()),
            .error = error.errnum()};
}

/// Only then a loss of power does not bring the old file back.
Result<void> sync_folder_of(const std::string& path) {
    const auto folder = path.substr(0, path.find_last_of('/') + 1);
    const UniqueFd fd(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL)) // which a file system may not know
        return std::unexpected(Error::from_errno(errno, "write " + path));
    return {};
}

} // namespace

Root::Root(std::string prefix) : prefix_(std::move(prefix)) {
    while (prefix_.ends_with('/'))
        prefix_.pop_back();
}

bool is_absence(int error) noexcept { return error == ENOENT || error == ENOTDIR; }

FileState probe_file(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 ? state_of(info) : state_of_errno(errno);
}

FileText read_file(const std::string& path, std::size_t limit) {
    if (probe_file(path) == FileState::masked)
        return {.state = FileState::masked};
    const auto operation = "read " + path;
    const auto file = open_regular_file(path, limit, operation);
    if (!file)
        return failed(file.error());
    auto text = read_all(file->fd.get(), operation, limit);
    if (!text)
        return failed(text.error());
    return {.state = text->empty() ? FileState::empty : FileState::present,
            .text = *std::move(text),
            .readable_by_all = file->readable_by_all()};
}

Result<void> replace_file(const std::string& path, std::string_view text) {
    const auto fresh = path + ".new";
    const auto operation = "write " + fresh;
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd)
        return std::unexpected(Error::from_errno(errno, operation));
    if (auto written = write_all(fd.get(), text, operation); !written)
        return written;
    if (::fsync(fd.get()) != 0)
        return std::unexpected(Error::from_errno(errno, operation));
    if (std::rename(fresh.c_str(), path.c_str()) != 0)
        return std::unexpected(Error::from_errno(errno, "write " + path));
    return sync_folder_of(path);
}

std::string hint_for_unreadable(int error) {
    return error == EACCES || error == EPERM
               ? "; user systemd-network must be able to read it: chown root:systemd-network, "
                 "chmod 0640, and let it through the folders above"
               : "";
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.find_last_of('/') + 1);
}

} // namespace wgnl::networkd
