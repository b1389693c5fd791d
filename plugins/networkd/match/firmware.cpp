// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading /sys/firmware, /sys/class/dmi and the device tree.
#include "networkd/match/firmware.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "networkd/files/text.hpp"
#include "networkd/match/host.hpp"
#include "networkd/match/version.hpp"

namespace wgnl::networkd {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// "NAME(ARGUMENT)" for that name; absent if it is another one.
std::optional<std::string_view> argument_of(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.substr(name.size()).starts_with('('))
        return std::nullopt;
    text.remove_prefix(name.size() + 1);
    return text.ends_with(')') ? text.substr(0, text.size() - 1) : std::string_view{};
}

bool is_compatible(std::string_view wanted, const std::string& kernel_files) {
    auto names = read_kernel_file(kernel_files + "/proc/device-tree/compatible");
    if (!names || wanted.empty())
        return false;
    auto all = split(*names, std::string_view("\0", 1));
    return std::ranges::find(all, wanted) != all.end();
}

std::optional<bool> field_fits(std::string_view text, const std::string& kernel_files) {
    auto [field, comparison] = split_expression(text);
    const bool is_name = !field.empty() && !field.contains('/') && field != "." && field != "..";
    if (!is_name || comparison.empty())
        return std::nullopt;
    auto path = kernel_files + "/sys/class/dmi/id/" + std::string(field);
    auto value = read_kernel_file(path);
    if (!value)
        return errno == ENOENT ? std::optional(false) : std::nullopt;
    return version_fits(comparison, std::string(trimmed(*value, whitespace)));
}

} // namespace

std::optional<bool> firmware_is(std::string_view wanted, const std::string& kernel_files) {
    if (wanted == "device-tree")
        return exists(kernel_files + "/sys/firmware/devicetree");
    if (wanted == "uefi") // the one that is seen in a container is the host's
        return exists(kernel_files + "/sys/firmware/efi") &&
               !exists(kernel_files + "/run/systemd/container");
    if (auto name = argument_of(wanted, "device-tree-compatible"))
        return is_compatible(*name, kernel_files);
    if (auto field = argument_of(wanted, "smbios-field"))
        return field_fits(*field, kernel_files);
    return false;
}

} // namespace wgnl::networkd
