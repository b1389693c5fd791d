// SPDX-License-Identifier: LGPL-2.1-or-later
// Documents that travel between processes as sealed memory files, never as message bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>

#include "fd.hpp"

namespace wgnl {

/// An empty memory file that can be sealed. `name` is for people (/proc).
Result<UniqueFd> create_memfd(const std::string& name);

/// Seals the memory file against every change, and goes back to its beginning.
Result<void> seal(const UniqueFd& file);

/// A memory file with this content, sealed against every change.
Result<UniqueFd> seal(std::string_view content, const std::string& name);
inline Result<UniqueFd> seal(std::span<const std::uint8_t> content, const std::string& name) {
    return seal(std::string_view(reinterpret_cast<const char*>(content.data()), content.size()),
                name);
}

/// Another descriptor of the same file with a file offset of its own, for reading only.
Result<UniqueFd> reopen(const UniqueFd& file);

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

} // namespace wgnl
