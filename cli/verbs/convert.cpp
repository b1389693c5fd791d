// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl convert`: the declaration of one file in another format, and what that cannot say.
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "output/diagnostics.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

std::unexpected<Error> refuse(const ConvertOptions& options, std::string reason) {
    return fail(Errc::invalid_argument, fmt::format("convert {}", options.from.string()),
                std::move(reason));
}

/// Whether the declaration is to be written in the terms of wg-quick. A JSON declaration does not
/// make mark, table and rules of a default route: it holds what is written.
bool is_in_terms_of_wg_quick(const FileReading& reading, const std::filesystem::path& to) {
    return reading.as_wg_quick && to.extension() != ".json";
}

const std::vector<Problem>& left_out(const FileReading& reading, const std::filesystem::path& to) {
    return reading.as_wg_quick && !is_in_terms_of_wg_quick(reading, to) ? reading.not_declared
                                                                        : reading.not_expressible;
}

/// What the file says, and what the owner of its device makes of the files beside it.
Result<Content> content_of(const FileReading& reading, const ConvertOptions& options) {
    if (!reading.declaration)
        return refuse(options, "it declares no WireGuard device for this machine");
    const bool in_terms = is_in_terms_of_wg_quick(reading, options.to);
    auto declaration = in_terms ? *reading.as_wg_quick : *reading.declaration;
    if (reading.owners_part) {
        declaration.addresses = reading.owners_part->addresses;
        declaration.mtu = reading.owners_part->mtu;
    }
    if (const auto valid = check(declaration); !valid)
        return refuse(options, valid.error().detail());
    const bool has_lines = in_terms || !reading.as_wg_quick;
    return Content{std::move(declaration),
                   has_lines ? reading.wg_quick : std::vector<WgQuickLine>{}, reading.title};
}

Result<void> convert_file(Environment& environment, const ConvertOptions& options) {
    const auto reading = environment.readers.read_named(options.from);
    if (!reading)
        return std::unexpected{reading.error()};
    if (!reading->without_keys.empty())
        return fail(Errc::permission_denied, fmt::format("convert {}", options.from.string()),
                    fmt::format("the keys are not for you to read: {}", reading->without_keys));
    Diagnostics diagnostics{environment.console.err, environment.console.terminal};
    for (const auto& problem : reading->problems)
        diagnostics.print(problem);
    if (diagnostics.errors() > 0)
        return refuse(options, "it has mistakes; nothing was written");
    const auto content = content_of(*reading, options);
    if (!content)
        return std::unexpected{content.error()};
    const auto written = environment.writers.write(*content, options.to);
    if (!written)
        return std::unexpected{written.error()};
    for (const auto* problems : {&left_out(*reading, options.to), &written->not_expressible})
        for (const auto& problem : *problems)
            diagnostics.print(problem);
    const auto created = create_files(written->files);
    if (created && !written->advice.empty())
        environment.console.err << written->advice << '\n';
    return created;
}

} // namespace

Exit convert(Environment& environment, const ConvertOptions& options) {
    const auto done = convert_file(environment, options);
    return done ? Exit::done : report(environment.console, done.error());
}

} // namespace wgnl::cli
