// SPDX-License-Identifier: LGPL-2.1-or-later
// What the command has this helper do. Each result is a message as message.hpp has it.
#pragma once

#include <string>
#include <string_view>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

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

} // namespace wgnl::nm
