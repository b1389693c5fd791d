// SPDX-License-Identifier: LGPL-2.1-or-later
// Places within lines, what people did to them, and the words of mistakes.
#include "line_judge.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include "base/text.hpp"
#include "values.hpp"

namespace wgnl {

namespace {

/// Of a line of which it is told where it is wrong: each problem counts anew.
constexpr std::size_t longest_counted = std::size_t{64} << 10;

} // namespace

void LineJudge::begin(std::string_view setting) {
    setting_ = setting;
    key_ = {};
    hint_ = {};
    judged_ = {};
}

std::string_view LineJudge::without_blanks() {
    remove_blanks(setting_, clean_);
    return clean_.view();
}

void LineJudge::set_key(std::string_view key, std::string_view hint) {
    key_ = key;
    hint_ = hint;
}

std::size_t LineJudge::column() const {
    if (setting_.size() > longest_counted)
        return 0;
    const auto clean = clean_.view();
    const auto* const part = judged_.data();
    const bool is_clean = part >= clean.data() && part < clean.data() + clean.size();
    return is_clean ? column_without_blanks(setting_, static_cast<std::size_t>(part - clean.data()))
                    : column_of(judged_, setting_);
}

void LineJudge::open_peer() { peer_ = {.open = true, .first = problems_.size()}; }

void LineJudge::add_mistake(Problem mistake) {
    accepted_ = false;
    peer_.mistakes.push_back(std::move(mistake));
}

void LineJudge::settle(const PublicKey* named) {
    for (auto& mistake : peer_.mistakes) {
        mistake.text +=
            consequence(named != nullptr ? "; this peer is kept as it is"
                                         : "; the section names no peer, so that none is removed");
        problems_.add(std::move(mistake));
    }
    if (named != nullptr)
        problems_.name_peer(peer_.first, *named);
    peer_ = {};
}

void LineJudge::problem(Severity severity, std::string_view text, std::string_view hint) {
    problems_.add(made(severity, text, hint));
}

void LineJudge::mistake(std::string_view text, std::string_view hint) {
    accepted_ = false;
    if (peer_.open)
        peer_.mistakes.push_back(made(Severity::error, text, hint));
    else
        problem(Severity::error, text, hint);
}

void LineJudge::bad_value(std::string_view key, std::string_view value, std::string_view reason) {
    const auto slip = slip_of(value);
    mistake(fmt::format("{}{}",
                        slip.empty() ? fmt::format("{}={} {}", key, shown_value(value), reason)
                                     : fmt::format("{}= cannot be read: {}", key, slip),
                        peer_.open ? "" : consequence("; it is not declared")));
}

void LineJudge::bad_quick_value(std::string_view key, std::string_view value,
                                std::string_view reason, std::string_view hint) {
    const auto slip = slip_of(value);
    const auto end = consequence("; it is not declared");
    if (slip.empty()) {
        return problem(Severity::error,
                       fmt::format("{}={} {}{}", key, shown_value(value), reason, end), hint);
    }
    if (tells_slip())
        problem(Severity::error, fmt::format("{}= cannot be read: {}{}", key, slip, end));
}

void LineJudge::bad_secret(std::string_view key, const Error& error, std::string_view maker,
                           std::string_view end) {
    auto slip = slip_of({});
    if (slip.empty())
        slip = fmt::format("{}; write what \"wg {}\" printed", error.detail(), maker);
    mistake(fmt::format("{}= cannot be read: {}{}", key, slip, consequence(end)));
}

std::string LineJudge::slip_of(std::string_view part) {
    if (std::exchange(slip_.sought, line_) != line_)
        slip_.found = slip_of_value();
    if (slip_.found.empty())
        return slip_in(part, Syntax::wg, 0);
    judged_ = {};
    return slip_.found;
}

std::string LineJudge::slip_of_value() const {
    const auto equals = std::min(setting_.find('='), setting_.size() - 1);
    const auto begin = std::min(setting_.find_first_not_of(blanks, equals + 1), setting_.size());
    const auto value = setting_.substr(begin);
    return slip_in(value, Syntax::wg, column_of(value, setting_));
}

bool LineJudge::tells_slip() { return std::exchange(slip_.told, line_) != line_; }

bool LineJudge::tells_more() const {
    return problems_.size() + peer_.mistakes.size() < options_.limits.problems;
}

Problem LineJudge::made(Severity severity, std::string_view text, std::string_view hint) const {
    return {.severity = severity,
            .location = problems_.at(line_, tells_more() ? column() : 0),
            .text = std::string(text),
            .hint = std::string(hint),
            .key = std::string(key_)};
}

} // namespace wgnl
