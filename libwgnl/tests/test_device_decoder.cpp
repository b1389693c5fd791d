// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of how the messages of a dump become a device.
#include "codec/device_decoder.hpp"

#include <array>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/wireguard_uapi.hpp"
#include "fake_kernel.hpp"
#include "generators.hpp"

namespace wgnl {
namespace {

using Message = std::vector<std::uint8_t>;

PublicKey key(std::uint8_t number) {
    KeyBytes bytes{};
    bytes[0] = number;
    return PublicKey(bytes);
}

AllowedIp prefix(unsigned number) {
    const std::array<std::uint8_t, 4> bytes = {10, static_cast<std::uint8_t>(number >> 8),
                                               static_cast<std::uint8_t>(number), 0};
    return {IpAddress::v4(bytes), 24};
}

Result<Device> decode(const std::vector<Message>& messages, Device recycled = {}) {
    DeviceDecoder decoder(std::move(recycled));
    for (const Message& message : messages)
        if (auto added = decoder.add(message); !added)
            return std::unexpected(std::move(added).error());
    return std::move(decoder).finish();
}

/// A message with a device's name and whatever `fill` writes.
template <typename Fill> Message message(Fill fill) {
    Message storage(4096);
    MessageWriter writer(storage);
    writer.begin(31, NLM_F_MULTI);
    writer.put_header(genlmsghdr{WG_CMD_GET_DEVICE, WG_GENL_VERSION, 0});
    writer.put_text(WGDEVICE_A_IFNAME, "wg0");
    fill(writer);
    storage.resize(writer.finish().size());
    return storage;
}

template <typename Fill> Message peer_message(Fill fill) {
    return message([&](MessageWriter& writer) {
        writer.open_nest(WGDEVICE_A_PEERS);
        writer.open_nest(array_element);
        fill(writer);
        writer.close_nest();
        writer.close_nest();
    });
}

Device example() {
    KeyBytes secret{};
    secret.fill(8);
    Device device{.name = "wg0", .ifindex = 5, .listen_port = 51820, .fwmark = 51};
    device.private_key.emplace(secret);
    device.public_key = public_key_of(*device.private_key);
    Peer peer{.public_key = key(1),
              .endpoint = Endpoint{IpAddress::parse("fe80::1").value(), 51820, 3},
              .persistent_keepalive = 25,
              .last_handshake = std::chrono::nanoseconds(1'700'000'000'123'456'789),
              .rx_bytes = 1ULL << 40,
              .tx_bytes = 7};
    peer.preshared_key.emplace(secret);
    for (unsigned i = 0; i < 500; ++i)
        peer.allowed_ips.push_back(prefix(i));
    device.peers = {Peer{.public_key = key(9)}, peer,
                    Peer{.public_key = key(2), .endpoint = Endpoint::parse("192.0.2.1:1").value()}};
    return device;
}

TEST(DeviceDecoder, ReadsWhatTheKernelWrites) {
    EXPECT_EQ(decode(tests::dump_messages(example(), 31, 32 * 1024)), example());
}

TEST(DeviceDecoder, APeerSplitOverManyMessagesBecomesOne) {
    const auto messages = tests::dump_messages(example(), 31, 1024);

    ASSERT_GT(messages.size(), 5U);
    EXPECT_EQ(decode(messages), example());
}

TEST(DeviceDecoder, AFirstPeerThatIsSplitRepeatsTheDevice) {
    Device device = example();
    std::swap(device.peers[0], device.peers[1]);

    EXPECT_EQ(decode(tests::dump_messages(device, 31, 1024)), device);
}

TEST(DeviceDecoder, ADeviceWithoutKeyAndPeers) {
    const Device device{.name = "wg0", .ifindex = 5};

    EXPECT_EQ(decode(tests::dump_messages(device, 31, 1024)), device);
}

TEST(DeviceDecoder, AContinuationWithoutPeersIsNoEnd) {
    auto messages = tests::dump_messages(example(), 31, 1024);
    Message empty(20);
    messages.insert(messages.begin() + 1, empty);

    EXPECT_EQ(decode(messages), example());
}

TEST(DeviceDecoder, AnEmptyListOfAllowedIpsIsFine) {
    const auto device = decode({peer_message([](MessageWriter& writer) {
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.open_nest(WGPEER_A_ALLOWEDIPS);
        writer.close_nest();
    })});

    ASSERT_TRUE(device);
    EXPECT_EQ(device->peers, std::vector{Peer{.public_key = key(1)}});
}

TEST(DeviceDecoder, AFragmentChangesNothingThatItDoesNotCarry) {
    const auto first = peer_message([](MessageWriter& writer) {
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.put(WGPEER_A_RX_BYTES, std::uint64_t{100});
        writer.put(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, std::uint16_t{25});
    });
    const auto second = peer_message([](MessageWriter& writer) {
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.put(WGPEER_A_RX_BYTES, std::uint64_t{100});
    });

    const auto device = decode({first, second});

    ASSERT_TRUE(device);
    ASSERT_EQ(device->peers.size(), 1U);
    EXPECT_EQ(device->peers[0].rx_bytes, 100U) << "counters are not summed";
    EXPECT_EQ(device->peers[0].persistent_keepalive, 25);
}

TEST(DeviceDecoder, UnknownAttributesArePassedOver) {
    const auto device = decode({peer_message([](MessageWriter& writer) {
        writer.put(99, std::uint32_t{1});
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.put(WGPEER_A_PROTOCOL_VERSION, std::uint32_t{1});
        writer.open_nest(98);
        writer.close_nest();
    })});

    ASSERT_TRUE(device);
    EXPECT_EQ(device->peers.size(), 1U);
}

TEST(DeviceDecoder, APeerWithoutAKeyIsAnError) {
    const auto device = decode({peer_message(
        [](MessageWriter& writer) { writer.put(WGPEER_A_RX_BYTES, std::uint64_t{1}); })});

    EXPECT_EQ(device.error().code(), Errc::protocol);
}

TEST(DeviceDecoder, ValuesOfTheWrongSizeAreErrors) {
    for (const std::uint16_t type :
         {WGPEER_A_PUBLIC_KEY, WGPEER_A_PRESHARED_KEY, WGPEER_A_ENDPOINT,
          WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, WGPEER_A_LAST_HANDSHAKE_TIME, WGPEER_A_RX_BYTES,
          WGPEER_A_TX_BYTES, WGPEER_A_ALLOWEDIPS}) {
        const auto device = decode({peer_message([&](MessageWriter& writer) {
            if (type != WGPEER_A_PUBLIC_KEY)
                writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
            writer.put_bytes(type, std::array<std::uint8_t, 5>{});
        })});
        EXPECT_FALSE(device) << "attribute " << type;
    }
}

TEST(DeviceDecoder, APrefixLongerThanItsAddressIsAnError) {
    const auto device = decode({peer_message([](MessageWriter& writer) {
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.open_nest(WGPEER_A_ALLOWEDIPS);
        writer.open_nest(array_element);
        writer.put(WGALLOWEDIP_A_FAMILY, std::uint16_t{2});
        writer.put_bytes(WGALLOWEDIP_A_IPADDR, std::array<std::uint8_t, 4>{});
        writer.put(WGALLOWEDIP_A_CIDR_MASK, std::uint8_t{33});
        writer.close_nest();
        writer.close_nest();
    })});

    EXPECT_EQ(device.error().code(), Errc::protocol);
}

TEST(DeviceDecoder, AHandshakeBeyondAllTimeIsAnError) {
    const auto device = decode({peer_message([](MessageWriter& writer) {
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.put(WGPEER_A_LAST_HANDSHAKE_TIME,
                   std::array<std::int64_t, 2>{std::numeric_limits<std::int64_t>::max(), 0});
    })});

    EXPECT_FALSE(device);
}

TEST(DeviceDecoder, AnswersThatNameNoDeviceAreAnError) {
    EXPECT_EQ(decode({}).error().code(), Errc::protocol);
    EXPECT_EQ(decode({Message(20)}).error().code(), Errc::protocol);
}

TEST(DeviceDecoder, AShortMessageIsAnError) {
    EXPECT_EQ(decode({Message(19)}).error().code(), Errc::protocol);
}

TEST(DeviceDecoder, ADumpThatNeverEndsIsAnError) {
    const auto message = tests::dump_messages(example(), 31, 32 * 1024).front();
    DeviceDecoder decoder;
    Result<void> added;
    for (int i = 0; i < 5000 && added; ++i)
        added = decoder.add(i == 0 ? message : Message(20));

    EXPECT_EQ(added.error().code(), Errc::protocol);
}

Result<void> add_for_ever(const Message& message) {
    DeviceDecoder decoder;
    Result<void> added;
    for (int i = 0; i < 5000 && added; ++i)
        added = decoder.add(message);
    return added;
}

TEST(DeviceDecoder, ADumpThatRepeatsItsBeginningForEverIsAnError) {
    Device split = example();
    std::swap(split.peers[0], split.peers[1]);
    const auto first = tests::dump_messages(split, 31, 1024).front();

    EXPECT_EQ(add_for_ever(first).error().code(), Errc::protocol);
    EXPECT_EQ(add_for_ever(tests::dump_messages({.name = "wg0"}, 31, 1024).front()).error().code(),
              Errc::protocol);
}

TEST(DeviceDecoder, MorePeersThanADeviceCanHaveAreAnError) {
    Device two{.name = "wg0", .peers = std::vector<Peer>(2000)};
    for (std::size_t i = 0; i < two.peers.size(); ++i)
        two.peers[i].public_key = key(static_cast<std::uint8_t>(i % 2));
    const auto message = tests::dump_messages(two, 31, 64'000).front();

    EXPECT_EQ(add_for_ever(message).error().code(), Errc::protocol);
}

TEST(DeviceDecoder, UnknownAttributesSurviveAtEveryLevel) {
    const auto unknown = [](MessageWriter& writer) {
        writer.put(60, std::uint32_t{1});
        writer.open_nest(61);
        writer.put_bytes(1, std::array<std::uint8_t, 3>{});
        writer.close_nest();
    };
    const auto text = message([&](MessageWriter& writer) {
        unknown(writer);
        writer.open_nest(WGDEVICE_A_PEERS);
        writer.open_nest(array_element);
        unknown(writer);
        writer.put_bytes(WGPEER_A_PUBLIC_KEY, key(1).bytes());
        writer.open_nest(WGPEER_A_ALLOWEDIPS);
        writer.open_nest(array_element);
        writer.put(60, std::uint32_t{1});
        writer.put(WGALLOWEDIP_A_FAMILY, std::uint16_t{2});
        writer.put_bytes(WGALLOWEDIP_A_IPADDR, std::array<std::uint8_t, 4>{10, 0, 1, 0});
        writer.put(WGALLOWEDIP_A_CIDR_MASK, std::uint8_t{24});
        writer.put(allowedip_a_flags, std::uint32_t{0});
        writer.close_nest();
        writer.close_nest();
        writer.close_nest();
        writer.close_nest();
        unknown(writer);
    });

    const auto device = decode({text});

    ASSERT_TRUE(device);
    ASSERT_EQ(device->peers.size(), 1U);
    EXPECT_EQ(device->peers[0].allowed_ips, std::vector{prefix(1)});
}

TEST(DeviceDecoder, UsesOldMemoryAgainAndNothingElseOfIt) {
    Device old = example();
    old.peers[0].allowed_ips.reserve(1000);
    const auto* const list = old.peers[0].allowed_ips.data();
    Device wanted = example();
    wanted.peers.pop_back();
    wanted.peers[0].allowed_ips = {prefix(1)};

    const auto device = decode(tests::dump_messages(wanted, 31, 4096), std::move(old));

    EXPECT_EQ(device, wanted);
    EXPECT_EQ(device->peers[0].allowed_ips.data(), list);
}

RC_GTEST_PROP(DeviceDecoder, NeverReadsBeyondAMessage, (const std::vector<std::uint8_t>& noise)) {
    Message broken = tests::dump_messages(example(), 31, 1024).front();
    for (std::size_t i = 0; i < noise.size(); ++i)
        broken[20 + (i * 131 + noise[i]) % (broken.size() - 20)] = noise[noise.size() - 1 - i];
    broken.shrink_to_fit();
    (void)decode({broken});
}

RC_GTEST_PROP(DeviceDecoder, ReadsEveryDeviceAtEveryMessageSize, ()) {
    Device device{.name = "wg0", .ifindex = 3, .fwmark = *rc::gen::arbitrary<std::uint32_t>()};
    const auto count = *rc::gen::inRange(0, 20);
    for (int i = 0; i < count; ++i) {
        Peer peer{.public_key = key(static_cast<std::uint8_t>(i + 1))};
        peer.preshared_key = *testing::maybe(testing::preshared_keys());
        peer.endpoint = *testing::maybe(testing::endpoints());
        peer.allowed_ips = *rc::gen::container<std::vector<AllowedIp>>(testing::allowed_ips());
        device.peers.push_back(peer);
    }
    const auto bytes = static_cast<std::size_t>(*rc::gen::inRange(400, 5000));

    const auto decoded = decode(tests::dump_messages(device, 31, bytes));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == device);
}

} // namespace
} // namespace wgnl
