// SPDX-License-Identifier: LGPL-2.1-or-later
// Punctuation, layout and escapes of JSON text.
#include "json_writer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <wgnl/key.hpp>

#include "text.hpp"

namespace wgnl::json {

namespace {

/// Bytes at the front that stand for themselves in a string.
std::size_t plain_prefix(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte == '"' || byte == '\\' || byte < 0x20)
            break;
        const auto length = byte < 0x80 ? 1 : first_character(text.substr(at)).length;
        if (length == 0)
            break;
        at += length;
    }
    return at;
}

} // namespace

Writer::Writer(Layout layout, std::size_t expected_size) : layout_(layout) {
    out_.reserve(expected_size);
}

void Writer::append(std::string_view piece) {
    if (out_.size() + piece.size() > out_.capacity()) {
        std::string larger;
        larger.reserve(std::max(2 * out_.capacity(), out_.size() + piece.size()));
        larger = std::string_view(out_); // assignment keeps the larger capacity
        wipe(out_);
        out_.swap(larger);
    }
    out_ += piece;
}

void Writer::break_line(std::size_t depth) {
    append("\n");
    for (std::size_t i = 0; i < depth; ++i)
        append("  ");
}

void Writer::separate() {
    if (after_name_ || levels_.empty()) {
        after_name_ = false;
        return;
    }
    auto& level = levels_.back();
    if (!level.empty)
        append(level.broken || layout_ == Layout::compact ? "," : ", ");
    level.empty = false;
    if (level.broken)
        break_line(levels_.size());
}

void Writer::begin(char bracket) {
    const bool object = bracket == '{';
    if (object && !levels_.empty() && !levels_.back().object && layout_ == Layout::lines)
        levels_.back().broken = true;
    separate();
    append({&bracket, 1});
    levels_.push_back({object, true, object && levels_.empty() && layout_ == Layout::lines});
}

void Writer::end(char bracket) {
    const auto level = levels_.back();
    levels_.pop_back();
    if (level.broken && !level.empty)
        break_line(levels_.size());
    append({&bracket, 1});
    if (levels_.empty() && layout_ == Layout::lines)
        append("\n");
}

void Writer::member(std::string_view name) {
    value(name);
    append(layout_ == Layout::compact ? ":" : ": ");
    after_name_ = true;
}

void Writer::escape(unsigned char byte) {
    if (byte == '"' || byte == '\\') {
        const char pair[] = {'\\', static_cast<char>(byte)};
        return append({pair, 2});
    }
    append(byte < 0x20 ? fmt::format("\\u{:04x}", byte) : "\xef\xbf\xbd");
}

void Writer::value(std::string_view text) {
    separate();
    append("\"");
    while (!text.empty()) {
        const auto plain = plain_prefix(text);
        append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (!text.empty()) {
            escape(static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
        }
    }
    append("\"");
}

void Writer::put(std::string_view literal) {
    separate();
    append(literal);
}

void Writer::put_number(std::uint64_t number) {
    const fmt::format_int digits(number);
    put({digits.data(), digits.size()});
}

} // namespace wgnl::json
