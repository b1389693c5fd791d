// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry of formats, and the writers of JSON declarations and of wg-quick's configurations.
#include "writer.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/wg_quick.hpp>

#include "reader.hpp"

namespace wgnl::cli {
namespace {

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string reason) {
    return fail(Errc::invalid_argument, fmt::format("write {}", path.string()), std::move(reason));
}

Result<void> check_name(const Content& content, const std::filesystem::path& path) {
    const auto device = device_of_wg_quick(path.string());
    if (device && *device == content.declaration.device)
        return {};
    if (!device && content.title.text.empty())
        return std::unexpected{device.error()};
    return refuse(path, fmt::format("a .conf file is named after its device: write to {}.conf{}",
                                    content.declaration.device,
                                    content.title.text.empty()
                                        ? ""
                                        : fmt::format(", or \"{}.conf\"", content.title.text)));
}

/// Of the two names, of device and profile, the one that the file's does not hold.
std::string lost_name(const Content& content, const std::filesystem::path& path) {
    const auto& [title, names_device] = content.title;
    const auto& device = content.declaration.device;
    if (title.empty() || title == device)
        return {};
    if (path.stem() != title)
        return fmt::format("the name \"{0}\" is left out: the file has that of the device; "
                           "\"{0}.conf\" keeps it, for an import",
                           title);
    return names_device ? std::string{}
                        : fmt::format("the device's name {} is left out: an import makes one of "
                                      "the file's name",
                                      device);
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
    WrittenFiles written{.not_expressible = not_carried_out(content.wg_quick)};
    written.files.push_back({path, SecretText{json}});
    wipe(json);
    return written;
}

Result<WrittenFiles> write_wg_quick(const Content& content, const std::filesystem::path& path) {
    const auto& declaration = content.declaration;
    const bool has_title = !content.title.text.empty() && path.stem() == content.title.text;
    if (const auto named = check_name(content, path); !named && !has_title)
        return std::unexpected{named.error()};
    auto text = to_wg_quick(declaration, content.wg_quick);
    WrittenFiles written;
    written.files.push_back({path, std::move(text.text)});
    written.not_expressible = std::move(text.not_expressible);
    if (auto lost = lost_name(content, path); !lost.empty())
        written.not_expressible.push_back({Severity::note, declaration.location, std::move(lost)});
    return written;
}

} // namespace wgnl::cli
