// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of keys, and what somebody meant by a name that is not in it.
#include "setting_table.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "base/text.hpp"
#include "settings.hpp"
#include "writer.hpp"

namespace wgnl {

/// A friend of those whose functions it names.
struct WgQuickTable {
    using Writer = WgQuickWriter;

    static constexpr std::string_view a_command = "a command for the shell, with %i for the device";

    static constexpr std::array interface{
        InterfaceKey{{"ListenPort", &InterfaceSettings::take_listen_port, "a port from 1 to 65535"},
                     &Writer::write_listen_port},
        InterfaceKey{{"FwMark", &InterfaceSettings::take_fwmark,
                      "off, or a number from 1 to 4294967295, also as 0x…"},
                     &Writer::write_fwmark},
        InterfaceKey{{"PrivateKey", &InterfaceSettings::take_private_key,
                      "44 characters of base64, as \"wgnl genkey\" prints"},
                     &Writer::write_private_key},
        InterfaceKey{{"Address", &InterfaceSettings::take_addresses,
                      "addresses with their prefix lengths, such as 10.0.0.1/24 or fd00::1/64"},
                     &Writer::write_addresses,
                     true},
        InterfaceKey{
            {"MTU", &InterfaceSettings::take_mtu, "bytes from 68 to 65535; IPv6 needs 1280"},
            &Writer::write_mtu,
            true},
        InterfaceKey{{"Table", &InterfaceSettings::take_table, "auto, off, main, or a number"},
                     &Writer::write_table,
                     true},
        InterfaceKey{
            {"DNS", nullptr, "addresses of name servers, and domains, separated by commas"},
            nullptr,
            true},
        InterfaceKey{{"PreUp", nullptr, a_command}, nullptr, true},
        InterfaceKey{{"PostUp", nullptr, a_command}, nullptr, true},
        InterfaceKey{{"PreDown", nullptr, a_command}, nullptr, true},
        InterfaceKey{{"PostDown", nullptr, a_command}, nullptr, true},
        InterfaceKey{
            {"SaveConfig", &InterfaceSettings::take_save_config, "true or false"}, nullptr, true}};

    static constexpr std::array peer{
        PeerKey{{"PublicKey", &PeerSettings::take_public_key,
                 "44 characters of base64, as \"wgnl pubkey\" prints"},
                &Writer::write_public_key},
        PeerKey{{"PresharedKey", &PeerSettings::take_preshared_key,
                 "44 characters of base64, as \"wgnl genpsk\" prints"},
                &Writer::write_preshared_key},
        PeerKey{{"AllowedIPs", &PeerSettings::take_allowed_ips,
                 "prefixes such as 10.0.0.2/32 or fd00::2/128, separated by commas"},
                &Writer::write_allowed_ips},
        PeerKey{{"Endpoint", &PeerSettings::take_endpoint,
                 "host:port, or [2001:db8::1]:51820 for an IPv6 address"},
                &Writer::write_endpoint},
        PeerKey{{"PersistentKeepalive", &PeerSettings::take_keepalive,
                 "seconds from 1 to 65535, or off"},
                &Writer::write_keepalive}};
};

std::span<const InterfaceKey> interface_keys() { return WgQuickTable::interface; }
std::span<const PeerKey> peer_keys() { return WgQuickTable::peer; }

std::string advice_on_key(std::string_view written, bool in_peer) {
    constexpr std::size_t most_slips = 2;
    constexpr std::size_t longest = 24; // of a name, and not of what stands in place of one
    struct Candidate {
        std::string_view name;
        bool of_peer;
    };
    std::vector<Candidate> candidates;
    for (const auto& key : peer_keys())
        candidates.push_back({key.name, true});
    for (const auto& key : interface_keys())
        candidates.push_back({key.name, false});
    if (written.size() > longest)
        return {};
    const auto distance = [&](const Candidate& each) { return edit_distance(written, each.name); };
    const auto best = *std::ranges::min_element(candidates, {}, distance);
    if (distance(best) > std::min(most_slips, written.size() / 2))
        return {};
    if (!equal_caseless(best.name, written))
        return fmt::format("did you mean {}?", best.name);
    return best.of_peer == in_peer ? std::string{}
                                   : fmt::format("{} belongs into [{}]", best.name,
                                                 best.of_peer ? "Peer" : "Interface");
}

} // namespace wgnl
