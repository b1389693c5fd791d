// SPDX-License-Identifier: LGPL-2.1-or-later
// The userspace back end with wireguard-go itself, in namespaces of its own.
#include "base/fd.hpp"
#include "client/parts.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "own_namespace.hpp"
#include "patience.hpp"
#include "userspace/socket.hpp"

namespace wgnl {
namespace {

using Action = PeerChange::Action;
namespace fs = std::filesystem;

AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text)->value; }

/// wireguard-go uses one fixed directory, so it lives in a mount namespace with an empty /run.
class WireguardGo : public testing::Test {
protected:
    void SetUp() override {
        if (const auto& reason = tests::enter_own_namespace(); !reason.empty())
            GTEST_SKIP() << reason;
        if (const auto reason = tests::tun_refused(); !reason.empty())
            GTEST_SKIP() << reason;
        if (std::system("command -v wireguard-go >/dev/null") != 0)
            GTEST_SKIP() << "wireguard-go is not installed";
        links_.emplace(*open_netlink(NETLINK_ROUTE));
        ASSERT_TRUE(links_->set_up(1, true));
    }
    void TearDown() override {
        if (!links_)
            return;
        const auto all = links_->list();
        ASSERT_TRUE(all) << all.error().to_string();
        for (const auto& any : *all)
            EXPECT_TRUE(!any.tun || links_->remove(any.link.ifindex));
    }

    void start(std::string_view name) {
        const auto started = start_userspace(userspace_directory, name);
        ASSERT_TRUE(started) << started.error().to_string();
    }
    std::uint32_t index_of(std::string_view name) { return links_->find(name)->link.ifindex; }
    void set(std::string_view name, const DeviceChange& change) {
        const auto done = backend_->set(name, change, {});
        ASSERT_TRUE(done) << done.error().to_string();
    }
    Device get(std::string_view name) {
        auto device = backend_->get(name);
        EXPECT_TRUE(device) << device.error().to_string();
        return device ? *std::move(device) : Device{};
    }
    LinkLayer& links() { return *links_; }
    DeviceBackend& backend() { return *backend_; }

private:
    std::optional<LinkLayer> links_{};
    std::unique_ptr<DeviceBackend> backend_ = make_userspace_backend(userspace_directory);
};

TEST_F(WireguardGo, starts_empty) {
    start("wgt0");
    const Device device = get("wgt0");
    EXPECT_EQ(device.name, "wgt0");
    EXPECT_EQ(device.backend, Backend::userspace);
    EXPECT_EQ(device.ifindex, index_of("wgt0"));
    EXPECT_FALSE(device.private_key);
    EXPECT_TRUE(device.peers.empty());
    EXPECT_EQ(*userspace_devices(userspace_directory), (std::vector<std::string>{"wgt0"}));
    EXPECT_TRUE(links().find("wgt0")->tun);
}

TEST_F(WireguardGo, takes_all_fields_and_gives_them_back) {
    start("wgt0");
    const auto key = PrivateKey::generate();
    const auto psk = PresharedKey::generate();
    DeviceChange change;
    change.private_key = key;
    change.listen_port = 40001;
    change.fwmark = 0xfffffffe;
    PeerChange peer{.public_key = public_key_of(PrivateKey::generate()),
                    .action = Action::add,
                    .preshared_key = psk,
                    .endpoint = Endpoint{*IpAddress::parse("fd00::1"), 7},
                    .persistent_keepalive = 65535,
                    .add_allowed_ips = {prefix("10.0.0.0/8"), prefix("::/0")}};
    change.peers.push_back(peer);
    set("wgt0", change);
    Device device = get("wgt0");
    EXPECT_EQ(device.private_key, key);
    EXPECT_EQ(device.public_key, public_key_of(key));
    EXPECT_EQ(device.listen_port, 40001);
    EXPECT_EQ(device.fwmark, 0xfffffffeU);
    ASSERT_EQ(device.peers.size(), 1U);
    std::ranges::sort(device.peers[0].allowed_ips);
    EXPECT_EQ(device.peers[0], (Peer{.public_key = peer.public_key,
                                     .preshared_key = psk,
                                     .endpoint = peer.endpoint,
                                     .persistent_keepalive = 65535,
                                     .allowed_ips = peer.add_allowed_ips}));
}

TEST_F(WireguardGo, takes_a_link_local_endpoint) {
    start("wgt0");
    DeviceChange change;
    change.peers.push_back(
        {.public_key = public_key_of(PrivateKey::generate()),
         .action = Action::add,
         .endpoint = Endpoint{*IpAddress::parse("fe80::1"), 7, index_of("wgt0")}});
    set("wgt0", change);
    const auto endpoint = get("wgt0").peers.at(0).endpoint;
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->address, *IpAddress::parse("fe80::1"));
    EXPECT_EQ(endpoint->port, 7);
    // Versions of 2022 take the scope but do not tell it.
    EXPECT_TRUE(endpoint->scope_id == 0 || endpoint->scope_id == index_of("wgt0"));
}

TEST_F(WireguardGo, updates_touch_what_they_name_and_create_nothing) {
    start("wgt0");
    const auto known = public_key_of(PrivateKey::generate());
    const auto unknown = public_key_of(PrivateKey::generate());
    DeviceChange change;
    change.private_key = PrivateKey::generate();
    change.peers.push_back({.public_key = known,
                            .action = Action::add,
                            .preshared_key = PresharedKey::generate(),
                            .persistent_keepalive = 5,
                            .add_allowed_ips = {prefix("10.1.0.0/16"), prefix("10.2.0.0/16")}});
    set("wgt0", change);
    const Device before = get("wgt0");
    change = {};
    change.peers.push_back({.public_key = unknown, .persistent_keepalive = 7});
    change.peers.push_back({.public_key = unknown, .action = Action::remove});
    change.peers.push_back({.public_key = known, .persistent_keepalive = 6});
    change.peers.push_back({.public_key = known, .remove_allowed_ips = {prefix("10.1.0.0/16")}});
    set("wgt0", change);
    Device after = get("wgt0");
    ASSERT_EQ(after.peers.size(), 1U);
    EXPECT_EQ(after.peers[0].persistent_keepalive, 6);
    EXPECT_EQ(after.peers[0].preshared_key, before.peers[0].preshared_key);
    EXPECT_EQ(after.peers[0].allowed_ips, (std::vector{prefix("10.2.0.0/16")}));
    change = {};
    change.peers.push_back({.public_key = known, .preshared_key = Edit<PresharedKey>::cleared()});
    set("wgt0", change);
    EXPECT_EQ(get("wgt0").peers[0].preshared_key, std::nullopt);
    change = {};
    change.private_key = Edit<PrivateKey>::cleared();
    change.peers.push_back({.public_key = known, .action = Action::remove});
    set("wgt0", change);
    EXPECT_TRUE(get("wgt0").peers.empty());
    EXPECT_FALSE(get("wgt0").private_key);
}

TEST_F(WireguardGo, is_asked_once_how_it_takes_single_prefixes) {
    start("wgt0");
    const auto known = public_key_of(PrivateKey::generate());
    DeviceChange change;
    change.peers.push_back({.public_key = known, .action = Action::add});
    for (int i = 0; i < 4; ++i)
        change.peers[0].add_allowed_ips.push_back(prefix(fmt::format("10.{}.0.0/16", i)));
    set("wgt0", change);
    const auto take = [&](std::string_view text) {
        const auto before = backend().set_messages();
        DeviceChange removal;
        removal.peers.push_back({.public_key = known, .remove_allowed_ips = {prefix(text)}});
        set("wgt0", removal);
        return backend().set_messages() - before;
    };
    const auto first = take("10.0.0.0/16");
    EXPECT_TRUE(first == 1 || first == 2) << "with or without a refusal before it";
    EXPECT_EQ(take("10.1.0.0/16"), 1U);
    const Device device = get("wgt0");
    ASSERT_EQ(device.peers.size(), 1U);
    EXPECT_EQ(device.peers[0].allowed_ips.size(), 2U);
}

TEST_F(WireguardGo, takes_a_thousand_peers_in_portions) {
    start("wgt0");
    DeviceChange change;
    for (int i = 0; i < 1000; ++i)
        change.peers.push_back(
            {.public_key = public_key_of(PrivateKey::generate()),
             .action = Action::add,
             .add_allowed_ips = {prefix(fmt::format("10.0.{}.{}/32", i / 200, i % 200))}});
    set("wgt0", change);
    EXPECT_EQ(backend().set_messages(), 32U);
    EXPECT_EQ(get("wgt0").peers.size(), 1000U);
    for (auto& peer : change.peers)
        peer.action = Action::remove;
    set("wgt0", change);
    EXPECT_TRUE(get("wgt0").peers.empty());
}

/// The inode of the socket on that UDP port; empty if there is none.
std::string udp_inode(std::uint16_t port) {
    std::ifstream table("/proc/thread-self/net/udp");
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
        if (fields.size() > 9 && fields[1].ends_with(fmt::format(":{:04X}", port)))
            return fields[9];
    }
    return {};
}

TEST_F(WireguardGo, a_port_that_it_has_is_not_bound_again) {
    start("wgt0");
    ASSERT_TRUE(links().set_up(index_of("wgt0"), true));
    DeviceChange change;
    change.listen_port = 40002;
    set("wgt0", change);
    const auto inode = udp_inode(40002);
    ASSERT_FALSE(inode.empty());
    const auto sent = backend().set_messages();
    set("wgt0", change);
    EXPECT_EQ(backend().set_messages(), sent) << "nothing was left to send";
    change.fwmark = 9;
    set("wgt0", change);
    EXPECT_EQ(backend().set_messages(), sent + 1);
    EXPECT_EQ(udp_inode(40002), inode);
    EXPECT_EQ(get("wgt0").fwmark, 9U);
}

TEST_F(WireguardGo, a_port_in_use_is_said) {
    start("wgt0");
    ASSERT_TRUE(links().set_up(index_of("wgt0"), true));
    const UniqueFd other(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(40003);
    ASSERT_EQ(bind(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    DeviceChange change;
    change.listen_port = 40003;
    const auto done = backend().set("wgt0", change, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), EADDRINUSE) << done.error().to_string();
    EXPECT_EQ(done.error().operation(), "set device wgt0");
}

TEST_F(WireguardGo, a_triggered_handshake_is_made) {
    const auto keys = std::to_array({PrivateKey::generate(), PrivateKey::generate()});
    const auto names = std::to_array<std::string>({"wgt0", "wgt1"});
    const auto port = [](std::size_t i) { return static_cast<std::uint16_t>(40010 + i); };
    const auto far_end = [&](std::size_t i) {
        return PeerChange{.public_key = public_key_of(keys[1 - i]), .persistent_keepalive = 0};
    };
    for (std::size_t i = 0; i < names.size(); ++i) {
        start(names[i]);
        ASSERT_TRUE(links().set_up(index_of(names[i]), true));
        DeviceChange change;
        change.private_key = keys[i];
        change.listen_port = port(i);
        change.peers.push_back(far_end(i));
        change.peers[0].action = Action::add;
        change.peers[0].endpoint = Endpoint{*IpAddress::parse("127.0.0.1"), port(1 - i)};
        set(names[i], change);
    }
    EXPECT_EQ(get("wgt0").peers[0].tx_bytes, 0U);
    DeviceChange change;
    change.peers.push_back(far_end(0));
    change.peers[0].trigger_handshake = true;
    set("wgt0", change);
    const auto deadline = std::chrono::steady_clock::now() + tests::patience;
    while (get("wgt0").peers[0].last_handshake.count() == 0)
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no handshake";
    EXPECT_EQ(get("wgt0").peers[0].persistent_keepalive, 0);
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The daemon that serves a device of that name in this network namespace.
int daemon_of(const std::string& name) {
    const std::string wanted = "wireguard-go" + std::string(1, '\0') + name + std::string(1, '\0');
    std::error_code error;
    const auto here = fs::read_symlink("/proc/thread-self/ns/net", error);
    for (const auto& entry : fs::directory_iterator("/proc", error))
        if (read_file(entry.path() / "cmdline") == wanted &&
            fs::read_symlink(entry.path() / "ns/net", error) == here)
            return std::atoi(entry.path().filename().c_str());
    return 0;
}

TEST_F(WireguardGo, belongs_to_nobody) {
    setenv("WGNL_TEST_VARIABLE", "stays here", 1);
    start("wgt0");
    const int pid = daemon_of("wgt0");
    ASSERT_GT(pid, 0);
    EXPECT_NE(getsid(pid), getsid(0));
    EXPECT_NE(getpgid(pid), getpgid(0));
    const fs::path process = fs::path("/proc") / std::to_string(pid);
    const auto status = read_file(process / "status");
    EXPECT_EQ(status.find(fmt::format("PPid:\t{}\n", getpid())), std::string::npos);
    EXPECT_EQ(read_file(process / "environ").find("WGNL_TEST"), std::string::npos);
    EXPECT_EQ(fs::read_symlink(process / "cwd"), "/");
    for (const auto* fd : {"0", "1", "2"})
        EXPECT_EQ(fs::read_symlink(process / "fd" / fd), "/dev/null");
}

TEST_F(WireguardGo, goes_with_its_link) {
    start("wgt0");
    const UniqueFd notify(inotify_init1(IN_CLOEXEC));
    const std::string directory(userspace_directory);
    ASSERT_GE(inotify_add_watch(notify.get(), directory.c_str(), IN_DELETE), 0);
    ASSERT_TRUE(links().remove(index_of("wgt0")));
    pollfd entry{notify.get(), POLLIN, 0};
    ASSERT_GT(poll(&entry, 1, tests::patience_ms), 0);
    EXPECT_TRUE(userspace_devices(userspace_directory)->empty());
    EXPECT_EQ(backend().get("wgt0").error().code(), Errc::not_found);
}

TEST_F(WireguardGo, comes_back_at_once_under_the_same_name) {
    for (int i = 0; i < 5; ++i) {
        start("wgt0");
        ASSERT_TRUE(links().remove(index_of("wgt0")));
    }
}

TEST_F(WireguardGo, takes_no_name_that_is_taken) {
    const tests::TunDevice taken("wgt0");
    ASSERT_TRUE(taken.exists());
    EXPECT_EQ(start_userspace(userspace_directory, "wgt0").error().errnum(), EEXIST);
    EXPECT_EQ(start_userspace(userspace_directory, "a/b").error().code(), Errc::invalid_argument);
}

TEST_F(WireguardGo, says_why_it_does_not_start) {
    std::error_code nothing_there;
    fs::rename(userspace_directory, "/run/aside", nothing_there);
    std::ofstream(std::string(userspace_directory)) << "no directory";
    const auto started = start_userspace(userspace_directory, "wgt0");
    fs::remove(userspace_directory);
    fs::rename("/run/aside", userspace_directory, nothing_there);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().detail().find("wireguard-go: ERROR"), std::string::npos)
        << started.error().to_string();
}

TEST_F(WireguardGo, is_unsupported_where_it_is_not_installed) {
    const std::string path = std::getenv("PATH");
    setenv("PATH", "/nowhere", 1);
    const auto started = start_userspace(userspace_directory, "wgt0");
    setenv("PATH", path.c_str(), 1);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code(), Errc::unsupported);
}

} // namespace
} // namespace wgnl
