// SPDX-License-Identifier: LGPL-2.1-or-later
// Modes, severities, prefixes and addresses as JSON strings.
#include "json_values.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace wgnl {

namespace {

using json::Complaint;
using json::Scalar;

bool is_text(const Scalar& value) { return value.kind == Scalar::Kind::text; }

/// Takes over what `parse` gives for the text, or its reason for refusing it.
template <typename T>
Complaint take_parsed(T& out, const Scalar& value, Result<T> (*parse)(std::string_view)) {
    if (!is_text(value))
        return json::wrong_type("a string");
    auto parsed = parse(value.text);
    if (!parsed)
        return parsed.error().detail();
    out = *std::move(parsed);
    return std::nullopt;
}

} // namespace

Complaint assign(DocumentVersion&, const Scalar& value, json::KeySource&) {
    if (value.kind != Scalar::Kind::number)
        return json::wrong_type("a number");
    if (value.number != 1)
        return fmt::format("is {}, but this program knows version 1 only", value.number);
    return std::nullopt;
}

Complaint assign(Mode& out, const Scalar& value, json::KeySource&) {
    const auto mode = is_text(value) ? parse_mode(value.text) : std::nullopt;
    if (!mode)
        return json::wrong_type(R"("observe", "sync" or "own")");
    out = *mode;
    return std::nullopt;
}

Complaint assign(Severity& out, const Scalar& value, json::KeySource&) {
    for (const auto each : {Severity::error, Severity::warning, Severity::note}) {
        if (is_text(value) && value.text == to_string(each)) {
            out = each;
            return std::nullopt;
        }
    }
    return json::wrong_type(R"("error", "warning" or "note")");
}

Complaint assign(AllowedIp& out, const Scalar& value, json::KeySource&) {
    AllowedIp::Parsed parsed;
    if (auto complaint = take_parsed(parsed, value, &AllowedIp::parse))
        return complaint;
    out = parsed.value;
    if (parsed.had_host_bits)
        return fmt::format("{} has bits beyond its prefix; write {}", value.text, out.to_string());
    return std::nullopt;
}

Complaint assign(InterfaceAddress& out, const Scalar& value, json::KeySource&) {
    return take_parsed(out, value, &InterfaceAddress::parse);
}

void put(json::Writer& writer, DocumentVersion, json::KeySink&) { writer.value(1U); }

void put(json::Writer& writer, Mode value, json::KeySink&) { writer.value(to_string(value)); }

void put(json::Writer& writer, Severity value, json::KeySink&) { writer.value(to_string(value)); }

void put(json::Writer& writer, const AllowedIp& value, json::KeySink&) {
    writer.value(value.to_string());
}

void put(json::Writer& writer, const InterfaceAddress& value, json::KeySink&) {
    writer.value(value.to_string());
}

} // namespace wgnl
