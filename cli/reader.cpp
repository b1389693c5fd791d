// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry of formats, and the reader of JSON declarations.
#include "reader.hpp"

#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "sd/handle.hpp"

namespace wgnl::cli {
namespace {

constexpr std::size_t chunk = 64 * 1024;

/// A file's text, which may hold keys: wiped when it goes, also where it had to grow.
class SecretText {
public:
    SecretText() = default;
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { wipe(text_); }

    std::string_view view() const { return text_; }
    void append(std::string_view more) {
        if (text_.size() + more.size() > text_.capacity())
            grow(2 * (text_.size() + more.size()));
        text_.append(more);
    }

private:
    void grow(std::size_t capacity) {
        std::string larger;
        larger.reserve(capacity);
        larger.append(text_);
        wipe(text_);
        text_.swap(larger);
    }
    std::string text_{};
};

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
    }
}

} // namespace

void Readers::add(std::string extension, Reader reader) {
    readers_.insert_or_assign(std::move(extension), std::move(reader));
}

Result<Reading> Readers::read(const std::filesystem::path& path) const {
    const auto found = readers_.find(path.extension().string());
    if (found != readers_.end())
        return found->second(path);
    std::string known;
    for (const auto& [extension, reader] : readers_)
        known += (known.empty() ? "" : ", ") + extension;
    return fail(Errc::invalid_argument, fmt::format("read {}", path.string()),
                fmt::format("the format is told by the name, which must end in one of: {}", known));
}

Result<Reading> read_json_file(const std::filesystem::path& path) {
    const auto operation = fmt::format("read {}", path.string());
    const sd::Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        return std::unexpected{Error::from_errno(errno, operation)};
    SecretText text;
    if (const auto done = read_into(text, fd.get(), operation); !done)
        return std::unexpected{done.error()};
    auto declaration = parse_declaration(text.view());
    if (!declaration)
        return std::unexpected{declaration.error()};
    if (declaration->where.empty())
        declaration->where = path.string();
    auto problems = declaration->problems;
    return Reading{std::move(*declaration), std::move(problems)};
}

} // namespace wgnl::cli
