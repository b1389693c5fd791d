// SPDX-License-Identifier: LGPL-2.1-or-later
// The file as text, and on its disk.
#include "networkd/service/remembered_devices.hpp"

#include <fmt/format.h>

#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

/// A line each, behind that of their device. Who does not know them passes them over.
constexpr std::string_view address_line = "address ";

std::string addresses_of(const RememberedDevice& device) {
    std::string text;
    for (const auto& address : device.addresses)
        text += fmt::format("{}{}\n", address_line, address.to_string());
    return text;
}

/// Whether the line was an address, of the last device if there is one.
bool take_address(std::string_view line, std::vector<RememberedDevice>& devices) {
    if (!line.starts_with(address_line))
        return false;
    const auto address = InterfaceAddress::parse(line.substr(address_line.size()));
    if (address && !devices.empty())
        devices.back().addresses.push_back(*address);
    return true;
}

} // namespace

std::string format_devices(const std::vector<RememberedDevice>& devices) {
    std::string text;
    for (const auto& device : devices)
        if (device.path.find('\n') == std::string::npos)
            text += fmt::format("{} {} {}\n{}", to_string(device.mode), device.name, device.path,
                                addresses_of(device));
    return text;
}

std::vector<RememberedDevice> parse_devices(std::string_view text) {
    std::vector<RememberedDevice> devices;
    for (auto line : split(text, "\n")) {
        if (take_address(line, devices))
            continue;
        auto first = line.find(' ');
        auto second = line.find(' ', first == std::string_view::npos ? line.size() : first + 1);
        auto mode = parse_mode(line.substr(0, first));
        if (!mode || second == std::string_view::npos)
            continue;
        RememberedDevice device{std::string(line.substr(first + 1, second - first - 1)),
                                std::string(line.substr(second + 1)), *mode};
        if (is_device_name(device.name) && device.path.starts_with('/'))
            devices.push_back(std::move(device));
    }
    return devices;
}

std::vector<RememberedDevice> load_devices(const std::string& path) {
    return parse_devices(read_file(path).text.view());
}

Result<void> save_devices(const std::string& path, const std::vector<RememberedDevice>& devices) {
    auto text = format_devices(devices);
    if (read_file(path).text.view() == text)
        return {};
    return replace_file(path, text);
}

} // namespace wgnl::networkd
