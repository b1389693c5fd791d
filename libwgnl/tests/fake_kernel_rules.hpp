// SPDX-License-Identifier: LGPL-2.1-or-later
// What the fake of the module takes and what it makes of it: policies, peers, allowed IPs.
#pragma once

#include <array>
#include <cstring>
#include <optional>

#include "codec/attributes.hpp"
#include "codec/wireguard_uapi.hpp"
#include "fake_kernel.hpp"

namespace wgnl::tests {

template <typename T> T value_of(Bytes bytes) {
    T value{};
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}
template <typename T> T value_or(const std::optional<Bytes>& bytes, T otherwise) {
    return bytes ? value_of<T>(*bytes) : otherwise;
}

/// The attributes of one level, by their types.
using ParsedAttributes = std::array<std::optional<Bytes>, 16>;

/// Reads the device's attributes of a request; what breaks the kernel's policy is refused. A kernel
/// that validates first looks at all levels, and tells where the attribute is.
FakeKernel::Fault parse_request(Bytes request, const FakeKernel::Features& features,
                                ParsedAttributes& fields);

/// 0, or what a kernel says to flags that it does not know.
int check_flags(std::uint32_t flags, std::uint32_t known, const FakeKernel::Features& features);

/// Carries out what a request says of keys and peers, up to the first error.
class FakeChange {
public:
    FakeChange(FakeKernel::Live& live, const FakeKernel::Features& features,
               FakeKernel::SetRecord& record)
        : live_(live), device_(live.device), features_(features), record_(record) {}

    void set_private_key(Bytes bytes);
    void remove_all_peers();
    int set_peers(Bytes peers);

private:
    int set_peer(const ParsedAttributes& fields);
    int set_allowed_ips(const PublicKey& key, Bytes list);
    int set_allowed_ip(const PublicKey& key, const ParsedAttributes& fields);
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

} // namespace wgnl::tests
