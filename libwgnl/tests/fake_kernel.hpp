// SPDX-License-Identifier: LGPL-2.1-or-later
// A fake of the kernel's WireGuard module, down to the datagrams of its netlink family.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wgnl/device.hpp>

#include "netlink/netlink_transport.hpp"
#include "values/transport.hpp"

namespace wgnl::tests {

/// Behaves as the module of a Linux release does: strict parsing, a change that stops in its middle
/// at the first error, allowed IPs that move from peer to peer, dumps that cut peers in two. Any
/// number of transports may stand on one; it must outlive them. Not thread-safe.
class FakeKernel {
public:
    struct Features {
        bool module{true};            ///< false: the family is not there
        bool removes_by_flag{false};  ///< WGALLOWEDIP_A_FLAGS (Linux 6.16)
        std::size_t dump_bytes{3776}; ///< of one message of a dump
        bool validates_first{false};  ///< all of a request, before anything changes (Linux 6.19)
        std::size_t most_peers{std::size_t{1} << 20};
    };
    static constexpr Features linux_5_6() { return {}; } ///< and all up to 6.15
    static constexpr Features linux_6_16() { return {.removes_by_flag = true}; }
    static constexpr Features linux_6_19() {
        return {.removes_by_flag = true, .validates_first = true};
    }
    /// The namespace in which a device was created, where its sockets are.
    enum class Birthplace : std::uint8_t { ours, foreign, gone };
    /// A device as the module holds it; `device.peers` in the order of creation.
    struct Live {
        Device device{};
        bool up{false};
        Birthplace birthplace{Birthplace::ours};
        std::unordered_map<AllowedIp, PublicKey> owners{};
        std::map<PublicKey, unsigned> keepalives{}; ///< sent because the interval left 0
    };
    /// One WG_CMD_SET_DEVICE, successful or not.
    struct SetRecord {
        std::vector<std::uint8_t> bytes{}; ///< the message as it came
        std::size_t created{};             ///< peers
        std::size_t removed{};
    };
    struct Fault {
        int errnum{};
        std::string text{};                    ///< extended ack
        std::optional<std::uint32_t> offset{}; ///< of the attribute in the request
    };

    FakeKernel() = default;
    explicit FakeKernel(const Features& features) : features_(features) {}

    std::unique_ptr<DatagramSocket> socket();
    std::unique_ptr<Transport> transport(); ///< as open_netlink(NETLINK_GENERIC) would give

    // What rtnetlink does to the module: for the hooks of a FakeRtnetlink.
    void create(std::string_view name, std::uint32_t ifindex);
    void remove(std::uint32_t ifindex);
    void rename(std::uint32_t ifindex, std::string_view name);
    int set_up(std::uint32_t ifindex, bool up); ///< 0, EADDRINUSE, EACCES or ENONET

    /// The live device; the test changes counters, handshakes and peers in it as it likes. Null if
    /// there is none.
    Live* find(std::string_view name) noexcept;

    const std::vector<SetRecord>& sets() const noexcept { return sets_; }
    void forget_sets() { sets_.clear(); }
    std::size_t dumps() const noexcept { return dumps_; }
    /// Times that somebody asked for the number of the family.
    std::size_t family_requests() const noexcept { return family_requests_; }

    void set_features(const Features& features) { features_ = features; }
    void set_privileged(bool privileged) noexcept { privileged_ = privileged; }
    /// Whether whoever sets them has CAP_NET_BIND_SERVICE.
    void set_binds_low_ports(bool binds) noexcept { binds_low_ports_ = binds; }
    void interrupt_dumps(unsigned count) noexcept { interruptions_ = count; }
    /// Fails the SET after `later` good ones, before it does anything.
    void fail_set(std::size_t later, Fault fault) { set_fault_ = {sets_.size() + later, fault}; }
    /// Ends the next dump with an error in its NLMSG_DONE.
    void fail_dump(Fault fault) { dump_fault_ = fault; }
    /// As a module that is unloaded and loaded again: the family gets another number.
    void reload_module() noexcept { ++family_; }

private:
    class Socket;
    friend class Socket;
    using Datagrams = std::vector<std::vector<std::uint8_t>>;

    Datagrams answer(Bytes request);
    Datagrams answer_controller(Bytes request);
    Datagrams answer_set(Bytes request);
    Datagrams answer_dump(Bytes request);
    Live* find(std::uint32_t ifindex) noexcept;
    int select(const std::optional<Bytes>& index, const std::optional<Bytes>& name, Live*& live);
    Fault apply(Bytes request, SetRecord& record);
    int set_port(Live& live, std::uint16_t port);
    int bind(const Live& by, std::uint16_t port) const;
    bool port_is_taken(const Live& by, std::uint16_t port) const;

    Features features_{};
    std::vector<std::unique_ptr<Live>> devices_{};
    std::vector<SetRecord> sets_{};
    std::size_t dumps_{};
    std::size_t family_requests_{};
    bool privileged_{true};
    bool binds_low_ports_{true};
    unsigned interruptions_{};
    std::uint16_t family_{31};
    std::uint32_t next_port_id_{4711};
    std::uint16_t next_random_port_{40000};
    struct {
        std::size_t at{};
        Fault fault{};
    } set_fault_{};
    Fault dump_fault_{};
};

/// A dump of `device` as the module writes it: messages of `dump_bytes`, peers cut where they end.
/// Sequence and port id are left for the caller.
std::vector<std::vector<std::uint8_t>> dump_messages(const Device& device, std::uint16_t family,
                                                     std::size_t dump_bytes);

} // namespace wgnl::tests
