// SPDX-License-Identifier: LGPL-2.1-or-later
// Sections and keys of a configuration, as wg reads them.
#include "reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include "setting_table.hpp"

namespace wgnl {

namespace {

/// Of a line of which it is told where it is wrong: each problem counts anew.
constexpr std::size_t longest_counted = std::size_t{64} << 10;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::uint32_t table_main = 254;

/// Those of wg-quick are none of wg's.
bool is_of_wg(const InterfaceKey& key) { return !key.of_wg_quick; }
bool is_of_wg(const PeerKey&) { return true; }

} // namespace

WgQuickReader::WgQuickReader(const WgQuickOptions& options)
    : options_(options), problems_(options.file, options.limits.problems) {
    auto& declaration = parsed_.declaration;
    declaration.device = options.device;
    declaration.mode = options.mode;
    declaration.location = problems_.at(0);
    if (options.dialect == Dialect::wg_quick)
        declaration.route_table = table_main;
}

bool WgQuickReader::take(std::string_view line) {
    if (++line_ == 1)
        take_byte_order_mark(line);
    const auto text = WgQuickText::cut(line);
    if (text.is_comment())
        names_.comment(*text.comment);
    else if (text.is_blank())
        names_.other_line({});
    else
        take_setting(text);
    return peers_.size() + (section_ == Section::peer ? 1 : 0) <= options_.limits.peers;
}

void WgQuickReader::take_byte_order_mark(std::string_view& line) {
    if (line.starts_with(byte_order_mark)) {
        line.remove_prefix(byte_order_mark.size());
        parsed_.accepted = false;
        problem(Severity::error, "the text begins with a byte order mark, which wg refuses; save "
                                 "it as UTF-8 without one");
    }
}

void WgQuickReader::take_setting(const WgQuickText& text) {
    setting_ = text.setting;
    key_ = {};
    hint_ = {};
    judged_ = {};
    if (options_.dialect == Dialect::wg_quick && take_quick_setting(text.setting))
        return names_.other_line(text.comment);
    remove_blanks(text.setting, clean_);
    if (take_header(clean_.view(), text.comment))
        return;
    names_.other_line(text.comment);
    take_wg_setting(clean_.view());
}

bool WgQuickReader::take_header(std::string_view clean, std::optional<std::string_view> comment) {
    if (!clean.starts_with('['))
        return false;
    if (equal_caseless(clean, "[Interface]")) {
        open_section(Section::interface, comment);
    } else if (equal_caseless(clean, "[Peer]")) {
        open_section(Section::peer, comment);
    } else {
        open_section(Section::unknown, comment);
        keep_peers();
        judge(clean);
        const auto slip = slip_in_line(setting_, Syntax::wg);
        mistake(fmt::format("this is neither [Interface] nor [Peer]{}{}",
                            slip.empty() ? slip : ": " + slip,
                            consequence("; everything up to the next section is ignored")));
    }
    return true;
}

void WgQuickReader::open_section(Section section, std::optional<std::string_view> comment) {
    close_section();
    section_ = section;
    if (section != Section::peer)
        return names_.open_other();
    names_.open_peer(comment);
    seen_peer_.clear();
    peer_ = {};
    peer_.line = line_;
    peer_.peer.location = problems_.at(line_);
    first_of_peer_ = problems_.size();
}

void WgQuickReader::keep_peers() { parsed_.declaration.keeps_peers = true; }

void WgQuickReader::close_section() {
    if (section_ != Section::peer)
        return;
    peer_.peer.name = names_.take();
    if (std::ranges::find(seen_peer_, "PublicKey", &Seen::key) == seen_peer_.end()) {
        mistakes_.push_back({Severity::error, problems_.at(peer_.line),
                             "the section has no PublicKey=",
                             "every [Peer] needs PublicKey =, as \"wgnl pubkey\" prints it on the "
                             "other side",
                             "PublicKey"});
        parsed_.accepted = false;
    }
    if (!peer_.named)
        keep_peers();
    settle_mistakes();
    peers_.push_back(std::move(peer_));
}

/// What the mistakes of a section mean for its peer is known once all of it was read.
void WgQuickReader::settle_mistakes() {
    peer_.peer.kept_as_is = !mistakes_.empty();
    for (auto& mistake : mistakes_) {
        mistake.text +=
            consequence(peer_.named ? "; this peer is kept as it is"
                                    : "; the section names no peer, so that none is removed");
        problems_.add(std::move(mistake));
    }
    mistakes_.clear();
    if (peer_.named)
        problems_.name_peer(first_of_peer_, peer_.peer.public_key);
}

void WgQuickReader::take_wg_setting(std::string_view clean) {
    switch (section_) {
    case Section::none:
        keep_peers();
        take_homeless();
        break;
    case Section::interface:
        take_wg_key(interface_keys(), clean);
        break;
    case Section::peer:
        take_wg_key(peer_keys(), clean);
        break;
    case Section::unknown:
        break;
    }
}

template <typename Keys> void WgQuickReader::take_wg_key(const Keys& keys, std::string_view clean) {
    for (const auto& known : keys) {
        const auto key = clean.substr(0, known.name.size());
        const auto rest = clean.substr(key.size());
        if (!is_of_wg(known) || !equal_caseless(key, known.name) || !rest.starts_with('='))
            continue;
        key_ = known.name;
        hint_ = known.hint;
        judge(rest.size() == 1 ? key : rest.substr(1));
        if (rest.size() == 1) {
            return mistake(
                fmt::format("{}= has no value; write one, or leave the line out", known.name),
                hint_);
        }
        warn_of_repetition(known.name);
        return (this->*known.read)(rest.substr(1));
    }
    take_unknown(clean);
}

void WgQuickReader::take_unknown(std::string_view clean) {
    const auto equals = clean.find('=');
    if (equal_caseless(clean.substr(0, equals), "PublicKey"))
        keep_peers(); // the header above it is missing
    if (AmneziaSettings::knows(clean.substr(0, equals)) && equals != std::string_view::npos)
        return take_amnezia(clean.substr(0, equals));
    judge(clean.substr(0, equals));
    if (const auto slip = slip_in_line(setting_, Syntax::wg); !slip.empty()) {
        mistake(fmt::format("this line cannot be read: {}", slip));
        return;
    }
    if (equals == std::string_view::npos) {
        mistake("this line has no \"=\"; write KEY = VALUE");
        return;
    }
    mistake(fmt::format("{} is no setting of {}", shown_key(clean.substr(0, equals)),
                        section_ == Section::peer ? "[Peer]" : "[Interface]"),
            tells_more() ? advice_on_key(clean.substr(0, equals), section_ == Section::peer) : "");
}

/// Told once for the file, and nothing of it is applied: with such a server it would lead all that
/// it takes into nowhere.
void WgQuickReader::take_amnezia(std::string_view key) {
    judge(key);
    amnezia_.take(key, problems_.at(line_, column()));
    parsed_.accepted = false;
    parsed_.declaration.kept_as_is = true;
}

/// Of a line that begins as a setting does, where it stands is what is wrong first.
void WgQuickReader::take_homeless() {
    const auto first = trimmed(setting_).front() | 0x20;
    const auto slip =
        first >= 'a' && first <= 'z' ? std::string{} : slip_in_line(setting_, Syntax::wg);
    mistake(slip.empty()
                ? "a setting stands before any section; write [Interface] or [Peer] above it"
                : fmt::format("this line cannot be read: {}", slip));
}

void WgQuickReader::warn_of_repetition(std::string_view name) {
    auto& seen = section_ == Section::peer ? seen_peer_ : seen_interface_;
    const auto found = std::ranges::find(seen, name, &Seen::key);
    if (found == seen.end()) {
        seen.push_back({name, line_});
        return;
    }
    if (name == "PublicKey")
        keep_peers(); // the header between them may be missing
    if (name != "AllowedIPs") {
        problem(Severity::warning, fmt::format("{}= stands at {} too; this one counts", name,
                                               to_string(problems_.at(found->line))));
    }
    found->line = line_;
}

void WgQuickReader::mistake(std::string_view text, std::string_view hint) {
    parsed_.accepted = false;
    if (section_ == Section::peer)
        mistakes_.push_back(made(Severity::error, text, hint));
    else
        problem(Severity::error, text, hint);
}

void WgQuickReader::bad_value(std::string_view key, std::string_view value,
                              std::string_view reason) {
    const bool in_peer = section_ == Section::peer;
    const auto slip = slip_of(value);
    mistake(fmt::format("{}{}",
                        slip.empty() ? fmt::format("{}={} {}", key, shown_value(value), reason)
                                     : fmt::format("{}= cannot be read: {}", key, slip),
                        in_peer ? "" : consequence("; it is not declared")));
}

/// The line as a whole is looked at once, however many of its words are wrong.
std::string WgQuickReader::slip_of(std::string_view part) {
    if (std::exchange(slip_sought_, line_) != line_)
        slip_found_ = slip_of_value();
    if (slip_found_.empty())
        return slip_in(part, Syntax::wg, 0);
    judged_ = {};
    return slip_found_;
}

std::string WgQuickReader::slip_of_value() const {
    const auto equals = std::min(setting_.find('='), setting_.size() - 1);
    const auto begin = std::min(setting_.find_first_not_of(blanks, equals + 1), setting_.size());
    const auto value = setting_.substr(begin);
    return slip_in(value, Syntax::wg, column_of(value, setting_));
}

void WgQuickReader::problem(Severity severity, std::string_view text, std::string_view hint) {
    problems_.add(made(severity, text, hint));
}

Problem WgQuickReader::made(Severity severity, std::string_view text, std::string_view hint) const {
    return {.severity = severity,
            .location = problems_.at(line_, tells_more() ? column() : 0),
            .text = std::string(text),
            .hint = std::string(hint),
            .key = std::string(key_)};
}

std::size_t WgQuickReader::column() const {
    if (setting_.size() > longest_counted)
        return 0;
    const auto clean = clean_.view();
    const auto* const part = judged_.data();
    const bool is_clean = part >= clean.data() && part < clean.data() + clean.size();
    return is_clean ? column_without_blanks(setting_, static_cast<std::size_t>(part - clean.data()))
                    : column_of(judged_, setting_);
}

bool WgQuickReader::tells_more() const {
    return problems_.size() + mistakes_.size() < options_.limits.problems;
}

ParsedWgQuick WgQuickReader::finish() {
    names_.other_line({});
    close_section();
    auto& declaration = parsed_.declaration;
    const auto& key = declaration.private_key;
    PeerFold fold(key ? std::optional(public_key_of(*key)) : std::nullopt, problems_);
    for (auto& section : peers_)
        fold.add(std::move(section));
    declaration.peers = fold.take();
    warn_of_small_mtu();
    if (!amnezia_.empty())
        problems_.add(amnezia_.problem());
    declaration.problems = problems_.take();
    hide_keys(declaration);
    return std::move(parsed_);
}

ParsedWgQuick WgQuickReader::refuse(std::string_view text) {
    parsed_ = {};
    auto& declaration = parsed_.declaration;
    declaration.device = options_.device;
    declaration.mode = options_.mode;
    declaration.location = problems_.at(0);
    declaration.kept_as_is = true;
    declaration.problems = {{Severity::error, problems_.at(line_),
                             fmt::format("{}{}", text, consequence("; nothing of it is used"))}};
    hide_keys(declaration);
    parsed_.accepted = false;
    return std::move(parsed_);
}

} // namespace wgnl
