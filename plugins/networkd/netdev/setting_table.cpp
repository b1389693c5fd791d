// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of keys, and what somebody meant by a name that is not in it.
#include "networkd/netdev/setting_table.hpp"

#include <array>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "networkd/match/conditions.hpp"
#include "networkd/netdev/netdev_writer.hpp"
#include "networkd/netdev/sections.hpp"

namespace wgnl::networkd {
namespace {

using Netdev = NetdevSection;
using Device = DeviceSection;
using Peer = PeerSection;
using Extension = ExtensionSection;
using Writer = NetdevWriter;

constexpr std::uint64_t largest_u32 = std::numeric_limits<std::uint32_t>::max();

constexpr std::string_view key_file =
    "the absolute path of a file with 44 characters of base64; root:systemd-network, mode 0640";
constexpr std::string_view any_number = "a number from 0 to 4294967295";
constexpr std::string_view any_table = "a number, default, main, local, or off";
constexpr std::string_view any_mark = "a number from 0 to 4294967295, also as 0x…";
constexpr std::string_view a_switch = "yes or no";

constexpr std::array netdev_table{
    NetdevSetting{{"NetDev", "Name", "1 to 15 bytes without \"/\", \":\" and white space", 211},
                  &Netdev::take_name,
                  &Writer::write_device_name},
    NetdevSetting{{"NetDev", "Kind", "", 211}, &Netdev::take_kind, &Writer::write_kind},
    NetdevSetting{{"NetDev", "MTUBytes", "bytes from 68 to 65535; IPv6 needs 1280", 211},
                  &Netdev::take_mtu,
                  &Writer::write_number<&Declaration::mtu>},
    NetdevSetting{{"NetDev", "Description", "", 215}, &Netdev::leave_out, nullptr},
    NetdevSetting{{"NetDev", "MACAddress", "", 211}, &Netdev::leave_out, nullptr}};

constexpr std::array device_table{
    DeviceSetting{{"WireGuard", "PrivateKey",
                   "44 characters of base64, as \"wgnl genkey\" prints; better in a file of mode "
                   "0640, named by PrivateKeyFile=",
                   237},
                  &Device::take_private_key,
                  &Writer::write_private_key},
    DeviceSetting{
        {"WireGuard", "PrivateKeyFile", key_file, 242}, &Device::take_private_key_file, nullptr},
    DeviceSetting{{"WireGuard", "ListenPort", "a port from 1 to 65535, or auto", 237},
                  &Device::take_listen_port,
                  &Writer::write_number<&Declaration::listen_port>},
    DeviceSetting{
        {"WireGuard", "FirewallMark", any_mark, 243}, &Device::take_fwmark, &Writer::write_fwmark},
    DeviceSetting{{"WireGuard", "FwMark", any_mark, 237}, &Device::take_fwmark, nullptr},
    DeviceSetting{{"WireGuard", "RouteTable", any_table, 250},
                  &Device::take_route_table,
                  &Writer::write_route_table},
    DeviceSetting{{"WireGuard", "RouteMetric", any_number, 250},
                  &Device::take_number<&Declaration::route_metric, largest_u32>,
                  &Writer::write_number<&Declaration::route_metric>}};

constexpr std::array extension_table{
    ExtensionSetting{
        {"X-Wgnl", "Mode", "observe, or nothing: the folder tells who owns the device", 0},
        &Extension::take_mode,
        &Writer::write_mode},
    ExtensionSetting{{"X-Wgnl", "Strict", a_switch, 0},
                     &Extension::take_switch<&Declaration::strict>,
                     &Writer::write_switch<&Declaration::strict>},
    ExtensionSetting{{"X-Wgnl", "Private", a_switch, 0},
                     &Extension::take_switch<&Declaration::is_private>,
                     &Writer::write_private},
    // A declaration has the peers, wherever they were written.
    ExtensionSetting{{"X-Wgnl", "Peers", "the absolute path of a signed list of peers", 0},
                     &Extension::take_peers,
                     nullptr},
    ExtensionSetting{{"X-Wgnl", "PeersSigner",
                      "ssh-ed25519 and the key, as the line of a .pub file has them", 0},
                     &Extension::take_signer,
                     nullptr},
    ExtensionSetting{
        {"X-Wgnl", "PeersWithin", "prefixes such as 10.0.0.0/16, separated by commas", 0},
        &Extension::take_within,
        nullptr},
    ExtensionSetting{
        {"X-Wgnl", "Address", "peers, or nothing: other addresses stand in the .network file", 0},
        &Extension::take_address,
        nullptr}};

constexpr std::array peer_table{
    PeerSetting{{"WireGuardPeer", "X-Name", "", 0}, &Peer::take_name, &Writer::write_name},
    PeerSetting{
        {"WireGuardPeer", "PublicKey", "44 characters of base64, as \"wgnl pubkey\" prints", 237},
        &Peer::pass,
        &Writer::write_public_key},
    PeerSetting{{"WireGuardPeer", "PublicKeyFile",
                 "the absolute path of a file with 44 characters of base64", 257},
                &Peer::take_public_key_file,
                nullptr},
    PeerSetting{{"WireGuardPeer", "PresharedKey",
                 "44 characters of base64, as \"wgnl genpsk\" prints", 237},
                &Peer::take_preshared_key,
                &Writer::write_preshared_key},
    PeerSetting{{"WireGuardPeer", "PresharedKeyFile", key_file, 242},
                &Peer::take_preshared_key_file,
                nullptr},
    PeerSetting{
        {"WireGuardPeer", "X-PresharedKey", "external: someone else sets the preshared key", 0},
        &Peer::take_preshared_key_owner,
        &Writer::write_preshared_key_owner},
    PeerSetting{{"WireGuardPeer", "AllowedIPs",
                 "prefixes such as 10.0.0.2/32 or fd00::2/128, separated by commas", 237},
                &Peer::take_allowed_ips,
                &Writer::write_allowed_ips},
    PeerSetting{
        {"WireGuardPeer", "Endpoint", "host:port, or [2001:db8::1]:51820 for an IPv6 address", 237},
        &Peer::take_endpoint,
        &Writer::write_endpoint},
    PeerSetting{{"WireGuardPeer", "PersistentKeepalive", "seconds from 1 to 65535, or off", 237},
                &Peer::take_keepalive,
                &Writer::write_number<&DeclaredPeer::persistent_keepalive>},
    PeerSetting{{"WireGuardPeer", "RouteTable", any_table, 250},
                &Peer::take_route_table,
                &Writer::write_routes},
    PeerSetting{{"WireGuardPeer", "RouteMetric", any_number, 250},
                &Peer::take_number<&DeclaredPeer::route_metric, largest_u32>,
                &Writer::write_number<&DeclaredPeer::route_metric>}};

constexpr std::array<std::string_view, 5> sections{"NetDev", "Match", "WireGuard", "WireGuardPeer",
                                                   "X-Wgnl"};

/// The nearest of the names if a slip or two lead to it, else empty.
template <typename Range, typename Name>
std::string_view nearest(const Range& range, std::string_view written, Name name) {
    constexpr std::size_t most_slips = 2;
    const auto distance = [&](const auto& each) { return edit_distance(written, name(each)); };
    const auto best = std::ranges::min_element(range, {}, distance);
    return distance(*best) <= std::min(most_slips, written.size() / 2) ? name(*best)
                                                                       : std::string_view{};
}

/// What was meant by a key that the section does not have; empty if that cannot be told.
std::string advice_on_key(std::string_view written, std::string_view section) {
    constexpr std::size_t longest = 64; // of a name, and not of what stands in place of one
    if (written == "Name" && section == "WireGuardPeer")
        return "X-Name= is the name of a peer";
    auto known = known_keys();
    // Few know all conditions: who is one letter from "Host" elsewhere means something else.
    if (section != "Match")
        std::erase_if(known, [&](const KnownKey& row) {
            return row.section == "Match" && row.key != written;
        });
    const auto key = written.size() > longest
                         ? std::string_view{}
                         : nearest(known, written, [](const KnownKey& row) { return row.key; });
    if (key.empty())
        return {};
    if (key != written)
        return fmt::format("did you mean {}=?", key);
    return fmt::format("{}= belongs into [{}]", key,
                       std::ranges::find(known, key, &KnownKey::key)->section);
}

} // namespace

std::span<const NetdevSetting> netdev_settings() { return netdev_table; }
std::span<const DeviceSetting> device_settings() { return device_table; }
std::span<const ExtensionSetting> extension_settings() { return extension_table; }
std::span<const PeerSetting> peer_settings() { return peer_table; }

std::vector<KnownKey> known_keys() {
    std::vector<KnownKey> all;
    const auto add = [&](const auto& rows) { all.insert(all.end(), rows.begin(), rows.end()); };
    add(netdev_table);
    add(device_table);
    add(peer_table);
    add(extension_table);
    for (const auto& condition : known_conditions())
        all.push_back({"Match", condition.key, {}, condition.since});
    return all;
}

void report_unknown_key(ProblemCollector& problems, const Subject& subject,
                        const IniAssignment& assignment, std::string_view section) {
    const bool is_told = !problems.full() && !assignment.key.starts_with("X-");
    problems.unknown_key(subject, assignment, section,
                         is_told ? advice_on_key(assignment.key, section) : std::string());
}

std::string advice_on_section(std::string_view written) {
    constexpr std::size_t longest = 64;
    if (written == "Peer" || written == "Interface")
        return fmt::format("that is wg-quick's; here it is [{}]",
                           written == "Peer" ? "WireGuardPeer" : "WireGuard");
    const auto section =
        written.size() > longest
            ? std::string_view{}
            : nearest(sections, written, [](std::string_view name) { return name; });
    return section.empty() ? std::string{} : fmt::format("did you mean [{}]?", section);
}

} // namespace wgnl::networkd
