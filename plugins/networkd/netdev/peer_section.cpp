// SPDX-License-Identifier: LGPL-2.1-or-later
// [WireGuardPeer]: with any mistake in a section its peer is kept as it is, so that a typo opens,
// closes and changes nothing.
#include "networkd/netdev/sections.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <wgnl/slips.hpp>

#include "networkd/files/text.hpp"
#include "networkd/netdev/keys.hpp"
#include "networkd/netdev/setting_table.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::uint64_t largest_u16 = std::numeric_limits<std::uint16_t>::max();

constexpr std::string_view names_nobody =
    "; the section names no peer, and until it does no peer of this device is removed";

/// networkd takes "0x50" and "+80", and "0120" as octal. What is no number then, such as "089",
/// is made unreadable.
void make_port_decimal(std::string& text) {
    auto colon = text.rfind(':');
    if (colon == std::string::npos)
        return;
    auto digits = std::string_view(text).substr(colon + 1);
    auto port = parse_number(digits, largest_u16);
    if (port)
        text.replace(colon + 1, std::string::npos, std::to_string(*port));
    else if (digits.starts_with('0'))
        text.insert(colon + 1, 1, '-');
}

} // namespace

PeerSection::PeerSection(const SourceFile& file, const IniSection& section,
                         const SectionContext& context)
    : file_(file), section_(section), context_(context) {
    draft_.file = file.path;
    draft_.line = section.line;
    draft_.peer.location = {file.label, section.line};
}

PeerDraft PeerSection::run() {
    read_public_key();
    check_single_name();
    for (const auto& assignment : section_.assignments)
        take(assignment);
    read_preshared_key_file();
    if (draft_.named)
        finish();
    return std::move(draft_);
}

void PeerSection::take(const IniAssignment& assignment) {
    current_ = &assignment;
    if (const auto* row = find_setting(peer_settings(), assignment.key))
        (this->*row->read)(assignment);
    else
        report_unknown_key(context_.problems, about(assignment), assignment, section_.name);
    current_ = nullptr;
}

/// The last path counts, but one above it that cannot be one is a mistake as well.
void PeerSection::check_path(const IniAssignment& from) {
    if (from.value.empty() || &from == last(from.key))
        return;
    if (auto why = path_mistake(from.value))
        mistake(from, fmt::format("{}={} {}", from.key, excerpt(from.value), *why));
}

Subject PeerSection::about(const IniAssignment& from) const {
    auto subject = subject_in(peer_settings(), file_.path, from);
    if (draft_.named)
        subject.peer = draft_.peer.public_key;
    return subject;
}

/// Of a word of the value.
Subject PeerSection::about(const IniAssignment& from, std::string_view word) const {
    auto subject = about(from);
    if (from.column != 0 && !context_.problems.full())
        subject.location.column += static_cast<std::uint32_t>(column_of(word, from.value)) - 1;
    return subject;
}
/// Says what is wrong, and what that means for the peer. Where it can be told what somebody did
/// to the value, that is said once for a line, of which more than one word may be wrong.
void PeerSection::mistake(const IniAssignment& from, std::string_view text) {
    mistake(about(from), text);
}

void PeerSection::mistake(const Subject& subject, std::string_view text) {
    const std::string_view consequence = draft_.named
                                             ? "; this peer is kept as it is"
                                             : "; its section names no peer that could be kept";
    draft_.peer.kept_as_is = true;
    if (current_ == nullptr || !has_slip())
        return context_.problems.error(subject, fmt::format("{}{}", text, consequence));
    if (std::exchange(slip_told_, current_) != current_)
        context_.problems.refused(subject, *current_, text, consequence);
}

/// Asked once for a line, however many of its words are wrong.
bool PeerSection::has_slip() {
    if (std::exchange(slip_sought_, current_) != current_)
        has_slip_ = !slip_of(*current_).empty();
    return has_slip_;
}

const IniAssignment* PeerSection::last(std::string_view key) const {
    const IniAssignment* found = nullptr;
    for (const auto& assignment : section_.assignments)
        if (assignment.key == key)
            found = &assignment;
    return found;
}

void PeerSection::read_public_key() {
    const auto* file = last("PublicKeyFile");
    const auto* text = last("PublicKey");
    if (file != nullptr && !file->value.empty())
        return take_public_key(*file, read_file_key<PublicKey>(*file));
    if (text != nullptr && !text->value.empty())
        return take_public_key(*text, inline_key<PublicKey>(text->value));
    context_.problems.error({.location = {file_.path, section_.line}, .key = "PublicKey"},
                            fmt::format("the section has no PublicKey={}", names_nobody),
                            "every [WireGuardPeer] needs PublicKey=, as \"wgnl pubkey\" prints it "
                            "on the other side");
}

/// A second public key is what a lost header looks like: the last counts, as for networkd, and
/// who the first was stays.
void PeerSection::check_single_name() {
    const auto* text = last("PublicKey");
    const auto differs = [&](const IniAssignment& other) {
        return other.key == "PublicKey" && other.value != text->value && !other.value.empty();
    };
    const auto other = std::ranges::find_if(section_.assignments, differs);
    if (text == nullptr || text->value.empty() || other == section_.assignments.end())
        return;
    draft_.named_twice = true;
    context_.problems.error(about(*text).without_hint(),
                            fmt::format("PublicKey= stands in line {} too, and this one counts: "
                                        "is a [WireGuardPeer] missing between them? Until that is "
                                        "mended no peer of this device is removed",
                                        other->line));
}

void PeerSection::take_public_key(const IniAssignment& from, OrReason<PublicKey> key) {
    if (!key && key.error().empty())
        return; // nobody here knows who that is
    if (key && !key->is_zero()) {
        draft_.peer.public_key = *key;
        draft_.named = true;
        return;
    }
    const bool is_inline = from.key == "PublicKey";
    const auto reason = key ? std::string("is all zero") : key.error();
    const auto text =
        fmt::format("{}={} {}", from.key, excerpt(from.value),
                    is_inline ? reason_of_key(from.value, "PublicKeyFile", reason) : reason);
    if (is_inline)
        return context_.problems.refused(is_path_of_key(from.value) ? about(from).without_hint()
                                                                    : about(from),
                                         from, text, names_nobody);
    context_.problems.error(about(from), fmt::format("{}{}", text, names_nobody));
}

template <typename Key> OrReason<Key> PeerSection::read_file_key(const IniAssignment& from) {
    const auto path = from.value;
    auto text = read_key_text(context_.read.root, path, context_.inputs, context_.read.judge);
    if (!text)
        return std::unexpected(std::move(text.error()));
    open_to_all_ = text->readable_by_all;
    if (!text->closed.empty())
        context_.problems.warning(about(from), fmt::format("{} {}", excerpt(path), text->closed));
    return decode_key<Key>(text->text.view());
}

/// Absent without a reason: only the service can read it.
template <typename Key> OrReason<Key> PeerSection::inline_key(std::string_view value) {
    if (!value.starts_with('@'))
        return decode_key<Key>(value);
    std::string lack;
    auto text = context_.credential(value.substr(1), lack);
    if (!text)
        return std::unexpected(std::move(lack));
    return decode_key<Key>(text->view());
}

void PeerSection::take_preshared_key(const IniAssignment& from) {
    draft_.peer.preshared_key.reset();
    if (from.value.empty())
        return;
    auto key = inline_key<PresharedKey>(from.value);
    if (!key && key.error().empty())
        return;
    // A credential's name is no secret, a mistyped key is one.
    if (!key)
        return mistake(
            is_path_of_key(from.value) ? about(from).without_hint() : about(from),
            fmt::format("PresharedKey={} {}",
                        from.value.starts_with('@') ? excerpt(from.value) : std::string{},
                        reason_of_key(from.value, "PresharedKeyFile", key.error())));
    if (file_.readable_by_all && !from.value.starts_with('@'))
        context_.problems.warning(about(from), "the file holds a preshared key but others may "
                                               "read it: chgrp systemd-network, chmod 0640");
    if (!key->is_zero())
        draft_.peer.preshared_key = std::move(*key);
}

void PeerSection::take_preshared_key_file(const IniAssignment& from) {
    check_path(from);
    preshared_key_file_ = &from;
}

void PeerSection::read_preshared_key_file() {
    if (preshared_key_file_ == nullptr || preshared_key_file_->value.empty())
        return;
    const auto& from = *preshared_key_file_;
    auto key = read_file_key<PresharedKey>(from);
    if (!key)
        return mistake(from,
                       fmt::format("PresharedKeyFile={} {}", excerpt(from.value), key.error()));
    if (open_to_all_)
        context_.problems.warning(about(from),
                                  fmt::format("PresharedKeyFile={} may be read by others: chgrp "
                                              "systemd-network, chmod 0640",
                                              excerpt(from.value)));
    draft_.peer.preshared_key.reset();
    if (!key->is_zero())
        draft_.peer.preshared_key = std::move(*key);
}

void PeerSection::take_preshared_key_owner(const IniAssignment& from) {
    external_ = from.value == "external" ? &from : nullptr;
    draft_.peer.external_preshared_key = external_ != nullptr;
    if (external_ == nullptr && !from.value.empty())
        mistake(from, fmt::format("X-PresharedKey={} is not \"external\"", excerpt(from.value)));
}

void PeerSection::take_allowed_ips(const IniAssignment& from) {
    if (from.value.empty()) {
        draft_.peer.allowed_ips.clear();
        draft_.prefix_lines.clear();
    }
    for (auto word : split(from.value, ", \t\n\r"))
        take_allowed_ip(from, word);
}

void PeerSection::take_allowed_ip(const IniAssignment& from, std::string_view word) {
    auto prefix = AllowedIp::parse(word);
    if (!prefix)
        return mistake(about(from, word), fmt::format("AllowedIPs={} is no address or prefix: {}",
                                                      excerpt(word), prefix.error().detail()));
    if (prefix->had_host_bits)
        context_.problems.warning(about(from, word),
                                  fmt::format("AllowedIPs={} has host bits; it is taken as {}",
                                              excerpt(word), prefix->value.to_string()));
    draft_.peer.allowed_ips.push_back(prefix->value);
    draft_.prefix_lines.push_back(from.line);
}

void PeerSection::take_endpoint(const IniAssignment& from) {
    std::string text(from.value);
    if (from.value.starts_with('@')) {
        std::string lack;
        auto credential = context_.credential(from.value.substr(1), lack);
        if (!credential)
            return lack.empty()
                       ? void()
                       : mistake(from, fmt::format("Endpoint={} {}", excerpt(from.value), lack));
        text = trimmed(credential->view(), whitespace);
    }
    make_port_decimal(text);
    // What a credential says is not repeated: it may have been encrypted on disk.
    if (auto split_text = HostPort::parse(text); !split_text)
        return mistake(split_text.error().detail().contains("; write ") ? about(from).without_hint()
                                                                        : about(from),
                       fmt::format("Endpoint={} is not HOST:PORT{}", excerpt(from.value),
                                   from.value.starts_with('@')
                                       ? std::string{}
                                       : ": " + split_text.error().detail()));
    if (context_.networkd_reads && text.contains('%'))
        context_.problems.warning(
            about(from),
            fmt::format("Endpoint={} names an interface: systemd-networkd takes that for a host "
                        "name, which nobody resolves, and leaves the peer without an endpoint; "
                        "it has this one where wgnl-networkd runs",
                        excerpt(from.value)));
    draft_.peer.endpoint = std::move(text);
}

void PeerSection::take_keepalive(const IniAssignment& from) {
    auto seconds = from.value == "off" ? std::optional<std::uint64_t>(0)
                                       : parse_number(from.value, largest_u16);
    if (!seconds)
        return mistake(from, fmt::format("PersistentKeepalive={} is not a number from 0 "
                                         "to 65535 or \"off\"",
                                         excerpt(from.value)));
    draft_.peer.persistent_keepalive = static_cast<std::uint16_t>(*seconds);
}

void PeerSection::take_route_table(const IniAssignment& from) {
    draft_.peer.route_table.reset();
    if (from.value.empty())
        return;
    auto table = parse_boolean(from.value) == false ? std::optional<std::uint32_t>(0)
                                                    : context_.read.tables.find(from.value);
    if (!table)
        return mistake(from, fmt::format("RouteTable={} is neither a known table nor a "
                                         "number from 1 to 4294967295 nor \"off\"",
                                         excerpt(from.value)));
    draft_.peer.route_table = table;
}

void PeerSection::take_name(const IniAssignment& from) {
    draft_.peer.name = printable(without_keys(from.value));
}

void PeerSection::finish() {
    if (external_ != nullptr && draft_.peer.preshared_key)
        mistake(*external_,
                "X-PresharedKey=external contradicts the preshared key of this section");
    if (draft_.peer.kept_as_is)
        draft_.peer = held_peer(std::move(draft_.peer));
}

DeclaredPeer held_peer(DeclaredPeer peer) {
    return {.public_key = peer.public_key,
            .name = std::move(peer.name),
            .location = std::move(peer.location),
            .kept_as_is = true,
            .allowed_ips = std::move(peer.allowed_ips)};
}

} // namespace wgnl::networkd
