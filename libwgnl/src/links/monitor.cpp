// SPDX-License-Identifier: LGPL-2.1-or-later
// LinkMonitor: rtnetlink's announcements, of which the kernel drops those nobody wants.
#include <array>
#include <cerrno>
#include <cstddef>
#include <unordered_map>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <wgnl/link_monitor.hpp>

#include "codec/attributes.hpp"
#include "messages.hpp"
#include "netlink/inside.hpp"

namespace wgnl {
namespace {

constexpr std::string_view watch = "watch links";
constexpr std::size_t buffer_size = 32 * 1024;
constexpr std::size_t most_events = 1024;
constexpr unsigned groups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

struct SocketCloser {
    void operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }
};

std::unexpected<Error> failed(int errnum) {
    return std::unexpected(Error::from_errno(errnum, std::string(watch)));
}

/// Passes all but routes, and of those the default ones, ours that go, and an administrator's that
/// come: a router with a full table, which routing daemons fill, would never let us sleep. Netlink
/// is in host byte order, the filter loads in network byte order.
bool drop_other_routes(int fd) {
    constexpr std::uint32_t type_at = offsetof(nlmsghdr, nlmsg_type);
    constexpr std::uint32_t protocol_at = NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol);
    constexpr std::uint32_t length_at = NLMSG_HDRLEN + offsetof(rtmsg, rtm_dst_len);
    std::array<sock_filter, 11> program{{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 2, 6),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, protocol_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_STATIC, 4, 2),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, protocol_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, route_protocol, 2, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, length_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),
        BPF_STMT(BPF_RET | BPF_K, 0),
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

using Event = LinkMonitor::Event;

Result<std::optional<Event>> read_link_event(Bytes message) {
    const auto read = read_link(message, watch);
    if (!read)
        return std::unexpected(read.error());
    if (!*read)
        return std::nullopt;
    const auto& any = **read;
    return Event{.name = any.link.name,
                 .ifindex = any.link.ifindex,
                 .removed = message_type(message) == RTM_DELLINK,
                 .moved = says_moved(message),
                 .up = any.link.up,
                 .wireguard = any.wireguard || any.tun};
}

std::optional<Event> read_address_event(Bytes message) {
    const auto header = family_header<ifaddrmsg>(message);
    if (!header)
        return std::nullopt;
    return Event{.ifindex = header->ifa_index,
                 .removed = message_type(message) == RTM_DELADDR,
                 .network = true};
}

std::optional<Event> read_route_event(Bytes message) {
    const auto header = family_header<rtmsg>(message);
    if (!header || header->rtm_type != RTN_UNICAST)
        return std::nullopt;
    Event event{.removed = message_type(message) == RTM_DELROUTE,
                .network = header->rtm_dst_len == 0};
    event.route = header->rtm_protocol == (event.removed ? route_protocol : RTPROT_STATIC);
    if (!event.network && !event.route)
        return std::nullopt;
    auto attributes = message_attributes(message, sizeof(rtmsg));
    while (attributes.next())
        if (attributes.type() == RTA_OIF)
            event.ifindex = attributes.as<std::uint32_t>();
    return event;
}

Result<std::optional<Event>> read_event(Bytes message) {
    switch (message_type(message)) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        return read_link_event(message);
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return read_address_event(message);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return read_route_event(message);
    default:
        return std::nullopt;
    }
}

Result<void> read_datagram(Bytes bytes, std::vector<Event>& events) {
    while (bytes.size() >= NLMSG_HDRLEN) {
        nlmsghdr header;
        std::memcpy(&header, bytes.data(), sizeof(header));
        if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > bytes.size())
            return fail(Errc::protocol, std::string(watch), "the kernel sent a malformed message");
        auto event = read_event(bytes.first(header.nlmsg_len));
        if (!event)
            return std::unexpected(std::move(event).error());
        if (*event)
            events.push_back(**std::move(event));
        bytes = bytes.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
    }
    return {};
}

using Names = std::unordered_map<std::uint32_t, std::string>;

/// An announcement only says what a link is called now.
void compare_names(Names& names, Event& event) {
    if (event.route) {
        const auto known = names.find(event.ifindex);
        event.name = known != names.end() ? known->second : std::string();
    }
    if (event.network || event.route)
        return;
    auto [known, is_new] = names.try_emplace(event.ifindex, event.name);
    if (!is_new && known->second != event.name)
        event.renamed_from = std::exchange(known->second, event.name);
    if (event.removed)
        names.erase(known);
}

Result<Names> read_names() {
    auto transport = open_netlink(NETLINK_ROUTE);
    if (!transport)
        return std::unexpected(std::move(transport).error());
    const auto links = LinkLayer(*std::move(transport), {}).list();
    if (!links)
        return std::unexpected(links.error());
    Names names;
    for (const auto& any : *links)
        names.emplace(any.link.ifindex, any.link.name);
    return names;
}

} // namespace

struct LinkMonitor::State {
    std::unique_ptr<mnl_socket, SocketCloser> socket{};
    std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(buffer_size);
    Names names{};

    static Result<std::unique_ptr<State>> open();
    int fd() const noexcept { return mnl_socket_get_fd(socket.get()); }

    /// errno, or 0 with the datagram in `bytes` (empty: not from the kernel, or cut).
    int receive(Bytes& bytes, bool& cut) {
        sockaddr_nl sender{};
        iovec vector{buffer.data(), buffer.size()};
        msghdr message{};
        message.msg_name = &sender;
        message.msg_namelen = sizeof(sender);
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        const ssize_t size = recvmsg(fd(), &message, MSG_DONTWAIT);
        if (size < 0)
            return errno;
        cut = (message.msg_flags & MSG_TRUNC) != 0;
        const bool usable = !cut && sender.nl_pid == 0;
        bytes = Bytes(buffer).first(usable ? static_cast<std::size_t>(size) : 0);
        return 0;
    }
};

LinkMonitor::LinkMonitor(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
LinkMonitor::LinkMonitor(LinkMonitor&&) noexcept = default;
LinkMonitor& LinkMonitor::operator=(LinkMonitor&&) noexcept = default;
LinkMonitor::~LinkMonitor() = default;

/// The names are read after the first announcement can have come: what both tell of is no renaming.
Result<std::unique_ptr<LinkMonitor::State>> LinkMonitor::State::open() {
    auto state = std::make_unique<State>();
    state->socket.reset(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
    if (!state->socket || !drop_other_routes(state->fd()) ||
        mnl_socket_bind(state->socket.get(), groups, MNL_SOCKET_AUTOPID) < 0)
        return failed(errno);
    auto names = read_names();
    if (!names)
        return std::unexpected(std::move(names).error());
    state->names = *std::move(names);
    return state;
}

Result<LinkMonitor> LinkMonitor::open(const OpenOptions& options) {
    auto state = inside(options.network_namespace, &State::open);
    if (!state)
        return std::unexpected(std::move(state).error());
    return LinkMonitor(*std::move(state));
}

int LinkMonitor::fd() const noexcept { return state_->fd(); }

Result<LinkMonitor::Drained> LinkMonitor::drain() {
    Drained drained;
    while (drained.events.size() < most_events) {
        Bytes bytes;
        bool cut = false;
        const int errnum = state_->receive(bytes, cut);
        if (errnum == EAGAIN)
            break;
        drained.overrun = drained.overrun || errnum == ENOBUFS || cut;
        if (errnum != 0 && errnum != ENOBUFS && errnum != EINTR)
            return failed(errnum);
        if (errnum != 0)
            continue;
        if (auto read = read_datagram(bytes, drained.events); !read)
            return std::unexpected(std::move(read).error());
    }
    for (auto& event : drained.events)
        compare_names(state_->names, event);
    return drained;
}

} // namespace wgnl
