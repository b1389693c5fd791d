// SPDX-License-Identifier: LGPL-2.1-or-later
// What the command and this helper say to each other: a line of JSON without secrets, then the
// bytes that hold them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/configuration.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

#include "nm/profile/portable.hpp"

namespace wgnl::nm {

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
Result<ParsedConfiguration> configuration_in(std::string_view message);

/// {"left_out"}, a line feed, and the text of the key file.
SecretText to_bytes(const SecretText& keyfile, const std::vector<Problem>& not_expressible);

} // namespace wgnl::nm
