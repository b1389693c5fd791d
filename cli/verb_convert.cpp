// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl convert`: the declaration of one file in another format, and what that cannot say.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include <wgnl/configuration.hpp>

#include "diagnostics.hpp"
#include "secret_file.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

std::unexpected<Error> refuse(const ConvertOptions& options, std::string reason) {
    return fail(Errc::invalid_argument, fmt::format("convert {}", options.from.string()),
                std::move(reason));
}

/// From now on the new file is what people read: places in the old one, and its problems, go.
Declaration without_places(Declaration declaration) {
    declaration.where.clear();
    declaration.problems.clear();
    for (auto& peer : declaration.peers)
        peer.where.clear();
    return declaration;
}

Result<WrittenConfiguration> written_as_json(const Declaration& declaration,
                                             const ConvertOptions& options) {
    if (const auto valid = check(declaration); !valid)
        return refuse(options, valid.error().detail());
    auto json = to_json(without_places(declaration));
    WrittenConfiguration written{SecretText{json}, {}};
    wipe(json);
    return written;
}

Result<WrittenConfiguration> written_as_configuration(const Declaration& declaration,
                                                      const ConvertOptions& options) {
    const auto device = device_of_configuration(options.to.string());
    if (!device)
        return std::unexpected{device.error()};
    if (*device != declaration.device)
        return refuse(options, fmt::format("a .conf file is named after its device: write to "
                                           "{}.conf",
                                           declaration.device));
    return to_configuration(declaration);
}

Result<WrittenConfiguration> written(const Declaration& declaration,
                                     const ConvertOptions& options) {
    const auto extension = options.to.extension();
    if (extension == ".json")
        return written_as_json(declaration, options);
    if (extension == ".conf")
        return written_as_configuration(declaration, options);
    return refuse(options, fmt::format("the name {} must end in .conf or .json, which tells the "
                                       "format",
                                       options.to.string()));
}

Result<void> convert_file(Environment& environment, const ConvertOptions& options) {
    const auto reading = environment.readers.read(options.from);
    if (!reading)
        return std::unexpected{reading.error()};
    Diagnostics diagnostics{environment.console.err, environment.console.terminal};
    for (const auto& problem : reading->problems)
        diagnostics.print(problem);
    if (diagnostics.errors() > 0)
        return refuse(options, "it has mistakes; nothing was written");
    if (!reading->declaration)
        return refuse(options, "it declares no WireGuard device for this machine");
    const auto result = written(*reading->declaration, options);
    if (!result)
        return std::unexpected{result.error()};
    for (const auto& problem : result->left_out)
        diagnostics.print(problem);
    return write_secret_file(options.to, result->text.view());
}

} // namespace

Exit convert(Environment& environment, const ConvertOptions& options) {
    const auto done = convert_file(environment, options);
    return done ? Exit::done : report(environment.console, done.error());
}

} // namespace wgnl::cli
