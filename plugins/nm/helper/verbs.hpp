// SPDX-License-Identifier: LGPL-2.1-or-later
// What the command has this helper do, and what the two say to each other: a line of JSON without
// secrets, then the bytes that hold them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>
#include <wgnl/wg_quick.hpp>

#include "nm/profile/lint.hpp"
#include "nm/profile/portable.hpp"

namespace wgnl::nm {

/// Of a key file; of one about another kind of network an empty message. Mistakes in it are part of
/// the message; the error is that it cannot be read at all.
Result<SecretText> about_file(const std::string& file);

/// Of a profile that NetworkManager has, by UUID or id. not_found, invalid_argument: see
/// find_profile().
Result<SecretText> about_known(const std::string& name);

/// A key file of that name (connection.id) for what the command says: see configuration_in().
/// invalid_argument if no profile can be made of it.
Result<SecretText> written(std::string_view message, const std::string& name);

/// Leaves what profile_of() can say: no peers that are kept as they are, and the table as a line of
/// wg-quick's. Returns what of the declaration neither a configuration nor a profile says.
std::vector<Problem> prepare(ParsedWgQuick& parsed);

/// What of this machine matters to a profile: filters and routes, without `version`,
/// `other_profiles` and `has_profile`. `root`: where /proc is looked for. Sends nothing; host names
/// of endpoints are not resolved.
LintHost look_at_host(NMConnection* profile, const std::string& root = {});

// Messages.

struct Message {
    Portable portable{};
    std::vector<Problem> remarks{}; ///< for whoever checks it
    /// Why NetworkManager did not give the secrets; empty: it did.
    std::string secrets_failure{};
};

/// {"id", "uuid", "names_device", "problems", "remarks", "unsaid", "wg_quick", "secrets_failure"},
/// a line feed, and the declaration as encode_document() has it, if there is one.
SecretText to_bytes(const Message& message);

/// What is to be written as a profile: {"wg_quick"}, a line feed, and the declaration.
Result<ParsedWgQuick> configuration_in(std::string_view message);

/// {"left_out"}, a line feed, and the text of the key file.
SecretText to_bytes(const SecretText& keyfile, const std::vector<Problem>& not_expressible);

} // namespace wgnl::nm
