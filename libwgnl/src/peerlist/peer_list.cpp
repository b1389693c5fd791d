// SPDX-License-Identifier: LGPL-2.1-or-later
// The text of a list: the syntax of .netdev files, and nothing in it that is not listed here.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <wgnl/peer_list.hpp>
#include <wgnl/secret_text.hpp>

#include "base/ini.hpp"
#include "base/text.hpp"

namespace wgnl {
namespace {

constexpr std::string_view head_name = "X-PeerList";
constexpr std::string_view peer_name = "WireGuardPeer";
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_peer_name = 255;

class ListReader {
public:
    ListReader(const std::string& file, const PeerListLimits& limits)
        : file_(file), limits_(limits) {}

    ParsedPeerList run(std::string_view text);

private:
    using Take = void (ListReader::*)(const IniAssignment&);
    struct Row {
        std::string_view section;
        std::string_view key;
        Take take;
    };
    static std::span<const Row> rows();

    void note_lines(const IniFile& ini);
    void read(const IniSection& section);
    void open(const IniSection& section);
    void assign(const IniSection& section, const IniAssignment& from);
    void require(const IniSection& section, std::string_view key);
    void refuse(std::uint32_t line, std::string_view key, std::string text);
    void refuse_value(const IniAssignment& from, std::string_view why);

    void take_name(const IniAssignment& from);
    void take_serial(const IniAssignment& from);
    void take_not_after(const IniAssignment& from);
    void take_public_key(const IniAssignment& from);
    void take_allowed_ips(const IniAssignment& from);
    void take_endpoint(const IniAssignment& from);
    void take_keepalive(const IniAssignment& from);
    void take_peer_name(const IniAssignment& from);

    DeclaredPeer& peer() { return result_.list.peers.back().peer; }

    const std::string& file_;
    const PeerListLimits& limits_;
    ParsedPeerList result_{};
    bool has_head_{false};
    unsigned seen_{}; ///< a bit for each row of this section
};

std::span<const ListReader::Row> ListReader::rows() {
    static constexpr std::array<Row, 8> all{{
        {head_name, "Name", &ListReader::take_name},
        {head_name, "Serial", &ListReader::take_serial},
        {head_name, "NotAfter", &ListReader::take_not_after},
        {peer_name, "PublicKey", &ListReader::take_public_key},
        {peer_name, "AllowedIPs", &ListReader::take_allowed_ips},
        {peer_name, "Endpoint", &ListReader::take_endpoint},
        {peer_name, "PersistentKeepalive", &ListReader::take_keepalive},
        {peer_name, "X-Name", &ListReader::take_peer_name},
    }};
    return all;
}

ParsedPeerList ListReader::run(std::string_view text) {
    const auto steers = [](char c) {
        return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == '\x7f';
    };
    if (std::ranges::any_of(text, steers))
        refuse(0, {}, "it has control characters, which a list never has");
    const auto ini = IniFile::parse(SecretText(text));
    note_lines(ini);
    for (const auto& section : ini.sections())
        read(section);
    if (!has_head_)
        refuse(0, head_name, "there is no [X-PeerList] with Name=, Serial= and NotAfter=");
    return std::move(result_);
}

void ListReader::note_lines(const IniFile& ini) {
    constexpr std::string_view why = "the line cannot be used: a list has section headers, "
                                     "Key=value and comments alone";
    for (const auto& complaint : ini.complaints())
        refuse(complaint.line, {}, std::string(why));
    if (const auto& defect = ini.defect())
        refuse(defect->line, {}, std::string(why));
}

void ListReader::read(const IniSection& section) {
    open(section);
    for (const auto& assignment : section.assignments)
        assign(section, assignment);
    if (section.name == peer_name)
        require(section, "PublicKey");
    if (section.name == head_name)
        for (const auto& row : rows())
            if (row.section == head_name)
                require(section, row.key);
}

void ListReader::open(const IniSection& section) {
    seen_ = 0;
    if (section.name == head_name) {
        if (std::exchange(has_head_, true))
            refuse(section.line, head_name,
                   "[X-PeerList] stands twice: these are two lists in one");
        else if (!result_.list.peers.empty())
            refuse(section.line, head_name, "[X-PeerList] does not stand first");
    } else if (section.name == peer_name) {
        if (result_.list.peers.size() == limits_.peers)
            refuse(section.line, {},
                   fmt::format("there are more than {} peers, the most of a list", limits_.peers));
        // One more than may be takes what follows, so that nothing else need ask.
        if (result_.list.peers.size() <= limits_.peers)
            result_.list.peers.emplace_back();
        result_.list.peers.back() = {};
        peer().location = {file_, section.line};
    } else if (!section.name.empty() || !section.assignments.empty()) {
        refuse(section.line, {},
               section.name.empty()
                   ? std::string("what stands before any section has no place in a list")
                   : fmt::format("[{}] has no place in a list, which has [X-PeerList] and "
                                 "[WireGuardPeer] alone",
                                 excerpt(section.name)));
    }
}

void ListReader::assign(const IniSection& section, const IniAssignment& from) {
    const auto all = rows();
    const auto row = std::ranges::find_if(
        all, [&](const Row& each) { return each.section == section.name && each.key == from.key; });
    if (row == all.end())
        return section.name == head_name || section.name == peer_name
                   ? refuse(from.line, {},
                            fmt::format("{}= has no place in [{}] of a list, which names no file, "
                                        "no secret and nothing of one machine",
                                        excerpt(from.key), section.name))
                   : void();
    const auto bit = 1U << static_cast<unsigned>(row - all.begin());
    if ((seen_ & bit) != 0)
        return refuse(from.line, row->key, fmt::format("{}= stands twice in a section", row->key));
    seen_ |= bit;
    (this->*row->take)(from);
}

void ListReader::require(const IniSection& section, std::string_view key) {
    const auto all = rows();
    const auto row = std::ranges::find_if(
        all, [&](const Row& each) { return each.section == section.name && each.key == key; });
    if ((seen_ & 1U << static_cast<unsigned>(row - all.begin())) == 0)
        refuse(section.line, key, fmt::format("[{}] has no {}=", section.name, key));
}

void ListReader::refuse(std::uint32_t line, std::string_view key, std::string text) {
    if (result_.problems.size() < limits_.problems)
        result_.problems.push_back({.severity = Severity::error,
                                    .location = {file_, line},
                                    .text = printable(without_keys(text)),
                                    .key = std::string(key)});
}

void ListReader::refuse_value(const IniAssignment& from, std::string_view why) {
    if (result_.problems.size() < limits_.problems)
        refuse(from.line, from.key,
               fmt::format("{}={} {}", from.key, excerpt(from.value), printable(why, 500)));
}

void ListReader::take_name(const IniAssignment& from) {
    if (!is_list_name(from.value))
        return refuse_value(from, "is no name of a list: 1 to 64 small letters, digits, \"-\", "
                                  "\"_\" and \".\", a letter or digit first");
    result_.list.name = from.value;
}

void ListReader::take_serial(const IniAssignment& from) {
    const auto serial = whole_number<std::uint64_t>(from.value);
    if (!serial || *serial == 0)
        return refuse_value(from, "is no whole number from 1 to 18446744073709551615");
    result_.list.serial = *serial;
}

void ListReader::take_not_after(const IniAssignment& from) {
    const auto time = parse_utc(from.value);
    if (!time)
        return refuse_value(from, "is no time of the form 2027-01-31T12:00:00Z");
    result_.list.not_after = *time;
}

void ListReader::take_public_key(const IniAssignment& from) {
    const auto key = PublicKey::parse(from.value);
    if (!key || key->is_zero())
        return refuse_value(from, key ? "is all zero, which is no key" : key.error().detail());
    peer().public_key = *key;
}

void ListReader::take_allowed_ips(const IniAssignment& from) {
    result_.list.peers.back().prefixes_line = from.line;
    const auto words = split(from.value, ", \t");
    if (words.size() > limits_.prefixes)
        return refuse(from.line, from.key,
                      fmt::format("AllowedIPs= has more than {} prefixes", limits_.prefixes));
    for (const auto word : words) {
        const auto prefix = AllowedIp::parse(word);
        if (!prefix || prefix->had_host_bits)
            return refuse_value(from, prefix ? fmt::format("has host bits in {}; write {}",
                                                           excerpt(word), prefix->value.to_string())
                                             : prefix.error().detail());
        peer().allowed_ips.push_back(prefix->value);
    }
}

void ListReader::take_endpoint(const IniAssignment& from) {
    if (from.value.contains('%'))
        return refuse_value(from, "names an interface, which another machine does not have");
    if (const auto parts = HostPort::parse(from.value); !parts)
        return refuse_value(from, parts.error().detail());
    peer().endpoint = std::string(from.value);
}

void ListReader::take_keepalive(const IniAssignment& from) {
    const auto seconds = from.value == "off" ? std::optional<std::uint16_t>(0)
                                             : whole_number<std::uint16_t>(from.value);
    if (!seconds)
        return refuse_value(from, "is not a number from 0 to 65535 or \"off\"");
    peer().persistent_keepalive = seconds;
}

void ListReader::take_peer_name(const IniAssignment& from) {
    if (from.value.size() > longest_peer_name || !is_printable(from.value))
        return refuse_value(from, "is longer than 255 bytes, or cannot be shown");
    peer().name = without_keys(from.value);
}

/// The number that those digits are; absent if one of them is none.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    const auto part = text.substr(at, count);
    return std::ranges::all_of(part, is_digit) ? whole_number<int>(part) : std::nullopt;
}

} // namespace

bool is_list_name(std::string_view name) noexcept {
    const auto usable = [](char c) {
        return is_small(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, usable) &&
           (is_small(name.front()) || is_digit(name.front()));
}

std::string to_utc(std::chrono::sys_seconds time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::chrono::sys_seconds> parse_utc(std::string_view text) {
    constexpr std::string_view form = "....-..-..T..:..:..Z";
    if (text.size() != form.size())
        return std::nullopt;
    for (std::size_t at = 0; at < form.size(); ++at)
        if (form[at] == '.' ? !is_digit(text[at]) : form[at] != text[at])
            return std::nullopt;
    const auto part = [&](std::size_t at, std::size_t count) {
        return digits(text, at, count).value_or(0);
    };
    const std::chrono::year_month_day date(std::chrono::year(part(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                           std::chrono::day(static_cast<unsigned>(part(8, 2))));
    const auto hour = part(11, 2);
    const auto minute = part(14, 2);
    const auto second = part(17, 2);
    constexpr int hours = 24;
    constexpr int sixty = 60;
    if (!date.ok() || hour >= hours || minute >= sixty || second >= sixty)
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

ParsedPeerList parse_peer_list(std::string_view text, const std::string& file,
                               const PeerListLimits& limits) {
    return ListReader(file, limits).run(text);
}

} // namespace wgnl
