// SPDX-License-Identifier: LGPL-2.1-or-later
// Matching and reading of .network files, as far as mode own needs them.
#include "networkd/netdev/network_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "networkd/files/problems.hpp"
#include "networkd/files/text.hpp"
#include "networkd/match/conditions.hpp"
#include "networkd/netdev/setting_table.hpp"

namespace wgnl::networkd {
namespace {

/// systemd's list of globs: "!" before the first turns the whole assignment round.
struct GlobList {
    std::vector<std::string> wanted{};
    std::vector<std::string> unwanted{};

    void assign(std::string_view value) {
        if (value.empty())
            *this = {};
        const bool inverted = value.starts_with('!');
        auto words = quoted_words(value.substr(inverted ? 1 : 0));
        for (auto& word : words.value_or(std::vector<std::string>{}))
            (inverted ? unwanted : wanted).push_back(std::move(word));
    }
    bool is_set() const { return !wanted.empty() || !unwanted.empty(); }
    bool fits(const std::string& text) const {
        auto matches = [&](const std::string& glob) { return matches_glob(glob, text); };
        if (std::ranges::any_of(unwanted, matches))
            return false;
        return wanted.empty() || std::ranges::any_of(wanted, matches);
    }
};

class NetworkMatch {
public:
    void assign(std::string_view key, std::string_view value) {
        if (key == "Name")
            names_.assign(value);
        else if (key == "Kind")
            kinds_.assign(value);
        else if (key == "Type")
            types_.assign(value);
        else if (!conditions_.assign(key, value) && !key.starts_with("X-"))
            unknown_ = true;
    }

    bool fits(const std::string& device, const Host& host) const {
        // networkd ignores a file whose [Match] names no link.
        const bool names_links = names_.is_set() || kinds_.is_set() || types_.is_set();
        return names_links && !unknown_ && names_.fits(device) && kinds_.fits("wireguard") &&
               types_.fits("wireguard") && conditions_.match(host) == MatchResult::applies;
    }

private:
    GlobList names_{};
    GlobList kinds_{};
    GlobList types_{};
    Conditions conditions_{};
    bool unknown_{false};
};

/// Name servers are a remark in every format: the tunnel is the same without them.
Severity severity_of(std::string_view key) {
    return key == "DNS" || key == "Domains" ? Severity::note : Severity::warning;
}

/// Says nothing about what wgnl leaves as it is.
constexpr std::array<std::string_view, 8> without_effect{
    "Description",       "RequiredForOnline", "RequiredFamilyForOnline", "ConfigureWithoutCarrier",
    "IgnoreCarrierLoss", "KeepConfiguration", "ActivationPolicy",        "BindCarrier"};
/// Switches something on that a WireGuard device of wgnl's does not have anyway.
constexpr std::array<std::string_view, 17> switches{
    "DHCP",           "IPv6AcceptRA",        "LinkLocalAddressing",
    "LLMNR",          "MulticastDNS",        "LLDP",
    "EmitLLDP",       "DHCPServer",          "IPv6SendRA",
    "IPMasquerade",   "IPForward",           "IPv4Forwarding",
    "IPv6Forwarding", "IPv6ProxyNDP",        "DefaultRouteOnDevice",
    "Unmanaged",      "DHCPPrefixDelegation"};

bool is_harmless(const IniAssignment& assignment) {
    const bool is_switch = std::ranges::find(switches, assignment.key) != switches.end();
    return assignment.value.empty() || assignment.key.starts_with("X-") ||
           std::ranges::find(without_effect, assignment.key) != without_effect.end() ||
           (is_switch && parse_boolean(assignment.value) == false);
}

/// As systemd up to 252 completed addresses: by their class, and IPv6 ones to all there is.
std::optional<std::string> with_class_length(std::string_view address) {
    constexpr unsigned class_a = 128;
    constexpr unsigned class_b = 192;
    constexpr unsigned class_c = 224;
    const auto parsed = InterfaceAddress::parse(address);
    if (!parsed)
        return std::nullopt;
    if (parsed->address.family() == Family::ipv6)
        return fmt::format("{}/0", address);
    auto rest = address;
    const auto first = take_number<unsigned>(rest).value_or(0);
    if (first >= class_c)
        return std::nullopt;
    return fmt::format("{}/{}", address, first < class_a ? 8 : first < class_b ? 16 : 24);
}

/// What to write instead of a wrong value.
std::string_view hint_for(std::string_view key) {
    if (key == "Address")
        return "an address with its prefix length, such as 10.0.0.1/24 or fd00::1/64";
    return key == "MTUBytes" ? find_setting(netdev_settings(), key)->hint : std::string_view{};
}

class NetworkReader {
public:
    explicit NetworkReader(const Host& host) : host_(host) {}

    NetworkSettings run(const std::vector<SourceFile>& files) {
        settings_.path = files.front().path;
        for (const auto& file : files)
            for (const auto& section : file.ini.sections())
                take_section(file, section);
        settings_.problems = problems_.take();
        settings_.not_applied = not_applied_.take();
        return std::move(settings_);
    }

private:
    void take_section(const SourceFile& file, const IniSection& section) {
        if (section.name.empty() || section.name == "Match" || section.name.starts_with("X-"))
            return;
        for (const auto& assignment : section.assignments) {
            auto subject = subject_of(file.path, assignment);
            subject.hint = hint_for(assignment.key);
            take(subject, section.name, assignment);
        }
    }

    void take(const Subject& subject, std::string_view section, const IniAssignment& assignment) {
        const bool has_addresses = section == "Network" || section == "Address";
        if (has_addresses && assignment.key == "Address")
            take_address(subject, assignment.value, section);
        else if (section == "Link" && assignment.key == "MTUBytes")
            take_mtu(subject, assignment.value);
        else if (!is_harmless(assignment))
            not_applied_.add(severity_of(assignment.key), subject,
                             fmt::format("{}= of [{}] is not applied by wgnl",
                                         excerpt(assignment.key), excerpt(section)));
    }

    void take_address(const Subject& subject, std::string_view value, std::string_view section) {
        // An empty Address= of [Network] takes all earlier ones back.
        if (value.empty() && section == "Network")
            return settings_.addresses.clear();
        const auto completed = value.contains('/') ? std::string(value) : complete(subject, value);
        auto address = InterfaceAddress::parse(completed);
        if (!address)
            return problems_.error(subject,
                                   fmt::format("Address={} is no address: {}; it is ignored",
                                               excerpt(value), address.error().detail()));
        if (std::ranges::find(settings_.addresses, *address) == settings_.addresses.end())
            settings_.addresses.push_back(*address);
    }

    void take_mtu(const Subject& subject, std::string_view value) {
        constexpr std::uint64_t smallest = 68;
        auto size = parse_size(value, std::numeric_limits<std::uint32_t>::max());
        if (size && *size >= smallest)
            settings_.mtu = static_cast<std::uint32_t>(*size);
        else if (!value.empty())
            problems_.error(subject,
                            fmt::format("MTUBytes={} is not a number of at least 68; it is "
                                        "ignored",
                                        excerpt(value)));
    }

    /// With the length that this machine's networkd takes.
    std::string complete(const Subject& subject, std::string_view address) {
        constexpr unsigned last_by_class = 252;
        const auto parsed = InterfaceAddress::parse(address);
        if (!parsed)
            return std::string(address);
        const auto whole = parsed->to_string();
        const auto version = host_.systemd_version();
        const auto by_class = with_class_length(address);
        const bool is_old = version && *version <= last_by_class;
        problems_.warning(
            subject,
            fmt::format("Address={} has no prefix length: systemd up to {} takes it "
                        "for {}, later ones for {}{}; write the length",
                        excerpt(address), last_by_class, by_class.value_or("no address"), whole,
                        version ? fmt::format(", and so {} here",
                                              is_old ? by_class.value_or("none") : whole)
                                : std::string{}));
        return is_old ? by_class.value_or(std::string{}) : whole;
    }

    const Host& host_;
    NetworkSettings settings_{};
    ProblemCollector problems_{};
    ProblemCollector not_applied_{};
};

void read_into(const std::string& path, std::vector<SourceFile>& files,
               std::vector<Problem>& unreadable) {
    auto file = read_file(path);
    if (file.state == FileState::unreadable)
        unreadable.push_back({Severity::error,
                              {printable(path)},
                              fmt::format("the file cannot be read ({}){}", file.why,
                                          hint_for_unreadable(file.error))});
    if (file.state == FileState::present)
        files.push_back({path, std::string(base_name(path)), IniFile::parse(std::move(file.text)),
                         file.readable_by_all});
}

} // namespace

bool network_matches(const std::vector<SourceFile>& files, const std::string& device,
                     const Host& host) {
    NetworkMatch match;
    for (const auto& file : files)
        for (const auto& section : file.ini.sections())
            if (section.name == "Match")
                for (const auto& assignment : section.assignments)
                    match.assign(assignment.key, assignment.value);
    return match.fits(device, host);
}

NetworkSettings read_network(const std::vector<SourceFile>& files, const Host& host,
                             const RouteTables& tables) {
    auto settings = NetworkReader(host).run(files);
    settings.wg_quick = read_wg_quick_part(files, tables);
    return settings;
}

NetworkFiles NetworkFiles::load(const ReadContext& context, std::span<const std::string> folders,
                                Inputs& inputs) {
    NetworkFiles all;
    all.context_ = &context;
    auto listing = list_units(folders, FolderOwner::networkd, ".network", inputs);
    all.unreadable_ = std::move(listing.problems);
    for (const auto& unit : listing.files)
        if (auto file = all.read(unit); !file.files.empty())
            all.files_.push_back(std::move(file));
    return all;
}

/// Without files if nothing of it counts.
NetworkFiles::NetworkFile NetworkFiles::read(const UnitFile& unit) {
    NetworkFile file;
    if (unit.state == FileState::masked || unit.state == FileState::empty)
        return file;
    read_into(unit.path, file.files, unreadable_);
    if (!file.files.empty())
        for (const auto& dropin : unit.dropins)
            read_into(dropin, file.files, file.unreadable);
    return file;
}

FoundNetwork NetworkFiles::find(const std::string& device) const {
    for (const auto& file : files_)
        if (network_matches(file.files, device, context_->host))
            return {read_network(file.files, context_->host, context_->tables), file.unreadable};
    return {std::nullopt, unreadable_};
}

} // namespace wgnl::networkd
