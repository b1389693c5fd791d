// SPDX-License-Identifier: LGPL-2.1-or-later
// The names of peers in the comments of a configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wgnl {

/// What one comment says of a peer's name.
struct NamingComment {
    enum class Kind : std::uint8_t {
        nothing,  ///< a ruler, a date, a key: what stands above it still counts
        prose,    ///< one short line of words, which may be the name
        labelled, ///< "Client: laptop", "User: ana": the name, if nothing says so more plainly
        tag,      ///< "friendly_name = laptop", "Name: laptop": the name
        end,      ///< of a peer's lines: "END_PEER laptop"
        setting,  ///< configuration that was commented out
        header,   ///< the same, of a section
    };
    Kind kind{Kind::nothing};
    int rank{};         ///< of a label: the higher one counts
    std::string name{}; ///< printable, never what may be a key

    /// Also in the forms of installers, which mark where a peer begins: "BEGIN_PEER laptop",
    /// "begin laptop ###", "Client laptop", "laptop start".
    static NamingComment read(std::string_view comment);
};

/// The name in `friendly_name = X` or `Name: X`; absent if the comment is no such tag.
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
        std::string label{};
        std::string prose{};
        int rank{};
        bool is_disabled{false}; ///< the lines are those of a peer that was commented out
        void see(const NamingComment& comment);
        void see_tag(const NamingComment& comment);
        void see_label(const NamingComment& comment);
    };
    Names peer_{};        ///< what is known of the open peer
    Names block_{};       ///< the comment lines since the last other line
    std::string below_{}; ///< the first prose of those right below [Peer]
    bool in_peer_{false};
    bool below_header_{false}; ///< nothing but comments since [Peer]
};

} // namespace wgnl
