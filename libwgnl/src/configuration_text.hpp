// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines of a configuration text, and the names of peers in its comments.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/secret_text.hpp>

namespace wgnl {

/// White space as wg and wg-quick see it: space, \t, \n, \v, \f, \r.
inline constexpr std::string_view configuration_blanks = " \t\n\v\f\r";

std::string_view without_outer_blanks(std::string_view text);

/// One line, cut at its first '#'.
struct ConfigurationText {
    std::string_view setting;                ///< what stands before the '#'
    std::optional<std::string_view> comment; ///< what follows it

    static ConfigurationText cut(std::string_view line);
    bool is_blank() const { return without_outer_blanks(setting).empty(); }
    bool is_comment() const { return comment && is_blank(); } ///< and nothing else
};

/// Replaces `out` with `text` without any blank, as wg reads a line.
void remove_blanks(std::string_view text, SecretText& out);

/// Whether `text` holds what may be a key: it must not be shown, nor be a name.
bool may_hold_key(std::string_view text);

/// The value as a message may quote it: cut, printable, "(hidden)" if it may be a key.
std::string shown_value(std::string_view value);

/// The key of an unknown setting as a message may quote it; "this line" if it is no plain word, for
/// then it may be the rest of a secret.
std::string shown_key(std::string_view key);

/// The name in `friendly_name = X` or `Name = X`; absent if the comment is no such tag.
std::optional<std::string> tagged_name(std::string_view comment);

/// Finds the name of a peer in the comments above, on and below its `[Peer]` line.
class PeerNames {
public:
    /// A line with nothing but a comment.
    void comment(std::string_view text);
    /// The line `[Peer]`, with what follows its '#'; the comments right above belong to it.
    void open_peer(std::optional<std::string_view> comment);
    /// Any other line, an empty one too; its comment may be a tag.
    void other_line(std::optional<std::string_view> comment);
    /// Another section than a peer begins.
    void open_other();
    /// The name of the peer that the last open_peer() began. To be asked before the next open.
    std::string take();

private:
    void settle_block();

    struct Names {
        std::string tag{};
        std::string prose{};
        void see(std::string_view comment);
    };
    Names peer_{};        ///< what is known of the open peer
    Names block_{};       ///< the comment lines since the last other line
    std::string below_{}; ///< the prose right below [Peer]
    bool in_peer_{false};
    bool after_header_{false};
};

} // namespace wgnl
