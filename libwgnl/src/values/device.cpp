// SPDX-License-Identifier: LGPL-2.1-or-later
// Device names and the names of the back ends.
#include <wgnl/device.hpp>
#include <wgnl/text.hpp>

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "device_name.hpp"

namespace wgnl {

namespace {

bool fits_in_name(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != '/' && c != ':';
}

std::string_view defect_of_name(std::string_view name) {
    if (name.empty())
        return "is empty";
    if (name.size() > max_device_name)
        return "is longer than 15 bytes";
    if (name == "." || name == "..")
        return "is a directory's name";
    for (const char c : name)
        if (!fits_in_name(c))
            return "has a '/', a ':', white space or a control character in it";
    return {};
}

/// What a shell acts on or expands, in a word or at its beginning, and '%', for which the kernel
/// puts a number.
constexpr std::string_view unsafe_in_name = "!\"#$%&'()*;<>?[\\]^`{|}~";

std::string reason_against(std::string_view name) {
    if (name.starts_with('-'))
        return "begins with a '-', as options of commands do";
    const auto at = name.find_first_of(unsafe_in_name);
    if (at == std::string_view::npos)
        return {};
    return name[at] == '%' ? "has a '%' in it, for which the kernel would put a number"
                           : fmt::format("has a {} in it, which shells do not take for a letter; "
                                         "of the signs only _ = + . , @ and - are taken",
                                         name[at]);
}

Result<void> refuse(std::string_view name, std::string_view defect) {
    return fail(Errc::invalid_argument, "check device name",
                fmt::format("\"{}\" {}", excerpt(name), defect));
}

} // namespace

Result<void> check_link_name(std::string_view name) {
    const auto defect = defect_of_name(name);
    return defect.empty() ? Result<void>{} : refuse(name, defect);
}

Result<void> check_device_name(std::string_view name) {
    if (auto checked = check_link_name(name); !checked)
        return checked;
    const auto reason = reason_against(name);
    return reason.empty() ? Result<void>{} : refuse(name, reason);
}

std::string_view to_string(Backend backend) {
    return backend == Backend::kernel ? "kernel" : "userspace";
}

} // namespace wgnl
