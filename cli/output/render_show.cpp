// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl show`: everything that is known of a device and each of its peers.
#include <fmt/format.h>

#include "render.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

constexpr std::size_t label_width = 20;

std::string endpoint_text(const PeerView& peer) {
    if (peer.declared_endpoint.empty() || peer.declared_endpoint == peer.endpoint)
        return peer.endpoint.empty() ? "(none)" : printable(peer.endpoint);
    return printable(fmt::format("{} (declared: {})",
                                 peer.endpoint.empty() ? "(none)" : peer.endpoint,
                                 peer.declared_endpoint));
}

std::string keepalive_text(const PeerView& peer) {
    return peer.persistent_keepalive == 0 ? "off"
                                          : fmt::format("every {}s", peer.persistent_keepalive);
}

std::vector<std::string> problem_lines(const PeerView& peer) {
    std::vector<std::string> lines;
    for (const auto& problem : peer.problems)
        lines.push_back(printable(wgnl::to_string(problem)));
    return lines;
}

std::vector<Field> peer_fields(const PeerView& peer, const Terminal& terminal, Microseconds now) {
    std::vector<Field> fields{
        {"Public key", {peer.public_key}},
        {"State", {state_word(peer, terminal)}},
        {"Declared", {peer.declared ? "yes" : "no"}},
        {"Endpoint", {endpoint_text(peer)}},
        {"Allowed IPs", {joined(peer.allowed_ips)}},
        {"Preshared key", {peer.has_preshared_key ? "yes (hidden)" : "no"}},
        {"Keepalive", {keepalive_text(peer)}},
        {"Last handshake", {handshake_age(peer, now)}},
        {"Received", {iec_size(peer.rx_bytes)}},
        {"Sent", {iec_size(peer.tx_bytes)}},
    };
    if (auto lines = problem_lines(peer); !lines.empty())
        fields.push_back({"Problems", std::move(lines)});
    return fields;
}

std::string peer_text(const PeerView& peer, const Terminal& terminal, Microseconds now) {
    return fmt::format("\n  {} {}\n{}", mark(peer, terminal),
                       terminal.paint(Colour::bold, printable(peer.label())),
                       aligned(peer_fields(peer, terminal, now), label_width, terminal));
}

} // namespace

std::string show_text(const DeviceView& device, const Terminal& terminal, Microseconds now) {
    auto text = device_head(device, terminal, label_width);
    for (const auto& peer : device.peers)
        text += peer_text(peer, terminal, now);
    return text;
}

} // namespace wgnl::cli
