// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading networkd's files as wg-quick's configuration.
#include "networkd/netdev/wg_quick_part.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "common/name_servers.hpp"
#include "networkd/files/text.hpp"
#include "networkd/netdev/netdev.hpp"

namespace wgnl::networkd {
namespace {

/// Reads one .network file; used once.
class PartReader {
public:
    explicit PartReader(const RouteTables& tables) : tables_(tables) {}

    WgQuickPart run(const std::vector<SourceFile>& files) {
        for (const auto& file : files)
            for (const auto& section : file.ini.sections())
                take_section(file.path, section);
        return std::move(part_);
    }

private:
    void take_section(const std::string& file, const IniSection& section) {
        if (section.name == "Route") {
            if (auto route = read_network_route(file, section, tables_))
                part_.routes.push_back(*std::move(route));
        } else if (section.name == "RoutingPolicyRule") {
            if (auto rule = read_network_rule(file, section, tables_))
                part_.rules.push_back(*std::move(rule));
        } else if (section.name == "Network" || section.name == "X-Wgnl") {
            for (const auto& assignment : section.assignments)
                take(file, section.name, assignment);
        }
    }

    void take(const std::string& file, std::string_view section, const IniAssignment& from) {
        const bool is_network = section == "Network";
        if (is_network && from.key == "DNS")
            take_servers(file, from);
        else if (is_network && from.key == "Domains")
            take_domains(file, from);
        else if (is_network && from.key == "IPv4SrcValidMark" && parse_boolean(from.value) == true)
            part_.mark_lines.push_back(line_of(file, from));
        else if (!is_network && from.key == "FirewallMark")
            take_origin(from.value);
    }

    /// A line with a server that has a port, a name or an interface stays networkd's.
    void take_servers(const std::string& file, const IniAssignment& from) {
        std::vector<IpAddress> servers;
        for (const auto word : split(from.value, whitespace)) {
            const auto server = IpAddress::parse(word);
            if (!server)
                return;
            servers.push_back(*server);
        }
        take_list(file, from, std::move(servers), part_.name_servers);
    }

    void take_domains(const std::string& file, const IniAssignment& from) {
        std::vector<std::string> domains;
        for (const auto word : split(from.value, whitespace))
            domains.emplace_back(word == "~." ? adapter::every_query : word);
        take_list(file, from, std::move(domains), part_.domains);
    }

    /// An empty line takes back all before it.
    template <typename T> void take_list(const std::string& file, const IniAssignment& from,
                                         std::vector<T> items, std::vector<T>& list) {
        if (from.value.empty())
            list.clear();
        std::ranges::move(items, std::back_inserter(list));
        part_.name_lines.push_back(line_of(file, from));
    }

    void take_origin(std::string_view value) {
        if (value == "auto")
            part_.mark_origin = FullTunnel::Mark::chosen;
        else if (value == "off")
            part_.mark_origin = FullTunnel::Mark::in_its_way;
    }

    const RouteTables& tables_;
    WgQuickPart part_{};
};

bool is_of(const NetworkRule& rule, Family family) {
    return family == Family::ipv4 ? rule.ipv4 : rule.ipv6;
}

/// Makes wg-quick's terms of one declaration; used once.
class Folder {
public:
    Folder(const Declaration& declaration, const WgQuickPart& part)
        : part_(part), made_{.declaration = declaration} {
        for (const auto& route : part.routes)
            routes_.emplace(route.route.destination, &route);
    }

    AsWgQuick run(const std::vector<Problem>& not_applied) {
        find_rules(Family::ipv4);
        find_rules(Family::ipv6);
        is_as_usual_ = find_routes();
        if (is_as_usual_)
            leave_out_tables();
        take_name_servers();
        for (const auto& problem : not_applied)
            if (!said_.contains({problem.location.file, problem.location.line}))
                made_.not_expressible.push_back(problem);
        return std::move(made_);
    }

private:
    std::optional<std::uint32_t>& table_of(Family family) {
        return family == Family::ipv4 ? table_v4_ : table_v6_;
    }

    /// The pair of rules that wg-quick makes for a family: everything but the tunnel's own packets
    /// into a table, and before it what main has, without its default route.
    void find_rules(Family family) {
        const auto mark = made_.declaration.fwmark.value_or(0);
        const auto& rules = part_.rules;
        const auto around = std::ranges::find_if(rules, [&](const NetworkRule& rule) {
            return is_of(rule, family) && rule.inverted && mark != 0 && rule.mark == mark &&
                   !rule.suppressed_length && rule.priority && !is_general_table(rule.table);
        });
        if (around == rules.end() || !has_wide_prefix(family))
            return;
        const auto before = std::ranges::find_if(rules, [&](const NetworkRule& rule) {
            return is_of(rule, family) && !rule.inverted && rule.mark == 0 &&
                   rule.table == main_table && rule.suppressed_length == 0U && rule.priority &&
                   *rule.priority < *around->priority;
        });
        if (before == rules.end())
            return;
        table_of(family) = around->table;
        used_.insert(used_.end(), {&around->lines, &before->lines});
    }

    bool has_wide_prefix(Family family) const {
        return std::ranges::any_of(made_.declaration.peers, [&](const DeclaredPeer& peer) {
            return std::ranges::any_of(peer.allowed_ips, [&](const AllowedIp& prefix) {
                return is_wide(prefix) && prefix.network.family() == family;
            });
        });
    }

    /// Whether there are routes, and each is where wg-quick would have it.
    bool find_routes() {
        bool has_routes = false;
        for (const auto& peer : made_.declaration.peers)
            for (const auto& prefix : peer.allowed_ips) {
                if (!is_where_wg_quick_has_it(peer, prefix))
                    return false;
                has_routes = true;
            }
        return has_routes;
    }

    bool is_where_wg_quick_has_it(const DeclaredPeer& peer, const AllowedIp& prefix) {
        const auto tables = tables_of(peer, prefix);
        const auto own = table_of(prefix.network.family());
        if (is_wide(prefix))
            return own && tables.contains(*own) && !tables.contains(main_table);
        // What is in the table of a default route alone is found there all the same.
        return tables.contains(main_table) || (own && tables.contains(*own));
    }

    /// The tables that have a route of it, by RouteTable= or by [Route]: of these, main and that of
    /// the family, as wg-quick has them. A route in any other table is more than wg-quick makes.
    std::set<std::uint32_t> tables_of(const DeclaredPeer& peer, const AllowedIp& prefix) {
        std::set<std::uint32_t> tables;
        const auto& declared = made_.declaration;
        if (const auto table = peer.route_table ? peer.route_table : declared.route_table)
            tables.insert(*table);
        const auto metric = peer.route_metric ? peer.route_metric : declared.route_metric;
        const auto family = prefix.network.family();
        const auto [begin, end] = routes_.equal_range(prefix);
        for (const auto& [destination, found] : std::ranges::subrange(begin, end)) {
            const auto table = found->route.table;
            const bool is_usual = table == main_table || table == table_of(family);
            if (is_usual && found->route.metric == metric.value_or(0)) {
                tables.insert(table);
                used_.push_back(&found->lines);
            }
        }
        return tables;
    }

    void leave_out_tables() {
        auto& declared = made_.declaration;
        for (auto& peer : declared.peers)
            peer.route_table.reset();
        declared.route_table = main_table;
        for (const auto* lines : used_)
            say(*lines);
        if (!is_full())
            return;
        say(part_.mark_lines);
        if (part_.mark_origin == FullTunnel::Mark::chosen)
            declared.fwmark.reset();
        if (part_.mark_origin == FullTunnel::Mark::in_its_way)
            declared.fwmark = 0;
    }

    bool is_full() const { return is_as_usual_ && (table_v4_ || table_v6_); }

    void take_name_servers() {
        auto domains = part_.domains;
        const auto every = std::ranges::count(domains, adapter::every_query);
        const bool is_wanted = every > 0;
        const bool has_others = std::ssize(domains) > every;
        const bool is_implied =
            !part_.name_servers.empty() && adapter::means_every_query(has_others, is_full());
        if (is_implied && is_wanted)
            std::erase(domains, adapter::every_query);
        else if (is_implied)
            note_choice();
        std::vector<std::string> words;
        for (const auto& server : part_.name_servers)
            words.push_back(server.to_string());
        words.insert(words.end(), domains.begin(), domains.end());
        if (!words.empty())
            made_.lines.push_back({"DNS", SecretText(fmt::format("{}", fmt::join(words, ", "))),
                                   part_.name_lines.front()});
        say(part_.name_lines);
    }

    void note_choice() {
        made_.not_expressible.push_back(
            {Severity::note,
             part_.name_lines.front(),
             "that systemd-resolved itself chooses which queries go to these name servers is left "
             "out: in another format they get every query (Domains=~.)",
             {},
             "DNS"});
    }

    void say(const std::vector<Location>& lines) {
        for (const auto& line : lines)
            said_.emplace(line.file, line.line);
    }

    const WgQuickPart& part_;
    AsWgQuick made_;
    std::unordered_multimap<AllowedIp, const NetworkRoute*> routes_{};
    std::optional<std::uint32_t> table_v4_{};
    std::optional<std::uint32_t> table_v6_{};
    bool is_as_usual_{false};
    std::vector<const std::vector<Location>*> used_{};
    std::set<std::pair<std::string, std::uint32_t>> said_{};
};

} // namespace

WgQuickPart read_wg_quick_part(const std::vector<SourceFile>& files, const RouteTables& tables) {
    return PartReader(tables).run(files);
}

AsWgQuick as_wg_quick(const Declaration& declaration, const WgQuickPart& part,
                      const std::vector<Problem>& not_applied) {
    return Folder(declaration, part).run(not_applied);
}

} // namespace wgnl::networkd
