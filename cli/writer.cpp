// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry of formats, and the writers of JSON declarations and of wg-quick's configurations.
#include "writer.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/configuration.hpp>

#include "reader.hpp"

namespace wgnl::cli {
namespace {

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string reason) {
    return fail(Errc::invalid_argument, fmt::format("write {}", path.string()), std::move(reason));
}

} // namespace

void Writers::add(std::string extension, Writer writer) {
    writers_.insert_or_assign(std::move(extension), std::move(writer));
}

Result<WrittenFiles> Writers::write(const Content& content,
                                    const std::filesystem::path& path) const {
    const auto found = writers_.find(path.extension().string());
    if (found != writers_.end())
        return found->second(content, path);
    std::string known;
    for (const auto& [extension, writer] : writers_)
        known += (known.empty() ? "" : ", ") + extension;
    return refuse(
        path, fmt::format("the format is told by the name, which must end in one of: {}", known));
}

Result<WrittenFiles> write_json(const Content& content, const std::filesystem::path& path) {
    // From now on the new file is what people read: places in the old one go.
    auto json = to_json(without_places(content.declaration));
    WrittenFiles written{.left_out = not_carried_out(content.wg_quick)};
    written.files.push_back({path, SecretText{json}});
    wipe(json);
    return written;
}

Result<WrittenFiles> write_configuration(const Content& content,
                                         const std::filesystem::path& path) {
    const auto device = device_of_configuration(path.string());
    if (!device)
        return std::unexpected{device.error()};
    const auto& declaration = content.declaration;
    if (*device != declaration.device)
        return refuse(path, fmt::format("a .conf file is named after its device: write to {}.conf",
                                        declaration.device));
    auto text = to_configuration(declaration, content.wg_quick);
    WrittenFiles written;
    written.files.push_back({path, std::move(text.text)});
    written.left_out = std::move(text.left_out);
    return written;
}

} // namespace wgnl::cli
