// SPDX-License-Identifier: LGPL-2.1-or-later
// Recursive descent over the grammar of JSON.
#include "json_text.hpp"

#include <charconv>

#include <wgnl/secret_text.hpp>

#include "text.hpp"

namespace wgnl::json {

namespace {

/// Appends the character, which must be a code point of Unicode, as UTF-8.
void append_character(SecretText& text, std::uint32_t code_point) {
    const auto append = [&](std::uint32_t byte) { text.append(static_cast<char>(byte)); };
    const auto follow = [&](unsigned shift) { append(0x80U | (code_point >> shift & 0x3fU)); };
    if (code_point < 0x80) {
        append(code_point);
    } else if (code_point < 0x800) {
        append(0xc0U | code_point >> 6U);
        follow(0);
    } else if (code_point < 0x10000) {
        append(0xe0U | code_point >> 12U);
        follow(6);
        follow(0);
    } else {
        append(0xf0U | code_point >> 18U);
        follow(12);
        follow(6);
        follow(0);
    }
}

class TextReader {
public:
    TextReader(std::string_view text, Events& events) : text_(text), events_(events) {}

    ReadText run() {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (text_.starts_with(byte_order_mark))
            at_ = byte_order_mark.size();
        skip_space();
        if (!value())
            return {false, at_};
        skip_space();
        return {at_ == text_.size(), at_};
    }

private:
    /// The byte that comes next; NUL, which JSON has no use for, at the end.
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char wanted) {
        const bool there = at_ < text_.size() && text_[at_] == wanted;
        at_ += there ? 1 : 0;
        return there;
    }
    void skip_space() {
        while (next() == ' ' || next() == '\n' || next() == '\t' || next() == '\r')
            ++at_;
    }

    bool value();
    bool object();
    bool member();
    bool array();
    bool word(std::string_view wanted, const Scalar& meaning);
    bool number();
    bool digits();
    bool string();
    bool character();
    bool escape();
    bool simple_escape();
    bool code_unit(std::uint32_t& unit);

    std::string_view text_;
    Events& events_;
    std::size_t at_{0};
    std::string_view string_{}; ///< what string() read
    SecretText unescaped_{};    ///< where string_ lies if it had an escape
    bool escaped_{false};
};

bool TextReader::value() {
    using Kind = Scalar::Kind;
    switch (next()) {
    case '{':
        return object();
    case '[':
        return array();
    case '"':
        return string() && events_.scalar({.kind = Kind::text, .text = string_});
    case 't':
        return word("true", {.kind = Kind::flag, .flag = true});
    case 'f':
        return word("false", {.kind = Kind::flag});
    case 'n':
        return word("null", {});
    default:
        return number();
    }
}

bool TextReader::object() {
    ++at_;
    if (!events_.begin_object())
        return false;
    skip_space();
    if (!take('}')) {
        do {
            skip_space();
            if (!member())
                return false;
            skip_space();
        } while (take(','));
        if (!take('}'))
            return false;
    }
    return events_.end_object();
}

bool TextReader::member() {
    if (!string() || !events_.name(string_))
        return false;
    skip_space();
    if (!take(':'))
        return false;
    skip_space();
    return value();
}

bool TextReader::array() {
    ++at_;
    if (!events_.begin_array())
        return false;
    skip_space();
    if (!take(']')) {
        do {
            skip_space();
            if (!value())
                return false;
            skip_space();
        } while (take(','));
        if (!take(']'))
            return false;
    }
    return events_.end_array();
}

bool TextReader::word(std::string_view wanted, const Scalar& meaning) {
    for (const char c : wanted)
        if (!take(c))
            return false;
    return events_.scalar(meaning);
}

bool TextReader::digits() {
    if (!is_digit(next()))
        return false;
    while (is_digit(next()))
        ++at_;
    return true;
}

bool TextReader::number() {
    const auto* const begin = text_.data() + at_;
    const bool negative = take('-');
    if (!take('0') && !digits())
        return false;
    const auto* const end = text_.data() + at_;
    const bool fraction = take('.');
    if (fraction && !digits())
        return false;
    const bool exponent = take('e') || take('E');
    if (exponent && !take('+'))
        take('-');
    if (exponent && !digits())
        return false;
    Scalar scalar{.kind = Scalar::Kind::other_number};
    if (!negative && !fraction && !exponent &&
        std::from_chars(begin, end, scalar.number).ec == std::errc{}) {
        scalar.kind = Scalar::Kind::number;
    }
    return events_.scalar(scalar);
}

bool TextReader::string() {
    if (!take('"'))
        return false;
    escaped_ = false;
    const auto begin = at_;
    while (next() != '"') {
        if (next() == '\\') {
            if (!escaped_) {
                unescaped_.clear();
                unescaped_.append(text_.substr(begin, at_ - begin));
                escaped_ = true;
            }
            if (!escape())
                return false;
        } else if (!character()) {
            return false;
        }
    }
    string_ = escaped_ ? unescaped_.view() : text_.substr(begin, at_ - begin);
    ++at_;
    return true;
}

/// One character that stands for itself.
bool TextReader::character() {
    const auto byte = static_cast<unsigned char>(next());
    const bool plain = byte >= 0x20 && byte < 0x80;
    const auto length = plain ? 1 : first_character(text_.substr(at_)).length;
    if (byte < 0x20 || length == 0)
        return false;
    if (escaped_)
        unescaped_.append(text_.substr(at_, length));
    at_ += length;
    return true;
}

bool TextReader::escape() {
    ++at_;
    if (!take('u'))
        return simple_escape();
    std::uint32_t unit = 0;
    if (!code_unit(unit))
        return false;
    if (unit >= 0xd800 && unit < 0xdc00) {
        std::uint32_t low = 0;
        if (!take('\\') || !take('u') || !code_unit(low) || low < 0xdc00 || low > 0xdfff)
            return false;
        unit = 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00);
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        return false;
    }
    append_character(unescaped_, unit);
    return true;
}

bool TextReader::simple_escape() {
    constexpr std::string_view letters = R"("\/bfnrt)";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const auto which = letters.find(next());
    if (which == std::string_view::npos)
        return false;
    unescaped_.append(meanings[which]);
    ++at_;
    return true;
}

/// Four hexadecimal digits.
bool TextReader::code_unit(std::uint32_t& unit) {
    for (int i = 0; i < 4; ++i, ++at_) {
        constexpr std::string_view hex = "0123456789abcdef";
        const char c = next();
        const auto digit = hex.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
        if (digit == std::string_view::npos)
            return false;
        unit = unit << 4U | static_cast<std::uint32_t>(digit);
    }
    return true;
}

} // namespace

ReadText read_text(std::string_view json, Events& events) { return TextReader(json, events).run(); }

} // namespace wgnl::json
