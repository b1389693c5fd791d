// SPDX-License-Identifier: LGPL-2.1-or-later
// The collector of problems.
#include "networkd/files/problems.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

struct Words {
    std::string text{};
    std::string hint{};
};

Words of_line_without_equals(std::string_view line) {
    const auto slip = slip_in_line(line, Syntax::networkd);
    if (!slip.empty())
        return {fmt::format("this line is ignored: {}", slip)};
    return {"there is no \"=\" in this line; it is ignored",
            "write Key=value; a comment begins with \"#\""};
}

Words of_broken_header(std::string_view line) {
    const auto slip = line.contains(']') ? slip_in_line(line, Syntax::networkd) : "";
    return {fmt::format("{} is not a section header, which ends in \"]\"{}; the file cannot be "
                        "used",
                        excerpt(line), slip.empty() ? slip : ": " + slip),
            slip.empty() ? "a header stands alone: [WireGuardPeer]" : ""};
}

Words words_of(const IniComplaint& complaint) {
    switch (complaint.kind) {
    case IniComplaint::Kind::no_equals:
        return of_line_without_equals(complaint.text);
    case IniComplaint::Kind::no_key:
        return {"there is no key before \"=\"; the line is ignored"};
    case IniComplaint::Kind::too_long:
        return {"the line is longer than 1 MiB; the file cannot be used"};
    case IniComplaint::Kind::no_utf8:
        return {"the line is not UTF-8; the file cannot be used"};
    case IniComplaint::Kind::no_header:
        return of_broken_header(complaint.text);
    case IniComplaint::Kind::bad_name:
        break;
    }
    return {fmt::format("{} has a quote, a backslash or a control character, which no section "
                        "header may have; the file cannot be used",
                        excerpt(complaint.text))};
}

} // namespace

Subject subject_of(const std::string& file, const IniAssignment& assignment) {
    return {.location = {file, assignment.line, assignment.column}, .key = assignment.key};
}

void ProblemCollector::add(Problem problem) {
    if (!full())
        problem.location.file = without_keys(problem.location.file);
    problems_.add(std::move(problem));
}

Subject Subject::without_hint() const {
    auto same = *this;
    same.hint = {};
    return same;
}

void ProblemCollector::error(const Subject& subject, std::string text, std::string hint) {
    add(Severity::error, subject, std::move(text),
        hint.empty() ? std::string(subject.hint) : std::move(hint));
}

void ProblemCollector::add(Severity severity, const Subject& subject, std::string text,
                           std::string hint) {
    add({.severity = severity,
         .location = subject.location,
         .text = std::move(text),
         .hint = std::move(hint),
         .key = std::string(subject.key),
         .peer = subject.peer});
}

Problem problem_of(const std::string& file, const IniComplaint& complaint) {
    using Kind = IniComplaint::Kind;
    const bool harmless = complaint.kind == Kind::no_equals || complaint.kind == Kind::no_key;
    auto [text, hint] = words_of(complaint);
    return {.severity = harmless ? Severity::warning : Severity::error,
            .location = {file, complaint.line, complaint.column},
            .text = std::move(text),
            .hint = std::move(hint)};
}

std::string slip_of(const IniAssignment& assignment) {
    return slip_in(assignment.value, Syntax::networkd, assignment.column);
}

void ProblemCollector::refused(const Subject& subject, const IniAssignment& assignment,
                               std::string_view text, std::string_view consequence) {
    const auto slip = slip_of(assignment);
    if (slip.empty())
        return error(subject, fmt::format("{}{}", text, consequence));
    auto better = subject.without_hint();
    better.location.column = 0; // of the value as a whole
    error(better, fmt::format("{}= cannot be read: {}{}", assignment.key, slip, consequence));
}

void ProblemCollector::unknown_key(const Subject& subject, const IniAssignment& assignment,
                                   std::string_view section, std::string hint) {
    const auto key = assignment.key;
    const Location location{subject.location.file, assignment.line, assignment.key_column};
    if (AmneziaSettings::knows(key))
        return amnezia_.take(key, location);
    const auto slip = is_printable(key) ? std::string{} : slip_in(key, Syntax::networkd, 0);
    if (slip.empty() && key.starts_with("X-"))
        return;
    warning({.location = location},
            fmt::format("{} is no key of [{}] and is ignored{}", adapter::sanitized_name(key),
                        excerpt(section), slip.empty() ? slip : ": " + slip),
            slip.empty() ? std::move(hint) : std::string{});
}

std::vector<Problem> ProblemCollector::take() {
    if (!amnezia_.empty())
        add(std::exchange(amnezia_, {}).problem());
    return problems_.take();
}

} // namespace wgnl::networkd
