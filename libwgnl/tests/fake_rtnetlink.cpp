// SPDX-License-Identifier: LGPL-2.1-or-later
// A fake of rtnetlink, which reads and writes messages by libmnl, not by the code under test.
#include "fake_rtnetlink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace wgnl::tests {
namespace {

using Entry = FakeRtnetlink::Entry;

/// The attributes of one level by their type; absent ones are null.
template <std::size_t Count> class Attributes {
public:
    void read(const nlattr* first, std::size_t bytes) {
        const auto* at = first;
        for (auto left = static_cast<int>(bytes); mnl_attr_ok(at, left);
             left -= MNL_ALIGN(at->nla_len), at = mnl_attr_next(at))
            if (mnl_attr_get_type(at) < Count)
                table_[mnl_attr_get_type(at)] = at;
    }
    const nlattr* operator[](std::size_t type) const { return table_[type]; }
    std::string text(std::size_t type) const {
        return table_[type] ? mnl_attr_get_str(table_[type]) : std::string();
    }

private:
    std::array<const nlattr*, Count> table_{};
};

template <std::size_t Count, typename Header>
Attributes<Count> attributes_of(const nlmsghdr& request) {
    Attributes<Count> attributes;
    const auto* first =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&request, sizeof(Header)));
    attributes.read(first, mnl_nlmsg_get_payload_len(&request) - MNL_ALIGN(sizeof(Header)));
    return attributes;
}

using LinkAttributes = Attributes<IFLA_MAX + 1>;

std::string kind_of(const LinkAttributes& attributes) {
    const nlattr* info = attributes[IFLA_LINKINFO];
    if (!info)
        return {};
    Attributes<IFLA_INFO_MAX + 1> nested;
    nested.read(static_cast<const nlattr*>(mnl_attr_get_payload(info)),
                mnl_attr_get_payload_len(info));
    return nested.text(IFLA_INFO_KIND);
}

const ifinfomsg& link_header(const nlmsghdr& request) {
    return *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&request));
}

template <typename Header> Header& put_header(nlmsghdr& message, const Header& header) {
    void* place = mnl_nlmsg_put_extra_header(&message, sizeof(Header));
    return *static_cast<Header*>(std::memcpy(place, &header, sizeof(Header)));
}

void write_link(nlmsghdr& message, const Entry& entry) {
    message.nlmsg_type = RTM_NEWLINK;
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(entry.ifindex);
    header.ifi_flags = entry.up ? static_cast<unsigned>(IFF_UP) : 0U;
    put_header(message, header);
    mnl_attr_put_strz(&message, IFLA_IFNAME, entry.name.c_str());
    mnl_attr_put_u32(&message, IFLA_MTU, entry.mtu);
    if (entry.kind.empty())
        return;
    nlattr* info = mnl_attr_nest_start(&message, IFLA_LINKINFO);
    mnl_attr_put_strz(&message, IFLA_INFO_KIND, entry.kind.c_str());
    mnl_attr_nest_end(&message, info);
}

void write_address(nlmsghdr& message, const Entry& entry, const InterfaceAddress& address) {
    message.nlmsg_type = RTM_NEWADDR;
    const bool v4 = address.address.family() == Family::ipv4;
    ifaddrmsg header{};
    header.ifa_family = v4 ? AF_INET : AF_INET6;
    header.ifa_prefixlen = address.prefix_length;
    header.ifa_index = entry.ifindex;
    put_header(message, header);
    const auto bytes = address.address.bytes();
    mnl_attr_put(&message, IFA_ADDRESS, bytes.size(), bytes.data());
    if (v4)
        mnl_attr_put(&message, IFA_LOCAL, bytes.size(), bytes.data());
    if (const auto made_by = entry.protocols.find(address); made_by != entry.protocols.end())
        mnl_attr_put_u8(&message, IFA_PROTO, made_by->second);
}

void write_route(nlmsghdr& message, const Entry& entry, const Route& route) {
    message.nlmsg_type = RTM_NEWROUTE;
    rtmsg header{};
    const auto bytes = route.destination.network.bytes();
    header.rtm_family = bytes.size() == 4 ? AF_INET : AF_INET6;
    header.rtm_dst_len = route.destination.prefix_length;
    header.rtm_table =
        static_cast<unsigned char>(route.table < 256 ? route.table : RT_TABLE_COMPAT);
    header.rtm_protocol = route.protocol;
    header.rtm_type = RTN_UNICAST;
    put_header(message, header);
    mnl_attr_put_u32(&message, RTA_TABLE, route.table);
    if (header.rtm_dst_len != 0)
        mnl_attr_put(&message, RTA_DST, bytes.size(), bytes.data());
    if (route.metric != 0)
        mnl_attr_put_u32(&message, RTA_PRIORITY, route.metric);
    mnl_attr_put_u32(&message, RTA_OIF, entry.ifindex);
}

/// A reply in a buffer of its own, as the transport promises.
template <typename Write> Result<void> reply(const ReplySink& sink, Write write) {
    std::array<std::uint8_t, 1024> buffer{};
    nlmsghdr& message = *mnl_nlmsg_put_header(buffer.data());
    write(message);
    return sink(Bytes(buffer).first(message.nlmsg_len));
}

IpAddress read_ip(int family, const nlattr& attribute) {
    const auto* data = static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute));
    return family == AF_INET ? IpAddress::v4(std::span<const std::uint8_t, 4>(data, 4))
                             : IpAddress::v6(std::span<const std::uint8_t, 16>(data, 16));
}

InterfaceAddress requested_address(const ifaddrmsg& header, const nlattr& attribute) {
    return {read_ip(header.ifa_family, attribute), header.ifa_prefixlen};
}

using RouteAttributes = Attributes<RTA_MAX + 1>;

/// IPv6 has no metric 0.
Route requested_route(const rtmsg& header, const RouteAttributes& attributes) {
    const std::uint32_t preset = header.rtm_family == AF_INET6 ? 1024 : 0;
    const std::array<std::uint8_t, 16> zeros{};
    const auto any = header.rtm_family == AF_INET ? IpAddress() : IpAddress::v6(zeros);
    return {{attributes[RTA_DST] ? read_ip(header.rtm_family, *attributes[RTA_DST]) : any,
             header.rtm_dst_len},
            attributes[RTA_TABLE] ? mnl_attr_get_u32(attributes[RTA_TABLE]) : header.rtm_table,
            attributes[RTA_PRIORITY] ? mnl_attr_get_u32(attributes[RTA_PRIORITY]) : preset,
            header.rtm_protocol};
}

/// For the kernel two such routes are in each other's way, whoever made them.
bool collide(const Route& one, const Route& other) {
    return one.destination == other.destination && one.table == other.table &&
           one.metric == other.metric;
}

/// In the network of an IPv4 address that came before it.
bool is_secondary_of(const InterfaceAddress& address, const InterfaceAddress& first) {
    return first.address.family() == Family::ipv4 && address.address.family() == Family::ipv4 &&
           address.prefix_length == first.prefix_length &&
           address.address.masked(first.prefix_length) == first.address.masked(first.prefix_length);
}

} // namespace

/// One socket on the fake.
class FakeRtnetlink::Port final : public Transport {
public:
    explicit Port(FakeRtnetlink& fake) : fake_(fake) {}

    Result<void> exchange(std::span<std::uint8_t> request, const ReplySink& sink,
                          std::string_view operation) override {
        nlmsghdr header;
        std::memcpy(&header, request.data(), sizeof(header));
        if (header.nlmsg_len != request.size())
            return fail(Errc::protocol, std::string(operation), "the length is not the message's");
        const auto& message = *reinterpret_cast<const nlmsghdr*>(request.data());
        // A copy: the call may put another one, or none, in its own place.
        if (const auto call = fake_.before_request_)
            call(header.nlmsg_type);
        if (header.nlmsg_type == RTM_GETLINK || header.nlmsg_type == RTM_GETADDR ||
            header.nlmsg_type == RTM_GETROUTE)
            return read(message, sink, operation);
        ++fake_.changes_;
        return outcome(change(message), operation);
    }

private:
    static Result<void> outcome(int errnum, std::string_view operation) {
        if (errnum == 0)
            return {};
        return std::unexpected(Error::from_errno(errnum, std::string(operation)));
    }

    Result<void> read(const nlmsghdr& request, const ReplySink& sink, std::string_view operation) {
        if ((request.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
            return read_one(request, sink, operation);
        for (const Entry& entry : fake_.entries_)
            if (auto taken = dump(request, entry, sink); !taken)
                return taken;
        if (fake_.interruptions_ == 0)
            return {};
        --fake_.interruptions_;
        return fail(Errc::interrupted, std::string(operation), "interrupted by the test", EINTR);
    }

    static Result<void> dump(const nlmsghdr& request, const Entry& entry, const ReplySink& sink) {
        if (request.nlmsg_type == RTM_GETLINK)
            return reply(sink, [&](nlmsghdr& message) { write_link(message, entry); });
        if (request.nlmsg_type == RTM_GETROUTE)
            return dump_routes(request, entry, sink);
        for (const auto& address : entry.addresses) {
            const auto write = [&](nlmsghdr& message) { write_address(message, entry, address); };
            if (auto taken = reply(sink, write); !taken)
                return taken;
        }
        return {};
    }

    /// As a kernel that filters by nothing but the family.
    static Result<void> dump_routes(const nlmsghdr& request, const Entry& entry,
                                    const ReplySink& sink) {
        const auto& header = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&request));
        const std::size_t size = header.rtm_family == AF_INET ? 4 : 16;
        for (const auto& route : entry.routes) {
            const auto write = [&](nlmsghdr& message) { write_route(message, entry, route); };
            if (route.destination.network.bytes().size() != size)
                continue;
            if (auto taken = reply(sink, write); !taken)
                return taken;
        }
        return {};
    }

    Result<void> read_one(const nlmsghdr& request, const ReplySink& sink,
                          std::string_view operation) {
        const Entry* entry = target(request);
        if (!entry)
            return outcome(ENODEV, operation);
        return reply(sink, [&](nlmsghdr& message) { write_link(message, *entry); });
    }

    /// By index, or else by name.
    Entry* target(const nlmsghdr& request) {
        const auto index = static_cast<std::uint32_t>(link_header(request).ifi_index);
        if (index != 0)
            return fake_.find(index);
        return fake_.find(attributes_of<IFLA_MAX + 1, ifinfomsg>(request).text(IFLA_IFNAME));
    }

    int change(const nlmsghdr& request) {
        switch (request.nlmsg_type) {
        case RTM_NEWLINK:
            return (request.nlmsg_flags & NLM_F_CREATE) != 0 ? create(request) : modify(request);
        case RTM_DELLINK: {
            const Entry* entry = target(request);
            return entry ? fake_.remove(entry->ifindex) : ENODEV;
        }
        case RTM_NEWADDR:
        case RTM_DELADDR:
            return change_address(request);
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            return change_route(request);
        default:
            return EOPNOTSUPP;
        }
    }

    int create(const nlmsghdr& request) {
        const auto attributes = attributes_of<IFLA_MAX + 1, ifinfomsg>(request);
        const std::string name = attributes.text(IFLA_IFNAME);
        if (fake_.find(name))
            return (request.nlmsg_flags & NLM_F_EXCL) != 0 ? EEXIST : 0;
        return fake_.add(name, kind_of(attributes));
    }

    int modify(const nlmsghdr& request) {
        Entry* entry = target(request);
        if (!entry)
            return ENODEV;
        const ifinfomsg& header = link_header(request);
        const auto attributes = attributes_of<IFLA_MAX + 1, ifinfomsg>(request);
        if (const nlattr* mtu = attributes[IFLA_MTU])
            entry->mtu = mnl_attr_get_u32(mtu);
        if (const auto name = attributes.text(IFLA_IFNAME); header.ifi_index != 0 && !name.empty())
            return name == entry->name ? 0 : fake_.rename(entry->ifindex, name);
        if (attributes[IFLA_NET_NS_FD])
            return fake_.move_away(entry->ifindex);
        if ((header.ifi_change & IFF_UP) == 0)
            return 0;
        return fake_.set_up(entry->ifindex, (header.ifi_flags & IFF_UP) != 0);
    }

    int change_address(const nlmsghdr& request) {
        const auto& header = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&request));
        const auto attributes = attributes_of<IFA_MAX + 1, ifaddrmsg>(request);
        Entry* entry = fake_.find(header.ifa_index);
        if (!entry)
            return ENODEV;
        if (!attributes[IFA_LOCAL])
            return EINVAL;
        const auto address = requested_address(header, *attributes[IFA_LOCAL]);
        if (request.nlmsg_type == RTM_DELADDR)
            return remove_address(*entry, address);
        const auto is_there = [&](const InterfaceAddress& each) {
            return each == address ||
                   (each.address == address.address && header.ifa_family == AF_INET6);
        };
        if (std::ranges::any_of(entry->addresses, is_there))
            return EEXIST;
        entry->addresses.push_back(address);
        entry->scopes[address] = header.ifa_scope;
        if (attributes[IFA_PROTO])
            entry->protocols[address] = mnl_attr_get_u8(attributes[IFA_PROTO]);
        return 0;
    }

    int remove_address(Entry& entry, const InterfaceAddress& address) const {
        auto& list = entry.addresses;
        const auto at = std::ranges::find(list, address);
        if (at == list.end())
            return EADDRNOTAVAIL;
        const auto secondary = [&](const auto& each) { return is_secondary_of(each, address); };
        const bool is_first = std::ranges::find_if(list, secondary) == at;
        if (is_first && !fake_.promotes_)
            list.erase(std::remove_if(at, list.end(), secondary), list.end());
        std::erase(list, address);
        return 0;
    }

    /// Whether another link has it does not matter, in one table.
    int change_route(const nlmsghdr& request) {
        const auto& header = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&request));
        const auto attributes = attributes_of<RTA_MAX + 1, rtmsg>(request);
        Entry* entry =
            attributes[RTA_OIF] ? fake_.find(mnl_attr_get_u32(attributes[RTA_OIF])) : nullptr;
        if (!entry)
            return ENODEV;
        const auto route = requested_route(header, attributes);
        if (request.nlmsg_type == RTM_DELROUTE)
            return std::erase(entry->routes, route) != 0 ? 0 : ESRCH;
        if (!entry->up)
            return ENETDOWN;
        if (!entry->ipv6 && route.destination.network.family() == Family::ipv6)
            return EACCES;
        for (const auto& each : fake_.entries_)
            for (const auto& other : each.routes)
                if (collide(other, route))
                    return EEXIST;
        entry->routes.push_back(route);
        return 0;
    }

    FakeRtnetlink& fake_;
};

FakeRtnetlink::FakeRtnetlink() {
    entries_.push_back(
        {.name = "lo", .ifindex = 1, .up = true, .mtu = 65536, .link_generation = ++generations_});
}

std::unique_ptr<Transport> FakeRtnetlink::transport() { return std::make_unique<Port>(*this); }

int FakeRtnetlink::add(std::string_view name, std::string_view kind, std::uint32_t ifindex) {
    if (find(name) || (ifindex != 0 && find(ifindex)))
        return EEXIST;
    if (name.empty() || name.size() >= IFNAMSIZ)
        return EINVAL;
    const auto last = std::ranges::max(entries_, {}, &Entry::ifindex).ifindex;
    Entry entry{.name = std::string(name), .kind = std::string(kind)};
    entry.ifindex = ifindex != 0 ? ifindex : last + 1;
    entry.link_generation = ++generations_;
    const auto index = entries_.emplace_back(std::move(entry)).ifindex;
    if (kind == "wireguard" && hooks_.on_create)
        hooks_.on_create(name, index);
    return 0;
}

int FakeRtnetlink::remove(std::uint32_t ifindex) {
    const Entry* entry = find(ifindex);
    if (!entry)
        return ENODEV;
    if (entry->kind.empty())
        return EOPNOTSUPP;
    if (entry->kind == "wireguard" && hooks_.on_delete)
        hooks_.on_delete(ifindex);
    std::erase_if(entries_, [ifindex](const Entry& each) { return each.ifindex == ifindex; });
    return 0;
}

int FakeRtnetlink::set_up(std::uint32_t ifindex, bool up) {
    Entry* entry = find(ifindex);
    if (!entry)
        return ENODEV;
    if (entry->up == up)
        return 0;
    if (entry->kind == "wireguard" && hooks_.on_updown)
        if (const int errnum = hooks_.on_updown(ifindex, up); errnum != 0)
            return errnum;
    entry->up = up;
    if (!up)
        entry->routes.clear();
    return 0;
}

int FakeRtnetlink::rename(std::uint32_t ifindex, std::string_view name) {
    Entry* entry = find(ifindex);
    if (!entry)
        return ENODEV;
    if (find(name))
        return EEXIST;
    if (name.empty() || name.size() >= IFNAMSIZ)
        return EINVAL;
    entry->name = name;
    if (entry->kind == "wireguard" && hooks_.on_rename)
        hooks_.on_rename(ifindex, name);
    return 0;
}

FakeRtnetlink::Entry* FakeRtnetlink::find(std::string_view name) noexcept {
    const auto at = std::ranges::find(entries_, name, &Entry::name);
    return at == entries_.end() ? nullptr : &*at;
}

FakeRtnetlink::Entry* FakeRtnetlink::find(std::uint32_t ifindex) noexcept {
    const auto at = std::ranges::find(entries_, ifindex, &Entry::ifindex);
    return at == entries_.end() ? nullptr : &*at;
}

std::uint64_t FakeRtnetlink::link_generation_of(std::string_view name,
                                                std::uint32_t ifindex) noexcept {
    const Entry* entry = find(name);
    return entry && entry->ifindex == ifindex ? entry->link_generation : 0;
}

} // namespace wgnl::tests
