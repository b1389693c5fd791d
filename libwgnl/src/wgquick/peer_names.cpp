// SPDX-License-Identifier: LGPL-2.1-or-later
// Telling the names of peers from other comments.
#include "peer_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>

#include "base/text.hpp"
#include "values.hpp"

namespace wgnl {

namespace {

using Kind = NamingComment::Kind;

constexpr std::size_t longest_prose = 64; ///< of a comment that is a name without saying so
constexpr std::size_t longest_name = 512; ///< of one that says so

bool is_blank(char c) { return blanks.contains(c); }
bool is_of_word(char c) {
    return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::ranges::any_of(words,
                               [&](std::string_view each) { return equal_caseless(each, word); });
}

/// In small letters, without blanks, '_', '-' and '#': "Display name", "display_name", "#Name#".
std::string plain_key(std::string_view key) {
    std::string plain;
    for (const char c : key)
        if (!is_blank(c) && !std::string_view("_-#").contains(c))
            plain += lower(c);
    constexpr std::string_view of_portal = "wgp"; // "-WGP- Display name"
    return plain.starts_with(of_portal) ? plain.substr(of_portal.size()) : plain;
}

bool is_one_word(std::string_view text) {
    return !text.empty() && text.find_first_of(blanks) == text.npos;
}

/// "-- laptop --", "laptop ###": without what frames it; "C#" stays.
std::string_view without_frame(std::string_view text) {
    constexpr std::string_view marks = "#*-=~+_<>|";
    constexpr std::size_t shortest = 2;
    text = trimmed(text);
    const auto begin = text.find_first_not_of(marks);
    if (begin != text.npos && begin > 0 &&
        (begin >= shortest || text.front() == '#' || is_blank(text[begin]))) {
        text.remove_prefix(begin);
    }
    const auto end = text.find_last_not_of(marks);
    if (end != text.npos && end + 1 < text.size() &&
        (is_blank(text[end]) || text.size() - end > shortest)) {
        text = text.substr(0, end + 1);
    }
    return trimmed(text);
}

/// Eight, four, four, four and twelve hexadecimal digits.
bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, form, [](char c, char of) {
        return of == '-' ? c == '-' : is_digit(c) || (is_letter(c) && lower(c) <= 'f');
    });
}

/// "laptop (6f1c24be-…)", "laptop (10.0.0.2)", and "laptop (1)" where a label says that it is a
/// name: without the number by which a program knows it.
std::string_view without_number(std::string_view text, bool is_labelled) {
    const auto open = text.rfind('(');
    if (!text.ends_with(')') || open == text.npos || open == 0)
        return text;
    const auto inside = text.substr(open + 1, text.size() - open - 2);
    const bool is_number = is_labelled && !inside.empty() && std::ranges::all_of(inside, is_digit);
    return is_uuid(inside) || is_number || AllowedIp::parse(inside) ? trimmed(text.substr(0, open))
                                                                    : text;
}

/// Of "Laptop / ana@example.org / Updated: …" what stands first.
std::string_view first_part(std::string_view text) {
    const bool is_parted = text.contains(" / Updated:") || text.contains(" / Created:");
    return is_parted ? text.substr(0, text.find(" / ")) : text;
}

/// Neither in quotes nor with a number.
std::string_view without_trappings(std::string_view text, bool is_labelled) {
    text = without_number(text, is_labelled);
    constexpr std::string_view quotes = "\"'";
    if (text.size() > 2 && quotes.contains(text.front()) && text.back() == text.front())
        text = text.substr(1, text.size() - 2);
    return trimmed(text);
}

struct Label {
    std::string_view key;
    int rank;
};

/// What stands before a ':' and a name: what somebody calls the machine, before who has it.
constexpr std::array<Label, 24> labels{
    {{"client", 3},      {"clientname", 3},  {"peer", 3},     {"peername", 3}, {"device", 3},
     {"devicename", 3},  {"host", 3},        {"hostname", 3}, {"machine", 3},  {"node", 3},
     {"nodename", 3},    {"displayname", 4}, {"label", 3},    {"alias", 3},    {"profile", 2},
     {"title", 2},       {"user", 2},        {"username", 2}, {"account", 2},  {"owner", 2},
     {"description", 1}, {"comment", 1},     {"clientid", 1}, {"peerid", 1}}};

/// Before a ':' as well, and what follows is no name.
constexpr std::array<std::string_view, 33> of_no_name{
    "id",       "uuid",      "email",       "mail",      "createdat",  "created", "updatedat",
    "updateat", "updated",   "date",        "ip",        "ips",        "address", "addresses",
    "endpoint", "port",      "key",         "publickey", "privatekey", "psk",     "presharedkey",
    "expires",  "expiresat", "expirydate",  "enabled",   "disabled",   "note",    "notes",
    "todo",     "warning",   "lastupdated", "version",   "generatedat"};

/// Of configuration; not those that are words as well.
constexpr std::array<std::string_view, 14> settings{
    "privatekey", "publickey", "presharedkey", "allowedips", "endpoint", "persistentkeepalive",
    "listenport", "fwmark",    "preup",        "postup",     "predown",  "postdown",
    "saveconfig", "mtu"};

/// "PublicKey = x", "Endpoint 192.0.2.1:51820", "AllowedIPs: 10.0.0.0/8".
bool is_setting(std::string_view body) {
    const auto* const end =
        std::ranges::find_if(body, [](char c) { return is_blank(c) || c == ':' || c == '='; });
    return body.contains('=') ||
           is_one_of(settings, body.substr(0, static_cast<std::size_t>(end - body.begin())));
}

bool is_name(std::string_view text, std::size_t longest) {
    return text.size() <= longest && std::ranges::any_of(text, is_of_word) && !may_hold_key(text) &&
           !text.contains("://");
}

NamingComment named(Kind kind, std::string_view name, int rank = 0) {
    const bool is_labelled = kind != Kind::prose;
    const auto plain = without_trappings(without_frame(name), is_labelled);
    if (!is_name(plain, is_labelled ? longest_name : longest_prose))
        return {};
    return {kind, rank, printable(plain, longest_name)};
}

/// The rest of a text behind a word in any case, which a blank, '_', ':' or nothing follows.
std::optional<std::string_view> behind(std::string_view text, std::string_view word) {
    const auto rest = text.substr(std::min(word.size(), text.size()));
    if (!equal_caseless(text.substr(0, word.size()), word) ||
        (!rest.empty() && is_of_word(rest.front()))) {
        return std::nullopt;
    }
    const auto begin = std::min(rest.find_first_not_of(" \t_:-"), rest.size());
    return rest.substr(begin);
}

/// The same behind the word of a mark; "End-user laptop" has none.
std::optional<std::string_view> marked(std::string_view text, std::string_view word) {
    const auto rest = behind(text, word);
    return rest && !text.substr(word.size()).starts_with('-') ? rest : std::nullopt;
}

/// Whether "end" or "start" is a mark: in a frame, or by what follows. "Start page" is a name.
bool is_mark(std::string_view body, std::string_view word, bool is_framed) {
    const auto rest = marked(body, word);
    return rest && (is_framed || body.substr(word.size()).starts_with('_') || rest->empty() ||
                    std::ranges::any_of(
                        std::array<std::string_view, 4>{"peer", "client", "user", "ansible"},
                        [&](std::string_view each) { return behind(*rest, each).has_value(); }));
}

/// "BEGIN_PEER laptop", "begin laptop", "BEGIN ANSIBLE MANAGED BLOCK laptop", "laptop start".
std::optional<NamingComment> read_mark(std::string_view body, bool is_framed) {
    if (is_mark(body, "end", is_framed))
        return NamingComment{Kind::end};
    auto rest = marked(body, "begin");
    if (!rest && is_mark(body, "start", is_framed))
        rest = marked(body, "start");
    if (rest) {
        for (const std::string_view word : {"ansible managed block", "peer", "client", "user"}) {
            const auto more = behind(*rest, word);
            rest = more && (!more->empty() || word.contains(' ')) ? *more : *rest;
        }
        return rest->empty() ? NamingComment{} : named(Kind::labelled, *rest, 3);
    }
    const auto blank = body.find_last_of(blanks);
    if (blank == body.npos || !is_one_word(trimmed(body.substr(0, blank))))
        return std::nullopt;
    const auto last = body.substr(blank + 1);
    if (equal_caseless(last, "end"))
        return NamingComment{Kind::end};
    if (equal_caseless(last, "start") || equal_caseless(last, "begin"))
        return named(Kind::prose, body.substr(0, blank));
    return std::nullopt;
}

/// "Client laptop", "peer_laptop"; not "Peer 1", which is a name itself.
std::optional<NamingComment> read_prefix_word(std::string_view body) {
    for (const std::string_view word : {"client", "peer"}) {
        const auto rest = marked(body, word);
        if (rest && is_one_word(*rest) && std::ranges::any_of(*rest, is_letter))
            return named(Kind::prose, *rest);
    }
    return std::nullopt;
}

std::optional<NamingComment> read_label(std::string_view body) {
    const auto end = body.find_first_of("=:");
    if (end == body.npos)
        return std::nullopt;
    const auto key = plain_key(body.substr(0, end));
    const auto value = trimmed(body.substr(end + 1));
    if ((key == "name" || key == "friendlyname") && !value.empty() && !may_hold_key(value))
        return NamingComment{Kind::tag, 0, printable(value)};
    if (body[end] == '=')
        return std::nullopt;
    const auto* const label = std::ranges::find(labels, key, &Label::key);
    if (label != labels.end())
        return named(Kind::labelled, value, label->rank);
    return is_one_of(of_no_name, key) ? std::optional(NamingComment{}) : std::nullopt;
}

/// What programs say of the whole file.
bool is_of_file(std::string_view body) {
    constexpr std::array<std::string_view, 6> begins{"do not",    "don't",   "please",
                                                     "generated", "created", "automatically"};
    return std::ranges::any_of(
        begins, [&](std::string_view each) { return behind(body, each).has_value(); });
}

} // namespace

std::optional<std::string> tagged_name(std::string_view comment) {
    auto read = NamingComment::read(comment);
    return read.kind == Kind::tag ? std::optional(std::move(read.name)) : std::nullopt;
}

NamingComment NamingComment::read(std::string_view comment) {
    const bool is_deep = comment.starts_with('#'); // of two or more
    comment.remove_prefix(std::min(comment.find_first_not_of("# \t"), comment.size()));
    auto body = trimmed(comment);
    if (body.starts_with('['))
        return {Kind::header};
    if (auto label = read_label(body))
        return *std::move(label);
    if (is_setting(body))
        return {Kind::setting};
    const bool is_framed = is_deep || without_frame(body).size() != body.size();
    body = first_part(without_frame(body));
    if (auto mark = read_mark(body, is_framed))
        return *std::move(mark);
    if (auto name = read_prefix_word(body))
        return *std::move(name);
    if (body.size() > longest_prose || is_of_file(body))
        return {Kind::setting};
    return named(Kind::prose, body);
}

/// Of a peer that was commented out each has its own; the last one may be the next peer's.
void PeerNames::Names::see_tag(const NamingComment& comment) {
    if (tag.empty() || is_disabled)
        tag = comment.name;
}

void PeerNames::Names::see_label(const NamingComment& comment) {
    if (comment.rank > rank || is_disabled) {
        label = comment.name;
        rank = comment.rank;
    }
}

void PeerNames::Names::see(const NamingComment& comment) {
    switch (comment.kind) {
    case Kind::nothing:
        break;
    case Kind::prose:
        prose = comment.name;
        break;
    case Kind::labelled:
        see_label(comment);
        break;
    case Kind::tag:
        see_tag(comment);
        break;
    case Kind::end:
        *this = {};
        break;
    case Kind::header:
        *this = {};
        is_disabled = true;
        break;
    case Kind::setting:
        if (is_disabled) {
            *this = {};
            is_disabled = true;
        }
        prose.clear();
        break;
    }
}

void PeerNames::comment(std::string_view text) {
    const auto read = NamingComment::read(text);
    block_.see(read);
    if (!below_header_)
        return;
    if (read.kind == Kind::prose && below_.empty())
        below_ = read.name;
    if (read.kind == Kind::labelled && !block_.is_disabled)
        peer_.see_label(read);
}

void PeerNames::open_peer(std::optional<std::string_view> comment) {
    peer_ = std::exchange(block_, {});
    peer_.is_disabled = false;
    below_.clear();
    in_peer_ = true;
    below_header_ = true;
    if (comment) {
        Names own;
        own.see(NamingComment::read(*comment));
        peer_.tag = own.tag.empty() ? std::move(peer_.tag) : std::move(own.tag);
        peer_.label = own.label.empty() ? std::move(peer_.label) : std::move(own.label);
        peer_.prose = own.prose.empty() ? std::move(peer_.prose) : std::move(own.prose);
    }
}

/// Comments that no header follows belong to the section in which they stand.
void PeerNames::settle_block() {
    if (in_peer_ && !block_.is_disabled && !block_.tag.empty())
        peer_.tag = std::move(block_.tag);
    block_ = {};
}

void PeerNames::other_line(std::optional<std::string_view> comment) {
    settle_block();
    below_header_ = false;
    if (comment && in_peer_) {
        if (auto name = tagged_name(*comment))
            peer_.tag = std::move(*name);
    }
}

void PeerNames::open_other() {
    settle_block();
    in_peer_ = false;
    below_header_ = false;
}

std::string PeerNames::take() {
    below_header_ = false;
    const auto known = std::exchange(peer_, {});
    auto below = std::exchange(below_, {});
    for (const auto* name : {&known.tag, &known.label, &known.prose})
        if (!name->empty())
            return *name;
    return below;
}

} // namespace wgnl
