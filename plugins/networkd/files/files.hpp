// SPDX-License-Identifier: LGPL-2.1-or-later
// Files as the adapter finds them: under a root, present or in one of the ways of not being there.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

namespace wgnl::networkd {

/// A prefix before every path that is opened: empty on a real machine, a folder in tests.
class Root {
public:
    Root() = default;
    explicit Root(std::string prefix);

    /// Where `path` (absolute) lies.
    std::string operator/(std::string_view path) const { return prefix_ + std::string(path); }
    const std::string& prefix() const noexcept { return prefix_; }

private:
    std::string prefix_{};
};

enum class FileState : std::uint8_t {
    present,    ///< a regular file with content
    absent,     ///< no such file
    masked,     ///< a link to /dev/null: somebody says that there is nothing
    empty,      ///< a regular file of no bytes
    unreadable, ///< it is there, but cannot be read
};

/// Everything that was looked at: what has to be watched to notice the next change.
struct Inputs {
    std::set<std::string> files{};   ///< files and links, existing or not
    std::set<std::string> folders{}; ///< folders whose entries matter, existing or not
    /// Of those entries, what is there and not empty: masks, and what another folder hides, too.
    std::set<std::string> present{};
};

struct FileText {
    FileState state{FileState::absent};
    SecretText text{};           ///< only if present
    std::string why{};           ///< only if unreadable: the reason, in words
    int error{};                 ///< only if unreadable: the errno, 0 if it was not the kernel
    bool readable_by_all{false}; ///< any permission for others
};

/// Largest configuration file taken: above the kernel's 1,048,576 peers at 200 bytes each.
inline constexpr std::size_t largest_file = std::size_t{256} << 20;

/// Whether that errno of a look means that nothing is there; any other one is a failure.
bool is_absence(int error) noexcept;

/// What `path` is, without reading it.
FileState probe_file(const std::string& path);

/// Reads a configuration file. Never waits: anything but a regular file is unreadable.
FileText read_file(const std::string& path, std::size_t limit = largest_file);

/// Replaces a file (mode 0600) in one step, once its content is on the disk, as the new name is
/// when this returns. Next to it NAME.new is written, which may be no link.
Result<void> replace_file(const std::string& path, std::string_view text);

/// "; user systemd-network must be …" if that is the reason, else empty.
std::string hint_for_unreadable(int error);

/// The part after the last "/".
std::string_view base_name(std::string_view path);

} // namespace wgnl::networkd
