// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the transport against a socket whose datagrams the test writes.
#include "netlink/netlink_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <functional>
#include <limits>

#include <gtest/gtest.h>
#include <linux/netlink.h>

#include "client/parts.hpp"
#include "codec/attributes.hpp"

namespace wgnl {
namespace {

using Datagram = std::vector<std::uint8_t>;
constexpr std::uint32_t our_port = 4711;
constexpr std::uint16_t data_type = 31;

/// Plays back what the test queued; what was sent is kept.
class ScriptedSocket final : public DatagramSocket {
public:
    struct Script {
        std::deque<Received> results{};
        std::deque<Datagram> datagrams{};
        std::vector<Datagram> sent{};
        int send_errnum{};
        std::size_t unwaited{};
        std::uint8_t* buffer{};
        std::size_t buffer_size{};
    };
    explicit ScriptedSocket(Script& script) : script_(script) {}

    std::uint32_t port_id() const noexcept override { return our_port; }
    int send(Bytes datagram) override {
        script_.sent.emplace_back(datagram.begin(), datagram.end());
        return script_.send_errnum;
    }
    Received receive(std::span<std::uint8_t> buffer, Wait wait) override {
        script_.unwaited += wait == Wait::no ? 1 : 0;
        script_.buffer = buffer.data();
        script_.buffer_size = buffer.size();
        if (script_.results.empty())
            return {.errnum = EAGAIN};
        const Received result = script_.results.front();
        const Datagram datagram = script_.datagrams.front();
        script_.results.pop_front();
        script_.datagrams.pop_front();
        std::copy_n(datagram.begin(), std::min(datagram.size(), buffer.size()), buffer.begin());
        return result;
    }

private:
    Script& script_;
};

class NetlinkTransportTest : public ::testing::Test {
protected:
    void queue(Datagram datagram) {
        script_.results.push_back({.size = datagram.size()});
        script_.datagrams.push_back(std::move(datagram));
    }
    void queue_result(DatagramSocket::Received result, Datagram datagram = {}) {
        script_.results.push_back(result);
        script_.datagrams.push_back(std::move(datagram));
    }

    Result<void> exchange() {
        std::array<std::uint8_t, 64> storage;
        MessageWriter writer(storage);
        writer.begin(data_type, NLM_F_REQUEST);
        writer.put(1, std::uint32_t{1});
        return transport_.exchange(
            writer.finish(),
            [this](Bytes message) -> Result<void> {
                delivered_.emplace_back(message.begin(), message.end());
                if (refuse_)
                    return fail(Errc::protocol, "test", "the sink refuses");
                return {};
            },
            "do something");
    }

    ScriptedSocket::Script script_{};
    NetlinkTransport transport_{std::make_unique<ScriptedSocket>(script_)};
    std::vector<Datagram> delivered_{};
    bool refuse_{};
};

struct Head {
    std::uint16_t type{data_type};
    std::uint16_t flags{};
    std::uint32_t sequence{1};
    std::uint32_t port{our_port};
};

template <typename T> void append(Datagram& bytes, const T& value) {
    const std::size_t size = bytes.size();
    bytes.resize(size + sizeof(value));
    std::memcpy(bytes.data() + size, &value, sizeof(value));
}

Datagram message(const Head& head, const Datagram& payload) {
    Datagram bytes;
    append(bytes, nlmsghdr{static_cast<std::uint32_t>(NLMSG_HDRLEN + payload.size()), head.type,
                           head.flags, head.sequence, head.port});
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

Datagram text_attribute(std::string_view text) {
    Datagram bytes;
    append(bytes, nlattr{static_cast<std::uint16_t>(4 + text.size() + 1), NLMSGERR_ATTR_MSG});
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.resize((bytes.size() + 4) & ~std::size_t{3});
    return bytes;
}

Datagram joined(Datagram first, const Datagram& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

Datagram error_payload(int error, std::uint32_t echoed_length = NLMSG_HDRLEN) {
    Datagram bytes;
    append(bytes, nlmsgerr{error, {.nlmsg_len = echoed_length}});
    return bytes;
}

Datagram ack() { return message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED}, error_payload(0)); }

Datagram done(int error = 0, std::uint16_t flags = 0) {
    Datagram payload;
    append(payload, error);
    return message({.type = NLMSG_DONE, .flags = flags}, payload);
}

Datagram data(std::uint16_t flags = NLM_F_MULTI) { return message({.flags = flags}, {1, 2, 3, 4}); }

TEST_F(NetlinkTransportTest, FillsInSequencePortAndFlags) {
    queue(ack());
    ASSERT_TRUE(exchange());
    queue(message({.type = NLMSG_ERROR, .sequence = 2}, error_payload(0)));
    ASSERT_TRUE(exchange());

    nlmsghdr header{};
    std::memcpy(&header, script_.sent.at(1).data(), sizeof(header));
    EXPECT_EQ(header.nlmsg_seq, 2U);
    EXPECT_EQ(header.nlmsg_pid, our_port);
    EXPECT_EQ(header.nlmsg_flags & (NLM_F_REQUEST | NLM_F_ACK), NLM_F_REQUEST | NLM_F_ACK);
}

TEST_F(NetlinkTransportTest, ReceivesAsMuchAtOnceAsTheKernelGives) {
    queue(ack());
    ASSERT_TRUE(exchange());
    EXPECT_EQ(script_.buffer_size, 32U * 1024);
}

TEST_F(NetlinkTransportTest, DeliversDataAndEndsAtTheAck) {
    queue(data(0));
    queue(ack());

    EXPECT_TRUE(exchange());
    EXPECT_EQ(delivered_.size(), 1U);
}

TEST_F(NetlinkTransportTest, DeliversEveryMessageOfADatagram) {
    queue(joined(joined(data(), data()), done()));

    EXPECT_TRUE(exchange());
    EXPECT_EQ(delivered_.size(), 2U);
}

TEST_F(NetlinkTransportTest, ANegativeErrorIsAFailure) {
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED}, error_payload(-EPERM)));

    const auto result = exchange();

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().errnum(), EPERM);
    EXPECT_EQ(result.error().code(), Errc::permission_denied);
    EXPECT_EQ(result.error().operation(), "do something");
}

TEST_F(NetlinkTransportTest, AnErrorCarriesTheKernelsWords) {
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS},
                  joined(error_payload(-EINVAL, 4000), text_attribute("no such flag"))));

    const auto result = exchange();

    ASSERT_FALSE(result);
    EXPECT_NE(result.error().detail().find("no such flag"), std::string::npos);
}

Datagram number_attribute(std::uint16_t type, std::uint32_t value) {
    Datagram bytes;
    append(bytes, nlattr{8, type});
    append(bytes, value);
    return bytes;
}

TEST_F(NetlinkTransportTest, AnErrorNamesTheAttributeThatTheKernelMeans) {
    const auto offset = number_attribute(NLMSGERR_ATTR_OFFS, NLMSG_HDRLEN);
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS},
                  joined(joined(error_payload(-EINVAL), text_attribute("too bad")), offset)));
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS, .sequence = 2},
                  joined(error_payload(-EINVAL), offset)));

    EXPECT_EQ(exchange().error().detail(), "too bad (attribute 1 at byte 16 of the request)");
    EXPECT_EQ(exchange().error().detail(),
              "Invalid argument (attribute 1 at byte 16 of the request)");
}

TEST_F(NetlinkTransportTest, AnErrorNamesTheAttributeThatIsMissing) {
    constexpr std::uint16_t missing_type = 5;
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS},
                  joined(error_payload(-EINVAL), number_attribute(missing_type, 9))));

    EXPECT_EQ(exchange().error().detail(), "Invalid argument (attribute 9 is missing)");
}

TEST_F(NetlinkTransportTest, AnOffsetBeyondTheRequestIsPassedOver) {
    queue(
        message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED | NLM_F_ACK_TLVS},
                joined(error_payload(-EINVAL), number_attribute(NLMSGERR_ATTR_OFFS, 0xfffffff0))));

    EXPECT_EQ(exchange().error().detail(), "Invalid argument");
}

TEST_F(NetlinkTransportTest, TheKernelsWordsAreFoundBehindAnEchoedRequest) {
    const Datagram echoed(8, 0xee);
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS},
                  joined(joined(error_payload(-EINVAL, NLMSG_HDRLEN + 8), echoed),
                         text_attribute("behind it"))));

    const auto result = exchange();

    ASSERT_FALSE(result);
    EXPECT_NE(result.error().detail().find("behind it"), std::string::npos);
}

TEST_F(NetlinkTransportTest, AnEchoLongerThanTheDatagramIsHarmless) {
    queue(message({.type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS},
                  error_payload(-EINVAL, 0xfffffff0)));

    EXPECT_EQ(exchange().error().errnum(), EINVAL);
}

TEST_F(NetlinkTransportTest, TheEndOfADumpCarriesAnErrorAndTheKernelsWords) {
    Datagram payload;
    append(payload, -ENODEV);
    queue(data());
    queue(message({.type = NLMSG_DONE, .flags = NLM_F_MULTI | NLM_F_ACK_TLVS},
                  joined(payload, text_attribute("the device went"))));

    const auto result = exchange();

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().errnum(), ENODEV);
    EXPECT_NE(result.error().detail().find("the device went"), std::string::npos);
}

TEST_F(NetlinkTransportTest, AnEndWithoutPayloadIsGood) {
    queue(message({.type = NLMSG_DONE}, {}));

    EXPECT_TRUE(exchange());
}

TEST_F(NetlinkTransportTest, AnErrnoThatNoKernelSendsIsAMalformedReply) {
    std::uint32_t sequence = 1;
    for (const int error : {1, -4096, std::numeric_limits<int>::min()}) {
        Datagram payload;
        append(payload, error);
        queue(message({.type = NLMSG_DONE, .sequence = sequence}, payload));
        EXPECT_EQ(exchange().error().errnum(), EBADMSG) << error;
        queue(message({.type = NLMSG_ERROR, .sequence = sequence + 1}, error_payload(error)));
        EXPECT_EQ(exchange().error().errnum(), EBADMSG) << error;
        sequence += 2;
    }
}

TEST_F(NetlinkTransportTest, RepliesOfOthersArePassedOver) {
    queue(message({.sequence = 99}, {1}));
    queue(message({.port = 99}, {1}));
    queue(message({.type = NLMSG_ERROR, .sequence = 99}, error_payload(-EPERM)));
    Datagram forged = message({.type = NLMSG_ERROR}, error_payload(-EPERM));
    queue_result({.size = forged.size(), .from_kernel = false}, forged);
    queue(ack());

    EXPECT_TRUE(exchange());
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(NetlinkTransportTest, NothingButRepliesOfOthersIsAnErrorInTheEnd) {
    for (int i = 0; i < 5000; ++i)
        queue(message({.sequence = 99}, {1}));

    EXPECT_EQ(exchange().error().code(), Errc::protocol);
}

TEST_F(NetlinkTransportTest, ATruncatedDatagramIsAnError) {
    queue_result({.size = 100'000, .truncated = true}, data());

    const auto result = exchange();

    EXPECT_EQ(result.error().code(), Errc::protocol);
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(NetlinkTransportTest, AMessageLongerThanItsDatagramIsAnError) {
    Datagram cut = data();
    cut.pop_back();
    queue(cut);

    EXPECT_EQ(exchange().error().code(), Errc::protocol);
}

TEST_F(NetlinkTransportTest, AMessageShorterThanItsHeaderIsAnError) {
    Datagram bytes(16);
    bytes[0] = 15;
    queue(bytes);

    EXPECT_EQ(exchange().error().code(), Errc::protocol);
}

TEST_F(NetlinkTransportTest, AShortAcknowledgementIsAnError) {
    queue(message({.type = NLMSG_ERROR}, {0, 0, 0, 0}));

    EXPECT_FALSE(exchange());
}

TEST_F(NetlinkTransportTest, AnInterruptedDumpIsDrainedAndReported) {
    queue(data(NLM_F_MULTI | NLM_F_DUMP_INTR));
    queue(data());
    queue(done());

    const auto result = exchange();

    EXPECT_EQ(result.error().code(), Errc::interrupted);
    EXPECT_TRUE(script_.results.empty());
}

TEST_F(NetlinkTransportTest, AnInterruptionAtTheEndCounts) {
    queue(data());
    queue(done(0, NLM_F_MULTI | NLM_F_DUMP_INTR));

    EXPECT_EQ(exchange().error().code(), Errc::interrupted);
}

TEST_F(NetlinkTransportTest, ASinksErrorIsReturnedAfterDraining) {
    refuse_ = true;
    queue(data());
    queue(data());
    queue(done());

    const auto result = exchange();

    EXPECT_EQ(result.error().detail(), "the sink refuses");
    EXPECT_EQ(delivered_.size(), 1U);
    EXPECT_TRUE(script_.results.empty());
}

TEST_F(NetlinkTransportTest, SilenceIsAnErrorAndALateReplyBelongsToNobody) {
    EXPECT_EQ(exchange().error().errnum(), ETIMEDOUT);

    queue(message({.type = NLMSG_ERROR, .sequence = 1}, error_payload(-EPERM)));
    queue_result({.errnum = EAGAIN});
    queue(message({.type = NLMSG_ERROR, .sequence = 2}, error_payload(0)));
    EXPECT_TRUE(exchange());
    EXPECT_EQ(script_.unwaited, 2U);
}

TEST_F(NetlinkTransportTest, ADroppedReplyIsAnInterruption) {
    queue(data());
    queue_result({.errnum = ENOBUFS});

    const auto result = exchange();

    EXPECT_EQ(result.error().code(), Errc::interrupted);
    EXPECT_EQ(result.error().errnum(), ENOBUFS);
}

TEST_F(NetlinkTransportTest, AFailedSendIsAnError) {
    script_.send_errnum = ECONNREFUSED;

    EXPECT_EQ(exchange().error().errnum(), ECONNREFUSED);
}

TEST_F(NetlinkTransportTest, WhatWasReceivedIsWiped) {
    queue(message({}, Datagram(1000, 0xaa)));
    queue(ack());

    ASSERT_TRUE(exchange());

    const std::span<const std::uint8_t> buffer(script_.buffer, 1016);
    EXPECT_TRUE(std::ranges::all_of(buffer, [](auto byte) { return byte == 0; }));
}

TEST_F(NetlinkTransportTest, ARequestOfTheWrongLengthIsNotSent) {
    std::array<std::uint8_t, 20> request{};
    const auto result =
        transport_.exchange(request, [](Bytes) -> Result<void> { return {}; }, "do something");

    EXPECT_EQ(result.error().code(), Errc::invalid_argument);
    EXPECT_TRUE(script_.sent.empty());
}

TEST(OpenNetlink, TheRunningKernelKnowsItsOwnController) {
    auto transport = open_netlink(NETLINK_GENERIC);
    ASSERT_TRUE(transport) << transport.error().to_string();
    std::array<std::uint8_t, 64> storage;
    std::optional<std::uint16_t> family;

    const auto found = (*transport)
                           ->exchange(
                               encode_family_request("nlctrl", storage),
                               [&](Bytes reply) -> Result<void> {
                                   family = decode_family_reply(reply);
                                   return {};
                               },
                               "find nlctrl");

    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_EQ(family, 16);
}

TEST(OpenNetlink, TheRunningKernelSaysWhatItDoesNotKnow) {
    auto transport = open_netlink(NETLINK_GENERIC);
    ASSERT_TRUE(transport) << transport.error().to_string();
    std::array<std::uint8_t, 64> storage;

    const auto found = (*transport)
                           ->exchange(
                               encode_family_request("no such family", storage),
                               [](Bytes) -> Result<void> { return {}; }, "find nothing");

    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().errnum(), ENOENT);
}

} // namespace
} // namespace wgnl
