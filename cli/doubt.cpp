// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of a file before it takes peers away.
#include "doubt.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "diagnostics.hpp"
#include "secret_file.hpp"

namespace wgnl::cli {
namespace {

/// The last line, if no end of line follows it; else 0.
std::size_t open_line(std::string_view text) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    return text.empty() || text.ends_with('\n') ? 0 : lines + 1;
}

bool is_at(const Problem& problem, const std::filesystem::path& file, std::size_t line) {
    const auto place = Place::parse(problem.where);
    return problem.severity == Severity::error && place.line == line &&
           std::filesystem::path(place.file).filename() == file.filename();
}

/// The line within which the file was cut; 0: it was not.
std::size_t cut_line(const std::filesystem::path& file, const Reading& reading) {
    const auto content = read_secret_file(file);
    const std::size_t line = content ? open_line(content->text.view()) : 0;
    const bool mistaken = std::ranges::any_of(
        reading.problems, [&](const Problem& problem) { return is_at(problem, file, line); });
    return line != 0 && mistaken ? line : 0;
}

bool says_nothing(const Declaration& declaration) {
    return declaration.peers.empty() && !declaration.private_key && declaration.addresses.empty();
}

} // namespace

std::string doubt_about(const std::filesystem::path& file, const Reading& reading) {
    if (const auto line = cut_line(file, reading); line != 0)
        return fmt::format("it ends within line {}, as a file does that was cut", line);
    if (says_nothing(*reading.declaration))
        return "it declares neither a key nor a peer";
    return reading.declaration->peers.empty() ? "it declares no peer" : "";
}

std::string taken_by(const Outcome& dry_run, const Declaration& declaration) {
    const auto removed = std::ranges::count(dry_run.plan.change.peers, PeerChange::Action::remove,
                                            &PeerChange::action);
    if (removed > 0)
        return fmt::format("{} peer{}", removed, removed == 1 ? "" : "s");
    return says_nothing(declaration) && dry_run.differs ? "what the device has" : "";
}

} // namespace wgnl::cli
