// SPDX-License-Identifier: LGPL-2.1-or-later
// The scan: every .netdev file, the mode of each, and the addresses of those that wgnl owns.
#include "networkd/netdev/scan.hpp"

#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "networkd/netdev/network_file.hpp"
#include "networkd/netdev/report.hpp"

namespace wgnl::networkd {
namespace {

class Scanner {
public:
    Scanner(const Root& root, const SystemdQuery& ask_systemd)
        : around_(Surroundings::current(root, scan_.inputs, ask_systemd)),
          networkd_(networkd_state(root, scan_.inputs)),
          settings_(read_settings(root, scan_.inputs)) {}

    Scan run() {
        scan_.problems = settings_.problems;
        // networkd acts on its own files whatever lies in wgnl's, so those claim names first.
        take_place(Place::networkd);
        take_place(Place::wgnl);
        hide_keys(scan_.problems);
        for (auto& declaration : scan_.declarations)
            hide_keys(declaration.problems, is_peer_of(declaration));
        return std::move(scan_);
    }

private:
    void take_place(Place place) {
        auto listing = list_units(folders_of(around_.root, place), place, ".netdev", scan_.inputs);
        scan_.incomplete = scan_.incomplete || !listing.problems.empty();
        append(scan_.problems, listing.problems);
        for (const auto& unit : listing.files)
            take_unit(unit);
    }

    static void append(std::vector<Problem>& to, const std::vector<Problem>& more) {
        to.insert(to.end(), more.begin(), more.end());
    }

    void take_unit(const UnitFile& unit) {
        auto& file = scan_.files[unit_key(unit.place, unit.path)];
        file.path = unit.path;
        file.state = unit.state;
        if (unit.state != FileState::present && unit.state != FileState::unreadable)
            return;
        auto netdev = read_netdev(unit, around_, scan_.inputs);
        file.broken = netdev.outcome == Netdev::Outcome::broken;
        file.problems = std::move(netdev.problems);
        file.peer_files = std::move(netdev.peer_files);
        file.mtu = netdev.declaration.mtu;
        file.unsaid = std::move(netdev.unsaid);
        if (netdev.outcome == Netdev::Outcome::declares)
            declare(unit, std::move(netdev));
    }

    void declare(const UnitFile& unit, Netdev netdev) {
        auto& declaration = netdev.declaration;
        auto [first, is_new] =
            by_device_.try_emplace(declaration.device, scan_.declarations.size());
        if (!is_new)
            return refuse_second(scan_.declarations[first->second], declaration.where);
        decide_mode(unit, netdev);
        if (declaration.mode == Mode::own)
            add_network(declaration);
        else
            declaration.mtu.reset();
        scan_.declarations.push_back(std::move(declaration));
    }

    void refuse_second(Declaration& first, const std::string& second) {
        Problem problem{Severity::error, printable(second),
                        fmt::format("device {} is already declared by {}; this file is ignored",
                                    first.device, printable(first.where))};
        scan_.problems.push_back(problem);
        first.problems.push_back(std::move(problem));
    }

    void decide_mode(const UnitFile& unit, Netdev& netdev) {
        auto ownership = decide_ownership({.place = unit.place,
                                           .asks_for_own = netdev.asks_for_own,
                                           .networkd = networkd_,
                                           .adopt = settings_.adopt,
                                           .requested = netdev.requested_mode});
        netdev.declaration.mode = ownership.mode;
        if (!ownership.complaint.empty())
            netdev.declaration.problems.push_back(
                {Severity::error, printable(netdev.requested_mode_where), ownership.complaint});
    }

    /// Addresses belong to networkd where it is enabled and has a .network for the link.
    void add_network(Declaration& declaration) {
        const bool enabled = networkd_ == NetworkdState::enabled;
        auto theirs = networks(Place::networkd).find(declaration.device);
        if (theirs && enabled)
            return note_foreign_network(declaration, theirs->path);
        auto ours = networks(Place::wgnl).find(declaration.device);
        if (auto& settings = ours ? ours : theirs) {
            declaration.addresses = std::move(settings->addresses);
            declaration.mtu = settings->mtu ? settings->mtu : declaration.mtu;
            append(declaration.problems, settings->problems);
        }
    }

    static void note_foreign_network(Declaration& declaration, const std::string& path) {
        declaration.mtu.reset();
        declaration.problems.push_back(
            {Severity::note, printable(path),
             fmt::format("systemd-networkd configures addresses and MTU of {} from this file; wgnl "
                         "declares none",
                         declaration.device)});
    }

    const NetworkFiles& networks(Place place) {
        auto& files = place == Place::wgnl ? our_networks_ : their_networks_;
        if (!files)
            files = NetworkFiles::load(around_, folders_of(around_.root, place), scan_.inputs);
        return *files;
    }

    Scan scan_{};
    Surroundings around_;
    NetworkdState networkd_;
    AdapterSettings settings_;
    std::unordered_map<std::string, std::size_t> by_device_{};
    std::optional<NetworkFiles> their_networks_{};
    std::optional<NetworkFiles> our_networks_{};
};

} // namespace

Scan scan(const Root& root, const SystemdQuery& ask_systemd) {
    return Scanner(root, ask_systemd).run();
}

std::string unit_key(Place place, std::string_view path) {
    return fmt::format("{}/{}", place == Place::wgnl ? "wgnl" : "networkd", base_name(path));
}

Place place_of(const Root& root, std::string_view path) {
    auto folder = (root / wgnl_folders.front()) + "/";
    return path.starts_with(folder) ? Place::wgnl : Place::networkd;
}

} // namespace wgnl::networkd
