// SPDX-License-Identifier: LGPL-2.1-or-later
// The reader of systemd's configuration syntax. Continued lines are joined inside the text's own
// buffer (joining only shortens), so that no copy of a secret is ever made.
#include "networkd/files/ini.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <wgnl/slips.hpp>

#include "networkd/files/text.hpp"

namespace wgnl::networkd {
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
            return reject(line_, "the line is longer than 1 MiB; the file cannot be used");
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
            return reject(joined_line_, "the line is not UTF-8; the file cannot be used");
        if (line.front() == '[')
            return take_section(line);
        take_assignment(line);
    }

    void take_section(std::string_view line) {
        const auto column = column_in_file(line, line);
        if (line.back() != ']' || line.size() < 2) {
            const auto slip = line.contains(']') ? slip_in_line(line, Syntax::networkd) : "";
            return reject(joined_line_,
                          fmt::format("{} is not a section header, which ends in \"]\"{}; "
                                      "the file cannot be used",
                                      excerpt(line), slip.empty() ? slip : ": " + slip),
                          column, slip.empty() ? "a header stands alone: [WireGuardPeer]" : "");
        }
        auto name = line.substr(1, line.size() - 2);
        if (!is_section_name(name))
            return reject(
                joined_line_,
                fmt::format("{} has a quote, a backslash or a control character, which no "
                            "section header may have; the file cannot be used",
                            excerpt(line)),
                column);
        open_section(name, joined_line_, column);
    }

    void open_section(std::string_view name, std::uint32_t line, std::uint32_t column) {
        file_.sections_.push_back({name, line, column, {}});
        first_assignment_.push_back(file_.assignments_.size());
    }

    void take_assignment(std::string_view line) {
        auto equals = line.find('=');
        if (equals == std::string_view::npos)
            return complain_of(line);
        if (equals == 0)
            return complain("there is no key before \"=\"; the line is ignored");
        if (file_.sections_.empty())
            open_section({}, 0, 0);
        const auto key = trimmed(line.substr(0, equals), whitespace);
        const auto value = trimmed(line.substr(equals + 1), whitespace);
        file_.assignments_.push_back(
            {key, value, joined_line_, column_in_file(value, line), column_in_file(key, line)});
    }

    /// Of a value in the line; 0 where that is joined of several.
    std::uint32_t column_in_file(std::string_view value, std::string_view line) const {
        const auto column = column_of(value, line);
        return is_continued_ || column == 0 ? 0 : static_cast<std::uint32_t>(indentation_ + column);
    }

    void complain_of(std::string_view line) {
        const auto slip = slip_in_line(line, Syntax::networkd);
        if (!slip.empty())
            return complain(fmt::format("this line is ignored: {}", slip));
        complain("there is no \"=\" in this line; it is ignored");
        file_.complaints_.back().hint = "write Key=value; a comment begins with \"#\"";
    }

    void complain(std::string text) {
        file_.complaints_.push_back({joined_line_, std::move(text)});
    }
    void reject(std::uint32_t line, std::string text, std::uint32_t column = 0,
                std::string_view hint = {}) {
        file_.defect_ = IniComplaint{line, std::move(text), column, hint};
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

} // namespace wgnl::networkd
