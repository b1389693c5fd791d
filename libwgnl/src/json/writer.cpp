// SPDX-License-Identifier: LGPL-2.1-or-later
// Punctuation, layout and escapes of JSON text.
#include "writer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "values/key_text.hpp"

namespace wgnl::json {

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
    for (std::size_t i = 0; i < depth; ++i) {
        append("  ");
    }
}

void Writer::separate() {
    if (after_name_ || levels_.empty()) {
        after_name_ = false;
        return;
    }
    auto& level = levels_.back();
    if (!level.empty) {
        append(level.broken || layout_ == Layout::compact ? "," : ", ");
    }
    level.empty = false;
    if (level.broken) {
        break_line(levels_.size());
    }
}

void Writer::begin(char bracket) {
    const bool object = bracket == '{';
    if (object && !levels_.empty() && !levels_.back().object && layout_ == Layout::lines) {
        levels_.back().broken = true;
    }
    separate();
    append({&bracket, 1});
    levels_.push_back({object, true, object && levels_.empty() && layout_ == Layout::lines});
}

void Writer::end(char bracket) {
    const auto level = levels_.back();
    levels_.pop_back();
    if (level.broken && !level.empty) {
        break_line(levels_.size());
    }
    append({&bracket, 1});
    if (levels_.empty() && layout_ == Layout::lines) {
        append("\n");
    }
}

void Writer::begin_object() { begin('{'); }
void Writer::end_object() { end('}'); }
void Writer::begin_array() { begin('['); }
void Writer::end_array() { end(']'); }

void Writer::member(std::string_view name) {
    text(name);
    append(layout_ == Layout::compact ? ":" : ": ");
    after_name_ = true;
}

void Writer::escape(unsigned char byte) {
    if (byte == '"' || byte == '\\') {
        const char pair[] = {'\\', static_cast<char>(byte)};
        append({pair, 2});
        return;
    }
    const auto hex = fmt::format("\\u{:04x}", byte);
    append(hex);
}

void Writer::text(std::string_view value) {
    const auto special = [](char c) {
        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    };
    separate();
    append("\"");
    while (!value.empty()) {
        const auto* const stop = std::ranges::find_if(value, special);
        const auto plain = static_cast<std::size_t>(stop - value.begin());
        append(value.substr(0, plain));
        value.remove_prefix(plain);
        if (!value.empty()) {
            escape(static_cast<unsigned char>(value.front()));
            value.remove_prefix(1);
        }
    }
    append("\"");
}

void Writer::number(std::uint64_t value) {
    separate();
    append(fmt::format_int(value).c_str());
}

void Writer::flag(bool value) {
    separate();
    append(value ? "true" : "false");
}

void Base64KeySink::write(Writer& writer, std::span<const std::uint8_t, key_size> key) {
    auto text = key_text(key);
    writer.text({text.data(), key_text_size});
    wipe(text.data(), text.size());
}

} // namespace wgnl::json
