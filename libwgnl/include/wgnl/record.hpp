// SPDX-License-Identifier: LGPL-2.1-or-later
// The record: what was applied to a device last, kept under /run for as long as the boot lasts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>
#include <wgnl/key.hpp>
#include <wgnl/route.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// One peer of the record: which fields were applied, never a secret.
struct RecordedPeer {
    PublicKey public_key{};
    bool preshared_key{false};             ///< was declared
    bool persistent_keepalive{false};      ///< was declared
    std::optional<std::string> endpoint{}; ///< as declared, text
    std::vector<AllowedIp> allowed_ips{};

    bool operator==(const RecordedPeer&) const = default;
};

/// What was applied to one device, and what was created for it.
struct Record {
    std::string device{};
    std::uint32_t ifindex{};         ///< 0: not known yet
    std::uint64_t link_generation{}; ///< Link::link_generation, to know a re-created device
    std::string source{};            ///< "networkd", "NetworkManager", "command"
    std::string origin{};            ///< file path or object path
    Mode mode{Mode::sync};
    bool created_device{false};
    std::vector<InterfaceAddress> created_addresses{};
    /// The routes of declared allowed IPs that are in place. Their protocol says who made them:
    /// route_protocol this library, RTPROT_STATIC the owner of the link, RTPROT_BOOT whoever made a
    /// device that was taken over.
    std::vector<Route> routes{};
    bool private_key{false}; ///< was declared
    bool listen_port{false};
    bool fwmark{false};
    /// Something that first contact found still waits to be confirmed; see plan().
    bool pending_confirmation{false};
    std::vector<RecordedPeer> peers{};

    bool operator==(const Record&) const = default;
};

std::string to_json(const Record& record); ///< holds no secret
/// What to_json() wrote; anything else is invalid_argument.
Result<Record> parse_record(std::string_view json);

/// The record as it will be once `declaration` is applied in full over `before`: peers kept as is
/// keep what `before` says of them, a device kept as is keeps all of it. What the declaration does
/// not say (identity, source, what was created) is taken from `before`.
Record record_of(const Declaration& declaration, const Record* before);

/// Write-ahead: everything `before` or `after` holds, so that a death between the first message and
/// the last still lets the next start remove what was revoked. A changed endpoint stays as `before`
/// has it, so that the change is still seen as one.
Record union_of(const Record& before, const Record& after);

} // namespace wgnl
