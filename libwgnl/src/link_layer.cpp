// SPDX-License-Identifier: LGPL-2.1-or-later
// Links and their addresses over rtnetlink.
#include <array>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "backend.hpp"
#include "codec/attributes.hpp"
#include "creation.hpp"
#include "link_messages.hpp"

namespace wgnl {
namespace {

constexpr int most_repetitions = 8;

/// One small message: a header, and attributes that always fit.
class Request {
public:
    template <typename Header>
    Request(std::uint16_t type, std::uint16_t flags, const Header& header) {
        writer_.begin(type, flags);
        writer_.put_header(header);
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    MessageWriter* operator->() noexcept { return &writer_; }
    std::span<std::uint8_t> finish() noexcept { return writer_.finish(); }

private:
    std::array<std::uint8_t, 512> storage_{};
    MessageWriter writer_{storage_};
};

ifinfomsg link_header(std::uint32_t ifindex) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(ifindex);
    return header;
}

ifaddrmsg address_header(std::uint32_t ifindex, const InterfaceAddress& address) {
    ifaddrmsg header{};
    header.ifa_family = address.address.family() == Family::ipv4 ? AF_INET : AF_INET6;
    header.ifa_prefixlen = address.prefix_length;
    header.ifa_index = ifindex;
    return header;
}

/// Carries out a request whose replies are items of one kind; those that `read` makes nothing of
/// are passed over. Repeated while it is interrupted.
template <typename Item>
using Reader = Result<std::optional<Item>> (*)(Bytes message, std::string_view operation);

template <typename Item> Result<void> gather(Transport& transport, Request& request,
                                             std::string_view operation, Reader<Item> read,
                                             std::vector<Item>& items) {
    const ReplySink take = [&](Bytes message) -> Result<void> {
        auto item = read(message, operation);
        if (!item)
            return std::unexpected(std::move(item).error());
        if (*item)
            items.push_back(**std::move(item));
        return {};
    };
    auto done = transport.exchange(request.finish(), take, operation);
    for (int i = 0; i < most_repetitions && !done && done.error().code() == Errc::interrupted;
         ++i) {
        items.clear();
        done = transport.exchange(request.finish(), take, operation);
    }
    return done;
}

Result<void> carry_out(Transport& transport, Request& request, std::string_view operation) {
    return transport.exchange(
        request.finish(), [](Bytes) -> Result<void> { return {}; }, operation);
}

using AnyLinks = std::vector<LinkLayer::AnyLink>;

/// Links without addresses: all, or the one of that name.
Result<AnyLinks> read_links(Transport& transport, std::string_view name,
                            std::string_view operation) {
    Request request(RTM_GETLINK, name.empty() ? NLM_F_DUMP : std::uint16_t{}, link_header(0));
    request->put<std::uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    if (!name.empty())
        request->put_text(IFLA_IFNAME, name);
    AnyLinks links;
    auto read = gather(transport, request, operation, &read_link, links);
    return read ? Result<AnyLinks>(std::move(links)) : std::unexpected(std::move(read).error());
}

Result<void> add_addresses(Transport& transport, AnyLinks& links, std::string_view operation) {
    Request request(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{});
    std::vector<LinkAddress> all;
    if (auto read = gather(transport, request, operation, &read_link_address, all); !read)
        return read;
    std::unordered_map<std::uint32_t, std::vector<InterfaceAddress>> by_link;
    for (const auto& owned : all)
        by_link[owned.ifindex].push_back(owned.value);
    for (auto& any : links)
        any.link.addresses = std::move(by_link[any.link.ifindex]);
    return {};
}

void put_address(Request& request, const InterfaceAddress& address) {
    request->put_bytes(IFA_LOCAL, address.address.bytes());
    request->put_bytes(IFA_ADDRESS, address.address.bytes());
}

bool failed_with(const Result<void>& result, int errnum) {
    return !result && result.error().errnum() == errnum;
}

Result<void> in_words(Result<void> result, int errnum, Errc code, std::string words) {
    if (!failed_with(result, errnum))
        return result;
    return fail(code, result.error().operation(), std::move(words), errnum);
}

} // namespace

LinkLayer::LinkLayer(std::unique_ptr<Transport> route, CreationOf creation_of)
    : transport_(std::move(route)), creation_of_(std::move(creation_of)) {}

std::uint64_t LinkLayer::sysfs_creation(std::string_view name, std::uint32_t ifindex) {
    return wgnl::creation_of(name, ifindex);
}

Result<std::vector<LinkLayer::AnyLink>> LinkLayer::read(std::string_view name,
                                                        std::string_view operation) {
    auto links = read_links(*transport_, name, operation);
    if (!links)
        return links;
    if (auto added = add_addresses(*transport_, *links, operation); !added)
        return std::unexpected(std::move(added).error());
    for (auto& any : *links)
        if (any.wireguard || any.tun)
            any.link.creation = creation_of_(any.link.name, any.link.ifindex);
    return links;
}

Result<std::vector<LinkLayer::AnyLink>> LinkLayer::list() { return read({}, "list links"); }

Result<LinkLayer::AnyLink> LinkLayer::find(std::string_view name) {
    const std::string operation = fmt::format("find link {}", name);
    if (auto checked = check_device_name(name); !checked)
        return std::unexpected(std::move(checked).error());
    auto links = read(name, operation);
    if (!links && links.error().code() != Errc::not_found)
        return std::unexpected(std::move(links).error());
    // The kernel also finds a link by an alternative name.
    if (!links || links->empty() || links->front().link.name != name)
        return fail(Errc::not_found, operation, "there is no link of that name", ENODEV);
    return std::move(links->front());
}

Result<void> LinkLayer::create_wireguard(std::string_view name) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0));
    request->put_text(IFLA_IFNAME, name);
    request->open_nest(IFLA_LINKINFO);
    request->put_text(IFLA_INFO_KIND, "wireguard");
    request->close_nest();
    auto done = carry_out(*transport_, request, fmt::format("create device {}", name));
    return in_words(std::move(done), EOPNOTSUPP, Errc::unsupported,
                    "the kernel has no wireguard module: install it, or use wireguard-go");
}

Result<void> LinkLayer::remove(std::uint32_t ifindex) {
    Request request(RTM_DELLINK, 0, link_header(ifindex));
    return carry_out(*transport_, request, fmt::format("delete link {}", ifindex));
}

Result<void> LinkLayer::set_up(std::uint32_t ifindex, bool up) {
    ifinfomsg header = link_header(ifindex);
    header.ifi_flags = up ? static_cast<unsigned>(IFF_UP) : 0U;
    header.ifi_change = IFF_UP;
    Request request(RTM_NEWLINK, 0, header);
    auto done =
        carry_out(*transport_, request, fmt::format("set link {} {}", ifindex, up ? "up" : "down"));
    return in_words(std::move(done), EADDRINUSE, Errc::system,
                    "another program has its listen port: end that one, or choose another port");
}

Result<void> LinkLayer::set_mtu(std::uint32_t ifindex, std::uint32_t mtu) {
    Request request(RTM_NEWLINK, 0, link_header(ifindex));
    request->put(IFLA_MTU, mtu);
    return carry_out(*transport_, request, fmt::format("set the MTU of link {}", ifindex));
}

Result<void> LinkLayer::add_address(std::uint32_t ifindex, const InterfaceAddress& address) {
    Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address_header(ifindex, address));
    put_address(request, address);
    auto done = carry_out(*transport_, request,
                          fmt::format("add address {} to link {}", address.to_string(), ifindex));
    return failed_with(done, EEXIST) ? Result<void>{} : done;
}

Result<void> LinkLayer::remove_address(std::uint32_t ifindex, const InterfaceAddress& address) {
    Request request(RTM_DELADDR, 0, address_header(ifindex, address));
    put_address(request, address);
    auto done =
        carry_out(*transport_, request,
                  fmt::format("remove address {} from link {}", address.to_string(), ifindex));
    return failed_with(done, EADDRNOTAVAIL) ? Result<void>{} : done;
}

} // namespace wgnl
