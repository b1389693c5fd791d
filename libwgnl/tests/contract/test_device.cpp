// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client: devices and their links.
#include <cerrno>
#include <chrono>
#include <thread>

#include "contract/contract_test.hpp"
#include "patience.hpp"

namespace wgnl::tests {
namespace {

class DeviceContract : public ContractTest {};

TEST_F(DeviceContract, ANewDeviceIsEmpty) {
    const Device device = get();

    EXPECT_EQ(device.name, "wgc0");
    EXPECT_GT(device.ifindex, 0U);
    EXPECT_EQ(device.backend, backend());
    EXPECT_FALSE(device.private_key);
    EXPECT_FALSE(device.public_key);
    EXPECT_EQ(device.fwmark, 0U);
    EXPECT_TRUE(device.peers.empty());
}

TEST_F(DeviceContract, APrivateKeyBringsItsPublicKey) {
    const PrivateKey secret = PrivateKey::generate();
    set({.private_key = secret});

    EXPECT_EQ(get().private_key, secret);
    EXPECT_EQ(get().public_key, public_key_of(secret));

    set({.private_key = Edit<PrivateKey>::cleared()});
    EXPECT_FALSE(get().private_key);
    EXPECT_FALSE(get().public_key);
}

TEST_F(DeviceContract, PortAndMark) {
    set({.listen_port = 51999, .fwmark = 0xca6c});
    EXPECT_EQ(get().listen_port, 51999);
    EXPECT_EQ(get().fwmark, 0xca6cU);

    set({.fwmark = 0});
    EXPECT_EQ(get().listen_port, 51999) << "what the change does not name stays";
    EXPECT_EQ(get().fwmark, 0U);
}

TEST_F(DeviceContract, AnEmptyChangeSendsNothing) {
    const auto before = client().devices().set_messages();
    set(DeviceChange{});
    EXPECT_EQ(client().devices().set_messages(), before);
}

TEST_F(DeviceContract, APortThatIsTakenIsAnErrorAndTheOldOneStays) {
    ASSERT_TRUE(client().links().create("wgc1", backend()));
    ASSERT_TRUE(client().devices().set("wgc1", {.listen_port = 51998}));
    ASSERT_TRUE(client().links().set_up("wgc1", true));
    set({.listen_port = 51999});
    ASSERT_TRUE(client().links().set_up("wgc0", true));

    const auto done = client().devices().set("wgc0", {.listen_port = 51998});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), EADDRINUSE);
    EXPECT_TRUE(client().links().remove("wgc1"));
}

TEST_F(DeviceContract, AnUpDeviceHasAPort) {
    ASSERT_TRUE(client().links().set_up("wgc0", true));

    EXPECT_TRUE(client().links().get("wgc0")->up);
    // wireguard-go takes one once it has heard that its device is up.
    const auto until = std::chrono::steady_clock::now() + patience;
    while (get().listen_port == 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    EXPECT_NE(get().listen_port, 0);

    ASSERT_TRUE(client().links().set_up("wgc0", false));
    EXPECT_FALSE(client().links().get("wgc0")->up);
}

TEST_F(DeviceContract, ARandomPortStaysWhateverElseChanges) {
    ASSERT_TRUE(client().links().set_up("wgc0", true));
    const auto port = get().listen_port;
    set({.private_key = PrivateKey::generate(), .fwmark = 7});
    set({.peers = {{.public_key = key(1), .action = Action::add}}});

    EXPECT_EQ(get().listen_port, port);
    EXPECT_EQ(get().fwmark, 7U);
}

TEST_F(DeviceContract, APortThatIsTakenIsSaidInWords) {
    ASSERT_TRUE(client().links().create("wgc1", backend()));
    ASSERT_TRUE(client().devices().set("wgc1", {.listen_port = 51997}));
    ASSERT_TRUE(client().links().set_up("wgc1", true));
    ASSERT_TRUE(client().links().set_up("wgc0", true));

    const auto done = client().devices().set("wgc0", {.listen_port = 51997});

    ASSERT_FALSE(done);
    EXPECT_NE(done.error().detail().find("choose another listen port"), std::string::npos);
    EXPECT_TRUE(client().links().remove("wgc1"));
}

TEST_F(DeviceContract, AddressesAndMtu) {
    const auto v4 = InterfaceAddress::parse("10.9.0.1/24").value();
    const auto v6 = InterfaceAddress::parse("fd00:9::1/64").value();
    ASSERT_TRUE(client().addresses().add("wgc0", v4));
    ASSERT_TRUE(client().addresses().add("wgc0", v6));
    ASSERT_TRUE(client().addresses().add("wgc0", v6)) << "what is there already is fine";
    ASSERT_TRUE(client().links().set_mtu("wgc0", 1380));

    auto link = client().links().get("wgc0");
    EXPECT_EQ(link->addresses, (std::vector{v4, v6}));
    EXPECT_EQ(link->mtu, 1380U);

    ASSERT_TRUE(client().addresses().remove("wgc0", v4));
    EXPECT_TRUE(client().addresses().remove("wgc0", v4)) << "what is gone already is fine";
    EXPECT_EQ(client().links().get("wgc0")->addresses, std::vector{v6});
}

TEST_F(DeviceContract, TheDeviceIsAmongTheLinks) {
    const auto links = client().links().list();

    ASSERT_TRUE(links) << links.error().to_string();
    ASSERT_EQ(links->size(), 1U);
    EXPECT_EQ((*links)[0].name, "wgc0");
    EXPECT_EQ((*links)[0].backend, backend());
    EXPECT_EQ((*links)[0].ifindex, get().ifindex);
}

TEST_F(DeviceContract, ASecondOneOfThatNameIsRefused) {
    const auto created = client().links().create("wgc0", backend());

    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().errnum(), EEXIST);
}

TEST_F(DeviceContract, ADeletedDeviceIsNotFound) {
    ASSERT_TRUE(client().links().remove("wgc0"));

    EXPECT_EQ(client().links().get("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().devices().get("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().devices().set("wgc0", {.fwmark = 1}).error().code(), Errc::not_found);
    EXPECT_EQ(client().links().set_up("wgc0", true).error().code(), Errc::not_found);
    EXPECT_EQ(client().links().remove("wgc0").error().code(), Errc::not_found);
}

TEST_F(DeviceContract, ARecreatedDeviceCanBeToldFromTheFirst) {
    const auto first = client().links().get("wgc0")->link_generation;
    ASSERT_TRUE(client().links().remove("wgc0"));
    ASSERT_TRUE(client().links().create("wgc0", backend()));
    const auto second = client().links().get("wgc0")->link_generation;

    EXPECT_NE(first, 0U);
    EXPECT_NE(second, 0U);
    EXPECT_NE(first, second);
}

} // namespace
} // namespace wgnl::tests
