// SPDX-License-Identifier: LGPL-2.1-or-later
// Documents that travel between processes as sealed memory files, never as message bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "handle.hpp"

#include <wgnl/error.hpp>

namespace wgnl::sd {

/// An empty memory file that can be sealed. `name` is for people (/proc).
Result<Fd> create_memfd(const std::string& name);

/// Writes all of it at the end of what was written.
Result<void> write_all(int fd, std::span<const std::uint8_t> content);
inline Result<void> write_all(int fd, std::string_view content) {
    return write_all(
        fd, std::span(reinterpret_cast<const std::uint8_t*>(content.data()), content.size()));
}

/// Seals the memory file against every change, and goes back to its beginning.
Result<void> seal(const Fd& file);

/// A memory file with this content, sealed against every change.
Result<Fd> seal(std::span<const std::uint8_t> content, const std::string& name);

/// Another descriptor of the same file with a file offset of its own, for reading only.
Result<Fd> reopen(const Fd& file);

/// A sealed memory file of somebody else, mapped for reading: nothing of it is copied.
class SealedFile {
public:
    /// Refused (invalid_argument) unless it is sealed against writing, growing, shrinking and
    /// further seals, not empty, and at most `limit` bytes long. The descriptor stays the caller's.
    static Result<SealedFile> map(int fd, std::size_t limit);
    SealedFile(SealedFile&& other) noexcept;
    SealedFile& operator=(SealedFile&&) = delete;
    ~SealedFile();

    std::span<const std::uint8_t> bytes() const noexcept;

private:
    SealedFile(void* memory, std::size_t size) noexcept : memory_(memory), size_(size) {}
    void* memory_;
    std::size_t size_;
};

} // namespace wgnl::sd
