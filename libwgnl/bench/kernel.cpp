// SPDX-License-Identifier: LGPL-2.1-or-later
// Messages of the kernel's family "wireguard", by libmnl and nothing else.
#include "kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <sys/socket.h>

namespace wgnl::bench {
namespace {

constexpr std::size_t most_of_a_message = 32 * 1024;
constexpr std::size_t most_of_a_peer = 128;

[[noreturn]] void give_up(const char* what, int error) {
    throw std::system_error(error, std::generic_category(), what);
}

/// A message in the making, in memory that is large enough for all of it.
class Writer {
public:
    explicit Writer(Message begun) : bytes_(std::move(begun)) {
        bytes_.resize(most_of_a_message + 4 * most_of_a_peer);
    }
    nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }
    std::size_t size() { return header()->nlmsg_len; }
    template <class Fill> void nest(std::uint16_t type, const Fill& fill) {
        nlattr* outer = mnl_attr_nest_start(header(), type);
        fill();
        mnl_attr_nest_end(header(), outer);
    }
    void put(std::uint16_t type, std::span<const std::uint8_t> value) {
        mnl_attr_put(header(), type, value.size(), value.data());
    }
    Message take() {
        bytes_.resize(size());
        return std::move(bytes_);
    }

private:
    Message bytes_;
};

void put_prefix(Writer& to, std::uint16_t family, const std::array<std::uint8_t, 4>& address) {
    to.nest(0, [&] {
        mnl_attr_put_u16(to.header(), WGALLOWEDIP_A_FAMILY, family);
        to.put(WGALLOWEDIP_A_IPADDR, address);
        mnl_attr_put_u8(to.header(), WGALLOWEDIP_A_CIDR_MASK, 32);
    });
}

void put_peer(Writer& to, const RawPeer& peer) {
    to.nest(0, [&] {
        to.put(WGPEER_A_PUBLIC_KEY, peer.key);
        if (peer.keepalive != 0)
            mnl_attr_put_u16(to.header(), WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer.keepalive);
        to.nest(WGPEER_A_ALLOWEDIPS, [&] { put_prefix(to, AF_INET, peer.address); });
    });
}

/// Adds peers from there on, as many as the message may have; how many it has then.
std::size_t put_peers(Writer& to, std::span<const RawPeer> peers, std::size_t most) {
    std::size_t count = 0;
    to.nest(WGDEVICE_A_PEERS, [&] {
        while (count < peers.size() && to.size() + most_of_a_peer < most_of_a_message &&
               (most == 0 || count < most))
            put_peer(to, peers[count++]);
    });
    return count;
}

/// Shows each attribute of so many bytes; libmnl's own loops are not C++.
template <class Show>
void for_each_attribute(const void* first, std::size_t size, const Show& show) {
    const auto* each = static_cast<const nlattr*>(first);
    auto left = static_cast<int>(size);
    while (mnl_attr_ok(each, left)) {
        show(each);
        const int taken = MNL_ALIGN(each->nla_len);
        left -= taken;
        each = mnl_attr_next(each);
    }
}

template <class Show> void for_each_inside(const nlattr* nest, const Show& show) {
    for_each_attribute(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), show);
}

template <class Show> void for_each_of(const nlmsghdr* message, const Show& show) {
    for_each_attribute(mnl_nlmsg_get_payload_offset(message, sizeof(genlmsghdr)),
                       mnl_nlmsg_get_payload_len(message) - sizeof(genlmsghdr), show);
}

/// The device's own part of a peer, as the kernel tells it.
struct Seen {
    RawKey key{};
    std::uint16_t keepalive{};
};

Seen seen_peer(const nlattr* peer) {
    Seen seen;
    for_each_inside(peer, [&](const nlattr* each) {
        const auto type = mnl_attr_get_type(each);
        if (type == WGPEER_A_PUBLIC_KEY && mnl_attr_get_payload_len(each) == seen.key.size())
            std::memcpy(seen.key.data(), mnl_attr_get_payload(each), seen.key.size());
        else if (type == WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL)
            seen.keepalive = mnl_attr_get_u16(each);
    });
    return seen;
}

/// Shows each peer of a dump's messages once, though its prefixes may go on in the next message.
class Reader {
public:
    explicit Reader(const Kernel::Visitor& visitor) : visitor_(visitor) {}

    int take(const nlmsghdr* message) {
        for_each_of(message, [&](const nlattr* each) {
            if (mnl_attr_get_type(each) == WGDEVICE_A_PEERS)
                for_each_inside(each, [&](const nlattr* peer) { take_peer(seen_peer(peer)); });
        });
        return enough_ ? MNL_CB_STOP : MNL_CB_OK;
    }

private:
    void take_peer(const Seen& seen) {
        if (enough_ || last_ == seen.key)
            return;
        last_ = seen.key;
        enough_ = !visitor_(seen.key, seen.keepalive);
    }

    bool enough_ = false;
    const Kernel::Visitor& visitor_;
    std::optional<RawKey> last_{};
};

} // namespace

RawDevice read_peers(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    RawDevice device;
    std::array<char, 34> head{};
    std::array<char, 38> row{};
    if (!file.read(head.data(), head.size()))
        throw std::runtime_error(path + ": no file of peers");
    std::memcpy(device.private_key.data(), head.data(), 32);
    std::memcpy(&device.port, head.data() + 32, 2);
    while (file.read(row.data(), row.size())) {
        RawPeer& peer = device.peers.emplace_back();
        std::memcpy(peer.key.data(), row.data(), 32);
        std::memcpy(peer.address.data(), row.data() + 32, 4);
        std::memcpy(&peer.keepalive, row.data() + 36, 2);
    }
    return device;
}

Kernel::Kernel(std::string device)
    : device_(std::move(device)), socket_(mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC)) {
    if (socket_ == nullptr || mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) < 0)
        give_up("netlink socket", errno);
    family_ = family_of(WG_GENL_NAME);
}

Kernel::~Kernel() { mnl_socket_close(socket_); }

std::uint16_t Kernel::family_of(const char* name) {
    Writer to(Message{});
    nlmsghdr* header = mnl_nlmsg_put_header(to.header());
    header->nlmsg_type = GENL_ID_CTRL;
    header->nlmsg_flags = NLM_F_REQUEST;
    auto* generic =
        static_cast<genlmsghdr*>(mnl_nlmsg_put_extra_header(header, sizeof(genlmsghdr)));
    generic->cmd = CTRL_CMD_GETFAMILY;
    generic->version = 1;
    mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, name);
    if (mnl_socket_sendto(socket_, header, header->nlmsg_len) < 0)
        give_up("asking for the family", errno);
    const auto got = mnl_socket_recvfrom(socket_, space_.data(), space_.size());
    std::uint16_t id = 0;
    const auto find = [](const nlmsghdr* answer, void* into) {
        for_each_of(answer, [&](const nlattr* each) {
            if (mnl_attr_get_type(each) == CTRL_ATTR_FAMILY_ID)
                *static_cast<std::uint16_t*>(into) = mnl_attr_get_u16(each);
        });
        return MNL_CB_OK;
    };
    if (got < 0 || mnl_cb_run(space_.data(), static_cast<std::size_t>(got), 0, 0, find, &id) < 0 ||
        id == 0)
        give_up("the module wireguard is not there", errno);
    return id;
}

Message Kernel::request(std::uint8_t command, std::uint16_t flags) const {
    Writer to(Message{});
    nlmsghdr* header = mnl_nlmsg_put_header(to.header());
    header->nlmsg_type = family_;
    header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    auto* generic =
        static_cast<genlmsghdr*>(mnl_nlmsg_put_extra_header(header, sizeof(genlmsghdr)));
    generic->cmd = command;
    generic->version = WG_GENL_VERSION;
    mnl_attr_put_strz(header, WGDEVICE_A_IFNAME, device_.c_str());
    return to.take();
}

std::vector<Message> Kernel::adding(const RawDevice& device, std::size_t in_each) const {
    std::vector<Message> messages;
    std::span<const RawPeer> rest = device.peers;
    do {
        Writer to(request(WG_CMD_SET_DEVICE, NLM_F_ACK));
        if (messages.empty()) {
            to.put(WGDEVICE_A_PRIVATE_KEY, device.private_key);
            mnl_attr_put_u16(to.header(), WGDEVICE_A_LISTEN_PORT, device.port);
        }
        rest = rest.subspan(put_peers(to, rest, in_each));
        messages.push_back(to.take());
    } while (!rest.empty());
    return messages;
}

Message Kernel::changing(const RawPeer& peer) const {
    Writer to(request(WG_CMD_SET_DEVICE, NLM_F_ACK));
    to.nest(WGDEVICE_A_PEERS, [&] {
        to.nest(0, [&] {
            to.put(WGPEER_A_PUBLIC_KEY, peer.key);
            mnl_attr_put_u32(to.header(), WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY);
            mnl_attr_put_u16(to.header(), WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer.keepalive);
        });
    });
    return to.take();
}

Message Kernel::emptying() const {
    Writer to(request(WG_CMD_SET_DEVICE, NLM_F_ACK));
    mnl_attr_put_u32(to.header(), WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
    return to.take();
}

// The kernel passes over an update of a peer that is not there before it looks at the prefix, whose
// family it does not know.
Message Kernel::asking(const RawKey& key) const {
    Writer to(request(WG_CMD_SET_DEVICE, NLM_F_ACK));
    to.nest(WGDEVICE_A_PEERS, [&] {
        to.nest(0, [&] {
            to.put(WGPEER_A_PUBLIC_KEY, key);
            mnl_attr_put_u32(to.header(), WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY);
            to.nest(WGPEER_A_ALLOWEDIPS, [&] { put_prefix(to, AF_UNSPEC, {}); });
        });
    });
    return to.take();
}

int Kernel::send(const Message& message) {
    auto* header = reinterpret_cast<nlmsghdr*>(const_cast<std::uint8_t*>(message.data()));
    header->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_, message.data(), message.size()) < 0)
        return errno;
    const auto got = mnl_socket_recvfrom(socket_, space_.data(), space_.size());
    if (got < 0)
        return errno;
    return mnl_cb_run(space_.data(), static_cast<std::size_t>(got), sequence_, 0, nullptr,
                      nullptr) < 0
               ? errno
               : 0;
}

void Kernel::must(const Message& message) {
    if (const int error = send(message))
        give_up("the kernel refuses a message", error);
}

std::size_t Kernel::dump(const Visitor& visitor) {
    auto message = request(WG_CMD_GET_DEVICE, NLM_F_DUMP);
    reinterpret_cast<nlmsghdr*>(message.data())->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_, message.data(), message.size()) < 0)
        give_up("asking for a dump", errno);
    Reader reader(visitor);
    const auto take = [](const nlmsghdr* each, void* to) {
        return static_cast<Reader*>(to)->take(each);
    };
    for (std::size_t bytes = 0;;) {
        const auto got = mnl_socket_recvfrom(socket_, space_.data(), space_.size());
        if (got < 0)
            give_up("reading a dump", errno);
        bytes += static_cast<std::size_t>(got);
        const int on = mnl_cb_run(space_.data(), static_cast<std::size_t>(got), sequence_, 0,
                                  visitor ? static_cast<mnl_cb_t>(take) : nullptr, &reader);
        if (on < 0)
            give_up("a dump", errno);
        if (on == MNL_CB_STOP)
            return bytes;
    }
}

} // namespace wgnl::bench
