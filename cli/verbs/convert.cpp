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

/// What the file says, and what the owner of its device makes of the files beside it.
Result<Content> content_of(const FileReading& reading, const ConvertOptions& options) {
    if (!reading.declaration)
        return refuse(options, "it declares no WireGuard device for this machine");
    auto declaration = reading.as_wg_quick ? *reading.as_wg_quick : *reading.declaration;
    if (reading.owners_part) {
        declaration.addresses = reading.owners_part->addresses;
        declaration.mtu = reading.owners_part->mtu;
    }
    if (const auto valid = check(declaration); !valid)
        return refuse(options, valid.error().detail());
    return Content{std::move(declaration), reading.wg_quick, reading.title};
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
    for (const auto* problems : {&reading->not_expressible, &written->not_expressible})
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
