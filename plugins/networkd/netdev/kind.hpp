// SPDX-License-Identifier: LGPL-2.1-or-later
// Kinds of network devices, by the names that Kind= takes.
#pragma once

#include <string>
#include <string_view>

namespace wgnl::networkd {

/// Whether networkd knows it; those of systemd 262.
bool is_known_kind(std::string_view kind);

/// A kind that networkd does not know, where somebody meant WireGuard: it would pass the file over,
/// and so would we, without a word.
bool is_misspelt(std::string_view kind);

/// What to say of such a kind.
std::string reason_of_misspelt(std::string_view kind);

} // namespace wgnl::networkd
