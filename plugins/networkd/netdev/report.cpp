// SPDX-License-Identifier: LGPL-2.1-or-later
// The collector of problems.
#include "networkd/netdev/report.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

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

std::vector<Problem> Report::take() {
    if (left_out_ > 0)
        problems_.push_back(
            {Severity::error, {}, fmt::format("{} more problems are not listed", left_out_)});
    left_out_ = 0;
    return std::exchange(problems_, {});
}

} // namespace wgnl::networkd
