// SPDX-License-Identifier: LGPL-2.1-or-later
// What the helper for profiles prints and reads: a line of JSON without secrets, then the bytes
// that hold them.
#pragma once

#include <string>
#include <string_view>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

#include "reader.hpp"
#include "writer.hpp"

namespace wgnl::cli {

/// protocol if it is none.
Result<Reading> reading_in(std::string_view text);
/// The helper's part of it: the text of the file, and what that does not say.
Result<WrittenFiles> files_in(std::string_view text, const std::filesystem::path& path);
SecretText message_of(const Content& content);

} // namespace wgnl::cli
