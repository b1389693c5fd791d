// SPDX-License-Identifier: LGPL-2.1-or-later
// Text cut at a whole character.
#include "shown_text.hpp"

#include <wgnl/declaration.hpp>

namespace wgnl::daemon {

namespace {

constexpr std::string_view ellipsis = "…";

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

/// Bytes of the noncharacter (U+FDD0 to U+FDEF, U+xxFFFE, U+xxFFFF) that is there; 0: none is. The
/// bus lets them pass, and sd-bus's readers refuse the message.
std::size_t noncharacter(std::string_view text, std::size_t at) {
    const auto lead = byte_at(text, at);
    const std::size_t length = lead >= 0xf0 ? 4 : 3;
    if (lead < 0xef || at + length > text.size())
        return 0;
    const auto last = byte_at(text, at + length - 1);
    const auto middle = byte_at(text, at + length - 2);
    const bool in_row = lead == 0xef && middle == 0xb7 && last >= 0x90 && last <= 0xaf;
    const bool ends_plane = length == 3 || (byte_at(text, at + 1) & 0xfU) == 0xf;
    return in_row || (ends_plane && middle == 0xbf && last >= 0xbe) ? length : 0;
}

std::string without_noncharacters(std::string text) {
    for (std::size_t at = 0; at < text.size(); ++at)
        if (const auto length = noncharacter(text, at); length > 0)
            text.replace(at, length, "\xef\xbf\xbd");
    return text;
}

} // namespace

std::string shown(std::string_view text) {
    auto clean = without_noncharacters(printable(text.substr(0, longest_shown + 1)));
    if (clean.size() <= longest_shown)
        return clean;
    auto end = longest_shown - ellipsis.size();
    while (continues(clean[end]))
        --end;
    return clean.substr(0, end).append(ellipsis);
}

} // namespace wgnl::daemon
