// SPDX-License-Identifier: LGPL-2.1-or-later
// Two signals of NetworkManager.
#include "network_manager.hpp"

#include <utility>

#include "signal_rules.hpp"

namespace wgnl::daemon {

namespace {

constexpr const char* network_manager = "org.freedesktop.NetworkManager";
constexpr const char* dns_manager = "path='/org/freedesktop/NetworkManager/DnsManager'";

} // namespace

Result<std::unique_ptr<NetworkManagerWatcher>>
NetworkManagerWatcher::open(sd_bus* bus, const std::function<void()>& on_activity) {
    std::unique_ptr<NetworkManagerWatcher> ear(new NetworkManagerWatcher());
    for (const auto& rule :
         {owner_rule(network_manager), properties_rule(network_manager, dns_manager)}) {
        auto match = sd::match(bus, rule, [on_activity](sd_bus_message*) { on_activity(); });
        if (!match)
            return std::unexpected(match.error());
        ear->matches_.push_back(std::move(*match));
    }
    return ear;
}

} // namespace wgnl::daemon
