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

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::uint32_t table_main = 254;

/// Those of wg-quick are none of wg's.
bool is_of_wg(const InterfaceKey& key) { return !key.of_wg_quick; }
bool is_of_wg(const PeerKey&) { return true; }

} // namespace

WgQuickReader::WgQuickReader(const WgQuickOptions& options)
    : options_(options), judge_(options), interface_(judge_, parsed_), peer_(judge_) {
    auto& declaration = parsed_.declaration;
    declaration.device = options.device;
    declaration.mode = options.mode;
    declaration.location = judge_.here();
    if (options.dialect == Dialect::wg_quick)
        declaration.route_table = table_main;
}

bool WgQuickReader::take(std::string_view line) {
    judge_.next_line();
    if (judge_.line() == 1)
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
        judge_.refuse();
        judge_.problem(Severity::error, "the text begins with a byte order mark, which wg refuses; "
                                        "save it as UTF-8 without one");
    }
}

void WgQuickReader::take_setting(const WgQuickText& text) {
    judge_.begin(text.setting);
    if (options_.dialect == Dialect::wg_quick && interface_.take_quick(text.setting))
        return names_.other_line(text.comment);
    const auto clean = judge_.without_blanks();
    if (take_header(clean, text.comment))
        return;
    names_.other_line(text.comment);
    take_wg_setting(clean);
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
        judge_.judge(clean);
        const auto slip = slip_in_line(judge_.setting(), Syntax::wg);
        judge_.mistake(fmt::format(
            "this is neither [Interface] nor [Peer]{}{}", slip.empty() ? slip : ": " + slip,
            judge_.consequence("; everything up to the next section is ignored")));
    }
    return true;
}

void WgQuickReader::open_section(Section section, std::optional<std::string_view> comment) {
    close_section();
    section_ = section;
    if (section != Section::peer)
        return names_.open_other();
    names_.open_peer(comment);
    judge_.open_peer();
    seen_.peer.clear();
    peer_.section() = {.line = judge_.line()};
    peer_.section().peer.location = judge_.here();
}

void WgQuickReader::close_section() {
    if (section_ != Section::peer)
        return;
    auto& section = peer_.section();
    section.peer.name = names_.take();
    if (std::ranges::find(seen_.peer, "PublicKey", &Seen::key) == seen_.peer.end()) {
        judge_.add_mistake({Severity::error, judge_.problems().at(section.line),
                            "the section has no PublicKey=",
                            "every [Peer] needs PublicKey =, as \"wgnl pubkey\" prints it on the "
                            "other side",
                            "PublicKey"});
    }
    if (!section.named)
        keep_peers();
    section.peer.kept_as_is = judge_.has_mistakes();
    judge_.settle(section.named ? &section.peer.public_key : nullptr);
    peers_.push_back(std::move(section));
}

void WgQuickReader::take_wg_setting(std::string_view clean) {
    switch (section_) {
    case Section::none:
        keep_peers();
        take_homeless();
        break;
    case Section::interface:
        take_wg_key(interface_keys(), interface_, clean);
        break;
    case Section::peer:
        take_wg_key(peer_keys(), peer_, clean);
        break;
    case Section::unknown:
        break;
    }
}

template <typename Keys, typename Settings>
void WgQuickReader::take_wg_key(const Keys& keys, Settings& settings, std::string_view clean) {
    for (const auto& known : keys) {
        const auto key = clean.substr(0, known.name.size());
        const auto rest = clean.substr(key.size());
        if (!is_of_wg(known) || !equal_caseless(key, known.name) || !rest.starts_with('='))
            continue;
        judge_.set_key(known.name, known.hint);
        judge_.judge(rest.size() == 1 ? key : rest.substr(1));
        if (rest.size() == 1) {
            return judge_.mistake(
                fmt::format("{}= has no value; write one, or leave the line out", known.name),
                known.hint);
        }
        warn_of_repetition(known.name);
        return settings.take(known, rest.substr(1));
    }
    take_unknown(clean);
}

void WgQuickReader::take_unknown(std::string_view clean) {
    const auto equals = clean.find('=');
    if (equal_caseless(clean.substr(0, equals), "PublicKey"))
        keep_peers(); // the header above it is missing
    if (AmneziaSettings::knows(clean.substr(0, equals)) && equals != std::string_view::npos)
        return take_amnezia(clean.substr(0, equals));
    judge_.judge(clean.substr(0, equals));
    if (const auto slip = slip_in_line(judge_.setting(), Syntax::wg); !slip.empty()) {
        judge_.mistake(fmt::format("this line cannot be read: {}", slip));
        return;
    }
    if (equals == std::string_view::npos) {
        judge_.mistake("this line has no \"=\"; write KEY = VALUE");
        return;
    }
    judge_.mistake(fmt::format("{} is no setting of {}", shown_key(clean.substr(0, equals)),
                               section_ == Section::peer ? "[Peer]" : "[Interface]"),
                   judge_.tells_more()
                       ? advice_on_key(clean.substr(0, equals), section_ == Section::peer)
                       : "");
}

/// Told once for the file, and nothing of it is applied: with such a server it would lead all that
/// it takes into nowhere.
void WgQuickReader::take_amnezia(std::string_view key) {
    judge_.judge(key);
    amnezia_.take(key, judge_.problems().at(judge_.line(), judge_.column()));
    judge_.refuse();
    parsed_.declaration.kept_as_is = true;
}

/// Of a line that begins as a setting does, where it stands is what is wrong first.
void WgQuickReader::take_homeless() {
    const auto first = trimmed(judge_.setting()).front() | 0x20;
    const auto slip =
        first >= 'a' && first <= 'z' ? std::string{} : slip_in_line(judge_.setting(), Syntax::wg);
    judge_.mistake(slip.empty()
                       ? "a setting stands before any section; write [Interface] or [Peer] above it"
                       : fmt::format("this line cannot be read: {}", slip));
}

void WgQuickReader::warn_of_repetition(std::string_view name) {
    auto& seen = section_ == Section::peer ? seen_.peer : seen_.interface;
    const auto found = std::ranges::find(seen, name, &Seen::key);
    if (found == seen.end()) {
        seen.push_back({name, judge_.line()});
        return;
    }
    if (name == "PublicKey")
        keep_peers(); // the header between them may be missing
    if (name != "AllowedIPs") {
        judge_.problem(Severity::warning,
                       fmt::format("{}= stands at {} too; this one counts", name,
                                   to_string(judge_.problems().at(found->line))));
    }
    found->line = judge_.line();
}

ParsedWgQuick WgQuickReader::finish() {
    names_.other_line({});
    close_section();
    auto& declaration = parsed_.declaration;
    const auto& key = declaration.private_key;
    PeerFold fold(key ? std::optional(public_key_of(*key)) : std::nullopt, peers_.size(),
                  judge_.problems());
    for (; !peers_.empty(); peers_.pop_front())
        fold.add(std::move(peers_.front()));
    declaration.peers = fold.take();
    interface_.warn_of_small_mtu();
    if (!amnezia_.empty())
        judge_.problems().add(amnezia_.problem());
    declaration.problems = judge_.problems().take();
    parsed_.accepted = judge_.accepted();
    hide_keys(declaration);
    return std::move(parsed_);
}

ParsedWgQuick WgQuickReader::refuse(std::string_view text) {
    parsed_ = {};
    auto& declaration = parsed_.declaration;
    declaration.device = options_.device;
    declaration.mode = options_.mode;
    declaration.location = judge_.problems().at(0);
    declaration.kept_as_is = true;
    declaration.problems = {
        {Severity::error, judge_.here(),
         fmt::format("{}{}", text, judge_.consequence("; nothing of it is used"))}};
    hide_keys(declaration);
    parsed_.accepted = false;
    return std::move(parsed_);
}

} // namespace wgnl
