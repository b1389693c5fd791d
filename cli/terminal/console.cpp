// SPDX-License-Identifier: LGPL-2.1-or-later
// What the terminal can show, and how errors are reported.
#include "console.hpp"

#include <clocale>
#include <cstdlib>
#include <ostream>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <wgnl/text.hpp>

#include "base/text.hpp"
#include "format.hpp"

namespace wgnl::cli {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? std::string_view{value} : std::string_view{};
}

std::optional<std::size_t> width_of_environment() {
    const auto width = whole_number<std::size_t>(environment("COLUMNS"));
    return width != 0 ? width : std::nullopt;
}

std::size_t width_of_terminal() {
    if (const auto width = width_of_environment())
        return *width;
    winsize size{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

bool locale_is_utf8() {
    std::setlocale(LC_CTYPE, "");
    return std::string_view{nl_langinfo(CODESET)} == "UTF-8";
}

std::string_view escape_of(Colour colour) {
    switch (colour) {
    case Colour::green:
        return "\033[32m";
    case Colour::yellow:
        return "\033[33m";
    case Colour::red:
        return "\033[31m";
    case Colour::grey:
        return "\033[90m";
    case Colour::bold:
        return "\033[1m";
    case Colour::none:
        break;
    }
    return {};
}

} // namespace

Terminal Terminal::detect() {
    Terminal terminal{.unicode = locale_is_utf8()};
    if (!isatty(STDOUT_FILENO))
        return terminal;
    terminal.colour = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    terminal.width = width_of_terminal();
    return terminal;
}

std::string Terminal::paint(Colour wanted, std::string_view text) const {
    const auto escape = escape_of(wanted);
    if (!colour || escape.empty())
        return std::string{text};
    return std::string{escape}.append(text).append("\033[0m");
}

Exit report(Console& console, const Error& error) {
    console.err << "wgnl: " << printable(without_keys(error.to_string())) << '\n';
    return Exit::failed;
}

} // namespace wgnl::cli
