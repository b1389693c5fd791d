// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects of the bus as views, and the decoding of the messages that carry them.
#include "base/fd.hpp"
#include "source/bus_value.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "sd/handle.hpp"

namespace wgnl::cli {
namespace {

constexpr const char* device_path = "/org/wgnl/WireGuard1/device/wg0";
constexpr const char* device_interface = "org.wgnl.WireGuard1.Device";
constexpr const char* peer_interface = "org.wgnl.WireGuard1.Peer";

ManagedObjects one_device(const std::string& path = device_path, const std::string& name = "wg0") {
    return {{path, {{device_interface, {{"Name", name}, {"Source", std::string{"networkd"}}}}}}};
}

/// A message that can be read, without a bus: sealed and rewound.
class SealedMessage {
public:
    SealedMessage() {
        sd_bus* bus{};
        EXPECT_GE(sd_bus_new(&bus), 0);
        bus_.reset(bus);
        int fds[2];
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        other_end_ = UniqueFd{fds[1]};
        EXPECT_GE(sd_bus_set_fd(bus, fds[0], fds[0]), 0);
        EXPECT_GE(sd_bus_start(bus), 0);
        sd_bus_message* message{};
        EXPECT_GE(sd_bus_message_new_signal(bus, &message, "/", "a.b", "C"), 0);
        message_.reset(message);
    }
    sd_bus_message* get() { return message_.get(); }
    sd_bus_message* sealed() {
        EXPECT_GE(sd_bus_message_seal(get(), 1, 0), 0);
        EXPECT_GE(sd_bus_message_rewind(get(), 1), 0);
        return get();
    }

private:
    sd::BusHandle bus_;
    UniqueFd other_end_;
    sd::MessageHandle message_;
};

TEST(DevicesOf, SortsDevicesAndGivesEachItsPeers) {
    auto objects = one_device();
    objects.merge(one_device("/org/wgnl/WireGuard1/device/a1", "a1"));
    const auto peer = [](const char* key, const char* name) {
        return std::map<std::string, Properties>{
            {peer_interface,
             {{"PublicKey", std::string{key}}, {"Name", std::string{name}}, {"RxBytes", 7UL}}}};
    };
    objects.emplace(std::string{device_path} + "/peer/x", peer("AAA", ""));
    objects.emplace(std::string{device_path} + "/peer/y", peer("ZZZ", "laptop"));

    const auto devices = devices_of(objects);

    ASSERT_EQ(devices.size(), 2U);
    EXPECT_EQ(devices[0].name, "a1");
    EXPECT_TRUE(devices[0].peers.empty());
    ASSERT_EQ(devices[1].peers.size(), 2U);
    EXPECT_EQ(devices[1].peers[0].name, "laptop");
    EXPECT_EQ(devices[1].peers[1].public_key, "AAA");
    EXPECT_EQ(devices[1].peers[1].rx_bytes, 7U);
}

TEST(DevicesOf, PassesOverWhatItDoesNotKnow) {
    auto objects = one_device();
    objects[device_path][device_interface]["Future"] = std::string{"x"};
    objects[device_path][device_interface]["ListenPort"] = std::string{"of another type"};
    objects[std::string{device_path} + "/strange"] = {{"org.example.Other", {}}};
    objects["/peer"] = {{peer_interface, {}}};

    const auto devices = devices_of(objects);

    ASSERT_EQ(devices.size(), 1U);
    EXPECT_EQ(devices[0].listen_port, 0U);
}

TEST(DevicesOf, AnUndeclaredDeviceIsNeitherInSyncNorNot) {
    auto objects = one_device();
    objects[device_path][device_interface] = {{"Name", std::string{"wg0"}}, {"InSync", true}};

    EXPECT_FALSE(devices_of(objects)[0].in_sync.has_value());
}

TEST(DevicesOf, ReadsProblemsDriftAndCounts) {
    auto objects = one_device();
    auto& properties = objects[device_path][device_interface];
    properties["Problems"] = std::vector<Triple>{{"warning", "wg0.netdev:3", "text"}};
    properties["Drift"] = std::vector<Triple>{{"listen port", "1", "2"}};
    properties["StateCounts"] = std::map<std::string, std::uint64_t>{{"never", 2}};
    properties["SampledAt"] = std::uint64_t{5};

    const auto device = devices_of(objects)[0];

    EXPECT_EQ(device.problems,
              (std::vector<Problem>{{Severity::warning, {"wg0.netdev", 3}, "text"}}));
    EXPECT_EQ(device.drift, (std::vector<Drift>{{"listen port", "1", "2"}}));
    EXPECT_EQ(device.state_counts.at("never"), 2U);
    EXPECT_EQ(device.sampled_at, Microseconds{5});
}

TEST(ReadManagedObjects, DecodesEveryTypeInUse) {
    SealedMessage message;
    ASSERT_GE(sd_bus_message_append(message.get(), "a{oa{sa{sv}}}", 1, "/d", 1, "i", 9, //
                                    "s", "s", "text", "o", "o", "/x", "b", "b", 1, "q", "q", 7, "t",
                                    "t", UINT64_MAX, "as", "as", 2, "a", "b", "sss", "a(sss)", 1,
                                    "1", "2", "3", "su", "a{su}", 1, "never", 4U, "d", "d", 1.5),
              0);

    auto objects = read_managed_objects(message.sealed());

    ASSERT_TRUE(objects.has_value()) << objects.error().to_string();
    auto& values = (*objects)["/d"]["i"];
    EXPECT_EQ(values["s"], Value{std::string{"text"}});
    EXPECT_EQ(values["o"], Value{std::string{"/x"}});
    EXPECT_EQ(values["b"], Value{true});
    EXPECT_EQ(values["q"], Value{std::uint64_t{7}});
    EXPECT_EQ(values["t"], Value{UINT64_MAX});
    EXPECT_EQ(values["as"], (Value{std::vector<std::string>{"a", "b"}}));
    EXPECT_EQ(values["sss"], (Value{std::vector<Triple>{{"1", "2", "3"}}}));
    EXPECT_EQ(values["su"], (Value{std::map<std::string, std::uint64_t>{{"never", 4}}}));
    EXPECT_EQ(values["d"], Value{});
}

TEST(ReadManagedObjects, RefusesAnotherForm) {
    SealedMessage message;
    ASSERT_GE(sd_bus_message_append(message.get(), "s", "text"), 0);

    const auto objects = read_managed_objects(message.sealed());

    ASSERT_FALSE(objects.has_value());
    EXPECT_EQ(objects.error().code(), Errc::protocol);
}

TEST(PeersOfSnapshot, ReadsMembersAsProperties) {
    const auto peers = peers_of_snapshot(R"({"Name": "wg0", "Peers": [
        {"PublicKey": "B=", "State": "never", "Declared": true, "RxBytes": 18446744073709551615,
         "AllowedIPs": ["10.0.0.2/32"], "Problems": [["error", "wg0.netdev:3", "text"]]},
        {"PublicKey": "A=", "Future": {"x": 1}}]})");

    ASSERT_TRUE(peers.has_value()) << peers.error().to_string();
    ASSERT_EQ(peers->size(), 2U);
    EXPECT_EQ((*peers)[0].public_key, "A=");
    EXPECT_EQ((*peers)[1].rx_bytes, UINT64_MAX);
    EXPECT_TRUE((*peers)[1].declared);
    EXPECT_EQ((*peers)[1].allowed_ips, std::vector<std::string>{"10.0.0.2/32"});
    EXPECT_EQ((*peers)[1].problems,
              (std::vector<Problem>{{Severity::error, {"wg0.netdev", 3}, "text"}}));
}

TEST(PeersOfSnapshot, PassesOverWhatANewerOneSays) {
    const auto peers = peers_of_snapshot(R"({"Peers": [1, [{"PublicKey": "no"}],
        {"Future": {"PublicKey": "no", "x": [[{}]]}, "PublicKey": "A=", "More": [[["no"]], {}],
         "Problems": [["error", "", "one"], ["two"], "three"], "Name": null, "RxBytes": -1}],
        "Other": {"Peers": [{"PublicKey": "no"}]}})");

    ASSERT_TRUE(peers.has_value()) << peers.error().to_string();
    ASSERT_EQ(peers->size(), 1U);
    EXPECT_EQ((*peers)[0].public_key, "A=");
    EXPECT_EQ((*peers)[0].problems, (std::vector<Problem>{{Severity::error, {}, "one"}}));
    EXPECT_FALSE(peers_of_snapshot(R"({"x": )" + std::string(100000, '[')).has_value());
}

TEST(PeersOfSnapshot, RefusesWhatIsNone) {
    for (const auto* wrong : {"", "{", "[]", "{}", R"({"Peers": 1})", R"([{"Peers": []}])",
                              R"({"Peers": {"Peers": []}})", R"({"Peers": []} x)"})
        EXPECT_FALSE(peers_of_snapshot(wrong).has_value()) << wrong;
}

} // namespace
} // namespace wgnl::cli
