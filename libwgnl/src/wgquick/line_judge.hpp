// SPDX-License-Identifier: LGPL-2.1-or-later
// What is wrong with the line that is being read, where in it, and what becomes of that.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/secret_text.hpp>
#include <wgnl/wg_quick.hpp>

#include "peers.hpp"

namespace wgnl {

/// Views of a line need to live until the next one begins.
class LineJudge {
public:
    explicit LineJudge(const WgQuickOptions& options)
        : options_(options), problems_(options.file, options.limits.problems) {}
    LineJudge(const LineJudge&) = delete;
    LineJudge& operator=(const LineJudge&) = delete;

    // --- the line
    void next_line() { ++line_; }
    std::size_t line() const { return line_; }
    Location here() const { return problems_.at(line_); }
    /// It has a setting, as somebody wrote it.
    void begin(std::string_view setting);
    std::string_view setting() const { return setting_; }
    /// The setting as wg reads it.
    std::string_view without_blanks();
    /// The key that it sets, as the format spells it, and what a value of that is to be.
    void set_key(std::string_view key, std::string_view hint);
    std::string_view hint() const { return hint_; }
    /// A part of the line, as somebody wrote it or without its blanks, is judged from now on.
    void judge(std::string_view part) { judged_ = part; }
    /// Where that begins; 0: the line as a whole, or too long a one.
    std::size_t column() const;

    // --- the section
    /// Until settle(), mistakes are those of a peer.
    void open_peer();
    /// A mistake of the peer that is open, elsewhere than in this line.
    void add_mistake(Problem mistake);
    bool has_mistakes() const { return !peer_.mistakes.empty(); }
    /// What they mean for the peer is known once all of its section was read. Null: it names none.
    void settle(const PublicKey* named);

    // --- what is said
    void problem(Severity severity, std::string_view text, std::string_view hint = {});
    /// wg would refuse the file for this line.
    void mistake(std::string_view text, std::string_view hint = {});
    void bad_value(std::string_view key, std::string_view value, std::string_view reason);
    /// The same where wg-quick alone reads it; one error for a line, of which more than one word
    /// may be wrong.
    void bad_quick_value(std::string_view key, std::string_view value, std::string_view reason,
                         std::string_view hint = {});
    void bad_secret(std::string_view key, const Error& error, std::string_view maker,
                    std::string_view end);
    /// What somebody did to the value of this line, or to a part of it; empty if that cannot be
    /// told. The line as a whole is looked at once, however many of its words are wrong.
    std::string slip_of(std::string_view part);
    /// True once for each line: what was done to it is told once.
    bool tells_slip();
    /// Whether one more problem would be kept.
    bool tells_more() const;
    /// What follows from a mistake, where anything does.
    std::string_view consequence(std::string_view text) const {
        return options_.all_or_nothing ? std::string_view{} : text;
    }
    /// The programs themselves would not take the text.
    void refuse() { accepted_ = false; }
    bool accepted() const { return accepted_; }
    ProblemList& problems() { return problems_; }

private:
    struct OpenPeer {
        bool open{false};
        std::size_t first{}; ///< of the problems
        std::vector<Problem> mistakes{};
    };
    struct Slip {
        std::size_t told{};   ///< the line of the last one that was told
        std::size_t sought{}; ///< the line that was last looked at as a whole
        std::string found{};  ///< in it
    };
    /// Of what is being judged.
    Problem made(Severity severity, std::string_view text, std::string_view hint) const;
    std::string slip_of_value() const;

    const WgQuickOptions& options_;
    ProblemList problems_;
    std::size_t line_{0};
    std::string_view setting_{};
    SecretText clean_{};
    std::string_view key_{};
    std::string_view hint_{};
    std::string_view judged_{}; ///< empty: the line as a whole
    Slip slip_{};
    OpenPeer peer_{};
    bool accepted_{true};
};

} // namespace wgnl
