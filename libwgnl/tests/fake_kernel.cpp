// SPDX-License-Identifier: LGPL-2.1-or-later
// A fake of the kernel's WireGuard module: what a change does, and the answers on its sockets.
#include "fake_kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>

#include <netinet/in.h>

#include "codec/attributes.hpp"
#include "codec/wireguard_uapi.hpp"

namespace wgnl::tests {
namespace {

struct Rule {
    enum class Kind : std::uint8_t { none, exact, at_least, nest, text } kind{Kind::none};
    std::size_t size{};
};
constexpr std::size_t most_attributes = 16;
using Policy = std::array<Rule, most_attributes>;
using Parsed = std::array<std::optional<Bytes>, most_attributes>;
using enum Rule::Kind;

constexpr Policy device_policy = {{{},
                                   {exact, 4},
                                   {text, 16},
                                   {exact, 32},
                                   {exact, 32},
                                   {exact, 4},
                                   {exact, 2},
                                   {exact, 4},
                                   {nest, 0}}};
constexpr Policy peer_policy = {{{},
                                 {exact, 32},
                                 {exact, 32},
                                 {exact, 4},
                                 {at_least, 16},
                                 {exact, 2},
                                 {exact, 16},
                                 {exact, 8},
                                 {exact, 8},
                                 {nest, 0},
                                 {exact, 4}}};

Policy allowed_ip_policy(bool with_flags) {
    Policy policy = {{{}, {exact, 2}, {at_least, 4}, {exact, 1}}};
    if (with_flags)
        policy[allowedip_a_flags] = {exact, 4};
    return policy;
}

bool satisfies(const AttributeReader& attribute, const Rule& rule) {
    const std::size_t size = attribute.payload().size();
    switch (rule.kind) {
    case none:
        return false;
    case exact:
        return size == rule.size;
    case at_least:
        return size >= rule.size;
    case nest:
        return attribute.is_nested();
    case text:
        return size <= rule.size && !attribute.payload().empty() && attribute.payload().back() == 0;
    }
    return false;
}

int parse(AttributeReader reader, const Policy& policy, Parsed& parsed) {
    while (reader.next()) {
        if (reader.type() >= policy.size() || !satisfies(reader, policy[reader.type()]))
            return EINVAL;
        parsed[reader.type()] = reader.payload();
    }
    return reader.ok() ? 0 : EINVAL;
}

template <typename T> T value_of(Bytes bytes) {
    T value{};
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}
template <typename T> T value_or(const std::optional<Bytes>& bytes, T otherwise) {
    return bytes ? value_of<T>(*bytes) : otherwise;
}

bool all_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

class Change {
public:
    Change(FakeKernel::Live& live, const FakeKernel::Features& features,
           FakeKernel::SetRecord& record)
        : live_(live), device_(live.device), features_(features), record_(record) {}

    void set_private_key(Bytes bytes);
    int set_peers(Bytes peers);

private:
    int set_peer(const Parsed& fields);
    int set_allowed_ips(const PublicKey& key, Bytes list);
    int set_allowed_ip(const PublicKey& key, const Parsed& fields);
    void set_endpoint(Peer& peer, Bytes bytes);
    void set_keepalive(Peer& peer, std::uint16_t seconds);
    Peer* find(const PublicKey& key);
    void create(const PublicKey& key);
    void remove(const PublicKey& key);
    void take(const AllowedIp& ip, const PublicKey& from);

    FakeKernel::Live& live_;
    Device& device_;
    const FakeKernel::Features& features_;
    FakeKernel::SetRecord& record_;
};

Peer* Change::find(const PublicKey& key) {
    const auto found = std::ranges::find(device_.peers, key, &Peer::public_key);
    return found == device_.peers.end() ? nullptr : &*found;
}

void Change::create(const PublicKey& key) {
    device_.peers.push_back({.public_key = key});
    ++record_.created;
}

void Change::remove(const PublicKey& key) {
    record_.removed +=
        std::erase_if(device_.peers, [&](const Peer& peer) { return peer.public_key == key; });
    std::erase_if(live_.owners, [&](const auto& entry) { return entry.second == key; });
}

void Change::set_private_key(Bytes bytes) {
    device_.private_key.reset();
    device_.public_key.reset();
    if (all_zero(bytes))
        return;
    auto clamped = value_of<KeyBytes>(bytes);
    clamped[0] &= 248;
    clamped[31] = static_cast<std::uint8_t>((clamped[31] & 127) | 64);
    device_.private_key.emplace(clamped);
    device_.public_key = public_key_of(*device_.private_key);
    if (find(*device_.public_key))
        remove(*device_.public_key);
}

int Change::set_peers(Bytes peers) {
    AttributeReader reader(peers);
    while (reader.next()) {
        Parsed fields;
        if (!reader.is_nested() || parse(reader.nested(), peer_policy, fields) != 0)
            return EINVAL;
        if (const int errnum = set_peer(fields))
            return errnum;
    }
    return 0;
}

int Change::set_peer(const Parsed& fields) {
    if (!fields[WGPEER_A_PUBLIC_KEY])
        return EINVAL;
    const PublicKey key(value_of<KeyBytes>(*fields[WGPEER_A_PUBLIC_KEY]));
    const auto flags = value_or<std::uint32_t>(fields[WGPEER_A_FLAGS], 0);
    if (flags > (WGPEER_F_REMOVE_ME | WGPEER_F_REPLACE_ALLOWEDIPS | WGPEER_F_UPDATE_ONLY))
        return features_.removes_by_flag ? EINVAL : EOPNOTSUPP;
    if (value_or<std::uint32_t>(fields[WGPEER_A_PROTOCOL_VERSION], 1) != 1)
        return EPFNOSUPPORT;
    if (!find(key)) {
        if ((flags & (WGPEER_F_REMOVE_ME | WGPEER_F_UPDATE_ONLY)) || device_.public_key == key)
            return 0;
        create(key);
    }
    if (flags & WGPEER_F_REMOVE_ME) {
        remove(key);
        return 0;
    }
    if (const auto& bytes = fields[WGPEER_A_PRESHARED_KEY])
        find(key)->preshared_key =
            all_zero(*bytes) ? std::nullopt : std::optional(PresharedKey(bytes->first<key_size>()));
    if (fields[WGPEER_A_ENDPOINT])
        set_endpoint(*find(key), *fields[WGPEER_A_ENDPOINT]);
    if (flags & WGPEER_F_REPLACE_ALLOWEDIPS) {
        find(key)->allowed_ips.clear();
        std::erase_if(live_.owners, [&](const auto& entry) { return entry.second == key; });
    }
    if (fields[WGPEER_A_ALLOWEDIPS])
        if (const int errnum = set_allowed_ips(key, *fields[WGPEER_A_ALLOWEDIPS]))
            return errnum;
    if (const auto& bytes = fields[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
        set_keepalive(*find(key), value_of<std::uint16_t>(*bytes));
    return 0;
}

void Change::set_keepalive(Peer& peer, std::uint16_t seconds) {
    if (peer.persistent_keepalive == 0 && seconds != 0 && live_.up)
        ++live_.keepalives[peer.public_key];
    peer.persistent_keepalive = seconds;
}

/// Anything but the two socket addresses is passed over without a word.
void Change::set_endpoint(Peer& peer, Bytes bytes) {
    const auto family = value_of<sa_family_t>(bytes);
    if (bytes.size() == sizeof(sockaddr_in) && family == AF_INET) {
        const auto v4 = value_of<sockaddr_in>(bytes);
        const auto address = value_of<std::array<std::uint8_t, 4>>(bytes.subspan(4));
        peer.endpoint = Endpoint{IpAddress::v4(address), ntohs(v4.sin_port), 0};
    } else if (bytes.size() == sizeof(sockaddr_in6) && family == AF_INET6) {
        const auto v6 = value_of<sockaddr_in6>(bytes);
        peer.endpoint =
            Endpoint{IpAddress::v6(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port), v6.sin6_scope_id};
    }
}

int Change::set_allowed_ips(const PublicKey& key, Bytes list) {
    AttributeReader reader(list);
    while (reader.next()) {
        Parsed fields;
        if (!reader.is_nested() ||
            parse(reader.nested(), allowed_ip_policy(features_.removes_by_flag), fields) != 0)
            return EINVAL;
        if (const int errnum = set_allowed_ip(key, fields))
            return errnum;
    }
    return 0;
}

std::optional<AllowedIp> allowed_ip_of(const Parsed& fields) {
    if (!fields[WGALLOWEDIP_A_FAMILY] || !fields[WGALLOWEDIP_A_IPADDR] ||
        !fields[WGALLOWEDIP_A_CIDR_MASK])
        return std::nullopt;
    const auto family = value_of<std::uint16_t>(*fields[WGALLOWEDIP_A_FAMILY]);
    const Bytes address = *fields[WGALLOWEDIP_A_IPADDR];
    const std::uint8_t length = fields[WGALLOWEDIP_A_CIDR_MASK]->front();
    if (family == AF_INET && length <= 32 && address.size() == 4)
        return AllowedIp{IpAddress::v4(address.first<4>()).masked(length), length};
    if (family == AF_INET6 && length <= 128 && address.size() == 16)
        return AllowedIp{IpAddress::v6(address.first<16>()).masked(length), length};
    return std::nullopt;
}

void Change::take(const AllowedIp& ip, const PublicKey& from) {
    if (Peer* const peer = find(from))
        std::erase(peer->allowed_ips, ip);
    live_.owners.erase(ip);
}

int Change::set_allowed_ip(const PublicKey& key, const Parsed& fields) {
    const auto ip = allowed_ip_of(fields);
    if (!ip)
        return EINVAL;
    const auto flags = value_or<std::uint32_t>(fields[allowedip_a_flags], 0);
    const auto owner = live_.owners.find(*ip);
    if (flags & allowedip_f_remove_me) {
        if (owner != live_.owners.end() && owner->second == key)
            take(*ip, key);
        return 0;
    }
    if (owner != live_.owners.end())
        take(*ip, PublicKey(owner->second));
    live_.owners.emplace(*ip, key);
    find(key)->allowed_ips.push_back(*ip);
    return 0;
}

using Message = std::vector<std::uint8_t>;

template <typename T> void append(Message& message, const T& value) {
    const std::size_t size = message.size();
    message.resize(size + sizeof(value));
    std::memcpy(message.data() + size, &value, sizeof(value));
}

void append_text_attribute(Message& message, std::string_view text) {
    std::array<std::uint8_t, 512> storage;
    MessageWriter writer(storage);
    writer.put_text(NLMSGERR_ATTR_MSG, text);
    const auto size = writer.mark().size;
    message.insert(message.end(), storage.begin(),
                   storage.begin() + static_cast<std::ptrdiff_t>(size));
}

Message finished(Message message) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::memcpy(message.data(), &size, sizeof(size));
    return message;
}

Message acknowledgement(const nlmsghdr& request, const FakeKernel::Fault& fault) {
    const bool speaks = !fault.text.empty();
    Message message;
    append(message, nlmsghdr{.nlmsg_type = NLMSG_ERROR,
                             .nlmsg_flags = static_cast<std::uint16_t>(
                                 NLM_F_CAPPED | (speaks ? NLM_F_ACK_TLVS : 0)),
                             .nlmsg_seq = request.nlmsg_seq,
                             .nlmsg_pid = request.nlmsg_pid});
    append(message, nlmsgerr{-fault.errnum, request});
    if (speaks)
        append_text_attribute(message, fault.text);
    return finished(std::move(message));
}

Message end_of_dump(const nlmsghdr& request, const FakeKernel::Fault& fault, bool interrupted) {
    const bool speaks = !fault.text.empty();
    Message message;
    append(message, nlmsghdr{.nlmsg_type = NLMSG_DONE,
                             .nlmsg_flags = static_cast<std::uint16_t>(
                                 NLM_F_MULTI | (speaks ? NLM_F_ACK_TLVS : 0) |
                                 (interrupted ? NLM_F_DUMP_INTR : 0)),
                             .nlmsg_seq = request.nlmsg_seq,
                             .nlmsg_pid = request.nlmsg_pid});
    append(message, -fault.errnum);
    if (speaks)
        append_text_attribute(message, fault.text);
    return finished(std::move(message));
}

void address_to(Message& message, const nlmsghdr& request) {
    auto header = value_of<nlmsghdr>(message);
    header.nlmsg_seq = request.nlmsg_seq;
    header.nlmsg_pid = request.nlmsg_pid;
    std::memcpy(message.data(), &header, sizeof(header));
}

std::uint8_t command_of(Bytes request) {
    return value_of<genlmsghdr>(request.subspan(NLMSG_HDRLEN)).cmd;
}

} // namespace

class FakeKernel::Socket final : public DatagramSocket {
public:
    Socket(FakeKernel& kernel, std::uint32_t port_id) : kernel_(kernel), port_id_(port_id) {}

    std::uint32_t port_id() const noexcept override { return port_id_; }

    int send(Bytes datagram) override {
        for (auto& reply : kernel_.answer(datagram))
            replies_.push_back(std::move(reply));
        return 0;
    }

    Received receive(std::span<std::uint8_t> buffer, Wait) override {
        if (replies_.empty())
            return {.errnum = EAGAIN};
        const Message reply = std::move(replies_.front());
        replies_.pop_front();
        std::copy_n(reply.begin(), std::min(reply.size(), buffer.size()), buffer.begin());
        return {.size = reply.size(), .truncated = reply.size() > buffer.size()};
    }

private:
    FakeKernel& kernel_;
    std::uint32_t port_id_;
    std::deque<Message> replies_;
};

std::unique_ptr<DatagramSocket> FakeKernel::socket() {
    return std::make_unique<Socket>(*this, next_port_id_++);
}

std::unique_ptr<Transport> FakeKernel::transport() {
    return std::make_unique<NetlinkTransport>(socket());
}

void FakeKernel::create(std::string_view name, std::uint32_t ifindex) {
    auto live = std::make_unique<Live>();
    live->device.name = name;
    live->device.ifindex = ifindex;
    devices_.push_back(std::move(live));
}

void FakeKernel::remove(std::uint32_t ifindex) {
    std::erase_if(devices_, [=](const auto& live) { return live->device.ifindex == ifindex; });
}

int FakeKernel::set_up(std::uint32_t ifindex, bool up) {
    Live* const live = find(ifindex);
    if (!live)
        return ENODEV;
    if (up && port_is_taken(*live, live->device.listen_port))
        return EADDRINUSE;
    live->up = up;
    if (up && live->device.listen_port == 0)
        live->device.listen_port = next_random_port_++;
    return 0;
}

FakeKernel::Live* FakeKernel::find(std::string_view name) noexcept {
    const auto found =
        std::ranges::find_if(devices_, [=](const auto& live) { return live->device.name == name; });
    return found == devices_.end() ? nullptr : found->get();
}

FakeKernel::Live* FakeKernel::find(std::uint32_t ifindex) noexcept {
    const auto found = std::ranges::find_if(
        devices_, [=](const auto& live) { return live->device.ifindex == ifindex; });
    return found == devices_.end() ? nullptr : found->get();
}

bool FakeKernel::port_is_taken(const Live& by, std::uint16_t port) const {
    return port != 0 && std::ranges::any_of(devices_, [&](const auto& other) {
               return other.get() != &by && other->up && other->device.listen_port == port;
           });
}

int FakeKernel::set_port(Live& live, std::uint16_t port) {
    if (live.device.listen_port == port)
        return 0;
    if (live.up && port_is_taken(live, port))
        return EADDRINUSE;
    live.device.listen_port = live.up && port == 0 ? next_random_port_++ : port;
    return 0;
}

FakeKernel::Datagrams FakeKernel::answer(Bytes request) {
    const auto header = value_of<nlmsghdr>(request);
    if (header.nlmsg_type == GENL_ID_CTRL)
        return answer_controller(request);
    if (!features_.module || header.nlmsg_type != family_)
        return {acknowledgement(header, {ENOENT})};
    if (!privileged_)
        return {acknowledgement(header, {EPERM})};
    if (command_of(request) == WG_CMD_SET_DEVICE)
        return answer_set(request);
    if ((header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
        return {acknowledgement(header, {EOPNOTSUPP})};
    return answer_dump(request);
}

FakeKernel::Datagrams FakeKernel::answer_controller(Bytes request) const {
    const auto header = value_of<nlmsghdr>(request);
    AttributeReader reader = message_attributes(request, sizeof(genlmsghdr));
    if (!features_.module || !reader.next() || reader.text() != WG_GENL_NAME)
        return {acknowledgement(header, {ENOENT})};
    Message reply(256);
    MessageWriter writer(reply);
    writer.begin(GENL_ID_CTRL, 0);
    writer.put_header(genlmsghdr{CTRL_CMD_NEWFAMILY, 2, 0});
    writer.put_text(CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
    writer.put(CTRL_ATTR_FAMILY_ID, family_);
    writer.put(CTRL_ATTR_VERSION, std::uint32_t{1});
    reply.resize(writer.finish().size());
    address_to(reply, header);
    return {reply, acknowledgement(header, {})};
}

int FakeKernel::select(Bytes request, Live*& live) {
    Parsed fields;
    if (parse(message_attributes(request, sizeof(genlmsghdr)), device_policy, fields) != 0)
        return EINVAL;
    const auto& index = fields[WGDEVICE_A_IFINDEX];
    const auto& name = fields[WGDEVICE_A_IFNAME];
    if (index.has_value() == name.has_value())
        return EBADR;
    live = index ? find(value_of<std::uint32_t>(*index))
                 : find(std::string_view(reinterpret_cast<const char*>(name->data())));
    return live ? 0 : ENODEV;
}

FakeKernel::Datagrams FakeKernel::answer_set(Bytes request) {
    const auto header = value_of<nlmsghdr>(request);
    const bool faulty = set_fault_.fault.errnum != 0 && sets_.size() == set_fault_.at;
    SetRecord& record = sets_.emplace_back();
    record.bytes.assign(request.begin(), request.end());
    if (faulty)
        return {acknowledgement(header, std::exchange(set_fault_.fault, {}))};
    return {acknowledgement(header, {apply(request, record)})};
}

int FakeKernel::apply(Bytes request, SetRecord& record) {
    Live* live = nullptr;
    if (const int errnum = select(request, live))
        return errnum;
    Parsed fields;
    (void)parse(message_attributes(request, sizeof(genlmsghdr)), device_policy, fields);
    const auto flags = value_or<std::uint32_t>(fields[WGDEVICE_A_FLAGS], 0);
    if (flags > WGDEVICE_F_REPLACE_PEERS)
        return features_.removes_by_flag ? EINVAL : EOPNOTSUPP;
    live->device.fwmark = value_or(fields[WGDEVICE_A_FWMARK], live->device.fwmark);
    if (const auto& port = fields[WGDEVICE_A_LISTEN_PORT])
        if (const int errnum = set_port(*live, value_of<std::uint16_t>(*port)))
            return errnum;
    if (flags & WGDEVICE_F_REPLACE_PEERS) {
        live->device.peers.clear();
        live->owners.clear();
    }
    Change change(*live, features_, record);
    if (fields[WGDEVICE_A_PRIVATE_KEY])
        change.set_private_key(*fields[WGDEVICE_A_PRIVATE_KEY]);
    return fields[WGDEVICE_A_PEERS] ? change.set_peers(*fields[WGDEVICE_A_PEERS]) : 0;
}

FakeKernel::Datagrams FakeKernel::answer_dump(Bytes request) {
    const auto header = value_of<nlmsghdr>(request);
    Live* live = nullptr;
    if (const int errnum = select(request, live))
        return {acknowledgement(header, {errnum})};
    ++dumps_;
    Datagrams datagrams = dump_messages(live->device, family_, features_.dump_bytes);
    for (Message& message : datagrams)
        address_to(message, header);
    const bool interrupted = interruptions_ > 0;
    interruptions_ -= interrupted ? 1 : 0;
    datagrams.push_back(end_of_dump(header, std::exchange(dump_fault_, {}), interrupted));
    return datagrams;
}

} // namespace wgnl::tests
