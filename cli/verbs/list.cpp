// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl list`, which help does not mention: names, one a line, for the completion of shells.
#include <ostream>

#include "source/bus.hpp"
#include "terminal/format.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

/// Whether it can be typed: one line, and not taken for an option.
bool is_word(const std::string& text) {
    return !text.empty() && !text.starts_with('-') && printable(text) == text;
}

/// Peers by name, or by key where they have none that can be typed.
Result<std::vector<std::string>> peers_of(Bus& bus, const std::string& name) {
    const auto devices = bus.devices(Start::never);
    if (!devices)
        return std::unexpected{devices.error()};
    std::vector<std::string> words;
    if (const auto* device = find_device(*devices, name))
        for (const auto& peer : device->peers)
            words.push_back(is_word(peer.name) ? peer.name : peer.public_key);
    return words;
}

} // namespace

/// Whoever presses the tabulator key wants neither an error nor a daemon to be started.
Exit list(Environment& environment, const ListOptions& options) {
    auto bus = Bus::open();
    if (!bus)
        return Exit::failed;
    const auto words =
        options.device.empty() ? bus->device_names(Start::never) : peers_of(*bus, options.device);
    if (!words)
        return Exit::failed;
    for (const auto& word : *words)
        if (is_word(word))
            environment.console.out << word << '\n';
    return Exit::done;
}

} // namespace wgnl::cli
