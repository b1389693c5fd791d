// SPDX-License-Identifier: LGPL-2.1-or-later
// A fake of the kernel's WireGuard module: its devices, and the answers on its sockets.
#include "fake_kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>

#include "fake_kernel_rules.hpp"

namespace wgnl::tests {
namespace {

using Message = std::vector<std::uint8_t>;

template <typename T> void append(Message& message, const T& value) {
    const std::size_t size = message.size();
    message.resize(size + sizeof(value));
    std::memcpy(message.data() + size, &value, sizeof(value));
}

bool speaks(const FakeKernel::Fault& fault) { return !fault.text.empty() || fault.offset; }

/// The extended ack.
void append_words(Message& message, const FakeKernel::Fault& fault) {
    std::array<std::uint8_t, 512> storage;
    MessageWriter writer(storage);
    if (!fault.text.empty())
        writer.put_text(NLMSGERR_ATTR_MSG, fault.text);
    if (fault.offset)
        writer.put(NLMSGERR_ATTR_OFFS, *fault.offset);
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
    Message message;
    append(message, nlmsghdr{.nlmsg_type = NLMSG_ERROR,
                             .nlmsg_flags = static_cast<std::uint16_t>(
                                 NLM_F_CAPPED | (speaks(fault) ? NLM_F_ACK_TLVS : 0)),
                             .nlmsg_seq = request.nlmsg_seq,
                             .nlmsg_pid = request.nlmsg_pid});
    append(message, nlmsgerr{-fault.errnum, request});
    append_words(message, fault);
    return finished(std::move(message));
}

Message end_of_dump(const nlmsghdr& request, const FakeKernel::Fault& fault, bool interrupted) {
    Message message;
    append(message, nlmsghdr{.nlmsg_type = NLMSG_DONE,
                             .nlmsg_flags = static_cast<std::uint16_t>(
                                 NLM_F_MULTI | (speaks(fault) ? NLM_F_ACK_TLVS : 0) |
                                 (interrupted ? NLM_F_DUMP_INTR : 0)),
                             .nlmsg_seq = request.nlmsg_seq,
                             .nlmsg_pid = request.nlmsg_pid});
    append(message, -fault.errnum);
    append_words(message, fault);
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

void FakeKernel::rename(std::uint32_t ifindex, std::string_view name) {
    if (Live* const live = find(ifindex))
        live->device.name = name;
}

int FakeKernel::set_up(std::uint32_t ifindex, bool up) {
    Live* const live = find(ifindex);
    if (!live)
        return ENODEV;
    if (up && live->birthplace == Birthplace::gone)
        return ENONET;
    if (const int errnum = up ? bind(*live, live->device.listen_port) : 0)
        return errnum;
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

int FakeKernel::bind(const Live& by, std::uint16_t port) const {
    constexpr std::uint16_t first_of_everybody = 1024;
    if (port != 0 && port < first_of_everybody && !binds_low_ports_)
        return EACCES;
    return port_is_taken(by, port) ? EADDRINUSE : 0;
}

int FakeKernel::set_port(Live& live, std::uint16_t port) {
    if (live.device.listen_port == port)
        return 0;
    if (const int errnum = live.up ? bind(live, port) : 0)
        return errnum;
    live.device.listen_port = live.up && port == 0 ? next_random_port_++ : port;
    return 0;
}

FakeKernel::Datagrams FakeKernel::answer(Bytes request) {
    const auto header = value_of<nlmsghdr>(request);
    if (header.nlmsg_type == GENL_ID_CTRL)
        return answer_controller(request);
    if (!features_.module || header.nlmsg_type != family_)
        return {acknowledgement(header, {.errnum = ENOENT})};
    if (!privileged_)
        return {acknowledgement(header, {.errnum = EPERM})};
    if (command_of(request) == WG_CMD_SET_DEVICE)
        return answer_set(request);
    if ((header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
        return {acknowledgement(header, {.errnum = EOPNOTSUPP})};
    return answer_dump(request);
}

FakeKernel::Datagrams FakeKernel::answer_controller(Bytes request) {
    ++family_requests_;
    const auto header = value_of<nlmsghdr>(request);
    AttributeReader reader = message_attributes(request, sizeof(genlmsghdr));
    if (!features_.module || !reader.next() || reader.text() != WG_GENL_NAME)
        return {acknowledgement(header, {.errnum = ENOENT})};
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

int FakeKernel::select(const std::optional<Bytes>& index, const std::optional<Bytes>& name,
                       Live*& live) {
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
    return {acknowledgement(header, apply(request, record))};
}

FakeKernel::Fault FakeKernel::apply(Bytes request, SetRecord& record) {
    ParsedAttributes fields;
    if (Fault refused = parse_request(request, features_, fields); refused.errnum != 0)
        return refused;
    Live* live = nullptr;
    if (const int errnum = select(fields[WGDEVICE_A_IFINDEX], fields[WGDEVICE_A_IFNAME], live))
        return {.errnum = errnum};
    const auto flags = value_or<std::uint32_t>(fields[WGDEVICE_A_FLAGS], 0);
    if (const int errnum = check_flags(flags, WGDEVICE_F_REPLACE_PEERS, features_))
        return {.errnum = errnum};
    const bool of_socket = fields[WGDEVICE_A_LISTEN_PORT] || fields[WGDEVICE_A_FWMARK];
    if (of_socket && live->birthplace != Birthplace::ours)
        return {.errnum = EPERM};
    live->device.fwmark = value_or(fields[WGDEVICE_A_FWMARK], live->device.fwmark);
    if (const auto& port = fields[WGDEVICE_A_LISTEN_PORT])
        if (const int errnum = set_port(*live, value_of<std::uint16_t>(*port)))
            return {.errnum = errnum};
    FakeChange change(*live, features_, record);
    if (flags & WGDEVICE_F_REPLACE_PEERS)
        change.remove_all_peers();
    if (fields[WGDEVICE_A_PRIVATE_KEY])
        change.set_private_key(*fields[WGDEVICE_A_PRIVATE_KEY]);
    const auto& peers = fields[WGDEVICE_A_PEERS];
    return {.errnum = peers ? change.set_peers(*peers) : 0};
}

FakeKernel::Datagrams FakeKernel::answer_dump(Bytes request) {
    const auto header = value_of<nlmsghdr>(request);
    ParsedAttributes fields;
    Live* live = nullptr;
    Fault refused = parse_request(request, features_, fields);
    const auto beyond_name = std::ranges::any_of(fields.begin() + WGDEVICE_A_IFNAME + 1,
                                                 fields.end(), [](auto& field) { return !!field; });
    if (features_.validates_first && beyond_name)
        refused = {.errnum = EINVAL, .text = "Unknown attribute type"};
    if (refused.errnum == 0)
        refused.errnum = select(fields[WGDEVICE_A_IFINDEX], fields[WGDEVICE_A_IFNAME], live);
    if (refused.errnum != 0)
        return {acknowledgement(header, refused)};
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
