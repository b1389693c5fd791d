// SPDX-License-Identifier: LGPL-2.1-or-later
// The collector of problems.
#include "networkd/files/report.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include "networkd/files/text.hpp"

namespace wgnl::networkd {

std::string Location::to_string() const {
    return line == 0 ? std::string(file) : fmt::format("{}:{}", file, line);
}

void Report::add(Severity severity, const Location& where, std::string_view text) {
    // One place is kept for the line that counts the rest.
    if (problems_.size() + 1 >= limit_) {
        ++left_out_;
        return;
    }
    problems_.push_back({severity, printable(without_keys(where.to_string())), printable(text)});
}

std::string slip_of(const IniAssignment& assignment) {
    return slip_in(assignment.value, Syntax::networkd, assignment.column);
}

void Report::refused(const Location& where, const IniAssignment& assignment, std::string_view text,
                     std::string_view consequence) {
    const auto slip = slip_of(assignment);
    error(where,
          fmt::format("{}{}",
                      slip.empty() ? std::string(text)
                                   : fmt::format("{}= cannot be read: {}", assignment.key, slip),
                      consequence));
}

void Report::unknown_key(const Location& where, const IniAssignment& assignment,
                         std::string_view section) {
    const auto key = assignment.key;
    if (AmneziaSettings::knows(key))
        return amnezia_.take(key, where.to_string());
    const auto slip = is_printable(key) ? std::string{} : slip_in(key, Syntax::networkd, 0);
    if (slip.empty() && key.starts_with("X-"))
        return;
    warning(where, fmt::format("{} is no key of [{}] and is ignored{}", shown_name(key),
                               excerpt(section), slip.empty() ? slip : ": " + slip));
}

std::vector<Problem> Report::take() {
    if (!amnezia_.empty()) {
        const auto problem = std::exchange(amnezia_, {}).problem();
        add(problem.severity, {problem.where, 0}, problem.text);
    }
    if (left_out_ > 0)
        problems_.push_back(
            {Severity::error, {}, fmt::format("{} more problems are not listed", left_out_)});
    left_out_ = 0;
    return std::exchange(problems_, {});
}

} // namespace wgnl::networkd
