// SPDX-License-Identifier: LGPL-2.1-or-later
// Device names and the names of the back ends.
#include <wgnl/device.hpp>

#include <string_view>

#include <fmt/format.h>

#include "text.hpp"

namespace wgnl {

namespace {

bool fits_in_name(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != '/' && c != ':';
}

std::string_view defect_of_name(std::string_view name) {
    if (name.empty()) {
        return "is empty";
    }
    if (name.size() > max_device_name) {
        return "is longer than 15 bytes";
    }
    if (name == "." || name == "..") {
        return "is a directory's name";
    }
    for (const char c : name) {
        if (!fits_in_name(c)) {
            return "has a '/', a ':', white space or a control character in it";
        }
    }
    return {};
}

} // namespace

Result<void> check_device_name(std::string_view name) {
    if (const auto defect = defect_of_name(name); !defect.empty()) {
        return fail(Errc::invalid_argument, "check device name",
                    fmt::format("\"{}\" {}", excerpt(name), defect));
    }
    return {};
}

std::string_view to_string(Backend backend) {
    return backend == Backend::kernel ? "kernel" : "userspace";
}

} // namespace wgnl
