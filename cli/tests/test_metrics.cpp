// SPDX-License-Identifier: LGPL-2.1-or-later
// The text of the metrics, in both formats.
#include "metrics/text.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "a_device.hpp"

namespace wgnl::cli {
namespace {

PeerView peer() {
    auto peer = laptop();
    peer.public_key = "A=";
    peer.last_handshake -= Microseconds{1};
    peer.rx_bytes = 10;
    peer.tx_bytes = 20;
    return peer;
}

DeviceView gateway() {
    auto device = tunnel();
    device.problems = {{Severity::warning, {"wg0.netdev", 3}, "vague"}};
    device.peer_count = 1;
    device.state_counts = {{"established", 1}};
    device.rx_bytes = 10;
    device.tx_bytes = 20;
    device.sampled_at = now - Microseconds{1};
    device.event_source = "packets";
    device.missed_events = 2;
    device.peers = {peer()};
    return device;
}

std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
    std::vector<std::string> found;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        if (line.find(part) != line.npos)
            found.push_back(line);
    return found;
}

std::string openmetrics(const DeviceView& device = gateway()) {
    return metrics_text({device}, MetricsFormat::openmetrics, now);
}

using Lines = std::vector<std::string>;

TEST(MetricsText, HasTheNamesThatDashboardsKnow) {
    const auto text = openmetrics();
    const std::string labels = "{interface=\"wg0\",public_key=\"A=\"} ";

    EXPECT_EQ(
        lines_with(text, "wireguard_received_bytes"),
        (Lines{"# TYPE wireguard_received_bytes counter", "# UNIT wireguard_received_bytes bytes",
               "# HELP wireguard_received_bytes Bytes received from the peer.",
               "wireguard_received_bytes_total" + labels + "10"}));
    EXPECT_EQ(lines_with(text, "wireguard_sent_bytes_total").back(),
              "wireguard_sent_bytes_total" + labels + "20");
    EXPECT_EQ(lines_with(text, "wireguard_latest_handshake_seconds").back(),
              "wireguard_latest_handshake_seconds" + labels + "1699999987.999999");
    EXPECT_EQ(lines_with(text, "wireguard_latest_handshake_delay_seconds").back(),
              "wireguard_latest_handshake_delay_seconds" + labels + "12.000001");
    EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(MetricsText, TellsWhatAPeerIsInOneMetricAlone) {
    const auto text = openmetrics();

    EXPECT_EQ(lines_with(text, "wireguard_peer_info"),
              Lines{"wireguard_peer_info{interface=\"wg0\",public_key=\"A=\",name=\"laptop\","
                    "endpoint=\"192.0.2.1:51820\",declared_endpoint=\"\","
                    "allowed_ips=\"10.0.0.2/32,fd00::2/128\",declared=\"true\"} 1"});
    EXPECT_EQ(lines_with(text, "laptop").size(), 1U);
}

TEST(MetricsText, NamesEveryState) {
    const auto text = openmetrics();

    EXPECT_EQ(lines_with(text, "wireguard_peer_state{").size(), 7U);
    EXPECT_EQ(lines_with(text, "wireguard_peer_state=\"established\"} 1").size(), 1U);
    EXPECT_EQ(lines_with(text, "wireguard_device_peers{").size(), 7U);
    EXPECT_EQ(
        lines_with(text, "wireguard_device_problems{interface=\"wg0\",severity=\"warning\"} 1")
            .size(),
        1U);
}

TEST(MetricsText, ForPrometheusHasTheTypesThatItKnows) {
    const auto text = metrics_text({gateway()}, MetricsFormat::prometheus, now);

    EXPECT_EQ(lines_with(text, "wireguard_received_bytes").at(1),
              "# TYPE wireguard_received_bytes_total counter");
    EXPECT_EQ(lines_with(text, "# TYPE wireguard_peer_").front(),
              "# TYPE wireguard_peer_info gauge");
    for (const char* unknown : {"stateset", " info", "# UNIT", "# EOF"})
        EXPECT_EQ(lines_with(text, unknown), Lines{}) << unknown;
}

TEST(MetricsText, LeavesOutWhatIsNotKnown) {
    auto device = gateway();
    device.sampled_at = {};
    device.event_source.clear();
    device.in_sync.reset();
    device.peers[0].last_handshake = {};

    const auto text = openmetrics(device);

    for (const char* left : {"device_received", "device_sampled", "device_problems", "in_sync",
                             "missed_events", "delay"})
        EXPECT_EQ(lines_with(text, left), Lines{}) << left;
    EXPECT_EQ(lines_with(text, "latest_handshake_seconds{").front(),
              "wireguard_latest_handshake_seconds{interface=\"wg0\",public_key=\"A=\"} 0.000000");
}

TEST(MetricsText, EscapesWhatWouldEndALabel) {
    auto device = gateway();
    device.peers[0].name = "a\"b\\c\nd";

    EXPECT_EQ(lines_with(openmetrics(device), "name=\"a\\\"b\\\\c\ufffdd\"").size(), 1U);
}

TEST(MetricsText, CountsPrefixesThatAreMany) {
    auto device = gateway();
    device.peers[0].allowed_ips.assign(20, "10.0.0.0/32");

    EXPECT_EQ(lines_with(openmetrics(device), "10.0.0.0/32 and 4 more\"").size(), 1U);
}

TEST(MetricsText, OfNothingIsWhole) {
    EXPECT_TRUE(metrics_text({}, MetricsFormat::openmetrics, now).ends_with("} 1\n# EOF\n"));
    EXPECT_EQ(content_type(MetricsFormat::prometheus), "text/plain; version=0.0.4; charset=utf-8");
}

} // namespace
} // namespace wgnl::cli
