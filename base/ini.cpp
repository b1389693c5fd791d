// SPDX-License-Identifier: LGPL-2.1-or-later
// The reader of systemd's configuration syntax. Continued lines are joined inside the text's own
// buffer (joining only shortens), so that no copy of a secret is ever made.
#include "ini.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "text.hpp"

namespace wgnl {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// systemd takes NUL, LF and CR as line ends; LF and CR in a row are one line end.
unsigned end_of_line_kind(char c) {
    switch (c) {
    case '\0':
        return 1;
    case '\n':
        return 2;
    case '\r':
        return 4;
    default:
        return 0;
    }
}

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with(';'); }

/// Whether the last character is a backslash that no other one escapes.
bool continues(std::string_view line) {
    auto last = line.find_last_not_of('\\');
    auto backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
    return backslashes % 2 == 1;
}

bool is_section_name(std::string_view name) {
    constexpr std::string_view unsafe = "\"'\\\x7f";
    return std::ranges::none_of(name,
                                [&](char c) { return (c > 0 && c < ' ') || unsafe.contains(c); });
}

/// Cuts a buffer into physical lines.
class LineSplitter {
public:
    explicit LineSplitter(std::span<char> rest) : rest_(rest) {}

    bool at_end() const { return rest_.empty(); }
    std::span<char> next() {
        auto end = std::ranges::find_if(rest_, [](char c) { return end_of_line_kind(c) != 0; });
        auto line = rest_.first(static_cast<std::size_t>(end - rest_.begin()));
        rest_ = rest_.subspan(line.size());
        skip_line_end();
        return line;
    }

private:
    void skip_line_end() {
        unsigned seen = 0;
        while (!rest_.empty()) {
            auto kind = end_of_line_kind(rest_.front());
            if (kind == 0 || (seen & kind) != 0 || (seen & 1) != 0)
                return;
            seen |= kind;
            rest_ = rest_.subspan(1);
        }
    }

    std::span<char> rest_;
};

} // namespace

class IniParser {
    using Kind = IniComplaint::Kind;

public:
    explicit IniParser(IniFile& file) : file_(file), lines_(file.text_.bytes()) {}

    void run() {
        while (!lines_.at_end() && !file_.defect_)
            take_physical_line();
        if (joined_active_ && !file_.defect_)
            finish_joined();
        bind_assignments();
    }

private:
    void take_physical_line() {
        auto raw = lines_.next();
        ++line_;
        auto text = trimmed_left({raw.data(), raw.size()}, whitespace);
        if (is_comment(text))
            return;
        // The first one is taken off, wherever it stands, as when files were put together.
        if (!mark_seen_ && std::string_view(raw.data(), raw.size()).starts_with(byte_order_mark)) {
            mark_seen_ = true;
            raw = raw.subspan(byte_order_mark.size());
            text = trimmed_left({raw.data(), raw.size()}, whitespace);
            if (is_comment(text))
                return;
        }
        if (joined_.size() + text.size() > longest_line)
            return reject(line_, Kind::too_long, {});
        if (!joined_active_)
            indentation_ = raw.size() - text.size();
        join(raw.last(text.size()));
    }

    /// Appends to the logical line, inside the buffer that both lie in.
    void join(std::span<char> part) {
        if (!joined_active_) {
            joined_ = part;
            joined_line_ = line_;
            joined_active_ = true;
            is_continued_ = false;
        } else {
            auto* end = joined_.data() + joined_.size();
            std::memmove(end, part.data(), part.size());
            joined_ = {joined_.data(), joined_.size() + part.size()};
            is_continued_ = true;
        }
        if (continues({joined_.data(), joined_.size()}))
            joined_.back() = ' ';
        else
            finish_joined();
    }

    void finish_joined() {
        take_logical_line(trimmed({joined_.data(), joined_.size()}, whitespace));
        joined_ = {};
        joined_active_ = false;
    }

    void take_logical_line(std::string_view line) {
        if (line.empty())
            return;
        if (!is_utf8(line))
            return reject(joined_line_, Kind::no_utf8, line);
        if (line.front() == '[')
            return take_section(line);
        take_assignment(line);
    }

    void take_section(std::string_view line) {
        if (line.back() != ']' || line.size() < 2)
            return reject(joined_line_, Kind::no_header, line, column_in_file(line, line));
        auto name = line.substr(1, line.size() - 2);
        if (!is_section_name(name))
            return reject(joined_line_, Kind::bad_name, line, column_in_file(line, line));
        open_section(name, joined_line_, column_in_file(line, line));
    }

    void open_section(std::string_view name, std::uint32_t line, std::uint32_t column) {
        file_.sections_.push_back({name, line, column, {}});
        first_assignment_.push_back(file_.assignments_.size());
    }

    void take_assignment(std::string_view line) {
        auto equals = line.find('=');
        if (equals == std::string_view::npos)
            return complain(Kind::no_equals, line);
        if (equals == 0)
            return complain(Kind::no_key, line);
        if (file_.sections_.empty())
            open_section({}, 0, 0);
        const auto key = trimmed(line.substr(0, equals), whitespace);
        const auto value = trimmed(line.substr(equals + 1), whitespace);
        file_.assignments_.push_back(
            {key, value, joined_line_, column_in_file(value, line), column_in_file(key, line)});
    }

    /// Of a value in the line; 0 of none, and where that is joined of several.
    std::uint32_t column_in_file(std::string_view value, std::string_view line) const {
        if (is_continued_ || value.empty())
            return 0;
        const auto before = line.substr(0, static_cast<std::size_t>(value.data() - line.data()));
        return static_cast<std::uint32_t>(indentation_ + characters_in(before) + 1);
    }

    void complain(Kind kind, std::string_view line) {
        file_.complaints_.push_back({joined_line_, 0, kind, line});
    }
    void reject(std::uint32_t number, Kind kind, std::string_view line, std::uint32_t column = 0) {
        file_.defect_ = IniComplaint{number, column, kind, line};
    }

    /// Sections learn their assignments last: until then the vector may still move.
    void bind_assignments() {
        first_assignment_.push_back(file_.assignments_.size());
        const std::span<const IniAssignment> all(file_.assignments_);
        for (std::size_t i = 0; i < file_.sections_.size(); ++i)
            file_.sections_[i].assignments =
                all.subspan(first_assignment_[i], first_assignment_[i + 1] - first_assignment_[i]);
    }

    IniFile& file_;
    LineSplitter lines_;
    std::uint32_t line_{};
    bool mark_seen_{};
    std::span<char> joined_{};
    std::uint32_t joined_line_{};
    std::size_t indentation_{}; ///< of the first of the joined lines
    bool joined_active_{};
    bool is_continued_{};
    std::vector<std::size_t> first_assignment_{};
};

IniFile IniFile::parse(SecretText text) {
    IniFile file;
    file.text_ = std::move(text);
    IniParser(file).run();
    return file;
}

} // namespace wgnl
