// SPDX-License-Identifier: LGPL-2.1-or-later
// Commas, escapes, digits.
#include "json_lines.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>

namespace wgnl::daemon {

namespace {

/// Most texts are keys, addresses, states.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : printable(text)) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
}

} // namespace

void JsonLines::separate() {
    if (!first_)
        out_ += ',';
    first_ = false;
}

void JsonLines::open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
}

void JsonLines::close(char bracket) {
    out_ += bracket;
    first_ = false;
}

void JsonLines::name(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    first_ = true;
}

void JsonLines::value(std::string_view text) {
    separate();
    out_ += '"';
    if (is_plain(text))
        out_ += text;
    else
        append_escaped(out_, text);
    out_ += '"';
}

void JsonLines::value(std::uint64_t number) {
    separate();
    const fmt::format_int digits(number);
    out_.append(digits.data(), digits.size());
}

void JsonLines::value(bool yes) {
    separate();
    out_ += yes ? "true" : "false";
}

} // namespace wgnl::daemon
