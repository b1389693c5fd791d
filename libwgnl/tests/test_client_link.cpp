// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: addresses and routes by difference, and devices that go while they are in use.
#include <algorithm>
#include <cerrno>
#include <map>
#include <string>

#include <linux/rtnetlink.h>

#include <gtest/gtest.h>

#include "fake_system.hpp"

namespace wgnl {
namespace {

InterfaceAddress address(std::string_view text) { return *InterfaceAddress::parse(text); }

Route route(std::string_view destination, std::uint32_t metric = 0) {
    return {AllowedIp::parse(destination).value().value, main_table, metric};
}

class ClientLink : public ::testing::Test {
protected:
    ClientLink() {
        EXPECT_TRUE(client_.links().create("wg0"));
        EXPECT_TRUE(client_.links().set_up("wg0", true));
    }
    tests::FakeRtnetlink::Entry& entry() { return *system_.rtnetlink.find("wg0"); }
    void add_peer() {
        KeyBytes bytes{};
        bytes[0] = 1;
        const PeerChange peer{.public_key = PublicKey(bytes), .action = PeerChange::Action::add};
        ASSERT_TRUE(client_.devices().set("wg0", {.peers = {peer}}));
    }
    /// Does it once, right before the next request of that type.
    void before(std::uint16_t type, std::function<void()> act) {
        system_.rtnetlink.before_request([this, type, act](std::uint16_t asked) {
            if (asked != type)
                return;
            system_.rtnetlink.before_request({});
            act();
        });
    }

    testing::FakeSystem system_{};
    Client client_{system_.open()};
};

TEST_F(ClientLink, AddressesAreSetByDifference) {
    const std::vector wanted{address("10.7.0.1/24"), address("fd07::1/64")};
    ASSERT_TRUE(client_.addresses().add("wg0", address("10.8.0.1/24")));
    ASSERT_TRUE(client_.addresses().set("wg0", wanted));
    EXPECT_EQ(client_.links().get("wg0")->addresses, wanted);

    const auto before = system_.rtnetlink.changes();
    ASSERT_TRUE(client_.addresses().set("wg0", wanted));
    EXPECT_EQ(system_.rtnetlink.changes(), before) << "nothing to do is nothing sent";
}

TEST_F(ClientLink, AnAddressHasTheScopeThatItCanHave) {
    const std::map<std::string, int> scopes{{"10.7.0.1/24", RT_SCOPE_UNIVERSE},
                                            {"169.254.7.1/16", RT_SCOPE_LINK},
                                            {"169.253.7.1/16", RT_SCOPE_UNIVERSE},
                                            {"127.0.7.1/8", RT_SCOPE_HOST},
                                            {"7f00::1/64", RT_SCOPE_UNIVERSE}};
    for (const auto& [text, scope] : scopes) {
        ASSERT_TRUE(client_.addresses().add("wg0", address(text)));
        EXPECT_EQ(entry().scopes.at(address(text)), scope) << text;
    }
}

TEST_F(ClientLink, AnIpv6AddressGetsAnotherPrefixLength) {
    ASSERT_TRUE(client_.addresses().set("wg0", {address("fd07::1/128"), address("fd07::2/64")}));
    const auto done =
        client_.addresses().set("wg0", {address("fd07::1/64"), address("fd07::2/64")});

    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(entry().addresses, (std::vector{address("fd07::2/64"), address("fd07::1/64")}));
}

TEST_F(ClientLink, AnAddressThatTheKernelTakesAlongComesBack) {
    ASSERT_TRUE(client_.addresses().set("wg0", {address("10.7.0.1/24")}));
    const auto done = client_.addresses().set("wg0", {address("10.7.0.2/24")});

    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(entry().addresses, std::vector{address("10.7.0.2/24")});
}

TEST_F(ClientLink, TheKernelsAndOthersLinkLocalAddressesStay) {
    constexpr std::uint8_t made_by_kernel = 2; // IFAPROT_KERNEL_RA
    entry().addresses = {address("fe80::1/64"), address("2001:db8::1/64"), address("fd07::9/64")};
    entry().protocols[address("2001:db8::1/64")] = made_by_kernel;
    ASSERT_TRUE(client_.addresses().add("wg0", address("fe80::2/64")));

    ASSERT_TRUE(client_.addresses().set("wg0", {}));

    EXPECT_EQ(entry().addresses, (std::vector{address("fe80::1/64"), address("2001:db8::1/64")}));
}

TEST_F(ClientLink, AddressesThatCannotBeTogetherAreAnError) {
    const auto done =
        client_.addresses().set("wg0", {address("fd07::1/64"), address("fd07::1/128")});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), EEXIST);
}

TEST_F(ClientLink, RoutesAreSetByDifference) {
    entry().routes = {{route("10.9.0.0/16").destination, main_table, 0, RTPROT_STATIC}};
    const std::vector wanted{route("10.7.0.0/16"), route("fd07::/64"), route("10.9.0.0/16")};
    ASSERT_TRUE(client_.routes().set("wg0", wanted));
    EXPECT_EQ(client_.routes().list("wg0").value(),
              (std::vector{route("10.7.0.0/16"), route("fd07::/64", 1024)}));

    const auto before = system_.rtnetlink.changes();
    ASSERT_TRUE(client_.routes().set("wg0", wanted));
    EXPECT_EQ(system_.rtnetlink.changes(), before) << "nothing to do is nothing sent";

    ASSERT_TRUE(client_.routes().set("wg0", {route("10.7.0.0/16", 50)}));
    EXPECT_EQ(client_.routes().list("wg0").value(), std::vector{route("10.7.0.0/16", 50)});
    EXPECT_EQ(system_.rtnetlink.changes(), before + 3);
    EXPECT_EQ(entry().routes.size(), 2U) << "another's route stays";
}

TEST_F(ClientLink, AnInterruptedDumpOfRoutesIsRepeated) {
    ASSERT_TRUE(client_.routes().set("wg0", {route("10.7.0.0/16"), route("10.8.0.0/16")}));
    system_.rtnetlink.interrupt_dumps(3);

    EXPECT_EQ(client_.routes().list("wg0")->size(), 2U);
}

TEST_F(ClientLink, ARefusedRouteNamesItselfAndTheReason) {
    ASSERT_TRUE(client_.links().create("wg1"));
    ASSERT_TRUE(client_.links().set_up("wg1", true));
    ASSERT_TRUE(client_.routes().set("wg1", {route("10.7.0.0/16")}));

    const auto done = client_.routes().set("wg0", {route("10.7.0.0/16")});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), EEXIST);
    EXPECT_NE(done.error().to_string().find("10.7.0.0/16"), std::string::npos);
}

TEST_F(ClientLink, ARenamedDeviceIsFoundUnderItsNewNameOnly) {
    add_peer();
    ASSERT_TRUE(client_.links().rename("wg0", "wg1"));

    EXPECT_EQ(client_.devices().get("wg1")->peers.size(), 1U);
    EXPECT_EQ(client_.devices().get("wg0").error().code(), Errc::not_found);
    EXPECT_EQ(client_.devices().set("wg0", {.fwmark = 1}).error().code(), Errc::not_found);
    EXPECT_EQ(client_.routes().set("wg0", {}).error().code(), Errc::not_found);
    EXPECT_EQ(client_.links().rename("wg0", "wg2").error().code(), Errc::not_found);
}

TEST_F(ClientLink, ADeviceThatIsDeletedWhileItIsReadIsNotFound) {
    add_peer();
    before(RTM_GETLINK, [this] { system_.rtnetlink.remove(entry().ifindex); });

    const auto device = client_.devices().get("wg0");

    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().code(), Errc::not_found);
    EXPECT_NE(device.error().detail().find("while it was being read"), std::string::npos);
}

TEST_F(ClientLink, ADeviceThatGoesInTheMiddleOfAChangeIsNotFound) {
    DeviceChange change;
    for (std::uint8_t i = 1; i < 100; ++i) {
        KeyBytes bytes{};
        bytes[0] = i;
        change.peers.push_back({.public_key = PublicKey(bytes), .action = PeerChange::Action::add});
    }
    system_.kernel.fail_set(1, {ENODEV});

    const auto done = client_.devices().set("wg0", change);

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::not_found);
    EXPECT_NE(done.error().to_string().find("wg0"), std::string::npos);
    EXPECT_EQ(client_.devices().get("wg0")->peers.size(), BatchLimits{}.new_or_removed_peers);
}

TEST_F(ClientLink, AnotherDeviceThatTakesTheNameIsNotEmptied) {
    add_peer();
    ASSERT_TRUE(client_.links().create("wg1"));
    // Between finding the link and reading the device.
    before(RTM_GETADDR, [this] {
        system_.rtnetlink.rename(entry().ifindex, "wg2");
        system_.rtnetlink.rename(system_.rtnetlink.find("wg1")->ifindex, "wg0");
    });

    const auto removed = client_.links().remove("wg0");

    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code(), Errc::not_found);
    EXPECT_TRUE(client_.links().get("wg0"));
    EXPECT_EQ(client_.devices().get("wg2")->peers.size(), 1U);
}

TEST_F(ClientLink, ALinkThatGoesBetweenItsAddressesIsNotFound) {
    before(RTM_NEWADDR, [this] { system_.rtnetlink.move_away(entry().ifindex); });

    const auto done = client_.addresses().set("wg0", {address("10.7.0.1/24")});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::not_found);
}

TEST_F(ClientLink, APortThatMayNotBeSetTellsOfTheBirthplace) {
    system_.kernel.set_privileged(false);

    const auto port = client_.devices().set("wg0", {.listen_port = 1});
    EXPECT_EQ(port.error().code(), Errc::permission_denied);
    EXPECT_NE(port.error().detail().find("in which the device was created"), std::string::npos);
    const auto key = client_.devices().set("wg0", {.private_key = PrivateKey::generate()});
    EXPECT_EQ(key.error().detail().find("in which the device was created"), std::string::npos);
}

} // namespace
} // namespace wgnl
