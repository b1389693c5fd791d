// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's WireGuard interface with nothing between: messages are made before the clock runs,
// and what comes back is looked at no more than it takes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

struct mnl_socket;
struct nlmsghdr;

namespace wgnl::bench {

using RawKey = std::array<std::uint8_t, 32>;

/// What a file of peers says of one (see peers.py): a prefix of 32 bits, and seconds.
struct RawPeer {
    RawKey key{};
    std::array<std::uint8_t, 4> address{};
    std::uint16_t keepalive{};
};

/// A file of peers.
struct RawDevice {
    RawKey private_key{};
    std::uint16_t port{};
    std::vector<RawPeer> peers{};
};

/// Throws std::runtime_error if the file cannot be read.
RawDevice read_peers(const std::string& path);

using Message = std::vector<std::uint8_t>;

/// A connection to the kernel's family "wireguard", for one device. Everything throws
/// std::system_error where the kernel refuses.
class Kernel {
public:
    explicit Kernel(std::string device);
    ~Kernel();
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    /// Messages that add the peers, so many in each; 0: as many as 32 KiB take. The first one sets
    /// the device's key and port too.
    std::vector<Message> adding(const RawDevice& device, std::size_t in_each) const;
    /// A message that sets the keepalive of a peer, if there is such a peer.
    Message changing(const RawPeer& peer) const;
    /// A message that takes all peers away.
    Message emptying() const;
    /// A message that the kernel takes if there is no such peer, and else refuses, changing
    /// nothing.
    Message asking(const RawKey& key) const;

    /// Sends a message and waits for the kernel's word on it: an errno, or 0.
    int send(const Message& message);
    /// The same, but an error is thrown.
    void must(const Message& message);

    /// Sees one peer of a dump; false: enough was seen.
    using Visitor = std::function<bool(const RawKey& key, std::uint16_t keepalive)>;
    /// Asks for everything, and shows each peer once. Without a visitor they are not looked at.
    /// Returns the bytes that came. After a visit that said enough the connection is of no use.
    std::size_t dump(const Visitor& visitor);

private:
    Message request(std::uint8_t command, std::uint16_t flags) const;
    std::uint16_t family_of(const char* name);

    std::string device_;
    mnl_socket* socket_;
    std::uint16_t family_{};
    std::uint32_t sequence_{1};
    std::vector<std::uint8_t> space_ = std::vector<std::uint8_t>(64 * 1024);
};

} // namespace wgnl::bench
