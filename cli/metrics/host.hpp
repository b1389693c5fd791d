// SPDX-License-Identifier: LGPL-2.1-or-later
// To whom a request is addressed: a web page that has had its name resolved anew speaks to us by
// that name, and is to read nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wgnl::cli {

/// Whether a request with this value of the header Host is for us: an address, a name of this
/// machine to itself (localhost), or one of `ours`; upper and lower case are alike, and the port
/// does not matter.
bool is_our_host(std::string_view host, std::span<const std::string> ours);

} // namespace wgnl::cli
