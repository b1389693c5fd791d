// SPDX-License-Identifier: LGPL-2.1-or-later
// Files with a signed list of peers, as whoever signs them works on them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wgnl/error.hpp>
#include <wgnl/peer_list.hpp>

#include "base/fd.hpp"

namespace wgnl::cli {

/// A list that a file of a device names, as it was found now.
struct NamedList {
    std::string device{};
    std::string path{};
    std::string name{};
    std::uint64_t serial{}; ///< of the list that counts; 0: none does
    std::chrono::sys_seconds not_after{};
    std::string signer{};   ///< its fingerprint
    bool is_of_file{false}; ///< else what was kept of it counts
    std::size_t peers{};
    std::size_t kept_out{}; ///< of those
    std::vector<Problem> problems{};
};

/// A list with or without its signature, or its text alone: the text is what precedes a signature.
std::string_view text_of_list(std::string_view value);

struct NewListedPeer {
    std::string name{};
    std::string public_key{};
    std::vector<std::string> addresses{}; ///< AllowedIPs=
    std::string endpoint{};               ///< empty: none
};

/// A list of that name without peers and with serial 0, which the first change raises.
std::string new_list(std::string_view name, std::chrono::sys_seconds not_after);

/// The text with one more peer, the next serial, and another end if one is given; all else as it is
/// written. invalid_argument, with the line, if the text or the peer has a mistake, and if a peer
/// of the text has that key, name or prefix already.
Result<std::string> with_peer(std::string_view text, const NewListedPeer& peer,
                              std::string_view not_after, const std::string& file);

/// What `ssh-keygen -Y sign` makes of it with the key in that file (or the agent, for a .pub file).
/// It may ask for a passphrase.
Result<std::string> sign_list(std::string_view text, const std::filesystem::path& key);

/// Who signed that value: its text and its signature are cut apart first.
Result<ListSigner> signer_in(std::string_view value);

/// Whether a node would take that value: the text and its signature as a whole.
Result<void> check_signed(std::string_view value, const std::string& file);

/// A list that is being edited: whoever else edits one of its folder waits meanwhile.
class EditedList {
public:
    /// The list need not be there yet. A link is followed to what it leads to; one that leads
    /// nowhere is refused.
    static Result<EditedList> open(const std::filesystem::path& file);

    /// What is to be read.
    const std::filesystem::path& path() const noexcept { return path_; }
    /// Replaces the file in one step, under its mode and its owner; a new one may be read by
    /// everybody: it holds no secret.
    Result<void> replace(std::string_view value) const;

private:
    EditedList(std::filesystem::path path, UniqueFd folder)
        : path_(std::move(path)), folder_(std::move(folder)) {}

    std::filesystem::path path_;
    UniqueFd folder_; ///< locked
};

} // namespace wgnl::cli
