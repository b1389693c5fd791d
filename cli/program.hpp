// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line: verbs and options, parsed and run.
#pragma once

#include <span>
#include <string>

#include "verbs/verbs.hpp"

namespace wgnl::cli {

/// Runs one command line (without the program's name). Help and version go to the output; a mistake
/// in the line goes to the error stream and is Exit::usage.
Exit run(Environment& environment, std::span<const std::string> arguments);

} // namespace wgnl::cli
