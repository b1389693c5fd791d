// SPDX-License-Identifier: LGPL-2.1-or-later
// Text cut at a whole character.
#include "sanitized_text.hpp"

#include <wgnl/declaration.hpp>

namespace wgnl::daemon {

namespace {

constexpr std::string_view ellipsis = "…";

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

} // namespace

std::string sanitized(std::string_view text) {
    auto clean = printable(text.substr(0, longest_text + 1));
    if (clean.size() <= longest_text)
        return clean;
    auto end = longest_text - ellipsis.size();
    while (continues(clean[end]))
        --end;
    return clean.substr(0, end).append(ellipsis);
}

} // namespace wgnl::daemon
