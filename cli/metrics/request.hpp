// SPDX-License-Identifier: LGPL-2.1-or-later
// What a request asks for, and of whom: the headers Accept and Host.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "text.hpp"

namespace wgnl::cli {

// --- Which of the two formats a reader wants.

/// By the value of the header Accept: OpenMetrics if that is named, and no less wanted than plain
/// text; else the older format, which everything that reads metrics understands.
MetricsFormat wanted_format(std::string_view accept);

// --- To whom a request is addressed: a web page that has had its name resolved anew speaks to us
// by that name, and is to read nothing.

/// Whether a request with this value of the header Host is for us: an address, a name of this
/// machine to itself (localhost), or one of `ours`; upper and lower case are alike, and the port
/// does not matter.
bool is_our_host(std::string_view host, std::span<const std::string> ours);

} // namespace wgnl::cli
