// SPDX-License-Identifier: LGPL-2.1-or-later
// The reader of wg-quick's configurations.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <wgnl/wg_quick.hpp>

#include "reader.hpp"
#include "secret_file.hpp"

namespace wgnl::cli {
namespace {

bool is_true(std::string_view value) {
    constexpr std::string_view yes = "true";
    return std::ranges::equal(value, yes, {}, [](char c) { return static_cast<char>(c | 0x20); });
}

/// What becomes of a line that a declaration does not hold; empty if there is nothing to say.
std::string fate_of(const WgQuickLine& line) {
    if (line.key == "Table" || line.value.empty())
        return {};
    if (line.key == "DNS")
        return "DNS= is not carried out: wgnl sets no name servers";
    if (line.key == "SaveConfig")
        return is_true(line.value.view()) ? "SaveConfig= is not carried out: wgnl never writes "
                                            "this file"
                                          : std::string{};
    return fmt::format("{}= is not carried out: wgnl runs no commands", line.key);
}

bool holds_key(const Declaration& declaration) {
    return declaration.private_key ||
           std::ranges::any_of(declaration.peers, [](const DeclaredPeer& peer) {
               return peer.preshared_key.has_value();
           });
}

std::vector<Problem> problems_of(const ParsedWgQuick& parsed, bool readable_by_all) {
    auto problems = parsed.declaration.problems;
    if (readable_by_all && holds_key(parsed.declaration))
        problems.push_back({Severity::warning, parsed.declaration.location,
                            "the file holds a key but others may read it: chmod 0600"});
    return problems;
}

/// A file that nobody can apply under its name, but that NetworkManager's import takes, and with it
/// the name servers.
FileReading without_device(ParsedWgQuick parsed, std::vector<Problem> problems, const Error& why) {
    problems.push_back({Severity::warning, parsed.declaration.location,
                        fmt::format("of no use to wg-quick and \"wgnl apply\": {}", why.detail()),
                        "rename it for these; NetworkManager imports it under any name: nmcli "
                        "connection import type wgnl file FILE"});
    std::erase_if(parsed.unsupported_lines, [](const auto& line) { return line.key == "DNS"; });
    FileReading reading{.problems = std::move(problems)};
    reading.remarks = not_carried_out(parsed.unsupported_lines);
    return reading;
}

} // namespace

std::vector<Problem> not_carried_out(const std::vector<WgQuickLine>& lines) {
    std::vector<Problem> notes;
    for (const auto& line : lines)
        if (auto text = fate_of(line); !text.empty())
            notes.push_back({Severity::note, line.location, std::move(text), {}, line.key});
    return notes;
}

Result<FileReading> read_wg_quick_file(const std::filesystem::path& path) {
    const auto file = read_secret_file(path);
    if (!file)
        return std::unexpected{file.error()};
    const auto device = device_of_wg_quick(path.string());
    auto parsed =
        parse_wg_quick(file->text.view(), {.file = path.string(), .device = device.value_or("")});
    auto problems = problems_of(parsed, file->readable_by_all);
    if (!device)
        return without_device(std::move(parsed), std::move(problems), device.error());
    FileReading reading{std::move(parsed.declaration), std::move(problems)};
    reading.remarks = not_carried_out(parsed.unsupported_lines);
    reading.wg_quick = std::move(parsed.unsupported_lines);
    return reading;
}

} // namespace wgnl::cli
