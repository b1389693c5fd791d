// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client in other network namespaces than the caller's; on real kernels only.
#include <algorithm>
#include <cerrno>
#include <functional>
#include <thread>

#include <poll.h>
#include <sched.h>

#include "contract/contract_test.hpp"

namespace wgnl::tests {
namespace {

Namespace make_namespace() {
    std::optional<Namespace> made;
    std::thread([&] {
        EXPECT_EQ(unshare(CLONE_NEWNET), 0);
        made = Namespace::current().value();
    }).join();
    return *made;
}

/// "wgc0" is in the test's own namespace; there is a second one.
class NamespaceContract : public ContractTest {
protected:
    void SetUp() override {
        ContractTest::SetUp();
        if (IsSkipped() || HasFatalFailure())
            return;
        there_ = make_namespace();
        away_.emplace(Client::open({.network_namespace = *there_}).value());
    }
    void TearDown() override {
        for (const auto* name : {"wgc0", "wgc1"})
            if (away_ && away_->link(name)) {
                EXPECT_TRUE(away_->remove(name));
            }
        ContractTest::TearDown();
    }
    Client& away() { return *away_; }
    const Namespace& there() const { return *there_; }
    void leave_there() {
        away_.reset();
        there_.reset();
    }
    static DeviceChange some_peer() {
        return {.peers = {{.public_key = key(1), .action = Action::add}}};
    }

private:
    std::optional<Namespace> there_{};
    std::optional<Client> away_{};
};

void expect(const Result<void>& done) { EXPECT_TRUE(done) << done.error().to_string(); }

TEST_F(NamespaceContract, EveryCallWorksThereAndNothingHappensHere) {
    expect(away().create("wgc1", backend()));
    expect(away().set("wgc1", some_peer()));
    expect(away().set_up("wgc1", true));
    expect(away().set_mtu("wgc1", 1300));
    expect(away().set_addresses("wgc1", {InterfaceAddress::parse("10.9.0.1/24").value()}));
    expect(away().set_routes("wgc1", {{prefix("10.8.0.0/16")}}));

    const auto device = away().get("wgc1");
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers.size(), 1U);
    const auto link = away().link("wgc1");
    ASSERT_TRUE(link) << link.error().to_string();
    EXPECT_EQ(link->ifindex, device->ifindex);
    EXPECT_EQ(link->mtu, 1300U);
    EXPECT_NE(link->creation, 0U);
    EXPECT_EQ(away().routes("wgc1")->size(), 1U);
    EXPECT_EQ(client().link("wgc1").error().code(), Errc::not_found);
    expect(away().remove("wgc1"));
    EXPECT_EQ(away().link("wgc1").error().code(), Errc::not_found);
}

TEST_F(NamespaceContract, AMovedDeviceKeepsItsPeersAndIsGoneHere) {
    set(some_peer());
    const auto creation = client().link("wgc0")->creation;

    expect(client().move("wgc0", there()));

    EXPECT_EQ(client().link("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().move("wgc0", there()).error().code(), Errc::not_found);
    const auto device = away().get("wgc0");
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers.size(), 1U);
    EXPECT_EQ(away().link("wgc0")->creation, creation);
    EXPECT_FALSE(away().link("wgc0")->up);
}

TEST_F(NamespaceContract, ATakenNameIsRefusedThere) {
    if (backend() == Backend::userspace)
        GTEST_SKIP() << "all namespaces share the sockets, so that no two have a device of a name";
    expect(away().create("wgc0", backend()));

    const auto moved = client().move("wgc0", there());

    EXPECT_EQ(moved.error().errnum(), EEXIST);
    EXPECT_TRUE(client().link("wgc0"));
}

TEST_F(NamespaceContract, ADeviceIsThereAndItsSocketsAreHere) {
    const auto here = Namespace::current().value();
    expect(away().create("wgc1", {.backend = backend(), .sockets = here}));
    EXPECT_EQ(client().link("wgc1").error().code(), Errc::not_found);
    expect(away().set_up("wgc1", true));
    expect(away().set("wgc1", {.listen_port = 51997}));

    // Two devices with their sockets in one namespace cannot have one port, wherever they are.
    auto refused = client().set("wgc0", {.listen_port = 51997});
    if (refused)
        refused = client().set_up("wgc0", true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errnum(), EADDRINUSE) << refused.error().to_string();
    EXPECT_EQ(away().get("wgc1")->listen_port, 51997);
}

TEST_F(NamespaceContract, ANameThatOnlyTheBirthplaceHasIsFree) {
    if (backend() == Backend::userspace)
        GTEST_SKIP() << "all namespaces share the sockets, so that no two have a device of a name";
    const CreateOptions apart{.sockets = Namespace::current().value()};
    expect(away().create("wgc0", apart));

    EXPECT_TRUE(away().link("wgc0"));
    EXPECT_EQ(away().links()->size(), 1U);
    EXPECT_EQ(away().create("wgc0", apart).error().errnum(), EEXIST);
}

TEST_F(NamespaceContract, ABirthplaceThatIsGoneIsToldInWords) {
    if (backend() == Backend::userspace)
        GTEST_SKIP() << "a process keeps the namespace that it runs in";
    expect(away().create("wgc1", backend()));
    expect(away().move("wgc1", Namespace::current().value()));
    leave_there();
    // The kernel takes a namespace down in its own time.
    auto port = client().set("wgc1", {.listen_port = 51996});
    for (int i = 0; i < 10'000 && port; ++i) {
        std::this_thread::yield();
        port = client().set("wgc1", {.listen_port = static_cast<std::uint16_t>(40'000 + i)});
    }

    ASSERT_FALSE(port);
    EXPECT_EQ(port.error().code(), Errc::permission_denied);
    EXPECT_NE(port.error().detail().find("create it again"), std::string::npos);
    const auto up = client().set_up("wgc1", true);
    ASSERT_FALSE(up);
    EXPECT_EQ(up.error().errnum(), ENONET) << up.error().to_string();
    EXPECT_NE(up.error().detail().find("is gone"), std::string::npos);
    expect(client().remove("wgc1"));
}

} // namespace
} // namespace wgnl::tests
