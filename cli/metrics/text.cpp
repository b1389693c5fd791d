// SPDX-License-Identifier: LGPL-2.1-or-later
// The metrics: a row for each family, and what it takes from a device or a peer.
#include "text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "page.hpp"

namespace wgnl::cli {
namespace {

using enum MetricFamily::Type;

/// More prefixes than these are told by their number.
constexpr std::size_t most_prefixes = 16;

MetricLabels labels_of(const DeviceView& device) { return {{"interface", device.name}}; }

MetricLabels labels_of(const DeviceView& device, const PeerView& peer) {
    return {{"interface", device.name}, {"public_key", peer.public_key}};
}

/// Its figures are for this caller, and somebody has read them.
bool has_figures(const DeviceView& device) { return device.sampled_at != Microseconds{}; }

/// What wgnld alone knows is known.
bool has_verdict(const DeviceView& device) { return !device.event_source.empty(); }

std::string prefixes(const PeerView& peer) {
    const auto& all = peer.allowed_ips;
    const auto shown = std::min(all.size(), most_prefixes);
    auto text =
        fmt::format("{}", fmt::join(all.begin(), all.begin() + static_cast<long>(shown), ","));
    return shown == all.size() ? text : fmt::format("{} and {} more", text, all.size() - shown);
}

std::uint64_t count_of(const DeviceView& device, std::string_view state) {
    const auto found = device.state_counts.find(std::string{state});
    return found == device.state_counts.end() ? 0 : found->second;
}

std::uint64_t count_of(const DeviceView& device, Severity severity) {
    return static_cast<std::uint64_t>(
        std::ranges::count(device.problems, severity, &Problem::severity));
}

void device_info(MetricsPage& page, const DeviceView& device) {
    page.number({{"interface", device.name},
                 {"public_key", device.public_key},
                 {"backend", device.backend},
                 {"mode", device.mode},
                 {"source", device.source},
                 {"origin", device.origin}},
                1);
}

void device_up(MetricsPage& page, const DeviceView& device) {
    page.boolean(labels_of(device), device.up);
}

void device_state(MetricsPage& page, const DeviceView& device) {
    page.state(labels_of(device), device.state);
}

void device_peers(MetricsPage& page, const DeviceView& device) {
    for (const auto state : peer_state_words)
        page.number(labels_of(device).with("state", state), count_of(device, state));
}

void device_in_sync(MetricsPage& page, const DeviceView& device) {
    if (device.in_sync)
        page.boolean(labels_of(device), *device.in_sync);
}

void device_drift(MetricsPage& page, const DeviceView& device) {
    if (device.in_sync)
        page.number(labels_of(device), device.drift.size());
}

void device_problems(MetricsPage& page, const DeviceView& device) {
    if (has_verdict(device))
        for (const auto severity : {Severity::error, Severity::warning, Severity::note})
            page.number(labels_of(device).with("severity", to_string(severity)),
                        count_of(device, severity));
}

void device_polling(MetricsPage& page, const DeviceView& device) {
    if (has_verdict(device))
        page.boolean(labels_of(device), device.event_source == "polling");
}

void device_missed(MetricsPage& page, const DeviceView& device) {
    if (has_verdict(device))
        page.number(labels_of(device), device.missed_events);
}

void device_received(MetricsPage& page, const DeviceView& device) {
    if (has_figures(device))
        page.number(labels_of(device), device.rx_bytes);
}

void device_sent(MetricsPage& page, const DeviceView& device) {
    if (has_figures(device))
        page.number(labels_of(device), device.tx_bytes);
}

void device_sampled(MetricsPage& page, const DeviceView& device) {
    if (has_figures(device))
        page.seconds(labels_of(device), device.sampled_at);
}

struct DeviceFamily {
    MetricFamily family;
    void (*samples)(MetricsPage&, const DeviceView&);
};
constexpr std::array device_families{
    DeviceFamily{{"wireguard_device", info, "What a device is, and who declared it."}, device_info},
    DeviceFamily{{"wireguard_device_up", gauge, "Whether the link is up."}, device_up},
    DeviceFamily{{"wireguard_device_state", stateset,
                  "State of the device: established if any peer is, else what the worst one is."},
                 device_state},
    DeviceFamily{{"wireguard_device_peers", gauge, "Peers by their state."}, device_peers},
    DeviceFamily{{"wireguard_device_in_sync", gauge, "Whether the device is as declared."},
                 device_in_sync},
    DeviceFamily{{"wireguard_device_drift", gauge, "Differences to the declaration, left alone."},
                 device_drift},
    DeviceFamily{{"wireguard_device_problems", gauge, "Problems by their severity."},
                 device_problems},
    DeviceFamily{{"wireguard_device_polling", gauge,
                  "Whether handshakes are found by polling instead of being heard."},
                 device_polling},
    DeviceFamily{{"wireguard_device_missed_events", counter,
                  "Handshakes that were found without having been heard."},
                 device_missed},
    DeviceFamily{{"wireguard_device_received_bytes", gauge,
                  "Sum over the peers that there are; falls when one is removed."},
                 device_received},
    DeviceFamily{{"wireguard_device_sent_bytes", gauge,
                  "Sum over the peers that there are; falls when one is removed."},
                 device_sent},
    DeviceFamily{{"wireguard_device_sampled_timestamp_seconds", gauge,
                  "When the figures of the device and its peers were read, since the epoch."},
                 device_sampled},
};

/// A peer, whose it is, and when that is.
struct PeerPlace {
    const DeviceView& device;
    const PeerView& peer;
    Microseconds now;
    MetricLabels labels;
};

void peer_info(MetricsPage& page, const PeerPlace& at) {
    page.number(at.labels.with("name", at.peer.name)
                    .with("endpoint", at.peer.endpoint)
                    .with("declared_endpoint", at.peer.declared_endpoint)
                    .with("allowed_ips", prefixes(at.peer))
                    .with("declared", at.peer.declared ? "true" : "false"),
                1);
}

void peer_received(MetricsPage& page, const PeerPlace& at) {
    page.number(at.labels, at.peer.rx_bytes);
}

void peer_sent(MetricsPage& page, const PeerPlace& at) { page.number(at.labels, at.peer.tx_bytes); }

void peer_handshake(MetricsPage& page, const PeerPlace& at) {
    page.seconds(at.labels, at.peer.last_handshake);
}

void peer_delay(MetricsPage& page, const PeerPlace& at) {
    if (at.peer.last_handshake != Microseconds{})
        page.seconds(at.labels, std::max(at.now - at.peer.last_handshake, Microseconds{}));
}

void peer_state(MetricsPage& page, const PeerPlace& at) { page.state(at.labels, at.peer.state); }

void peer_stalled(MetricsPage& page, const PeerPlace& at) {
    page.boolean(at.labels, at.peer.stalled);
}

struct PeerFamily {
    MetricFamily family;
    void (*samples)(MetricsPage&, const PeerPlace&);
};
constexpr std::array peer_families{
    PeerFamily{{"wireguard_peer", info, "What a peer is called, and where it is."}, peer_info},
    PeerFamily{{"wireguard_received_bytes", counter, "Bytes received from the peer."},
               peer_received},
    PeerFamily{{"wireguard_sent_bytes", counter, "Bytes sent to the peer."}, peer_sent},
    PeerFamily{{"wireguard_latest_handshake_seconds", gauge,
                "Time of the last handshake, since the epoch; 0: there was none."},
               peer_handshake},
    PeerFamily{{"wireguard_latest_handshake_delay_seconds", gauge,
                "Time since the last handshake; absent: there was none."},
               peer_delay},
    PeerFamily{{"wireguard_peer_state", stateset, "State of the peer."}, peer_state},
    PeerFamily{{"wireguard_peer_stalled", gauge,
                "Whether the peer is established and has not answered for 15 seconds."},
               peer_stalled},
};

} // namespace

std::string_view content_type(MetricsFormat format) {
    return format == MetricsFormat::openmetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

std::string metrics_text(const std::vector<DeviceView>& devices, MetricsFormat format,
                         Microseconds now) {
    MetricsPage page{format};
    page.begin({"wgnl_build", info, "The program that tells this."});
    page.number({{"version", WGNL_VERSION}}, 1);
    for (const auto& [family, samples] : device_families) {
        page.begin(family);
        for (const auto& device : devices)
            samples(page, device);
    }
    for (const auto& [family, samples] : peer_families) {
        page.begin(family);
        for (const auto& device : devices)
            for (const auto& peer : device.peers)
                samples(page, {device, peer, now, labels_of(device, peer)});
    }
    return std::move(page).finish();
}

} // namespace wgnl::cli
