// SPDX-License-Identifier: LGPL-2.1-or-later
// systemd's configuration syntax, read as systemd reads it, with a line for every assignment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <wgnl/secret_text.hpp>

namespace wgnl {

/// Longest logical line, continuation included, that systemd takes (its LONG_LINE_MAX).
inline constexpr std::size_t longest_line = std::size_t{1} << 20;
/// What it passes over at the ends of a line, and parts words by.
inline constexpr std::string_view whitespace = " \t\n\r";

struct IniAssignment {
    std::string_view key{};
    std::string_view value{};   ///< without surrounding whitespace
    std::uint32_t line{};       ///< where the key stands; the first line of a continued one
    std::uint32_t column{};     ///< of the value in that line, counted from 1; 0 in a continued one
    std::uint32_t key_column{}; ///< of the key, likewise
};

/// One `[Section]` header and what follows it: a repeated header is another section. What stands
/// before any header is a section without name, line 0.
struct IniSection {
    std::string_view name{};
    std::uint32_t line{};
    std::uint32_t column{}; ///< of its header
    std::span<const IniAssignment> assignments{};
};

/// A line that could not be used.
struct IniComplaint {
    enum class Kind : std::uint8_t {
        no_equals,
        no_key,
        // What systemd refuses the whole file for.
        too_long,
        no_utf8,
        no_header, ///< begins with '[', and does not end with ']'
        bad_name,  ///< of a section: a quote, a backslash or a control character is in it
    };
    std::uint32_t line{};
    std::uint32_t column{}; ///< 0: the line as a whole
    Kind kind{};
    std::string_view text{}; ///< of the line; empty if that is too long
};

/// A file as sections. Its text may hold secrets: it is wiped with the object, and the views that
/// sections() hands out live as long as the object, also when it is moved.
class IniFile {
public:
    IniFile() = default;
    IniFile(IniFile&&) noexcept = default; // a copy would point into the text of the other
    IniFile& operator=(IniFile&&) noexcept = default;

    /// Reads everything it can. Never fails: see defect() and complaints().
    static IniFile parse(SecretText text);

    std::span<const IniSection> sections() const noexcept { return sections_; }
    /// Lines that systemd warns about and ignores.
    std::span<const IniComplaint> complaints() const noexcept { return complaints_; }
    /// What makes systemd refuse the whole file; what stands before it was read.
    const std::optional<IniComplaint>& defect() const noexcept { return defect_; }

private:
    friend class IniParser;

    SecretText text_{};
    std::vector<IniAssignment> assignments_{};
    std::vector<IniSection> sections_{};
    std::vector<IniComplaint> complaints_{};
    std::optional<IniComplaint> defect_{};
};

} // namespace wgnl
