// SPDX-License-Identifier: LGPL-2.1-or-later
// Peers: one with a mistake is kept as it is, and the later of two has what both name.
#include "nm/profile/peer_reader.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {
namespace {

Problem about(const DeclaredPeer& peer, Severity severity, std::string text) {
    return {.severity = severity,
            .location = peer.location,
            .text = std::move(text),
            .peer = peer.public_key};
}

class PeerReader {
public:
    PeerReader(const ProfileContext& context, NMWireGuardPeer* from)
        : context_(context), from_(from) {}

    /// Absent if its public key cannot be read: then it names no peer.
    std::optional<DeclaredPeer> run() {
        auto text = view(nm_wireguard_peer_get_public_key(from_));
        auto key = PublicKey::parse(text);
        peer_.location = {location_in(context_.profile, peer_group(text))};
        if (!key || key->is_zero()) {
            context_.problems.add(
                {.location = peer_.location,
                 .text = fmt::format("\"{}\" is no public key{}; this peer is ignored", text,
                                     key ? std::string() : ": " + key.error().detail()),
                 .key = peer_group(text)});
            return std::nullopt;
        }
        peer_.public_key = *key;
        read_endpoint();
        read_allowed_ips();
        read_preshared_key();
        peer_.persistent_keepalive = nm_wireguard_peer_get_persistent_keepalive(from_);
        return finished();
    }

private:
    void say(Severity severity, std::string text) {
        context_.problems.add(about(peer_, severity, std::move(text)));
    }

    void mistake(std::string_view text) {
        say(Severity::error, fmt::format("{}; this peer is kept as it is", text));
        peer_.kept_as_is = true;
    }

    void read_endpoint() {
        auto text = view(nm_wireguard_peer_get_endpoint(from_));
        if (text.empty())
            return;
        if (auto endpoint = HostPort::parse(text); !endpoint)
            return mistake(
                fmt::format("endpoint={} is not HOST:PORT: {}", text, endpoint.error().detail()));
        peer_.endpoint = std::string(text);
    }

    void read_allowed_ips() {
        std::unordered_set<AllowedIp> known;
        for (guint i = 0; i < nm_wireguard_peer_get_allowed_ips_len(from_); ++i) {
            auto text = view(nm_wireguard_peer_get_allowed_ip(from_, i, nullptr));
            auto prefix = AllowedIp::parse(text);
            if (!prefix)
                mistake(fmt::format("allowed-ips: \"{}\" is no address or prefix: {}", text,
                                    prefix.error().detail()));
            else if (known.insert(prefix->value).second)
                peer_.allowed_ips.push_back(prefix->value);
        }
    }

    void read_preshared_key() {
        auto flags = nm_wireguard_peer_get_preshared_key_flags(from_);
        auto text = view(nm_wireguard_peer_get_preshared_key(from_));
        // NetworkManager itself does not use one then.
        if ((flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED) != 0)
            return ignore_unrequired(!text.empty());
        if (text.empty())
            return miss_preshared_key(flags);
        auto key = PresharedKey::parse(text);
        if (!key)
            return mistake(fmt::format("preshared-key is no key: {}", key.error().detail()));
        if (!key->is_zero())
            peer_.preshared_key = std::move(*key);
    }

    void ignore_unrequired(bool is_there) {
        if (is_there && context_.options.tell_unused_keys)
            say(Severity::warning,
                "preshared-key-flags is 4 (not required), so that NetworkManager "
                "does not use the preshared key; set preshared-key-flags=0");
    }

    void miss_preshared_key(NMSettingSecretFlags flags) {
        const auto& failure = context_.options.secrets_failure;
        if (!failure.empty())
            leave_preshared_key(failure, "\"systemctl restart wgnl-nm\" asks again");
        else if (flags != NM_SETTING_SECRET_FLAG_NONE)
            leave_preshared_key("preshared-key-flags says that the user's session keeps it",
                                "store it with preshared-key-flags=0");
        else if (hides_stored_keys(context_.wireguard))
            leave_preshared_key("NetworkManager gives none of the profile while its private key "
                                "is not stored",
                                "store that with wireguard.private-key-flags 0");
    }

    void leave_preshared_key(std::string_view why, std::string_view what) {
        peer_.external_preshared_key = true;
        if (!context_.options.tell_missing_keys)
            return;
        say(Severity::warning,
            fmt::format("the preshared key cannot be read ({}), so the one in use is left alone "
                        "and is not restored when it is lost; {}",
                        why, what));
    }

    /// Nothing is applied of a peer that is kept as it is: its prefixes alone travel, which are
    /// nobody else's.
    DeclaredPeer finished() {
        if (!peer_.kept_as_is)
            return std::move(peer_);
        return {.public_key = peer_.public_key,
                .location = std::move(peer_.location),
                .kept_as_is = true,
                .allowed_ips = std::move(peer_.allowed_ips)};
    }

    const ProfileContext& context_;
    NMWireGuardPeer* from_;
    DeclaredPeer peer_{};
};

/// Gives each prefix to the last peer that has it.
void resolve_prefixes(std::vector<DeclaredPeer>& peers, adapter::BoundedProblems& problems) {
    std::unordered_map<AllowedIp, const DeclaredPeer*> owners;
    for (auto peer = peers.rbegin(); peer != peers.rend(); ++peer)
        std::erase_if(peer->allowed_ips, [&](const AllowedIp& prefix) {
            auto [owner, is_last] = owners.try_emplace(prefix, &*peer);
            if (is_last)
                return false;
            problems.add(
                about(*peer, Severity::warning,
                      fmt::format("allowed-ips: {} belongs to the later peer of {}; this peer is "
                                  "applied without it",
                                  prefix.to_string(), to_string(owner->second->location))));
            return true;
        });
}

void drop_duplicates(std::vector<DeclaredPeer>& peers, adapter::BoundedProblems& problems) {
    std::unordered_map<PublicKey, bool> known;
    for (auto index = peers.size(); index-- > 0;) {
        if (known.try_emplace(peers[index].public_key, true).second)
            continue;
        problems.add(about(peers[index], Severity::warning,
                           "a later peer has the same public key; this one is ignored"));
        peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(index));
    }
}

bool is_own(const DeclaredPeer& peer, const std::optional<PublicKey>& own,
            adapter::BoundedProblems& problems) {
    if (!own || peer.public_key != *own)
        return false;
    problems.add({Severity::error, peer.location,
                  "this is the device's own public key, which the kernel ignores as a peer; the "
                  "peer is ignored"});
    return true;
}

/// A list only where one table and metric for all prefixes would not say the same.
void set_routes(DeclaredPeer& peer, const ProfileContext& context) {
    auto common = context.routes.common();
    if (!common || peer.kept_as_is || peer.allowed_ips.empty())
        return;
    auto routes = context.routes.of(peer.allowed_ips);
    if (routes.empty()) {
        peer.route_table = 0;
        return;
    }
    auto target_of = [](const DeclaredRoute& route) {
        return TableAndMetric{route.table, route.metric};
    };
    auto first = target_of(routes.front());
    if (routes.size() < peer.allowed_ips.size() ||
        !std::ranges::all_of(routes,
                             [&](const auto& route) { return target_of(route) == first; })) {
        peer.routes = std::move(routes);
    } else if (first != *common) {
        peer.route_table = first.table;
        peer.route_metric = first.metric;
    }
}

} // namespace

bool hides_stored_keys(NMSettingWireGuard* wireguard) {
    return view(nm_setting_wireguard_get_private_key(wireguard)).empty() &&
           nm_setting_wireguard_get_private_key_flags(wireguard) != NM_SETTING_SECRET_FLAG_NONE;
}

std::vector<DeclaredPeer> read_peers(const ProfileContext& context,
                                     const std::optional<PublicKey>& own) {
    std::vector<DeclaredPeer> peers;
    for (guint i = 0; i < nm_setting_wireguard_get_peers_len(context.wireguard); ++i) {
        auto peer = PeerReader(context, nm_setting_wireguard_get_peer(context.wireguard, i)).run();
        if (peer && !is_own(*peer, own, context.problems))
            peers.push_back(std::move(*peer));
    }
    drop_duplicates(peers, context.problems);
    resolve_prefixes(peers, context.problems);
    for (auto& peer : peers) {
        if (peer.kept_as_is)
            peer.allowed_ips.clear();
        set_routes(peer, context);
    }
    return peers;
}

} // namespace wgnl::nm
