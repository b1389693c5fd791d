// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists become drafts of peers, as sections do: who keeps a key or a prefix is settled for both.
#include "networkd/netdev/listed_peers.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "networkd/lists/list_choice.hpp"
#include "networkd/netdev/sections.hpp"

namespace wgnl::networkd {
namespace {

bool contains(const AllowedIp& outer, const AllowedIp& inner) {
    return outer.network.family() == inner.network.family() &&
           outer.prefix_length <= inner.prefix_length &&
           inner.network.masked(outer.prefix_length) == outer.network;
}

class ListedPeers {
public:
    ListedPeers(const PeerListSettings& settings, const SectionContext& context,
                const Declaration& declaration)
        : settings_(settings), context_(context),
          rules_{declaration.device, settings.signers,
                 context.read.now,   context.read.lists.get(),
                 context.read.judge, AdapterUser::is_bystander(context.read.judge)},
          is_held_(declaration.keeps_peers) {
        if (declaration.private_key)
            own_key_ = public_key_of(*declaration.private_key);
    }

    bool run(std::vector<DeviceList>& lists, std::vector<PeerDraft>& drafts, ListedAddresses& own) {
        if (settings_.is_unclear)
            return false;
        bool all_known = !settings_.has_mistake;
        // Drafts point into their names.
        lists.reserve(settings_.files.size());
        for (const auto& file : settings_.files)
            all_known = read(file, lists, drafts) && all_known;
        if (holds_any_)
            note_held();
        own.addresses = std::move(own_addresses_);
        own.is_known = all_known && !keeps_own_out_ && !settings_.files.empty();
        return all_known;
    }

private:
    bool read(const PeerListSettings::File& file, std::vector<DeviceList>& lists,
              std::vector<PeerDraft>& drafts) {
        if (settings_.signers.empty())
            return refuse(file, "nobody is named whose lists are believed, so that none is read",
                          "write PeersSigner= with the line of the signer's .pub file");
        if (!names_.insert(list_name_of(file.path)).second)
            return refuse(file, "another Peers= of this device has a list of that name",
                          "give each list a name of its own");
        auto choice = choose_list(file.path, rules_, context_.read.root, context_.inputs);
        for (auto& problem : choice.problems)
            context_.problems.add(std::move(problem));
        auto& list = lists.emplace_back(summary_of(file, choice));
        if (!choice.list)
            return false;
        adapter::FirstFew kept_out;
        for (auto& peer : choice.list->list.peers)
            add(std::move(peer), list, drafts, kept_out);
        note_kept_out(list, kept_out);
        return true;
    }

    /// The section may mean any of them, with what no list has, such as a preshared key.
    void note_held() {
        context_.problems.error({.location = settings_.files.front().location, .key = "Peers"},
                                "a section of this device names nobody, and may mean a peer of a "
                                "list: until it is mended, peers of lists are neither added nor "
                                "changed");
    }

    bool refuse(const PeerListSettings::File& file, std::string_view why, std::string hint) {
        context_.problems.error({.location = file.location, .key = "Peers"},
                                fmt::format("Peers={}: {}; until that is mended no peer of this "
                                            "device is removed",
                                            excerpt(file.path), why),
                                std::move(hint));
        return false;
    }

    static DeviceList summary_of(const PeerListSettings::File& file, ListChoice& choice) {
        DeviceList list{.path = file.path,
                        .name = choice.name,
                        .is_of_file = choice.is_of_file,
                        .fresh = std::move(choice.fresh),
                        .waits_for_clock = choice.waits_for_clock};
        if (choice.list) {
            list.serial = choice.list->list.serial;
            list.not_after = choice.list->list.not_after;
            list.signer = choice.list->signer.fingerprint();
            list.peers = choice.list->list.peers.size();
        }
        return list;
    }

    void note_kept_out(const DeviceList& list, const adapter::FirstFew& kept_out) {
        if (kept_out.untold() > 0)
            context_.problems.warning(
                {.location = {list.name}, .key = "AllowedIPs"},
                fmt::format(
                    "{} more peers of the list have prefixes outside of PeersWithin= and are "
                    "kept out",
                    kept_out.untold()),
                "have it signed with other prefixes, or widen PeersWithin=");
    }

    void add(ListedPeer listed, DeviceList& list, std::vector<PeerDraft>& drafts,
             adapter::FirstFew& kept_out) {
        auto& peer = listed.peer;
        const bool is_own = peer.public_key == own_key_;
        if (is_own && !settings_.gives_addresses)
            return;
        if (const auto* outside = outside_of(peer)) {
            ++list.kept_out;
            keeps_own_out_ = keeps_own_out_ || is_own;
            if (!kept_out.admit() && !is_own)
                return;
            return context_.problems.warning(
                {.location = {list.name, listed.prefixes_line}, .key = "AllowedIPs"},
                fmt::format("AllowedIPs={} is outside of PeersWithin=; the peer{} is kept out",
                            outside->to_string(), peer.name.empty() ? "" : " " + peer.name),
                "have it signed with other prefixes, or widen PeersWithin=");
        }
        if (is_own)
            return take_own(peer);
        PeerDraft draft{
            .file = list.name, .line = peer.location.line, .named = true, .listed = true};
        draft.prefix_lines.assign(peer.allowed_ips.size(), listed.prefixes_line);
        draft.peer = is_held_ ? held_peer(std::move(peer)) : std::move(peer);
        holds_any_ = holds_any_ || is_held_;
        drafts.push_back(std::move(draft));
    }

    void take_own(const DeclaredPeer& entry) {
        for (const auto& prefix : entry.allowed_ips)
            if (prefix.prefix_length == address_bits(prefix.network.family()))
                own_addresses_.push_back({prefix.network, prefix.prefix_length});
    }

    /// The first prefix that no peer of a list may have; null: all are well.
    const AllowedIp* outside_of(const DeclaredPeer& peer) const {
        const auto is_outside = [&](const AllowedIp& prefix) {
            return std::ranges::none_of(
                settings_.within, [&](const AllowedIp& limit) { return contains(limit, prefix); });
        };
        const auto found = settings_.is_limited ? std::ranges::find_if(peer.allowed_ips, is_outside)
                                                : peer.allowed_ips.end();
        return found == peer.allowed_ips.end() ? nullptr : &*found;
    }

    const PeerListSettings& settings_;
    const SectionContext& context_;
    ListRules rules_;
    const bool is_held_;
    bool holds_any_{false};
    std::optional<PublicKey> own_key_{};
    std::set<std::string> names_{};
    std::vector<InterfaceAddress> own_addresses_{};
    bool keeps_own_out_{false};
};

} // namespace

bool add_listed_peers(const PeerListSettings& settings, const SectionContext& context,
                      const Declaration& declaration, std::vector<DeviceList>& lists,
                      std::vector<PeerDraft>& drafts, ListedAddresses& own) {
    return ListedPeers(settings, context, declaration).run(lists, drafts, own);
}

bool add_listed_addresses(const ListedAddresses& listed, Declaration& declaration) {
    const auto say = [&](Severity severity, std::string text, std::string hint) {
        declaration.problems.push_back(
            {severity, listed.location, std::move(text), std::move(hint), "Address"});
    };
    if (declaration.mode != Mode::own) {
        say(Severity::warning,
            "Address=peers is ignored: whoever owns the device gives it its addresses",
            "have wgnl own it, see wgnl.netdev(5), or write Address= into its .network file");
        return false;
    }
    if (!listed.is_known)
        say(Severity::error,
            "Address=peers: not every list tells the addresses of this device; what they tell is "
            "added, and those that it was given before stay",
            "see what else is said of its Peers=");
    else if (listed.addresses.empty())
        say(Severity::warning,
            "Address=peers: no list has a host prefix for this device's own public key",
            "have the signer add it: \"wgnl peers add\"");
    for (const auto& address : listed.addresses)
        if (std::ranges::find(declaration.addresses, address) == declaration.addresses.end())
            declaration.addresses.push_back(address);
    return !listed.is_known;
}

} // namespace wgnl::networkd
