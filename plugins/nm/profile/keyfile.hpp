// SPDX-License-Identifier: LGPL-2.1-or-later
// Key files (.nmconnection): the profile as NetworkManager reads it, with the lines of its
// mistakes.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>
#include <wgnl/secret_text.hpp>

#include "nm/profile/glib.hpp"
#include "nm/profile/profile_reader.hpp"

namespace wgnl::nm {

/// The lines of a key file, by group and key.
class KeyfileLines {
public:
    KeyfileLines() = default;
    KeyfileLines(std::string_view text, std::string file);

    /// Of a key that is not there the line of its group, of a group that is not there the file.
    Location locate(std::string_view group, std::string_view key = {}) const;
    bool has(std::string_view group, std::string_view key) const;
    /// What somebody did to that value, for one that was refused (slip_in()); mostly empty.
    std::string slip_of(std::string_view group, std::string_view key) const;
    /// Whether the name of a group says that this is the public key of a peer.
    bool names_peer(const PublicKey& key) const;

private:
    using GroupAndKey = std::pair<std::string, std::string>;
    std::size_t line_of(std::string_view group, std::string_view key) const; ///< 0: none

    std::string file_{};
    std::map<GroupAndKey, std::size_t> lines_{};
    std::map<GroupAndKey, std::string> slips_{};
};

struct ReadKeyfile {
    ObjectPtr<NMConnection> profile{}; ///< null: it is none, and `problems` says why
    /// What NetworkManager passes over without a word, each with its line.
    std::vector<Problem> problems{};
    KeyfileLines lines{};
    SettingLocator locator() const;
};

/// The text of a key file; `file` as messages shall name it. Opens nothing.
ReadKeyfile read_keyfile(std::string_view text, const std::string& file);

/// As NetworkManager would write it, secrets included. invalid_argument if it is no valid profile.
Result<SecretText> keyfile_of(NMConnection* profile);

} // namespace wgnl::nm
