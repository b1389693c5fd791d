// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl apply` and `wgnl diff`: one file brought to its device, without the daemon.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "formats/doubts.hpp"
#include "output/diagnostics.hpp"
#include "source/link_owner.hpp"
#include "source/resolve.hpp"
#include "source/source.hpp"
#include "terminal/format.hpp"
#include "verbs.hpp"

#include <wgnl/reconcile.hpp>

namespace wgnl::cli {
namespace {

/// A device that an adapter declared stays with its file: two sources would undo each other's work.
Result<void> check_owner(const RecordStore& store, const std::string& device) {
    const auto record = store.load(device);
    if (!record)
        return std::unexpected{record.error()};
    if (!*record || (*record)->source.empty() || (*record)->source == applied_by_command)
        return {};
    return fail(Errc::invalid_argument, fmt::format("apply to {}", device),
                fmt::format("it is declared by {} ({}); change it there", (*record)->source,
                            (*record)->origin));
}

/// What went wrong, and what the outcome says beyond that.
class ApplyReport {
public:
    explicit ApplyReport(Console& console) : diagnostics_(console.err, console.terminal) {}

    /// Each problem once: the outcome repeats those of the declaration.
    void print(const std::vector<Problem>& problems) {
        for (const auto& problem : problems) {
            if (std::ranges::find(seen_, problem) != seen_.end())
                continue;
            diagnostics_.print(problem);
            seen_.push_back(problem);
        }
    }
    bool has_errors() const { return diagnostics_.errors() > 0; }

private:
    Diagnostics diagnostics_;
    std::vector<Problem> seen_{};
};

Result<ReconcileOutcome> run(const std::string& netns, const Declaration& declaration,
                             const std::filesystem::path& file,
                             const wgnl::ReconcileOptions& options) {
    auto place = NetworkPlace::open(netns);
    if (!place)
        return std::unexpected{place.error()};
    if (!options.dry_run)
        if (const auto ours = check_owner(place->records, declaration.device); !ours)
            return std::unexpected{ours.error()};
    const auto origin = std::filesystem::absolute(file).lexically_normal().string();
    return wgnl::reconcile(place->client, place->records, declaration,
                           {std::string{applied_by_command}, origin}, options);
}

/// Only a file of wg-quick's says whether commands had a part in a device that is there.
bool may_have_run_commands(const std::filesystem::path& file, const FileReading& reading) {
    return file.extension() != ".conf" ||
           std::ranges::any_of(reading.wg_quick, [](const WgQuickLine& line) {
               return (line.key == "PreUp" || line.key == "PostUp") && !line.value.empty();
           });
}

TakeOverFacts take_over_of(const std::string& netns, const ApplyOptions& asked,
                           const FileReading& reading, Resolved& resolved) {
    TakeOverFacts how{.ran_commands = may_have_run_commands(asked.file, reading),
                      .addresses = std::move(resolved.addresses)};
    if (!is_elsewhere(netns))
        how.owner = [](const Link& link) { return owner_of_link(link.ifindex); };
    return how;
}

/// A person asks for it now, so that removals and key changes need no further word.
Result<wgnl::ReconcileOptions> options_of(const std::string& netns, const ApplyOptions& asked,
                                          const FileReading& reading, Resolved resolved) {
    auto sockets = namespace_of(asked.sockets_netns);
    if (!sockets)
        return std::unexpected{sockets.error()};
    auto taking = take_over_of(netns, asked, reading, resolved);
    return wgnl::ReconcileOptions{
        .policy = {.confirmed = true, .resolved = std::move(resolved.endpoints)},
        .dry_run = asked.dry_run,
        .sockets = *std::move(sockets),
        .take_over = true,
        .taking = std::move(taking)};
}

struct Attempt {
    Declaration declaration;
    ReconcileOutcome outcome;
};

Result<FileReading> declared_in(Environment& environment, const std::filesystem::path& file,
                                ApplyReport& report) {
    auto reading = environment.readers.read(file);
    if (!reading)
        return std::unexpected{reading.error()};
    if (!reading->without_keys.empty())
        return fail(Errc::permission_denied, fmt::format("apply {}", file.string()),
                    reading->without_keys);
    report.print(reading->problems);
    report.print(reading->remarks);
    if (!reading->declaration)
        return fail(Errc::invalid_argument, fmt::format("apply {}", file.string()),
                    "it declares no WireGuard device for this machine");
    return reading;
}

/// A file that is hardly meant takes nothing away, unless somebody says so.
Result<void> check_doubt(const std::string& netns, const FileReading& reading,
                         const ApplyOptions& options, wgnl::ReconcileOptions how) {
    const bool asks = !options.empty && !options.compares;
    const auto doubt = asks ? doubt_about(options.file, reading) : std::string{};
    if (doubt.empty())
        return {};
    how.dry_run = true;
    auto declared = *reading.declaration;
    declared.keeps_peers = false; // what it would take if it were meant
    const auto look = run(netns, declared, options.file, how);
    if (!look)
        return std::unexpected{look.error()};
    const auto taken = taken_by(*look, *reading.declaration);
    if (taken.empty())
        return {};
    return fail(Errc::invalid_argument, fmt::format("apply {}", options.file.string()),
                fmt::format("{}, and {} would be removed from {}: nothing was changed; if that is "
                            "meant: wgnl apply --empty {}",
                            doubt, taken, reading.declaration->device, options.file.string()));
}

Result<Attempt> attempt(Environment& environment, const ApplyOptions& options,
                        ApplyReport& report) {
    auto reading = declared_in(environment, options.file, report);
    if (!reading)
        return std::unexpected{reading.error()};
    auto resolved = resolve_endpoints(*reading->declaration);
    report.print(resolved.problems);
    const auto how = options_of(environment.netns, options, *reading, std::move(resolved));
    if (!how)
        return std::unexpected{how.error()};
    if (auto meant = check_doubt(environment.netns, *reading, options, *how); !meant)
        return std::unexpected{meant.error()};
    if (options.empty)
        reading->declaration->keeps_peers = false;
    auto outcome = run(environment.netns, *reading->declaration, options.file, *how);
    if (!outcome)
        return std::unexpected{outcome.error()};
    report.print(outcome->problems);
    return Attempt{std::move(*reading->declaration), std::move(*outcome)};
}

/// Why nothing was written, where the mode is the reason; empty otherwise.
std::string reason_of_nothing(const Attempt& done) {
    const auto& device = done.declaration.device;
    if (done.declaration.kept_as_is)
        return fmt::format("{}: nothing was written: {}", device,
                           done.declaration.private_key ? "the errors above stand against all of it"
                                                        : "its private key could not be read");
    if (done.declaration.mode == Mode::observe)
        return fmt::format("{}: mode observe, so that nothing was written", device);
    if (done.declaration.mode == Mode::sync && !done.outcome.link_exists)
        return fmt::format("{}: there is no such device, and mode sync leaves creating it to "
                           "systemd-networkd or NetworkManager; in mode own wgnl creates it",
                           device);
    return {};
}

void print_plan(std::ostream& out, const Plan& plan, Output output) {
    const auto text = output == Output::json ? to_json(plan) : to_text(plan);
    out << text << (text.ends_with('\n') ? "" : "\n");
}

/// The device is declared and not there, and nobody here may create it.
bool is_missing(const Attempt& done) {
    return done.declaration.mode != Mode::own && !done.outcome.link_exists;
}

/// As JSON with everything that was found; as text unless what differs, or what is wrong, was said
/// already: "nothing to do" would deny it.
void print_difference(std::ostream& out, Attempt done, Output output, bool all_well) {
    auto& plan = done.outcome.plan;
    if (output == Output::json)
        plan.problems = std::move(done.outcome.problems);
    if (output == Output::json || all_well || !plan.empty() || !plan.drift.empty())
        print_plan(out, plan, output);
}

} // namespace

Exit apply(Environment& environment, const ApplyOptions& options) {
    auto& console = environment.console;
    ApplyReport problems{console};
    const auto done = attempt(environment, options, problems);
    if (!done)
        return report(console, done.error());
    if (const auto reason = reason_of_nothing(*done); !reason.empty()) {
        console.err << "wgnl: " << printable(reason) << '\n';
        return done->declaration.mode == Mode::observe ? Exit::done : Exit::failed;
    }
    print_plan(console.out, done->outcome.plan, Output::text);
    return done->outcome.ok && !problems.has_errors() ? Exit::done : Exit::failed;
}

Exit diff(Environment& environment, const DiffOptions& options) {
    auto& console = environment.console;
    ApplyReport problems{console};
    auto done =
        attempt(environment, {.file = options.file, .dry_run = true, .compares = true}, problems);
    if (!done)
        return report(console, done.error());
    const bool missing = is_missing(*done);
    if (missing)
        console.err << "wgnl: " << done->declaration.device << ": there is no such device\n";
    const bool differs = missing || done->outcome.differs;
    const bool all_well = !differs && done->outcome.ok && !problems.has_errors();
    print_difference(console.out, *std::move(done), options.output, all_well);
    if (differs)
        return Exit::found;
    return all_well ? Exit::done : Exit::failed;
}

} // namespace wgnl::cli
