// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes that lead a tunnel's own packets into the tunnel, and what is known of a file before it
// takes peers away.
#include "doubts.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_set>

#include <fmt/format.h>
#include <unistd.h>

#include "base/io.hpp"
#include "secret_file.hpp"

namespace wgnl::cli {
namespace {

/// The tables that every packet is looked up in: default, main, local.
constexpr std::uint32_t first_general_table = 253;
constexpr std::uint32_t last_general_table = 255;

bool is_general(std::uint32_t table) {
    return table >= first_general_table && table <= last_general_table;
}

/// The prefixes of a peer that get a route where it matters.
std::vector<AllowedIp> routed(const Declaration& declaration, const DeclaredPeer& peer) {
    std::vector<AllowedIp> prefixes;
    for (const auto& route : peer.routes)
        if (is_general(route.table))
            prefixes.push_back(route.destination);
    const auto table = peer.route_table ? peer.route_table : declaration.route_table;
    if (peer.routes.empty() && table && is_general(*table))
        prefixes = peer.allowed_ips;
    return prefixes;
}

/// All of a family, or half of it: nobody means a single host by it.
bool is_wide(const AllowedIp& prefix) { return prefix.prefix_length <= 1; }

/// A whole family, as one prefix or as its two halves.
bool leads_everywhere(const std::vector<AllowedIp>& prefixes) {
    const auto halves = [&](Family family) {
        return std::ranges::count_if(prefixes, [&](const AllowedIp& prefix) {
            return prefix.prefix_length == 1 && prefix.network.family() == family;
        });
    };
    return std::ranges::any_of(prefixes, &AllowedIp::is_default) || halves(Family::ipv4) == 2 ||
           halves(Family::ipv6) == 2;
}

/// Packets with a mark are usually looked up in another table than the others.
bool marks_packets(const Declaration& declaration) { return declaration.fwmark.value_or(0) != 0; }

/// The prefixes that get a route, asked by address: one look for each length that there is.
class RoutedPrefixes {
public:
    explicit RoutedPrefixes(const Declaration& declaration) {
        for (const auto& peer : declaration.peers)
            for (const auto& prefix : routed(declaration, peer))
                if (!peer.kept_as_is && !is_wide(prefix)) {
                    prefixes_.insert(prefix);
                    lengths_.insert(prefix.prefix_length);
                }
    }
    /// The longest that covers it.
    std::optional<AllowedIp> covering(const IpAddress& address) const {
        for (const auto length : lengths_)
            if (const auto found = prefixes_.find({address.masked(length), length});
                found != prefixes_.end())
                return *found;
        return std::nullopt;
    }

private:
    std::unordered_set<AllowedIp> prefixes_{};
    std::set<std::uint8_t, std::greater<>> lengths_{};
};

} // namespace

std::vector<Problem> loops_of(const Declaration& declaration) {
    std::vector<Problem> problems;
    if (marks_packets(declaration))
        return problems;
    const RoutedPrefixes prefixes(declaration);
    for (const auto& peer : declaration.peers) {
        const auto endpoint = peer.kept_as_is ? std::nullopt : peer.numeric_endpoint();
        const auto loop = endpoint ? prefixes.covering(endpoint->address) : std::nullopt;
        if (loop)
            problems.push_back(
                {.severity = Severity::warning,
                 .location = peer.location,
                 .text = fmt::format("its endpoint {} lies in AllowedIPs={}, and the route there "
                                     "leads the tunnel's own packets into the tunnel: take it out "
                                     "of the prefix, or have no route to it",
                                     *peer.endpoint, loop->to_string()),
                 .peer = peer.public_key});
    }
    return problems;
}

std::vector<Problem> default_routes_of(const Declaration& declaration) {
    std::vector<Problem> notes;
    for (const auto& peer : declaration.peers) {
        const auto prefixes = routed(declaration, peer);
        if (declaration.mode == Mode::own && !peer.kept_as_is && leads_everywhere(prefixes))
            notes.push_back(
                {.severity = Severity::note,
                 .location = peer.location,
                 .text =
                     "all traffic is to go to this peer: \"wgnl apply\" sets no such route into "
                     "the table that leads to its endpoint; wg-quick and NetworkManager do it "
                     "with a table of its own and rules",
                 .peer = peer.public_key});
    }
    return notes;
}

namespace {

/// Whether no end of line follows its last line. Reads that byte alone: a file has keys.
bool is_open_ended(const std::filesystem::path& path) {
    const auto file = open_regular_file(path.string(), largest_secret_file, "read");
    char last = '\n';
    return file && ::pread(file->fd.get(), &last, 1, file->status.st_size - 1) == 1 && last != '\n';
}

/// The line of an error in that file; 0: it is about another one, or none.
std::size_t error_line(const Problem& problem, const std::filesystem::path& file) {
    const auto& [place, line, column] = problem.location;
    const bool is_its = problem.severity == Severity::error &&
                        std::filesystem::path(place).filename() == file.filename();
    return is_its ? line : 0;
}

/// The last line with a mistake, if the file may have been cut within it; 0: it was not cut.
std::size_t cut_line(const std::filesystem::path& file, const FileReading& reading) {
    std::size_t last = 0;
    for (const auto& problem : reading.problems)
        last = std::max(last, error_line(problem, file));
    return last != 0 && is_open_ended(file) ? last : 0;
}

bool says_nothing(const Declaration& declaration) {
    return declaration.peers.empty() && !declaration.private_key && declaration.addresses.empty();
}

} // namespace

std::string doubt_about(const std::filesystem::path& file, const FileReading& reading) {
    if (const auto line = cut_line(file, reading); line != 0)
        return fmt::format(
            "line {} is wrong and the last one has no end, as in a file that was cut", line);
    if (says_nothing(*reading.declaration))
        return "it declares neither a key nor a peer";
    return reading.declaration->peers.empty() ? "it declares no peer" : "";
}

std::string taken_by(const ReconcileOutcome& dry_run, const Declaration& declaration) {
    const auto removed = std::ranges::count(dry_run.plan.change.peers, PeerChange::Action::remove,
                                            &PeerChange::action);
    if (removed > 0)
        return fmt::format("{} peer{}", removed, removed == 1 ? "" : "s");
    return says_nothing(declaration) && dry_run.differs ? "what the device has" : "";
}

} // namespace wgnl::cli
