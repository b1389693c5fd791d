// SPDX-License-Identifier: LGPL-2.1-or-later
// No parser of JSON ever sees a secret: those stand behind the line.
#include "nm/helper/verbs.hpp"

#include <nlohmann/json.hpp>

namespace wgnl::nm {
namespace {

using Json = nlohmann::json;

Json json_of(const std::vector<Problem>& problems) {
    auto list = Json::array();
    for (const auto& problem : problems)
        list.push_back({{"severity", to_string(problem.severity)},
                        {"where", printable(problem.location.file)},
                        {"line", problem.location.line},
                        {"text", printable(problem.text)},
                        {"hint", printable(problem.hint)},
                        {"key", printable(problem.key)},
                        {"peer", problem.peer ? problem.peer->to_base64() : ""}});
    return list;
}

/// Of a profile: name servers and tables, which are no secrets.
Json json_of(const std::vector<WgQuickLine>& lines) {
    auto list = Json::array();
    for (const auto& line : lines)
        list.push_back({{"key", line.key},
                        {"value", printable(line.value.view())},
                        {"where", printable(line.location.file)},
                        {"line", line.location.line}});
    return list;
}

SecretText joined(const Json& head, std::string_view secrets) {
    SecretText message(head.dump());
    message.reserve(message.size() + 1 + secrets.size());
    message.append('\n');
    message.append(secrets);
    return message;
}

std::vector<WgQuickLine> lines_in(const Json& list) {
    std::vector<WgQuickLine> lines;
    for (const auto& line : list)
        lines.push_back({.key = line.at("key").get<std::string>(),
                         .value = SecretText(line.at("value").get<std::string>()),
                         .location = {line.at("where").get<std::string>(),
                                      line.at("line").get<std::uint32_t>()}});
    return lines;
}

} // namespace

SecretText to_bytes(const Message& message) {
    const auto& portable = message.portable;
    const Json head{{"id", printable(portable.id)},
                    {"uuid", printable(portable.uuid)},
                    {"names_device", portable.names_device},
                    {"problems", json_of(portable.problems)},
                    {"remarks", json_of(message.remarks)},
                    {"unsaid", json_of(portable.not_expressible)},
                    {"wg_quick", json_of(portable.wg_quick)},
                    {"secrets_failure", printable(message.secrets_failure)}};
    if (!portable.declaration)
        return joined(head, {});
    auto document = encode_document(*portable.declaration);
    auto bytes = joined(head, {reinterpret_cast<const char*>(document.data()), document.size()});
    wipe(document.data(), document.size());
    return bytes;
}

Result<ParsedWgQuick> configuration_in(std::string_view message) {
    const auto end = message.find('\n');
    const auto head = Json::parse(message.substr(0, end), nullptr, false);
    if (end == message.npos || !head.is_object())
        return fail(Errc::protocol, "read the message", "it has no line of JSON at its beginning");
    const auto document = message.substr(end + 1);
    auto declaration =
        decode_document({reinterpret_cast<const std::uint8_t*>(document.data()), document.size()});
    if (!declaration)
        return std::unexpected{declaration.error()};
    ParsedWgQuick parsed{.declaration = *std::move(declaration)};
    try {
        parsed.unsupported_lines = lines_in(head.at("wg_quick"));
    } catch (const Json::exception&) {
        return fail(Errc::protocol, "read the message", "its line of JSON has no \"wg_quick\"");
    }
    return parsed;
}

SecretText to_bytes(const SecretText& keyfile, const std::vector<Problem>& not_expressible) {
    return joined(Json{{"left_out", json_of(not_expressible)}}, keyfile.view());
}

} // namespace wgnl::nm
