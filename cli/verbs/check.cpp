// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl check`: mistakes in files, as a compiler would report them.
#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "output/diagnostics.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

std::vector<Problem> everything_said(const FileReading& reading) {
    auto problems = reading.problems;
    problems.insert(problems.end(), reading.remarks.begin(), reading.remarks.end());
    // By file and line, so that a reader goes through each file once.
    std::ranges::stable_sort(problems, {}, [](const Problem& problem) {
        return std::pair<std::string_view, std::uint32_t>{problem.location.file,
                                                          problem.location.line};
    });
    return problems;
}

/// One run over files and folders.
class Checker {
public:
    Checker(Environment& environment, Diagnostics& diagnostics)
        : environment_(environment), diagnostics_(diagnostics) {}

    void check(const std::filesystem::path& path) {
        std::error_code unknown;
        if (std::filesystem::is_directory(path, unknown))
            check_folder(path);
        else
            check_file(path, true);
    }
    /// A file or a folder could not be read at all.
    bool failed() const { return failed_; }

private:
    /// Every file of a known format in it, by name; those in its folders are not looked for.
    void check_folder(const std::filesystem::path& folder) {
        std::error_code error;
        std::vector<std::filesystem::path> files;
        for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
             entry.increment(error))
            if (environment_.readers.knows(entry->path()))
                files.push_back(entry->path());
        if (error)
            return fail_with(Error::from_errno(error.value(), "read " + folder.string()));
        std::ranges::sort(files);
        for (const auto& file : files)
            check_file(file, false);
    }

    /// `meant`: somebody named it, so that a file about something else is worth a note.
    void check_file(const std::filesystem::path& file, bool meant) {
        const auto reading = environment_.readers.judge(file);
        if (!reading && reading.error().code() != Errc::invalid_argument)
            return fail_with(reading.error());
        if (!reading)
            return diagnostics_.print({Severity::error, {file.string()}, reading.error().detail()});
        auto said = everything_said(*reading);
        if (reading->declaration && !reading->compares_ports)
            compare_ports(*reading->declaration, file, said);
        if (!reading->without_keys.empty())
            said.push_back({Severity::note,
                            {file.string()},
                            "the keys are not checked: " + reading->without_keys});
        for (const auto& problem : said)
            print_once(problem);
        if (meant && !reading->declaration && said.empty())
            diagnostics_.print(
                {Severity::note, {file.string()}, "declares no WireGuard device for this machine"});
    }

    /// Two files of one port, whatever their formats: only one of their devices can be up.
    void compare_ports(const Declaration& declared, const std::filesystem::path& file,
                       std::vector<Problem>& said) {
        if (!declared.listen_port)
            return;
        const PortUse mine{declared.device, file.string()};
        const auto [known, is_new] = ports_.try_emplace(*declared.listen_port, mine);
        if (!is_new && known->second.device != mine.device)
            said.push_back({Severity::warning,
                            place_of_key(mine.file, "listenport"),
                            fmt::format("the port {} is also that of {} ({}): only one of them can "
                                        "be up, the other stays down; give one another port, or "
                                        "none",
                                        *declared.listen_port, known->second.device,
                                        to_string(place_of_key(known->second.file, "listenport"))),
                            {},
                            "ListenPort"});
    }

    /// What all files of a folder stand on has one mistake, not one for each.
    void print_once(const Problem& problem) {
        if (printed_.insert(to_string(problem)).second)
            diagnostics_.print(problem);
    }

    void fail_with(const Error& error) {
        report(environment_.console, error);
        failed_ = true;
    }

    Environment& environment_;
    Diagnostics& diagnostics_;
    struct PortUse {
        std::string device;
        std::string file;
    };
    std::map<std::uint16_t, PortUse> ports_{};
    std::set<std::string> printed_{};
    bool failed_{false};
};

} // namespace

Exit check(Environment& environment, const CheckOptions& options) {
    auto& console = environment.console;
    Diagnostics diagnostics{console.out, console.terminal};
    Checker checker{environment, diagnostics};
    for (const auto& path : options.files)
        checker.check(path);
    const auto summary = diagnostics.summary();
    if (!summary.empty())
        console.err << summary << '\n';
    if (checker.failed())
        return Exit::failed;
    return summary.empty() ? Exit::done : Exit::found;
}

} // namespace wgnl::cli
