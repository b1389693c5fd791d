// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl check`: mistakes in files, as a compiler would report them.
#include <algorithm>
#include <ostream>
#include <utility>

#include "diagnostics.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

/// By file and line, so that a reader goes through each file once.
std::vector<Problem> in_order(std::vector<Problem> problems) {
    std::ranges::stable_sort(problems, {}, [](const Problem& problem) {
        auto place = Place::parse(problem.where);
        return std::pair{std::move(place.file), place.line};
    });
    return problems;
}

/// False if the file could not be read at all.
bool check_file(Environment& environment, Diagnostics& diagnostics,
                const std::filesystem::path& file) {
    const auto reading = environment.readers.read(file);
    if (!reading && reading.error().code() != Errc::invalid_argument) {
        report(environment.console, reading.error());
        return false;
    }
    if (!reading) {
        diagnostics.print({Severity::error, file.string(), reading.error().detail()});
        return true;
    }
    for (const auto& problem : in_order(reading->problems))
        diagnostics.print(problem);
    if (!reading->declaration && reading->problems.empty())
        diagnostics.print(
            {Severity::note, file.string(), "declares no WireGuard device for this machine"});
    return true;
}

} // namespace

Exit check(Environment& environment, const CheckOptions& options) {
    auto& console = environment.console;
    Diagnostics diagnostics{console.out, console.terminal};
    bool failed{};
    for (const auto& file : options.files)
        failed |= !check_file(environment, diagnostics, file);
    const auto summary = diagnostics.summary();
    if (!summary.empty())
        console.err << summary << '\n';
    if (failed)
        return Exit::failed;
    return summary.empty() ? Exit::done : Exit::found;
}

} // namespace wgnl::cli
