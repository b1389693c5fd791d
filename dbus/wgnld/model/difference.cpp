// SPDX-License-Identifier: LGPL-2.1-or-later
// A cheap comparison of declared and live; what to do about it is plan()'s business.
#include "difference.hpp"

#include <algorithm>
#include <unordered_map>

namespace wgnl::daemon {

namespace {

using Aspect = Difference::Aspect;
using PeersByKey = std::unordered_map<PublicKey, const Peer*>;

std::string_view words(Aspect aspect) {
    switch (aspect) {
    case Aspect::private_key:
        return "private key";
    case Aspect::listen_port:
        return "listen port";
    case Aspect::fwmark:
        return "firewall mark";
    case Aspect::presence:
        return "presence";
    case Aspect::foreign_peer:
        return "undeclared presence";
    case Aspect::preshared_key:
        return "preshared key";
    case Aspect::persistent_keepalive:
        return "persistent keepalive";
    case Aspect::allowed_ips:
        return "allowed IPs";
    case Aspect::sessions:
        return "sessions of peers";
    case Aspect::endpoint:
        return "endpoint";
    case Aspect::routes:
        return "routes of allowed IPs";
    }
    return "field";
}

bool same_set(std::vector<AllowedIp> a, std::vector<AllowedIp> b) {
    if (a.size() != b.size())
        return false;
    std::ranges::sort(a);
    std::ranges::sort(b);
    return a == b;
}

/// Declared, and live is something else.
template <typename T, typename U> bool differs(const std::optional<T>& declared, const U& live) {
    return declared && *declared != live;
}

class Comparison {
public:
    explicit Comparison(const Device& live) {
        live_.reserve(live.peers.size());
        for (const auto& peer : live.peers)
            live_.emplace(peer.public_key, &peer);
    }

    void device(const Declaration& declared, const Device& live) {
        note(declared.private_key && declared.private_key != live.private_key, Aspect::private_key);
        note(differs(declared.listen_port, live.listen_port), Aspect::listen_port);
        note(differs(declared.fwmark, live.fwmark), Aspect::fwmark);
    }

    void peer(const DeclaredPeer& declared) {
        const auto found = live_.find(declared.public_key);
        const auto* live = found == live_.end() ? nullptr : found->second;
        if (found != live_.end())
            live_.erase(found); // what remains in the end is foreign
        if (declared.held)
            return;
        if (!live)
            return note(true, Aspect::presence, declared.public_key);
        fields(declared, *live);
    }

    std::vector<Difference> finish() {
        for (const auto& [key, peer] : live_)
            note(true, Aspect::foreign_peer, key);
        std::ranges::sort(found_);
        return std::move(found_);
    }

private:
    void fields(const DeclaredPeer& declared, const Peer& live) {
        const auto& key = declared.public_key;
        note(declared.preshared_key && declared.preshared_key != live.preshared_key,
             Aspect::preshared_key, key);
        note(differs(declared.persistent_keepalive, live.persistent_keepalive),
             Aspect::persistent_keepalive, key);
        note(!same_set(declared.allowed_ips, live.allowed_ips), Aspect::allowed_ips, key);
        note(!live.endpoint && declared.numeric_endpoint(), Aspect::endpoint, key);
    }

    void note(bool differs, Aspect aspect, const PublicKey& peer = {}) {
        if (differs)
            found_.push_back({aspect, peer});
    }

    PeersByKey live_;
    std::vector<Difference> found_;
};

} // namespace

std::string to_string(const Difference& difference) {
    std::string text(words(difference.aspect));
    if (!difference.peer.is_zero())
        text += " of peer " + difference.peer.to_base64();
    return text;
}

std::vector<Difference> differences(const Declaration& declared, const Device& live) {
    if (declared.held)
        return {};
    Comparison comparison(live);
    comparison.device(declared, live);
    for (const auto& peer : declared.peers)
        comparison.peer(peer);
    return comparison.finish();
}

} // namespace wgnl::daemon
