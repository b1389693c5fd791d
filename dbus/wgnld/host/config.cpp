// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading wgnld.conf.
#include "config.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/ini.hpp"
#include "base/io.hpp"
#include "base/text.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t largest_config = std::size_t{1} << 20;

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
    return {views.begin(), views.end()};
}

bool read_bool(std::string_view text, bool& value) {
    value = text == "yes" || text == "true" || text == "1";
    return value || text == "no" || text == "false" || text == "0";
}

bool read_number(std::string_view text, std::size_t& value) {
    value = whole_number<std::size_t>(text).value_or(0);
    return value > 0;
}

bool read_observe(std::string_view text, ObserveForeign& value) {
    value = text == "no"     ? ObserveForeign::no
            : text == "full" ? ObserveForeign::full
                             : ObserveForeign::summary;
    return text == "no" || text == "full" || text == "summary";
}

bool assign(Config& config, std::string_view key, std::string_view value) {
    if (key == "AllowDefaultRoute")
        return read_bool(value, config.allow_default_route);
    if (key == "MaxPeers")
        return read_number(value, config.limits.peers);
    if (key == "MaxDocumentBytes")
        return read_number(value, config.limits.bytes);
    if (key == "ObserveForeign")
        return read_observe(value, config.observe_foreign);
    if (key == "DeviceNames")
        config.device_names = strings(split(value, blanks));
    return key == "DeviceNames";
}

} // namespace

Result<Config> parse_config(std::string_view text) {
    const auto not_understood = [](std::uint32_t line, std::string_view what) {
        return fail(Errc::invalid_argument, "read the configuration",
                    fmt::format("line {}: \"{}\" is not understood; see wgnld(8)", line, what));
    };
    const auto file = IniFile::parse(SecretText(text));
    if (const auto& defect = file.defect())
        return not_understood(defect->line, defect->text);
    if (!file.complaints().empty())
        return not_understood(file.complaints()[0].line, file.complaints()[0].text);
    Config config;
    for (const auto& section : file.sections())
        for (const auto& each : section.assignments)
            if (!assign(config, each.key, each.value))
                return not_understood(each.line, fmt::format("{}={}", each.key, each.value));
    return config;
}

Result<Config> load_config(const std::filesystem::path& path) {
    const auto text = read_regular_file(path.string(), largest_config, "read " + path.string());
    if (!text && (text.error().errnum() == ENOENT || text.error().errnum() == ENOTDIR))
        return Config{};
    if (!text)
        return std::unexpected(text.error());
    auto config = parse_config(text->view());
    if (!config)
        return fail(config.error().code(), fmt::format("read {}", path.string()),
                    config.error().detail());
    return config;
}

} // namespace wgnl::daemon
