// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel back end on fakes of old and new releases: what differs, what fails, and in what
// words.
#include "client/kernel_backend.hpp"

#include <cerrno>
#include <cstring>
#include <ostream>

#include <gtest/gtest.h>

#include "codec/wireguard_uapi.hpp"
#include "fake_kernel.hpp"
#include "netlink/kernel_errors.hpp"

namespace wgnl {
namespace {

using tests::FakeKernel;
using Action = PeerChange::Action;
using Birthplace = FakeKernel::Birthplace;

PublicKey key(unsigned number) {
    KeyBytes bytes{};
    bytes[0] = static_cast<std::uint8_t>(number);
    bytes[31] = 1;
    return PublicKey(bytes);
}
AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text).value().value; }

struct Release {
    const char* name;
    FakeKernel::Features features;
};
void PrintTo(const Release& release, std::ostream* out) { *out << release.name; }

class KernelRelease : public ::testing::TestWithParam<Release> {
protected:
    KernelRelease() { kernel_.create("wg0", 5); }
    FakeKernel::Live& live() { return *kernel_.find("wg0"); }
    Result<void> set(const DeviceChange& change) { return backend_.set("wg0", change, {}); }
    Result<void> add(unsigned number, std::vector<AllowedIp> ips = {}) {
        return set({.peers = {{.public_key = key(number),
                               .action = Action::add,
                               .add_allowed_ips = std::move(ips)}}});
    }
    /// Sends what no part of the library would.
    template <typename Fill> int answer_to(Fill fill, std::uint8_t command = WG_CMD_SET_DEVICE) {
        std::vector<std::uint8_t> storage(4096);
        MessageWriter writer(storage);
        writer.begin(31,
                     NLM_F_REQUEST | NLM_F_ACK | (command == WG_CMD_GET_DEVICE ? NLM_F_DUMP : 0));
        writer.put_header(genlmsghdr{command, WG_GENL_VERSION, 0});
        fill(writer);
        const auto done = kernel_.transport()->exchange(
            writer.finish(), [](Bytes) -> Result<void> { return {}; }, "try");
        detail_ = done ? "" : done.error().detail();
        return done ? 0 : done.error().errnum();
    }
    template <typename Fill> int answer_to_peer(Fill fill) {
        return answer_to([&](MessageWriter& writer) {
            writer.put_text(WGDEVICE_A_IFNAME, "wg0");
            writer.open_nest(WGDEVICE_A_PEERS);
            writer.open_nest(array_element);
            writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
            fill(writer);
            writer.close_nest();
            writer.close_nest();
        });
    }
    bool is_new() const { return GetParam().features.removes_by_flag; }
    bool validates_first() const { return GetParam().features.validates_first; }

    FakeKernel kernel_{GetParam().features};
    KernelBackend backend_{kernel_.transport()};
    std::string detail_{};
};

INSTANTIATE_TEST_SUITE_P(Fake, KernelRelease,
                         ::testing::Values(Release{"linux_5_6", FakeKernel::linux_5_6()},
                                           Release{"linux_6_16", FakeKernel::linux_6_16()},
                                           Release{"linux_6_19", FakeKernel::linux_6_19()}),
                         [](const auto& release) { return std::string(release.param.name); });

TEST_P(KernelRelease, APrefixIsTakenInTheWayThatTheKernelHas) {
    ASSERT_TRUE(add(1, {prefix("10.0.0.0/24"), prefix("10.0.1.0/24"), prefix("10.0.2.0/24")}));
    kernel_.forget_sets();

    ASSERT_TRUE(
        set({.peers = {{.public_key = key(1), .remove_allowed_ips = {prefix("10.0.0.0/24")}}}}));
    ASSERT_TRUE(
        set({.peers = {{.public_key = key(1), .remove_allowed_ips = {prefix("10.0.1.0/24")}}}}));

    EXPECT_EQ(kernel_.sets().size(), is_new() ? 2U : 3U) << "what the kernel has is found out once";
    EXPECT_EQ(kernel_.sets().back().created, is_new() ? 0U : 1U);
    EXPECT_EQ(kernel_.sets().back().removed, is_new() ? 0U : 1U) << "within one message";
    ASSERT_EQ(live().device.peers.size(), 1U);
    EXPECT_EQ(live().device.peers[0].allowed_ips, std::vector{prefix("10.0.2.0/24")});
}

TEST_P(KernelRelease, APrefixThatOverlapsOthersGoesAlone) {
    ASSERT_TRUE(add(1, {prefix("10.0.0.0/8"), prefix("10.0.0.0/16"), prefix("10.0.0.0/24")}));

    ASSERT_TRUE(
        set({.peers = {{.public_key = key(1), .remove_allowed_ips = {prefix("10.0.0.0/16")}}}}));

    EXPECT_EQ(live().device.peers.at(0).allowed_ips,
              (std::vector{prefix("10.0.0.0/8"), prefix("10.0.0.0/24")}));
}

TEST_P(KernelRelease, APeerThatBecomesTheDeviceItselfIsRemoved) {
    const PrivateKey secret = PrivateKey::generate();
    ASSERT_TRUE(set({.peers = {{.public_key = public_key_of(secret), .action = Action::add}}}));

    ASSERT_TRUE(set({.private_key = secret}));

    EXPECT_TRUE(backend_.get("wg0")->peers.empty());
    EXPECT_TRUE(set({.peers = {{.public_key = public_key_of(secret), .action = Action::add}}}))
        << "silently ignored";
    EXPECT_TRUE(backend_.get("wg0")->peers.empty());
}

TEST_P(KernelRelease, UnknownFlagsAreRefused) {
    const int expected = is_new() ? EINVAL : EOPNOTSUPP;
    EXPECT_EQ(
        answer_to_peer([](MessageWriter& writer) { writer.put(WGPEER_A_FLAGS, std::uint32_t{8}); }),
        expected);
    EXPECT_EQ(answer_to([](MessageWriter& writer) {
                  writer.put_text(WGDEVICE_A_IFNAME, "wg0");
                  writer.put(WGDEVICE_A_FLAGS, std::uint32_t{2});
              }),
              expected);
}

TEST_P(KernelRelease, WhatIsNotMarkedAsANestIsRefused) {
    EXPECT_EQ(answer_to([](MessageWriter& writer) {
                  writer.put_text(WGDEVICE_A_IFNAME, "wg0");
                  writer.put_bytes(WGDEVICE_A_PEERS, {});
              }),
              EINVAL);
    EXPECT_EQ(
        answer_to_peer([](MessageWriter& writer) { writer.put_bytes(WGPEER_A_ALLOWEDIPS, {}); }),
        EINVAL);
}

TEST_P(KernelRelease, KeysOfAnotherLengthAreRefused) {
    for (const std::size_t size : {0, 31, 33})
        EXPECT_EQ(answer_to_peer([&](MessageWriter& writer) {
                      writer.put_bytes(WGPEER_A_PRESHARED_KEY, std::vector<std::uint8_t>(size));
                  }),
                  EINVAL);
}

TEST_P(KernelRelease, AnEndpointOfAnOddLengthIsPassedOverWithoutAWord) {
    for (const std::size_t size : {17, 27, 29})
        EXPECT_EQ(answer_to_peer([&](MessageWriter& writer) {
                      writer.put_bytes(WGPEER_A_ENDPOINT, std::vector<std::uint8_t>(size, 2));
                  }),
                  0);
    EXPECT_FALSE(live().device.peers.at(0).endpoint) << "which is why ours have 16 or 28 bytes";
}

TEST_P(KernelRelease, AnotherProtocolVersionIsRefused) {
    EXPECT_EQ(answer_to_peer([](MessageWriter& writer) {
                  writer.put(WGPEER_A_PROTOCOL_VERSION, std::uint32_t{2});
              }),
              EPFNOSUPPORT);
}

TEST_P(KernelRelease, BothOrNeitherOfNameAndIndexAreRefused) {
    EXPECT_EQ(answer_to([](MessageWriter&) {}), EBADR);
    EXPECT_EQ(answer_to([](MessageWriter& writer) {
                  writer.put(WGDEVICE_A_IFINDEX, std::uint32_t{5});
                  writer.put_text(WGDEVICE_A_IFNAME, "wg0");
              }),
              EBADR);
}

/// Where the policy is broken deep inside, new kernels have changed nothing, and say where.
TEST_P(KernelRelease, ABrokenPolicyHalfAppliesOrNotAtAll) {
    const auto half_broken = [](MessageWriter& writer) {
        writer.put_text(WGDEVICE_A_IFNAME, "wg0");
        writer.put(WGDEVICE_A_FWMARK, std::uint32_t{7});
        writer.open_nest(WGDEVICE_A_PEERS);
        writer.open_nest(array_element);
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.put(WGPEER_A_RX_BYTES, std::uint32_t{1});
        writer.close_nest();
        writer.close_nest();
    };
    EXPECT_EQ(answer_to(half_broken), EINVAL);
    EXPECT_EQ(live().device.fwmark, validates_first() ? 0U : 7U);
    EXPECT_EQ(detail_.find("(attribute 7 at byte ") != std::string::npos, validates_first());
}

TEST_P(KernelRelease, AnErrorInTheMiddleLeavesWhatCameBefore) {
    auto features = GetParam().features;
    features.most_peers = 2;
    kernel_.set_features(features);

    const auto done = set({.fwmark = 7,
                           .peers = {{.public_key = key(1), .action = Action::add},
                                     {.public_key = key(2), .action = Action::add},
                                     {.public_key = key(3), .action = Action::add}}});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), ENOMEM);
    EXPECT_NE(done.error().detail().find("1,048,576 peers"), std::string::npos);
    EXPECT_EQ(live().device.fwmark, 7U);
    EXPECT_EQ(live().device.peers.size(), 2U);
}

TEST_P(KernelRelease, APortThatIsTakenIsNamed) {
    kernel_.create("wg1", 6);
    ASSERT_TRUE(backend_.set("wg1", {.listen_port = 51820}, {}));
    ASSERT_EQ(kernel_.set_up(6, true), 0);
    ASSERT_EQ(kernel_.set_up(5, true), 0);

    const auto done = set({.listen_port = 51820, .fwmark = 9});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), EADDRINUSE);
    EXPECT_NE(done.error().detail().find("another socket has UDP port 51820"), std::string::npos);
    EXPECT_EQ(live().device.fwmark, 9U) << "the mark comes before the port";
}

TEST_P(KernelRelease, PortAndMarkBelongToTheBirthplace) {
    for (const auto birthplace : {Birthplace::foreign, Birthplace::gone}) {
        live().birthplace = birthplace;
        for (const DeviceChange& change :
             {DeviceChange{.listen_port = 1}, DeviceChange{.fwmark = 1}})
            EXPECT_EQ(set(change).error().code(), Errc::permission_denied);
        EXPECT_TRUE(set({.private_key = PrivateKey::generate()}));
        EXPECT_TRUE(add(1));
    }
    EXPECT_EQ(kernel_.set_up(5, true), ENONET);
    EXPECT_EQ(live().device.fwmark, 0U);
}

TEST_P(KernelRelease, TheFamilyIsAskedForOnce) {
    for (unsigned i = 0; i < 10; ++i) {
        EXPECT_TRUE(add(i));
        EXPECT_TRUE(backend_.get("wg0"));
    }
    EXPECT_EQ(kernel_.family_requests(), 1U);
}

TEST_P(KernelRelease, ManyPeersFitIntoFewMessages) {
    DeviceChange change;
    for (std::uint32_t i = 0; i < 2000; ++i) {
        KeyBytes bytes{1};
        std::memcpy(bytes.data() + 8, &i, sizeof(i));
        change.peers.push_back({.public_key = PublicKey(bytes), .action = Action::add});
    }
    ASSERT_TRUE(backend_.set("wg0", change, {.new_or_removed_peers = 100'000, .bytes = 65'536}));

    EXPECT_LE(kernel_.sets().size(), 2U) << "not one message a peer";
    EXPECT_EQ(backend_.get("wg0")->peers.size(), 2000U);
}

TEST_P(KernelRelease, ADumpAsksByNameAlone) {
    EXPECT_EQ(answer_to([](MessageWriter& writer) { writer.put_text(WGDEVICE_A_IFNAME, "wg0"); },
                        WG_CMD_GET_DEVICE),
              0);
    EXPECT_EQ(answer_to(
                  [](MessageWriter& writer) {
                      writer.put_text(WGDEVICE_A_IFNAME, "wg0");
                      writer.put(WGDEVICE_A_FLAGS, std::uint32_t{0});
                  },
                  WG_CMD_GET_DEVICE),
              validates_first() ? EINVAL : 0);
}

// Every number that the module gives, in words that say what to do.

struct Meaning {
    int errnum;
    Errc code;
    const char* words;
};
void PrintTo(const Meaning& meaning, std::ostream* out) { *out << meaning.words; }

class KernelWords : public ::testing::TestWithParam<Meaning> {};

TEST_P(KernelWords, SayWhatToDo) {
    const auto error = explained(Error::from_errno(GetParam().errnum, "set device wg0"), "wg0", 51);
    const auto bare = Error::from_errno(GetParam().errnum, "").detail();

    EXPECT_EQ(error.code(), GetParam().code);
    EXPECT_EQ(error.errnum(), GetParam().errnum);
    EXPECT_EQ(error.operation(), "set device wg0");
    EXPECT_TRUE(error.detail().starts_with(bare + ": ")) << error.detail();
    EXPECT_NE(error.detail().find(GetParam().words), std::string::npos) << error.detail();
}

INSTANTIATE_TEST_SUITE_P(
    Of, KernelWords,
    ::testing::Values(Meaning{EPERM, Errc::permission_denied, "run as root"},
                      Meaning{EACCES, Errc::permission_denied, "CAP_NET_BIND_SERVICE"},
                      Meaning{ENODEV, Errc::not_found, "there is no wg0 in this network namespace"},
                      Meaning{EOPNOTSUPP, Errc::not_found, "wg0 is not a WireGuard device"},
                      Meaning{EADDRINUSE, Errc::system, "UDP port 51 (ss -lunp"},
                      Meaning{ENONET, Errc::system, "delete the device and create it again"},
                      Meaning{ENOMEM, Errc::system, "the most that a device can have"},
                      Meaning{EINVAL, Errc::system, "what comes before it may be applied"},
                      Meaning{EBADR, Errc::system, "please report it"},
                      Meaning{EPFNOSUPPORT, Errc::system, "another version of the WireGuard"},
                      Meaning{EPROTONOSUPPORT, Errc::unsupported, "modprobe wireguard"},
                      Meaning{EAFNOSUPPORT, Errc::system, "IPv6 is switched off"},
                      Meaning{EMSGSIZE, Errc::system, "smaller batch limits"}));

TEST(KernelWords, LeaveWhatSpeaksForItself) {
    const auto error = explained(Error::from_errno(EIO, "read device wg0", "odd"), "wg0");
    EXPECT_EQ(error.detail(), "odd");
    EXPECT_NE(explained(Error::from_errno(EADDRINUSE, ""), "wg0").detail().find("its listen port"),
              std::string::npos);
    EXPECT_NE(explained(Error::from_errno(EACCES, ""), "wg0").detail().find("its listen port is"),
              std::string::npos);
    const Error interrupted(Errc::interrupted, "read device wg0", "it changed", ENOBUFS);
    EXPECT_EQ(explained(interrupted, "wg0").detail(), "it changed");
}

} // namespace
} // namespace wgnl
