// SPDX-License-Identifier: LGPL-2.1-or-later
// [NetDev], which names the device and its kind, and [X-Wgnl], which networkd passes over.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include <wgnl/device.hpp>
#include <wgnl/text.hpp>

#include "networkd/netdev/sections.hpp"
#include "networkd/netdev/setting_table.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 39> known_kinds{
    "bareudp", "batadv", "bond",   "bridge", "dummy",     "erspan",    "fou",     "geneve",
    "gre",     "gretap", "hsr",    "ifb",    "ip6gre",    "ip6gretap", "ip6tnl",  "ipip",
    "ipoib",   "ipvlan", "ipvtap", "l2tp",   "macsec",    "macvlan",   "macvtap", "netdevsim",
    "nlmon",   "sit",    "tap",    "tun",    "vcan",      "veth",      "vlan",    "vrf",
    "vti",     "vti6",   "vxcan",  "vxlan",  "wireguard", "wlan",      "xfrm"};

/// "amneziawg", or "awg".
bool is_amneziawg(std::string_view kind) {
    return edit_distance(kind, "amneziawg") <= 2 || edit_distance(kind, "awg") == 0;
}

/// Whether networkd knows it; those of systemd 262.
bool is_known_kind(std::string_view kind) {
    return std::ranges::find(known_kinds, kind) != known_kinds.end();
}

/// A kind that networkd does not know, where somebody meant WireGuard: it would pass the file over,
/// and so would we, without a word.
bool is_misspelt(std::string_view kind) {
    constexpr std::string_view meant = "wireguard";
    return kind != meant && (edit_distance(kind, meant) <= 2 || edit_distance(kind, "wg") == 0 ||
                             kind.contains(meant) || is_amneziawg(kind));
}

/// What to say of such a kind.
std::string reason_of_misspelt(std::string_view kind) {
    if (is_amneziawg(kind))
        return fmt::format(
            "Kind={} is AmneziaWG, which the kernel and systemd-networkd do not speak, "
            "so that networkd passes the file over; use AmneziaWG's own programs, or "
            "ask whoever runs the server for a configuration of WireGuard",
            excerpt(kind));
    return fmt::format("Kind={} is no kind of networkd's, which passes the file over; did you mean "
                       "Kind=wireguard?",
                       excerpt(kind));
}

constexpr std::string_view own_section = "X-Wgnl";
constexpr std::size_t most_slips = 2;

/// Peers=, PeersSigner= or PeersWithin=, or what somebody wrote for one of them.
bool may_be_of_lists(std::string_view key) {
    if (key.size() > 64 || key.starts_with("X-"))
        return false;
    std::string small(key);
    std::ranges::transform(small, small.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return small.starts_with("peer") || small.contains("within") || small.contains("signer") ||
           edit_distance(key, "Peers") < most_slips ||
           edit_distance(key, "PeersSigner") <= most_slips ||
           edit_distance(key, "PeersWithin") <= most_slips;
}

bool may_be_address(std::string_view key) {
    return key.size() <= 64 && edit_distance(key, "Address") <= most_slips;
}

} // namespace

void NetdevSection::take(const SourceFile& file, const IniSection& section) {
    for (const auto& assignment : section.assignments) {
        const auto subject = subject_in(netdev_settings(), file.path, assignment);
        if (const auto* row = find_setting(netdev_settings(), assignment.key))
            (this->*row->read)(subject, assignment);
        else
            report_unknown_key(problems_, subject, assignment, section.name);
    }
}

void NetdevSection::leave_out(const Subject& subject, const IniAssignment& assignment) {
    if (!assignment.value.empty())
        not_expressible_.push_back(
            {.severity = Severity::note,
             .location = subject.location,
             .text = fmt::format("{}= of [NetDev] is left out", assignment.key),
             .key = std::string(assignment.key)});
}

void NetdevSection::take_name(const Subject& subject, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (!value.empty() && !is_device_name(value))
        return problems_.refused(subject, assignment,
                                 fmt::format("Name={} cannot be the name of a network device (1 to "
                                             "15 characters, no \"/\", \":\", \"%\" or space)",
                                             excerpt(value)),
                                 {});
    if (const auto fits = check_device_name(value); !value.empty() && !fits)
        return problems_.error(
            subject, fmt::format("Name= is of no use to wgnl: {}", fits.error().detail()));
    device_ = value;
}

/// The first kind that networkd knows counts; what it does not know, it passes over.
void NetdevSection::take_kind(const Subject& subject, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (!is_known_kind(value))
        return unknown_kinds_.push_back({subject, std::string(value)});
    if (kind_.empty())
        kind_ = value;
    else if (kind_ != value)
        problems_.warning(subject, fmt::format("Kind={} differs from the Kind={} above and is "
                                               "ignored",
                                               excerpt(value), excerpt(kind_)));
}

void NetdevSection::take_mtu(const Subject& subject, const IniAssignment& assignment) {
    constexpr std::uint64_t smallest = 68;
    const auto size = parse_size(assignment.value, std::numeric_limits<std::uint32_t>::max());
    if (size && *size >= smallest)
        mtu_ = static_cast<std::uint32_t>(*size);
    else
        problems_.refused(
            subject, assignment,
            fmt::format("MTUBytes={} is not a number of at least 68", excerpt(assignment.value)),
            "; it is ignored");
}

/// Whether somebody meant WireGuard and no kind counts.
bool NetdevSection::is_kind_misspelt() const {
    return kind_.empty() && std::ranges::any_of(unknown_kinds_, [](const UnknownKind& unknown) {
               return is_misspelt(unknown.value);
           });
}

void NetdevSection::note_unknown_kinds() {
    for (const auto& [subject, value] : unknown_kinds_)
        if (!kind_.empty())
            problems_.warning(
                subject,
                fmt::format("Kind={} is no kind of networkd's, and is ignored", excerpt(value)));
        else if (is_misspelt(value))
            problems_.error(subject, reason_of_misspelt(value));
}

/// A file that names no kind may be one that was cut: it is not about something else.
bool NetdevSection::is_of_others() const {
    if (!kind_.empty())
        return kind_ != "wireguard";
    return !unknown_kinds_.empty() && !is_kind_misspelt() && !unknown_kinds_.back().value.empty();
}

bool NetdevSection::note_defects(const std::string& path) {
    note_unknown_kinds();
    if (kind_.empty() && !is_kind_misspelt())
        problems_.error({{path}}, "there is no Kind=wireguard in [NetDev]; nothing is declared");
    if (device_.empty())
        problems_.error({{path}}, "there is no usable Name= in [NetDev]; nothing is declared");
    return !kind_.empty() && !device_.empty();
}

void ExtensionSection::take(const SourceFile& file, const IniSection& section) {
    for (const auto& assignment : section.assignments) {
        const auto subject = subject_in(extension_settings(), file.path, assignment);
        // Without it the device would have other peers: that it is gone is not believed at once.
        if (may_be_of_lists(assignment.key) || may_be_address(assignment.key))
            result_.peer_files.insert(file.path);
        if (const auto* row = find_setting(extension_settings(), assignment.key))
            (this->*row->read)(subject, assignment);
        else
            take_unknown(subject, assignment, section.name);
    }
}

void ExtensionSection::take_stray(const SourceFile& file, const IniSection& section) {
    if (section.name.starts_with("X-") && edit_distance(section.name, own_section) > most_slips)
        return; // was taken out on purpose
    for (const auto& assignment : section.assignments)
        if (may_be_of_lists(assignment.key)) {
            result_.peer_files.insert(file.path);
            refuse_lists_for(subject_of(file.path, assignment), assignment.key, section.name);
        }
}

/// A slip in a limit must not widen it, and one in the rest takes nobody away.
void ExtensionSection::take_unknown(const Subject& subject, const IniAssignment& assignment,
                                    std::string_view section) {
    if (may_be_of_lists(assignment.key))
        return refuse_lists_for(subject, assignment.key, section);
    report_unknown_key(problems_, subject, assignment, section);
    if (may_be_address(assignment.key))
        result_.keeps_addresses = true;
}

void ExtensionSection::refuse_lists_for(const Subject& subject, std::string_view key,
                                        std::string_view section) {
    lists_.is_unclear = true;
    refuse_list(subject.without_hint(),
                fmt::format("{} is no key of [{}], and no list is applied while it may mean one of "
                            "Peers=, PeersSigner= and PeersWithin= of [X-Wgnl]",
                            adapter::sanitized_name(key), excerpt(section)));
}

void ExtensionSection::finish() {
    if (!lists_.is_limited || !lists_.within.empty())
        return;
    lists_.is_unclear = true;
    if (!lists_.files.empty())
        refuse_list({.location = lists_.within_location, .key = "PeersWithin"},
                    "PeersWithin= has no prefix, so that it admits no peer of a list");
}

void ExtensionSection::take_mode(const Subject& subject, const IniAssignment& assignment) {
    if (auto mode = parse_mode(assignment.value)) {
        result_.requested_mode = mode;
        result_.requested_mode_location = subject.location;
        return;
    }
    // The safe reading of an unreadable wish is the one that writes nothing.
    problems_.error(subject,
                    fmt::format("Mode={} is not \"observe\", \"sync\" or \"own\"; the device "
                                "is left as it is",
                                excerpt(assignment.value)));
    result_.declaration.kept_as_is = true;
}

void ExtensionSection::refuse_list(const Subject& subject, std::string_view text) {
    problems_.error(
        subject, fmt::format("{}; until that is mended no peer of this device is removed", text));
    lists_.has_mistake = true;
}

void ExtensionSection::take_peers(const Subject& subject, const IniAssignment& assignment) {
    if (assignment.value.empty())
        return lists_.files.clear();
    if (const auto why = path_mistake(assignment.value, "list"))
        return refuse_list(subject, fmt::format("Peers={} {}", excerpt(assignment.value), *why));
    lists_.files.push_back({std::string(assignment.value), subject.location});
    result_.not_expressible.push_back(
        {.severity = Severity::note,
         .location = subject.location,
         .text = "Peers= is left out: the peers that the list has now are written instead",
         .key = std::string(assignment.key)});
}

void ExtensionSection::take_address(const Subject& subject, const IniAssignment& assignment) {
    lists_.gives_addresses = assignment.value == "peers";
    lists_.address_location = subject.location;
    if (lists_.gives_addresses || assignment.value.empty())
        return;
    problems_.error(subject, fmt::format("Address={} is not \"peers\"; the device is left as it is",
                                         excerpt(assignment.value)));
    result_.declaration.kept_as_is = true;
}

void ExtensionSection::take_signer(const Subject& subject, const IniAssignment& assignment) {
    if (assignment.value.empty())
        return lists_.signers.clear();
    if (const auto signer = ListSigner::parse(assignment.value))
        lists_.signers.push_back(*signer);
    else
        refuse_list(subject, fmt::format("PeersSigner={} cannot be read: {}",
                                         excerpt(assignment.value), signer.error().detail()));
}

void ExtensionSection::take_within(const Subject& subject, const IniAssignment& assignment) {
    // An empty value begins anew, and lifts nothing: see finish().
    lists_.is_limited = true;
    lists_.within_location = subject.location;
    if (assignment.value.empty())
        lists_.within.clear();
    for (const auto word : split(assignment.value, ", \t\n\r"))
        if (const auto prefix = AllowedIp::parse(word); prefix && !prefix->had_host_bits)
            lists_.within.push_back(prefix->value);
        else
            refuse_list(subject,
                        fmt::format("PeersWithin={} is no prefix: {}", excerpt(word),
                                    prefix ? "it has host bits" : prefix.error().detail()));
}

void ExtensionSection::take_switch(const Subject& subject, const IniAssignment& assignment,
                                   bool& value) {
    if (auto on = parse_boolean(assignment.value))
        value = *on;
    else
        problems_.error(subject, fmt::format("{}={} is neither yes nor no; it is ignored",
                                             assignment.key, excerpt(assignment.value)));
}

} // namespace wgnl::networkd
