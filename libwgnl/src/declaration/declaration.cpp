// SPDX-License-Identifier: LGPL-2.1-or-later
// What makes a declaration valid, and the names of modes and severities.
#include <wgnl/declaration.hpp>

#include <algorithm>
#include <bit>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <wgnl/device.hpp>

#include "base/text.hpp"

namespace wgnl {

namespace {

/// What is wrong, with its place; absent: nothing.
using Defect = std::optional<std::string>;

/// Remembers who had each value first, without an allocation for each.
template <typename T> class FirstOwners {
public:
    explicit FirstOwners(std::size_t values) : slots_(std::bit_ceil(values + values / 2 + 2)) {}

    /// The peer that had `value` before, or absent: then `peer` has it from now on.
    std::optional<std::size_t> claim(const T& value, std::size_t peer) {
        const auto mask = slots_.size() - 1;
        auto at = std::hash<T>{}(value)&mask;
        for (; slots_[at].value != nullptr; at = (at + 1) & mask)
            if (*slots_[at].value == value)
                return slots_[at].peer;
        slots_[at] = {&value, peer};
        return std::nullopt;
    }

private:
    struct Slot {
        const T* value{};
        std::size_t peer{};
    };
    std::vector<Slot> slots_;
};

/// "peers[3]", and where it was written.
std::string place_of(const Declaration& declaration, std::size_t peer) {
    const auto written = to_string(declaration.peers[peer].location);
    return written.empty()
               ? fmt::format("peers[{}]", peer)
               : fmt::format("peers[{}] ({})", peer, printable(without_keys(written), 80));
}

Defect defect_of_text(std::string_view member, std::string_view text) {
    if (text.size() > max_text_length)
        return fmt::format("{} is longer than {} bytes", member, max_text_length);
    if (!is_printable(text))
        return fmt::format("{} has characters that may not be shown, or is no UTF-8", member);
    return std::nullopt;
}

Defect defect_of_limits(const Declaration& declaration, const DeclarationLimits& limits) {
    if (declaration.peers.size() > limits.peers)
        return fmt::format("{} peers are more than {}", declaration.peers.size(), limits.peers);
    if (declaration.problems.size() > limits.problems) {
        return fmt::format("{} problems are more than {}", declaration.problems.size(),
                           limits.problems);
    }
    return std::nullopt;
}

Defect defect_of_addresses(const Declaration& declaration) {
    for (const auto& each : declaration.addresses)
        if (each.prefix_length > address_bits(each.address.family()))
            return fmt::format("addresses: {} has too long a prefix", each.to_string());
    return std::nullopt;
}

Defect defect_of_numbers(const Declaration& declaration) {
    if (declaration.private_key && declaration.private_key->is_zero())
        return "private_key is all zero, which is no key; leave it out";
    if (declaration.listen_port == std::uint16_t{0})
        return "listen_port is 0; leave it out to keep whatever port the device has";
    if (declaration.mtu && (*declaration.mtu < smallest_mtu || *declaration.mtu > largest_mtu))
        return fmt::format("mtu is {}, not {} to {}", *declaration.mtu, smallest_mtu, largest_mtu);
    return defect_of_addresses(declaration);
}

Defect defect_of_location(std::string_view member, const Location& location) {
    if (location.column != 0 && location.line == 0)
        return fmt::format("{} has a column and no line", member);
    return defect_of_text(member, location.file);
}

Defect defect_of_problem(const Problem& problem) {
    if (auto defect = defect_of_location("where of a problem", problem.location))
        return defect;
    for (auto [member, text] : {std::pair("text of a problem", &problem.text),
                                std::pair("hint of a problem", &problem.hint),
                                std::pair("key of a problem", &problem.key)}) {
        if (auto defect = defect_of_text(member, *text))
            return defect;
    }
    return problem.peer && problem.peer->is_zero()
               ? Defect("peer of a problem is all zero, which names no peer")
               : std::nullopt;
}

Defect defect_of_problems(const Declaration& declaration) {
    for (const auto& problem : declaration.problems)
        if (auto defect = defect_of_problem(problem))
            return defect;
    return std::nullopt;
}

Defect defect_of_viewers(const Declaration& declaration) {
    for (const auto& user : declaration.viewers) {
        if (user.empty())
            return "one of its viewers has no name";
        if (auto defect = defect_of_text("name of a viewer", user))
            return defect;
    }
    return std::nullopt;
}

Defect defect_of_device(const Declaration& declaration) {
    if (const auto name = check_device_name(declaration.device); !name)
        return "device: " + name.error().detail();
    if (auto defect = defect_of_location("where", declaration.location))
        return defect;
    if (auto defect = defect_of_numbers(declaration))
        return defect;
    if (auto defect = defect_of_viewers(declaration))
        return defect;
    return defect_of_problems(declaration);
}

Defect defect_of_prefix(const AllowedIp& prefix) {
    if (prefix.prefix_length > address_bits(prefix.network.family()))
        return fmt::format("{} has too long a prefix", prefix.to_string());
    if (prefix.network.masked(prefix.prefix_length) != prefix.network)
        return fmt::format("{} has bits beyond its prefix", prefix.to_string());
    return std::nullopt;
}

Defect defect_of_keys(const DeclaredPeer& peer) {
    if (peer.public_key.is_zero())
        return "public_key is all zero, which names no peer";
    if (peer.preshared_key && peer.preshared_key->is_zero())
        return "preshared_key is all zero, which means none; leave it out";
    if (peer.preshared_key && peer.external_preshared_key)
        return "preshared_key contradicts external_preshared_key; leave one out";
    return std::nullopt;
}

Defect defect_of_routes(const DeclaredPeer& peer) {
    if (peer.routes.empty())
        return std::nullopt;
    const std::unordered_set<AllowedIp> prefixes(peer.allowed_ips.begin(), peer.allowed_ips.end());
    for (const auto& route : peer.routes) {
        if (!prefixes.contains(route.destination)) {
            return fmt::format("routes: {} is none of its allowed_ips",
                               route.destination.to_string());
        }
        if (route.table == 0) {
            return fmt::format("routes: table of {} is 0; leave the route out for none",
                               route.destination.to_string());
        }
    }
    return std::nullopt;
}

/// What is wrong with a peer taken by itself.
Defect defect_of_peer(const DeclaredPeer& peer) {
    auto defect = defect_of_keys(peer);
    defect = defect ? defect : defect_of_text("name", peer.name);
    defect = defect ? defect : defect_of_location("where", peer.location);
    if (!defect && peer.endpoint) {
        if (const auto parsed = HostPort::parse(*peer.endpoint); !parsed)
            defect = "endpoint " + parsed.error().detail();
    }
    for (const auto& prefix : peer.allowed_ips)
        defect = defect ? defect : defect_of_prefix(prefix);
    return defect ? defect : defect_of_routes(peer);
}

Defect defect_of_peers(const Declaration& declaration) {
    for (std::size_t i = 0; i < declaration.peers.size(); ++i)
        if (const auto defect = defect_of_peer(declaration.peers[i]))
            return fmt::format("{}: {}", place_of(declaration, i), *defect);
    return std::nullopt;
}

Defect defect_of_key_owners(const Declaration& declaration) {
    FirstOwners<PublicKey> owners(declaration.peers.size());
    for (std::size_t i = 0; i < declaration.peers.size(); ++i) {
        const auto& key = declaration.peers[i].public_key;
        if (const auto first = owners.claim(key, i)) {
            return fmt::format("{} and {} have the same public key {}",
                               place_of(declaration, *first), place_of(declaration, i),
                               key.to_base64());
        }
    }
    return std::nullopt;
}

std::size_t count_prefixes(const Declaration& declaration) {
    std::size_t count = 0;
    for (const auto& peer : declaration.peers)
        count += peer.allowed_ips.size();
    return count;
}

std::string twice(const Declaration& declaration, std::size_t first, std::size_t second,
                  const AllowedIp& prefix) {
    if (first == second)
        return fmt::format("{} has {} twice", place_of(declaration, first), prefix.to_string());
    return fmt::format("{} and {} both claim {}", place_of(declaration, first),
                       place_of(declaration, second), prefix.to_string());
}

Defect defect_of_prefix_owners(const Declaration& declaration) {
    FirstOwners<AllowedIp> owners(count_prefixes(declaration));
    for (std::size_t i = 0; i < declaration.peers.size(); ++i) {
        for (const auto& prefix : declaration.peers[i].allowed_ips)
            if (const auto first = owners.claim(prefix, i))
                return twice(declaration, *first, i, prefix);
    }
    return std::nullopt;
}

Defect defect_of(const Declaration& declaration, const DeclarationLimits& limits) {
    if (auto defect = defect_of_limits(declaration, limits))
        return defect;
    if (auto defect = defect_of_device(declaration))
        return defect;
    if (auto defect = defect_of_peers(declaration))
        return defect;
    if (auto defect = defect_of_key_owners(declaration))
        return defect;
    return defect_of_prefix_owners(declaration);
}

} // namespace

std::string_view to_string(Mode mode) {
    switch (mode) {
    case Mode::observe:
        return "observe";
    case Mode::sync:
        return "sync";
    case Mode::own:
        return "own";
    }
    return {};
}

std::optional<Mode> parse_mode(std::string_view text) {
    for (const auto mode : {Mode::observe, Mode::sync, Mode::own})
        if (text == to_string(mode))
            return mode;
    return std::nullopt;
}

std::string_view to_string(Severity severity) {
    switch (severity) {
    case Severity::error:
        return "error";
    case Severity::warning:
        return "warning";
    case Severity::note:
        return "note";
    }
    return {};
}

std::string to_string(const Location& location) {
    if (location.line == 0)
        return location.file;
    return location.file.empty() ? fmt::format("line {}", location.line)
                                 : fmt::format("{}:{}", location.file, location.line);
}

std::string to_string(const Problem& problem) {
    const auto place = problem.location.empty() ? "" : to_string(problem.location) + ": ";
    return fmt::format("{}{}: {}", place, to_string(problem.severity), problem.text);
}

std::optional<Endpoint> DeclaredPeer::numeric_endpoint() const {
    if (!endpoint)
        return std::nullopt;
    const auto parsed = Endpoint::parse(*endpoint);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

bool DeclaredPeer::has_default_route() const noexcept {
    return std::ranges::any_of(allowed_ips, &AllowedIp::is_default);
}

Declaration without_places(Declaration declaration) {
    declaration.location = {};
    declaration.problems.clear();
    for (auto& peer : declaration.peers)
        peer.location = {};
    return declaration;
}

Declaration without_secrets(Declaration declaration) {
    declaration.private_key.reset();
    for (auto& peer : declaration.peers)
        peer.preshared_key.reset();
    return declaration;
}

Result<void> check(const Declaration& declaration, const DeclarationLimits& limits) {
    if (auto defect = defect_of(declaration, limits))
        return fail(Errc::invalid_argument, "check declaration", *std::move(defect));
    return {};
}

std::string printable(std::string_view text) { return printable(text, max_text_length - 3); }

} // namespace wgnl
