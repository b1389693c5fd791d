// SPDX-License-Identifier: LGPL-2.1-or-later
// The scan: every .netdev file, the mode of each, and the addresses of those that wgnl owns.
#include "networkd/netdev/scan.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "networkd/files/problems.hpp"
#include "networkd/netdev/network_file.hpp"

namespace wgnl::networkd {
namespace {

/// A list that expired by a clock that is wrong is looked at again after this: nothing else tells
/// that the clock was set.
constexpr std::chrono::seconds clock_doubt{60};

class Scanner {
public:
    Scanner(const Root& root, const ScanOptions& options)
        : context_(ReadContext::current(root, scan_.inputs, options.ask_systemd)),
          networkd_(networkd_state(root, scan_.inputs, scan_.problems)),
          settings_(read_settings(root, scan_.inputs)) {
        if (options.from_stores)
            context_.host.look_into_stores(root);
        context_.judge = options.user;
        if (options.lists)
            context_.lists = options.lists;
    }

    Scan run() {
        append(scan_.problems, settings_.problems);
        // networkd acts on its own files whatever lies in wgnl's, so those claim names first.
        take_folders_of(FolderOwner::networkd);
        take_folders_of(FolderOwner::wgnl);
        hide_keys(scan_.problems);
        for (auto& declaration : scan_.declarations)
            hide_keys(declaration.problems, is_peer_of(declaration));
        return std::move(scan_);
    }

private:
    void take_folders_of(FolderOwner owner) {
        auto listing = list_units(folders_of(context_.root, owner), owner, ".netdev", scan_.inputs);
        scan_.incomplete = scan_.incomplete || !listing.problems.empty();
        append(scan_.problems, listing.problems);
        for (const auto& unit : listing.files)
            take_unit(unit);
    }

    static void append(std::vector<Problem>& to, const std::vector<Problem>& more) {
        to.insert(to.end(), more.begin(), more.end());
    }

    void take_unit(const UnitFile& unit) {
        auto& file = scan_.files[unit_key(unit.owner, unit.path)];
        file.path = unit.path;
        file.state = unit.state;
        if (unit.state != FileState::present && unit.state != FileState::unreadable)
            return;
        auto netdev = read_netdev(unit, context_, scan_.inputs);
        file.broken = netdev.status == Netdev::Status::broken;
        file.problems = std::move(netdev.problems);
        file.peer_files = std::move(netdev.peer_files);
        file.mtu = netdev.declaration.mtu;
        file.not_expressible = std::move(netdev.not_expressible);
        file.sealed = std::move(netdev.sealed);
        if (netdev.status == Netdev::Status::declares)
            declare(unit, std::move(netdev));
    }

    void declare(const UnitFile& unit, Netdev netdev) {
        auto& declaration = netdev.declaration;
        auto [first, is_new] =
            by_device_.try_emplace(declaration.device, scan_.declarations.size());
        if (!is_new)
            return refuse_second(scan_.declarations[first->second], declaration.location);
        decide_mode(unit, netdev);
        take_lists(declaration.device, std::move(netdev.lists));
        if (declaration.mode == Mode::own)
            add_network(declaration, netdev);
        else
            declaration.mtu.reset();
        if (declaration.mode != Mode::own && netdev.listed_addresses)
            add_listed_addresses(*netdev.listed_addresses, declaration);
        if (declaration.listen_port && declaration.mode != Mode::observe)
            take_port(declaration, netdev.listen_port_location);
        scan_.declarations.push_back(std::move(declaration));
    }

    void take_lists(const std::string& device, std::vector<DeviceList> lists) {
        const auto look_in = [&](std::chrono::seconds left) {
            scan_.expires_in = std::min(scan_.expires_in.value_or(left), left);
        };
        for (const auto& list : lists) {
            if (const auto left = list.not_after - context_.now;
                list.serial != 0 && left >= std::chrono::seconds(0))
                look_in(left);
            if (list.waits_for_clock)
                look_in(clock_doubt);
        }
        if (!lists.empty())
            scan_.lists[device] = std::move(lists);
    }

    /// Two devices of one port: networkd sets both up, says nothing, and the second stays down.
    void take_port(Declaration& second, const Location& location) {
        const auto port = *second.listen_port;
        const auto [found, is_new] =
            by_port_.try_emplace(port, PortUse{scan_.declarations.size(), location});
        if (is_new)
            return;
        auto& first = scan_.declarations[found->second.declaration];
        first.problems.push_back(port_clash(port, found->second.location, second.device, location));
        second.problems.push_back(port_clash(port, location, first.device, found->second.location));
    }

    static Problem port_clash(std::uint16_t port, const Location& location,
                              const std::string& other, const Location& its_location) {
        return {
            Severity::warning,
            sanitized(location),
            fmt::format("ListenPort={} is also that of {} ({}): only one of them can be up, the "
                        "other stays down; give one another port, or \"auto\"",
                        port, other, to_string(sanitized(its_location))),
            {},
            "ListenPort"};
    }

    /// The name of a file is text of others, too.
    static Location sanitized(Location location) {
        location.file = printable(location.file);
        return location;
    }

    void refuse_second(Declaration& first, const Location& second) {
        Problem problem{Severity::error, sanitized(second),
                        fmt::format("device {} is already declared by {}; this file is ignored",
                                    first.device, to_string(sanitized(first.location)))};
        scan_.problems.push_back(problem);
        first.problems.push_back(std::move(problem));
    }

    void decide_mode(const UnitFile& unit, Netdev& netdev) {
        auto ownership = decide_ownership({.folder_owner = unit.owner,
                                           .asks_for_own = netdev.asks_for_own,
                                           .networkd = networkd_,
                                           .adopt = settings_.adopt,
                                           .requested = netdev.requested_mode});
        netdev.declaration.mode = ownership.mode;
        if (ownership.undecided) {
            netdev.declaration.kept_as_is = true;
            netdev.requested_mode_location = {unit.path};
        }
        if (!ownership.complaint.empty())
            netdev.declaration.problems.push_back({Severity::error,
                                                   sanitized(netdev.requested_mode_location),
                                                   ownership.complaint,
                                                   {},
                                                   "Mode"});
    }

    /// Addresses belong to networkd where it is enabled and has a .network for the link.
    void add_network(Declaration& declaration, const Netdev& netdev) {
        const auto& listed = netdev.listed_addresses;
        const bool enabled = networkd_ == NetworkdState::enabled;
        auto theirs = networks(FolderOwner::networkd).find(declaration.device);
        if (theirs.settings && enabled) {
            if (listed)
                note_owners_addresses(declaration, listed->location, theirs.settings->path);
            return note_foreign_network(declaration, theirs.settings->path);
        }
        auto ours = networks(FolderOwner::wgnl).find(declaration.device);
        append(ours.unreadable, theirs.unreadable);
        take_network(declaration,
                     ours.settings ? std::move(ours.settings) : std::move(theirs.settings));
        if (!ours.unreadable.empty())
            hold_for(declaration, ours.unreadable);
        if (netdev.keeps_addresses || (listed && add_listed_addresses(*listed, declaration)))
            scan_.keep_addresses.insert(declaration.device);
    }

    static void take_network(Declaration& declaration, std::optional<NetworkSettings> settings) {
        if (!settings)
            return;
        declaration.addresses = std::move(settings->addresses);
        declaration.mtu = settings->mtu ? settings->mtu : declaration.mtu;
        append(declaration.problems, settings->problems);
        append(declaration.problems, settings->not_applied);
    }

    /// Addresses that are not known must not be taken for none.
    static void hold_for(Declaration& declaration, const std::vector<Problem>& unreadable) {
        declaration.kept_as_is = true;
        append(declaration.problems, unreadable);
        declaration.problems.push_back(
            {Severity::error, sanitized(declaration.location),
             fmt::format("which addresses {} is to have is not known until that can be read; the "
                         "device is left as it is",
                         declaration.device)});
    }

    static void note_owners_addresses(Declaration& declaration, const Location& location,
                                      const std::string& path) {
        declaration.problems.push_back(
            {Severity::warning, sanitized(location),
             fmt::format("Address=peers is ignored: systemd-networkd gives {} its addresses, from "
                         "{}",
                         declaration.device, printable(path)),
             "have no .network file of systemd-networkd match the device, or write Address= there",
             "Address"});
    }

    static void note_foreign_network(Declaration& declaration, const std::string& path) {
        declaration.mtu.reset();
        declaration.problems.push_back(
            {Severity::note,
             {printable(path)},
             fmt::format("systemd-networkd configures addresses and MTU of {} from this file; wgnl "
                         "declares none",
                         declaration.device)});
    }

    const NetworkFiles& networks(FolderOwner owner) {
        auto& files = owner == FolderOwner::wgnl ? our_networks_ : their_networks_;
        if (!files)
            files = NetworkFiles::load(context_, folders_of(context_.root, owner), scan_.inputs);
        return *files;
    }

    Scan scan_{};
    ReadContext context_;
    NetworkdState networkd_;
    AdapterSettings settings_;
    std::unordered_map<std::string, std::size_t> by_device_{};
    struct PortUse {
        std::size_t declaration;
        Location location;
    };
    std::map<std::uint16_t, PortUse> by_port_{};
    std::optional<NetworkFiles> their_networks_{};
    std::optional<NetworkFiles> our_networks_{};
};

} // namespace

Scan scan(const Root& root, const ScanOptions& options) {
    const ActingAs other(options.user);
    return Scanner(root, options).run();
}

std::string unit_key(FolderOwner owner, std::string_view path) {
    return fmt::format("{}/{}", owner == FolderOwner::wgnl ? "wgnl" : "networkd", base_name(path));
}

} // namespace wgnl::networkd
