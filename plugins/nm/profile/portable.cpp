// SPDX-License-Identifier: LGPL-2.1-or-later
// Name servers and tables as wg-quick writes them, and messages that name lines.
#include "nm/profile/portable.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/name_servers.hpp"
#include "nm/profile/glib.hpp"
#include "nm/profile/profile_writer.hpp"

namespace wgnl::nm {
namespace {

constexpr std::uint32_t table_main = 254;
using adapter::every_query;

/// Makes one; used once.
class Converter {
public:
    Converter(NMConnection* profile, const SettingLocator& locate, ReadProfile read)
        : profile_(profile), locate_(locate), read_(std::move(read)) {}

    Portable run() {
        made_.id = read_.id;
        made_.uuid = read_.uuid;
        made_.names_device =
            read_.declaration && interface_name_of(read_.id) == read_.declaration->device;
        made_.problems = std::move(read_.problems);
        if (read_.declaration) {
            take_declaration(*std::move(read_.declaration));
            take_table();
            take_name_servers();
            const auto not_expressible = not_expressible_in(profile_, locate_);
            made_.not_expressible.insert(made_.not_expressible.end(), not_expressible.begin(),
                                         not_expressible.end());
        }
        for (auto& problem : made_.problems)
            problem.location = location_of(problem);
        return std::move(made_);
    }

private:
    /// In the terms of `locate`.
    Location location_of(const Problem& problem) const {
        if (problem.peer)
            return locate_(peer_group(problem.peer->to_base64()), "");
        const auto dot = problem.key.find('.');
        if (dot == problem.key.npos)
            return locate_("", "");
        if (problem.key.starts_with(peer_group("")))
            return locate_(problem.key, "");
        return locate_(problem.key.substr(0, dot), problem.key.substr(dot + 1));
    }

    void take_declaration(Declaration declared) {
        declared.location = locate_("", "");
        if (declared.mode == Mode::sync)
            declared.mode = Mode::own;
        if (declared.fwmark == 0U)
            declared.fwmark.reset();
        // What NetworkManager shows to whom is no part of what is written elsewhere; it is named
        // among what is left out.
        declared.is_private = wants_private(profile_);
        declared.viewers.clear();
        declared.addresses = read_.addresses;
        declared.mtu = usable_mtu();
        declared.route_metric = written_metric();
        for (auto& peer : declared.peers) {
            peer.location = locate_(peer_group(peer.public_key.to_base64()), "");
            peer.route_table.reset();
            peer.route_metric.reset();
            peer.routes.clear();
            if (peer.persistent_keepalive == 0)
                peer.persistent_keepalive.reset();
        }
        std::ranges::copy(declared.problems, std::back_inserter(made_.problems));
        for (auto& problem : declared.problems)
            problem.location = location_of(problem);
        made_.declaration = std::move(declared);
    }

    /// That of the profile, and not the one that NetworkManager has where it is silent.
    std::optional<std::uint32_t> written_metric() {
        std::optional<std::uint32_t> metric;
        for (auto* family : families()) {
            const auto wanted = nm_setting_ip_config_get_route_metric(family);
            if (wanted < 0)
                continue;
            if (metric && *metric != wanted)
                leave_out("ipv6", "route-metric",
                          fmt::format("route-metric={} is left out: that of IPv4 is {}, and they "
                                      "become one",
                                      wanted, *metric));
            metric = metric.value_or(static_cast<std::uint32_t>(wanted));
        }
        return metric;
    }

    /// None that a declaration may not have.
    std::optional<std::uint32_t> usable_mtu() {
        const auto mtu = read_.mtu;
        if (!mtu || (*mtu >= smallest_mtu && *mtu <= largest_mtu))
            return mtu;
        leave_out("wireguard", "mtu",
                  fmt::format("mtu={} is left out: it is not from {} to {}", *mtu, smallest_mtu,
                              largest_mtu));
        return std::nullopt;
    }

    void take_table() {
        const auto& table = read_.route_table;
        made_.declaration->route_table =
            table == 0U ? std::nullopt : std::optional(table.value_or(table_main));
        if (table)
            add_line("Table", *table == 0 ? "off" : fmt::format("{}", *table), "route-table");
        const auto v4 = table_of(nm_connection_get_setting_ip4_config(profile_));
        const auto v6 = table_of(nm_connection_get_setting_ip6_config(profile_));
        if (table && *table != 0 && v4 != v6)
            leave_out("ipv6", "route-table",
                      fmt::format("ipv4.route-table={} and ipv6.route-table={} become one table",
                                  v4, v6));
    }
    static std::uint32_t table_of(NMSettingIPConfig* family) {
        return family == nullptr ? 0 : nm_setting_ip_config_get_route_table(family);
    }

    void take_name_servers() {
        std::vector<std::string> words;
        for (const auto& server : read_.dns)
            if (IpAddress::parse(server))
                add_word(words, server);
            else
                leave_out("ipv4", "dns",
                          fmt::format("the name server {} is left out: it is no "
                                      "plain address",
                                      server));
        const auto domains = domains_beside(!words.empty());
        words.insert(words.end(), domains.begin(), domains.end());
        if (!words.empty())
            add_line("DNS", fmt::format("{}", fmt::join(words, ", ")), "dns");
    }

    /// Those of both families, each once, in the order of the one that has no servers: there a "~"
    /// can only have been written.
    std::vector<std::string> domains_beside(bool has_servers) {
        std::vector<std::string> domains;
        for (const bool with_servers : {false, true})
            for (auto* family : families())
                if ((nm_setting_ip_config_get_num_dns(family) != 0) == with_servers)
                    add_domains(domains, family);
        // A configuration without domains, or with a default route, means every query.
        const auto every = std::ranges::find(domains, every_query);
        const bool is_wanted = every != domains.end();
        const bool has_others = domains.size() > (is_wanted ? 1 : 0);
        const bool is_implied =
            has_servers && adapter::means_every_query(has_others, has_default_route());
        if (is_implied && is_wanted && !is_written())
            domains.erase(every);
        if (is_implied && !is_wanted)
            leave_out(
                "ipv4", "dns-search",
                "that NetworkManager itself chooses which queries go to these name servers is "
                "left out: imported again they get every query (dns-search=~)");
        return domains;
    }

    std::vector<NMSettingIPConfig*> families() const {
        std::vector<NMSettingIPConfig*> both{nm_connection_get_setting_ip4_config(profile_),
                                             nm_connection_get_setting_ip6_config(profile_)};
        std::erase(both, nullptr);
        return both;
    }

    static void add_domains(std::vector<std::string>& domains, NMSettingIPConfig* family) {
        for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches(family); ++i)
            add_word(domains, std::string(view(nm_setting_ip_config_get_dns_search(
                                  family, static_cast<int>(i)))));
    }

    /// "~" stands in a family without servers.
    bool is_written() const {
        return std::ranges::any_of(families(), [](auto* family) {
            std::vector<std::string> domains;
            add_domains(domains, family);
            return nm_setting_ip_config_get_num_dns(family) == 0 &&
                   std::ranges::find(domains, every_query) != domains.end();
        });
    }

    bool has_default_route() const {
        return !read_.route_table &&
               std::ranges::any_of(made_.declaration->peers, adapter::leads_everything);
    }

    static void add_word(std::vector<std::string>& words, const std::string& word) {
        if (std::ranges::find(words, word) == words.end())
            words.push_back(word);
    }

    void add_line(std::string key, std::string_view value, std::string_view property) {
        made_.wg_quick.push_back({.key = std::move(key),
                                  .value = SecretText(value),
                                  .location = locate_("ipv4", property)});
    }

    void leave_out(std::string_view group, std::string_view key, std::string_view text) {
        made_.not_expressible.push_back({.severity = Severity::note,
                                         .location = locate_(group, key),
                                         .text = printable(text),
                                         .key = std::string(key)});
    }

    NMConnection* profile_;
    const SettingLocator& locate_;
    ReadProfile read_;
    Portable made_{};
};

} // namespace

Portable portable_of(NMConnection* profile, const SettingLocator& locate, ReadOptions options) {
    options.tell_unused_keys = false;
    return Converter(profile, locate, declaration_of(profile, options)).run();
}

SettingLocator locator_of(NMConnection* profile) {
    return [profile](std::string_view group, std::string_view key) {
        const auto setting =
            key.empty() || group.empty() ? std::string(group) : fmt::format("{}.{}", group, key);
        return Location{printable(location_in(profile, setting))};
    };
}

} // namespace wgnl::nm
