// SPDX-License-Identifier: LGPL-2.1-or-later
// Probing and reading of files, with the reason in words when it fails.
#include "networkd/files/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

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

FileText unreadable(std::string why) {
    return {.state = FileState::unreadable, .why = std::move(why)};
}

FileText failed(int error) {
    return {.state = state_of_errno(error), .why = std::strerror(error), .error = error};
}

std::string too_large(std::size_t limit) {
    return fmt::format("it has more than the {} bytes that are read", limit);
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
    struct stat info{};
    // Opening some devices does something, and a socket cannot be opened.
    if (::stat(path.c_str(), &info) == 0 && state_of(info) == FileState::unreadable)
        return unreadable("it is not a regular file");
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd || ::fstat(fd.get(), &info) != 0)
        return failed(errno);
    FileText file{.state = state_of(info), .readable_by_all = (info.st_mode & S_IRWXO) != 0};
    if (file.state == FileState::unreadable)
        return unreadable("it is not a regular file");
    if (file.state != FileState::present)
        return file;
    // A sparse file costs nothing to make, and reading it a lot.
    if (static_cast<std::uint64_t>(info.st_size) > limit)
        return unreadable(too_large(limit));
    auto text = read_all(fd.get(), "read " + path, limit);
    if (!text)
        return text.error().errnum() != 0 ? failed(text.error().errnum())
                                          : unreadable(text.error().detail());
    file.text = *std::move(text);
    return file;
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
