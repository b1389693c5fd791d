// SPDX-License-Identifier: LGPL-2.1-or-later
// No parser of JSON sees a secret: those stand behind the line.
#include "profile_helper.hpp"

#include <nlohmann/json.hpp>

namespace wgnl::cli {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> broken(std::string detail) {
    return fail(Errc::protocol, "read what wgnl-nm-profile printed", std::move(detail));
}

struct Message {
    Json head{};
    std::string_view secrets{};
};

Result<Message> split(std::string_view text) {
    const auto end = text.find('\n');
    auto head = Json::parse(text.substr(0, end), nullptr, false);
    if (end == text.npos || !head.is_object())
        return broken("it is of another version of wgnl, or was cut off");
    return Message{std::move(head), text.substr(end + 1)};
}

Severity severity_in(const Json& problem) {
    const auto text = problem.at("severity").get<std::string>();
    for (const auto severity : {Severity::warning, Severity::note})
        if (text == to_string(severity))
            return severity;
    return Severity::error;
}

Location location_in(const Json& object) {
    return {object.at("where").get<std::string>(), object.at("line").get<std::uint32_t>()};
}

Problem problem_in(const Json& problem) {
    const auto peer = PublicKey::parse(problem.at("peer").get<std::string>());
    return {.severity = severity_in(problem),
            .location = location_in(problem),
            .text = problem.at("text").get<std::string>(),
            .hint = problem.at("hint").get<std::string>(),
            .key = problem.at("key").get<std::string>(),
            .peer = peer ? std::optional(*peer) : std::nullopt};
}

std::vector<Problem> problems_in(const Json& head, const char* key) {
    std::vector<Problem> problems;
    for (const auto& problem : head.at(key))
        problems.push_back(problem_in(problem));
    return problems;
}

std::vector<WgQuickLine> lines_in(const Json& head) {
    std::vector<WgQuickLine> lines;
    for (const auto& line : head.at("wg_quick"))
        lines.push_back({.key = line.at("key").get<std::string>(),
                         .value = SecretText(line.at("value").get<std::string>()),
                         .location = location_in(line)});
    return lines;
}

FileReading reading_of(const Json& head) {
    FileReading reading;
    reading.problems = problems_in(head, "problems");
    reading.remarks = problems_in(head, "remarks");
    reading.not_expressible = problems_in(head, "unsaid");
    reading.wg_quick = lines_in(head);
    reading.without_keys = head.at("secrets_failure").get<std::string>();
    reading.is_led_around = true; // by NetworkManager's rules
    reading.title = {head.at("id").get<std::string>(), head.at("names_device").get<bool>()};
    return reading;
}

} // namespace

Result<FileReading> reading_in(std::string_view text) {
    const auto message = split(text);
    if (!message)
        return std::unexpected{message.error()};
    FileReading reading;
    try {
        reading = reading_of(message->head);
    } catch (const Json::exception&) {
        return broken("its line of JSON lacks a member");
    }
    if (message->secrets.empty())
        return reading;
    auto declaration = decode_document(
        {reinterpret_cast<const std::uint8_t*>(message->secrets.data()), message->secrets.size()});
    if (!declaration)
        return std::unexpected{declaration.error()};
    reading.declaration = *std::move(declaration);
    return reading;
}

Result<WrittenFiles> files_in(std::string_view text, const std::filesystem::path& path) {
    const auto message = split(text);
    if (!message)
        return std::unexpected{message.error()};
    WrittenFiles written;
    written.files.push_back({path, SecretText(message->secrets)});
    try {
        written.not_expressible = problems_in(message->head, "left_out");
    } catch (const Json::exception&) {
        return broken("its line of JSON lacks a member");
    }
    return written;
}

SecretText message_of(const Content& content) {
    auto list = Json::array();
    for (const auto& line : content.wg_quick) {
        // Of a command only that there is one matters, and it may hold a secret.
        const bool is_open = line.key == "DNS" || line.key == "Table" || line.key == "SaveConfig";
        list.push_back({{"key", line.key},
                        {"value", is_open ? printable(line.value.view()) : "-"},
                        {"where", printable(line.location.file)},
                        {"line", line.location.line}});
    }
    SecretText message(Json{{"wg_quick", std::move(list)}}.dump());
    auto document = encode_document(content.declaration);
    message.reserve(message.size() + 1 + document.size());
    message.append('\n');
    message.append({reinterpret_cast<const char*>(document.data()), document.size()});
    wipe(document.data(), document.size());
    return message;
}

} // namespace wgnl::cli
