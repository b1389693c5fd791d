// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading into wiped memory.
#include "secret_file.hpp"

#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.hpp"

namespace wgnl::cli {
namespace {

bool is_open_to_all(const struct stat& file, const std::filesystem::path& path) {
    struct stat folder{};
    std::error_code unknown;
    const auto real = std::filesystem::canonical(path, unknown);
    return !unknown && stat(real.parent_path().c_str(), &folder) == 0 &&
           (file.st_mode & folder.st_mode & S_IRWXO) != 0;
}

std::optional<gid_t> number_of(const std::string& group) {
    const auto* entry = group.empty() ? nullptr : ::getgrnam(group.c_str());
    return entry == nullptr ? std::nullopt : std::optional{entry->gr_gid};
}

/// False, with errno, if the file cannot be opened up so far.
bool open_up(int fd, const Audience& audience) {
    constexpr mode_t for_everybody = 0644;
    constexpr mode_t for_the_group = 0640;
    const auto group = geteuid() == 0 ? number_of(audience.group) : std::nullopt;
    if (group && fchown(fd, static_cast<uid_t>(-1), *group) != 0)
        return false;
    if (audience.everybody)
        return fchmod(fd, for_everybody) == 0;
    return !group || fchmod(fd, for_the_group) == 0;
}

Result<void> create_file(const NewFile& file) {
    const auto operation = fmt::format("write {}", file.path.string());
    const UniqueFd fd{::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!fd && errno == EEXIST)
        return fail(Errc::system, operation, "it exists; remove it first, or choose another name",
                    EEXIST);
    if (!fd)
        return std::unexpected{Error::from_errno(errno, operation)};
    auto done = write_all(fd.get(), file.text.view(), operation);
    if (done && !open_up(fd.get(), file.audience))
        done = std::unexpected{Error::from_errno(errno, operation)};
    if (!done)
        ::unlink(file.path.c_str());
    return done;
}

} // namespace

Result<SecretFile> read_secret_file(const std::filesystem::path& path) {
    const auto operation = fmt::format("read {}", path.string());
    const auto opened = open_regular_file(path.string(), largest_secret_file, operation);
    if (!opened)
        return std::unexpected{opened.error()};
    auto text = read_all(opened->fd.get(), operation, largest_secret_file);
    if (!text)
        return std::unexpected{text.error()};
    return SecretFile{*std::move(text), is_open_to_all(opened->status, path)};
}

Result<void> create_files(const std::vector<NewFile>& files) {
    for (std::size_t at = 0; at < files.size(); ++at) {
        auto created = create_file(files[at]);
        if (created)
            continue;
        for (std::size_t before = 0; before < at; ++before)
            ::unlink(files[before].path.c_str());
        return created;
    }
    return {};
}

} // namespace wgnl::cli
