// SPDX-License-Identifier: LGPL-2.1-or-later
// Collects the problems of one file and its drop-ins, each with the line that a person wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/amnezia.hpp>
#include <wgnl/declaration.hpp>

#include "networkd/files/ini.hpp"

namespace wgnl::networkd {

/// A line of a file.
struct Location {
    std::string_view file{}; ///< full path
    std::uint32_t line{};    ///< 0: the file as a whole

    std::string to_string() const; ///< "/etc/systemd/network/wg0.netdev:40"
};

/// Keeps as many problems as one document may carry, and counts the rest.
class Report {
public:
    explicit Report(std::size_t limit = DeclarationLimits{}.problems) : limit_(limit) {}

    void add(Severity severity, const Location& where, std::string_view text);
    void error(const Location& where, std::string_view text) { add(Severity::error, where, text); }
    void warning(const Location& where, std::string_view text) {
        add(Severity::warning, where, text);
    }

    /// `text` of what is wrong with a value that was refused ("KEY=VALUE is …"), in better words
    /// where it can be told what somebody did to it; and what follows from that ("; it is
    /// ignored").
    void refused(const Location& where, const IniAssignment& assignment, std::string_view text,
                 std::string_view consequence);

    /// A key that the section does not know.
    void unknown_key(const Location& where, const IniAssignment& assignment,
                     std::string_view section);

    /// Everything so far; the last entry tells how many were left out, if any were.
    std::vector<Problem> take();

private:
    std::size_t limit_;
    std::size_t left_out_{};
    std::vector<Problem> problems_{};
    AmneziaSettings amnezia_{};
};

/// What somebody did to that value, in words that follow "KEY= cannot be read: "; empty if that
/// cannot be told.
std::string slip_of(const IniAssignment& assignment);

} // namespace wgnl::networkd
