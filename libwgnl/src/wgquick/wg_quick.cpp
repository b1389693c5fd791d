// SPDX-License-Identifier: LGPL-2.1-or-later
// Configuration text into a declaration: the limits of the text, and the loop over its lines.
#include <wgnl/text.hpp>
#include <wgnl/wg_quick.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "reader.hpp"
#include "values/wiping.hpp"

namespace wgnl {

namespace {

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_=+.-").contains(c);
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

} // namespace

ParsedWgQuick parse_wg_quick(std::string_view text, const WgQuickOptions& options) {
    const StackWiper wiper;
    WgQuickReader reader(options);
    if (text.size() > options.limits.bytes) {
        return reader.refuse(fmt::format("the text of {} bytes is longer than {}", text.size(),
                                         options.limits.bytes));
    }
    if (text.contains('\0'))
        return reader.refuse("there is a NUL byte in it, so that it is no text");
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > options.limits.line) {
            return reader.refuse(
                fmt::format("a line of {} bytes is longer than {}", end, options.limits.line));
        }
        if (!reader.take(text.substr(0, end)))
            return reader.refuse(fmt::format("there are more than {} peers", options.limits.peers));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return reader.finish();
}

Result<std::string> device_of_wg_quick(std::string_view file) {
    constexpr std::string_view extension = ".conf";
    const auto base = base_name(file);
    const auto name = base.substr(0, base.size() - std::min(base.size(), extension.size()));
    const bool usable = base.ends_with(extension) && std::ranges::all_of(name, is_name_byte) &&
                        check_device_name(name).has_value();
    if (!usable) {
        return fail(Errc::invalid_argument, "name the device",
                    fmt::format("{} is not named after a device: 1 to {} of A-Z a-z 0-9 _ = + . -, "
                                "then .conf, such as wg0.conf",
                                excerpt(base), max_device_name));
    }
    return std::string(name);
}

} // namespace wgnl
