// SPDX-License-Identifier: LGPL-2.1-or-later
// Sealed memory files: making, checking and mapping them.
#include "memfd.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <fmt/format.h>

#include "io.hpp"

namespace wgnl {

namespace {

constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

std::unexpected<Error> errno_of(const char* operation) {
    return std::unexpected(Error::from_errno(errno, operation));
}

Result<std::size_t> checked_size(int fd, std::size_t limit) {
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & all_seals) != all_seals)
        return fail(Errc::invalid_argument, "read the document",
                    "it must be a memory file sealed against writing, growing, shrinking and "
                    "further seals");
    struct stat status{};
    struct statfs system{};
    if (fstat(fd, &status) < 0 || fstatfs(fd, &system) < 0)
        return errno_of("read the document");
    if (system.f_type != TMPFS_MAGIC) // reading a huge page that cannot be had would be our end
        return fail(Errc::invalid_argument, "read the document",
                    "it is not a plain memory file (huge pages?)");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0 || size > limit)
        return fail(Errc::invalid_argument, "read the document",
                    fmt::format("it has {} bytes; 1 to {} are accepted", size, limit));
    return size;
}

} // namespace

Result<UniqueFd> create_memfd(const std::string& name) {
    UniqueFd file(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file)
        return errno_of("create a memory file");
    return file;
}

Result<void> seal(const UniqueFd& file) {
    if (fcntl(file.get(), F_ADD_SEALS, all_seals) < 0 || lseek(file.get(), 0, SEEK_SET) < 0)
        return errno_of("seal a memory file");
    return {};
}

Result<UniqueFd> seal(std::string_view content, const std::string& name) {
    auto file = create_memfd(name);
    if (!file)
        return file;
    auto sealed = write_all(file->get(), content, "write a memory file");
    if (sealed)
        sealed = seal(*file);
    if (!sealed)
        return std::unexpected(sealed.error());
    return file;
}

Result<UniqueFd> reopen(const UniqueFd& file) {
    const auto path = fmt::format("/proc/self/fd/{}", file.get());
    UniqueFd again(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!again)
        return errno_of("open a memory file again");
    return again;
}

Result<SealedFile> SealedFile::map(int fd, std::size_t limit) {
    const auto size = checked_size(fd, limit);
    if (!size)
        return std::unexpected(size.error());
    void* memory = mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED)
        return errno_of("map the document");
    return SealedFile(memory, *size);
}

SealedFile::SealedFile(SealedFile&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SealedFile::~SealedFile() {
    if (memory_)
        munmap(memory_, size_);
}

std::span<const std::uint8_t> SealedFile::bytes() const noexcept {
    return {static_cast<const std::uint8_t*>(memory_), size_};
}

} // namespace wgnl
