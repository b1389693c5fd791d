// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of a file before it takes peers away.
#include "doubt.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "base/io.hpp"
#include "diagnostics.hpp"
#include "formats/secret_file.hpp"

namespace wgnl::cli {
namespace {

/// Whether no end of line follows its last line. Reads that byte alone: a file has keys.
bool is_open_ended(const std::filesystem::path& path) {
    const auto file = open_regular_file(path.string(), largest_secret_file, "read");
    char last = '\n';
    return file && ::pread(file->fd.get(), &last, 1, file->status.st_size - 1) == 1 && last != '\n';
}

/// The line of an error in that file; 0: it is about another one, or none.
std::size_t error_line(const Problem& problem, const std::filesystem::path& file) {
    const auto& [place, line, column] = problem.location;
    const bool is_its = problem.severity == Severity::error &&
                        std::filesystem::path(place).filename() == file.filename();
    return is_its ? line : 0;
}

/// The last line with a mistake, if the file may have been cut within it; 0: it was not cut.
std::size_t cut_line(const std::filesystem::path& file, const Reading& reading) {
    std::size_t last = 0;
    for (const auto& problem : reading.problems)
        last = std::max(last, error_line(problem, file));
    return last != 0 && is_open_ended(file) ? last : 0;
}

bool says_nothing(const Declaration& declaration) {
    return declaration.peers.empty() && !declaration.private_key && declaration.addresses.empty();
}

} // namespace

std::string doubt_about(const std::filesystem::path& file, const Reading& reading) {
    if (const auto line = cut_line(file, reading); line != 0)
        return fmt::format(
            "line {} is wrong and the last one has no end, as in a file that was cut", line);
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
