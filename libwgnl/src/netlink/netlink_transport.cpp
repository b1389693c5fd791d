// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests and replies over a netlink socket, with every check that the protocol asks for.
#include "netlink_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include "codec/attributes.hpp"
#include "values/transport.hpp"
#include "values/wiping.hpp"

namespace wgnl {
namespace {

/// The kernel makes its dump messages as large as the largest buffer that asked, up to this.
constexpr std::size_t buffer_size = 32 * 1024;
/// Only a broken kernel or a lost reply lets this pass: requests are worked off while they are
/// sent.
constexpr timeval reply_time_limit{5, 0};
/// Datagrams in a row without a single message for us.
constexpr std::size_t most_strange_datagrams = 4096;
/// NLMSGERR_ATTR_MISS_TYPE, which headers before Linux 6.0 lack.
constexpr std::uint16_t attribute_missing_type = 5;
/// More than a dump of the largest possible device has.
constexpr std::size_t most_leftover_datagrams = 64 * 1024;

template <typename T> std::optional<T> read_struct(Bytes bytes) {
    if (bytes.size() < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

Bytes after(Bytes bytes, std::size_t size) { return bytes.subspan(std::min(size, bytes.size())); }

/// The errno of a reply, which carries it negated; EBADMSG for what no kernel sends.
int errno_of(int error) {
    constexpr int largest_errno = 4095;
    return error > 0 || error < -largest_errno ? EBADMSG : -error;
}

/// What an extended ack tells beyond the errno.
struct KernelWords {
    std::string text{};
    std::optional<std::uint32_t> offset{};  ///< of the attribute that is meant, in the request
    std::optional<std::uint32_t> missing{}; ///< type of an attribute that the request lacks
};

KernelWords extended_ack(const nlmsghdr& header, Bytes attributes) {
    KernelWords words;
    if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return words;
    for (AttributeReader reader(attributes); reader.next();) {
        if (reader.type() == NLMSGERR_ATTR_MSG)
            words.text = reader.text();
        if (reader.type() == NLMSGERR_ATTR_OFFS)
            words.offset = reader.as<std::uint32_t>();
        if (reader.type() == attribute_missing_type)
            words.missing = reader.as<std::uint32_t>();
    }
    return words;
}

/// The kernel's text, or the errno's, and which attribute is meant.
std::string in_words(const KernelWords& words, int errnum, Bytes request) {
    if (errnum == 0)
        return {};
    std::string text = words.text;
    if (text.empty() && (words.offset || words.missing))
        text = std::generic_category().message(errnum);
    if (words.missing)
        text += fmt::format(" (attribute {} is missing)", *words.missing);
    else if (const auto at =
                 words.offset ? read_struct<nlattr>(after(request, *words.offset)) : std::nullopt)
        text += fmt::format(" (attribute {} at byte {} of the request)",
                            at->nla_type & NLA_TYPE_MASK, *words.offset);
    return text;
}

/// What follows the error in NLMSG_ERROR: the request's header, and all of the request where the
/// kernel did not cap it.
Bytes attributes_of_error(const nlmsghdr& header, const nlmsgerr& error, Bytes payload) {
    const bool capped =
        (header.nlmsg_flags & NLM_F_CAPPED) != 0 || error.msg.nlmsg_len < NLMSG_HDRLEN;
    const std::size_t echoed = capped ? 0 : NLMSG_ALIGN(error.msg.nlmsg_len) - NLMSG_HDRLEN;
    return after(payload, sizeof(nlmsgerr) + echoed);
}

} // namespace

/// One request's replies, datagram by datagram, up to the ACK or NLMSG_DONE.
class NetlinkTransport::Conversation {
public:
    struct Address {
        std::uint32_t sequence;
        std::uint32_t port_id;
    };
    Conversation(Address address, Bytes request, const ReplySink& sink, std::string_view operation)
        : address_(address), request_(request), sink_(sink), operation_(operation) {}

    bool finished() const { return finished_; }
    std::string operation() const { return std::string(operation_); }
    Result<void> read_datagram(Bytes datagram);
    Result<void> outcome() &&;

private:
    bool is_ours(const nlmsghdr& header) const {
        return header.nlmsg_seq == address_.sequence && header.nlmsg_pid == address_.port_id;
    }
    void read_message(const nlmsghdr& header, Bytes message);
    void read_error(const nlmsghdr& header, Bytes payload);
    void read_done(const nlmsghdr& header, Bytes payload);
    void deliver(Bytes message);
    void finish(int errnum, const KernelWords& words);
    Result<void> count_strange_datagram();

    Address address_;
    Bytes request_; ///< as it was sent
    const ReplySink& sink_;
    std::string_view operation_;
    bool finished_{};
    bool interrupted_{};
    std::size_t strange_datagrams_{};
    std::optional<Error> failure_{}; ///< the first; what comes after it is only drained
};

Result<void> NetlinkTransport::Conversation::read_datagram(Bytes datagram) {
    bool any_ours = false;
    while (!datagram.empty() && !finished_) {
        const auto header = read_struct<nlmsghdr>(datagram);
        if (!header || header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > datagram.size())
            return fail(Errc::protocol, operation(), "the kernel sent a malformed message");
        if (is_ours(*header)) {
            any_ours = true;
            read_message(*header, datagram.first(header->nlmsg_len));
        }
        datagram = after(datagram, NLMSG_ALIGN(header->nlmsg_len));
    }
    return any_ours ? Result<void>{} : count_strange_datagram();
}

Result<void> NetlinkTransport::Conversation::count_strange_datagram() {
    if (++strange_datagrams_ <= most_strange_datagrams)
        return {};
    return fail(Errc::protocol, operation(), "the kernel sends nothing but answers to others");
}

void NetlinkTransport::Conversation::read_message(const nlmsghdr& header, Bytes message) {
    interrupted_ = interrupted_ || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    const Bytes payload = message.subspan(NLMSG_HDRLEN);
    switch (header.nlmsg_type) {
    case NLMSG_ERROR:
        return read_error(header, payload);
    case NLMSG_DONE:
        return read_done(header, payload);
    case NLMSG_OVERRUN:
        interrupted_ = true;
        return;
    case NLMSG_NOOP:
        return;
    default:
        return deliver(message);
    }
}

/// A negative errno is a failure, zero the ACK.
void NetlinkTransport::Conversation::read_error(const nlmsghdr& header, Bytes payload) {
    const auto error = read_struct<nlmsgerr>(payload);
    if (!error)
        return finish(EBADMSG, {.text = "the kernel's acknowledgement is too short"});
    finish(errno_of(error->error),
           extended_ack(header, attributes_of_error(header, *error, payload)));
}

/// The end of a dump: an errno, and the attributes directly behind it.
void NetlinkTransport::Conversation::read_done(const nlmsghdr& header, Bytes payload) {
    const int error = read_struct<int>(payload).value_or(0);
    finish(errno_of(error), extended_ack(header, after(payload, sizeof(int))));
}

void NetlinkTransport::Conversation::deliver(Bytes message) {
    if (failure_)
        return;
    if (auto taken = sink_(message); !taken)
        failure_ = std::move(taken).error();
}

void NetlinkTransport::Conversation::finish(int errnum, const KernelWords& words) {
    finished_ = true;
    if (errnum != 0 && !failure_)
        failure_ = Error::from_errno(errnum, operation(), in_words(words, errnum, request_));
}

Result<void> NetlinkTransport::Conversation::outcome() && {
    if (failure_)
        return std::unexpected(*std::move(failure_));
    if (interrupted_)
        return fail(Errc::interrupted, operation(), "it was changed while it was being read",
                    EINTR);
    return {};
}

NetlinkTransport::NetlinkTransport(std::unique_ptr<DatagramSocket> socket)
    : socket_(std::move(socket)), buffer_(buffer_size) {}

Result<void> NetlinkTransport::exchange(std::span<std::uint8_t> request, const ReplySink& sink,
                                        std::string_view operation) {
    if (leftovers_)
        discard_leftovers();
    leftovers_ = true;
    if (auto sent = send(request, operation); !sent)
        return sent;
    Conversation conversation({sequence_, socket_->port_id()}, request, sink, operation);
    while (!conversation.finished())
        if (auto received = receive(conversation); !received)
            return received;
    leftovers_ = false;
    return std::move(conversation).outcome();
}

Result<void> NetlinkTransport::send(std::span<std::uint8_t> request, std::string_view operation) {
    auto header = read_struct<nlmsghdr>(request);
    if (!header || header->nlmsg_len != request.size())
        return fail(Errc::invalid_argument, std::string(operation), "the request is no message");
    header->nlmsg_seq = ++sequence_;
    header->nlmsg_pid = socket_->port_id();
    header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    std::memcpy(request.data(), &*header, sizeof(*header));
    if (const int errnum = socket_->send(request))
        return std::unexpected(Error::from_errno(errnum, std::string(operation)));
    return {};
}

Result<void> NetlinkTransport::receive(Conversation& conversation) {
    const auto received = socket_->receive(buffer_, DatagramSocket::Wait::yes);
    if (received.errnum == EAGAIN)
        return fail(Errc::system, conversation.operation(), "the kernel did not answer in time",
                    ETIMEDOUT);
    if (received.errnum == ENOBUFS)
        return fail(Errc::interrupted, conversation.operation(), "the kernel dropped a reply",
                    ENOBUFS);
    if (received.errnum != 0)
        return std::unexpected(Error::from_errno(received.errnum, conversation.operation()));
    const std::span<std::uint8_t> filled(buffer_.data(), std::min(received.size, buffer_.size()));
    const WipedOnExit wiped(filled);
    if (received.truncated)
        return fail(Errc::protocol, conversation.operation(),
                    fmt::format("the kernel sent {} bytes at once, more than it ever should",
                                received.size));
    if (!received.from_kernel)
        return {};
    return conversation.read_datagram(filled);
}

/// Reading is what makes the kernel go on with a dump, and while one is open it refuses the next.
void NetlinkTransport::discard_leftovers() {
    for (std::size_t i = 0; i < most_leftover_datagrams; ++i) {
        const auto received = socket_->receive(buffer_, DatagramSocket::Wait::no);
        if (received.errnum != 0 && received.errnum != ENOBUFS)
            return;
        wipe(buffer_.data(), std::min(received.size, buffer_.size()));
    }
}

namespace {

using MnlSocket =
    std::unique_ptr<mnl_socket, decltype([](mnl_socket* socket) { mnl_socket_close(socket); })>;

/// The real thing. Interrupted calls are repeated here.
class KernelSocket final : public DatagramSocket {
public:
    explicit KernelSocket(MnlSocket socket) : socket_(std::move(socket)) {}

    std::uint32_t port_id() const noexcept override { return mnl_socket_get_portid(socket_.get()); }

    int send(Bytes datagram) override {
        ssize_t sent = 0;
        do
            sent = mnl_socket_sendto(socket_.get(), datagram.data(), datagram.size());
        while (sent < 0 && errno == EINTR);
        return sent < 0 ? errno : 0;
    }

    Received receive(std::span<std::uint8_t> buffer, Wait wait) override {
        sockaddr_nl sender{};
        iovec vector{buffer.data(), buffer.size()};
        msghdr message{};
        message.msg_name = &sender;
        message.msg_namelen = sizeof(sender);
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        const int flags = MSG_TRUNC | (wait == Wait::no ? MSG_DONTWAIT : 0);
        ssize_t size = 0;
        do
            size = recvmsg(mnl_socket_get_fd(socket_.get()), &message, flags);
        while (size < 0 && errno == EINTR);
        if (size < 0)
            return {.errnum = errno};
        return {static_cast<std::size_t>(size), 0, (message.msg_flags & MSG_TRUNC) != 0,
                sender.nl_pid == 0};
    }

private:
    MnlSocket socket_;
};

/// Errors shall carry the kernel's words, and not the request again, which may hold keys. A kernel
/// that knows neither option still works.
void ask_for_extended_acks(const mnl_socket* socket) {
    int on = 1;
    (void)mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
    (void)mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
}

/// A kernel that does not filter (before 4.20) sends more: what reads the replies looks again.
void ask_for_filtered_dumps(const mnl_socket* socket) {
    int on = 1;
    (void)mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
}

} // namespace

Result<std::unique_ptr<Transport>> open_netlink(int protocol) {
    const std::string operation = "open a netlink socket";
    MnlSocket socket(mnl_socket_open2(protocol, SOCK_CLOEXEC));
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
        return std::unexpected(Error::from_errno(errno, operation));
    ask_for_extended_acks(socket.get());
    if (protocol == NETLINK_ROUTE)
        ask_for_filtered_dumps(socket.get());
    if (setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &reply_time_limit,
                   sizeof(reply_time_limit)) < 0)
        return std::unexpected(Error::from_errno(errno, operation));
    return std::make_unique<NetlinkTransport>(std::make_unique<KernelSocket>(std::move(socket)));
}

} // namespace wgnl
