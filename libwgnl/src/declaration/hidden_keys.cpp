// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding what may be a key in text, whatever stands around it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <wgnl/declaration.hpp>

#include "base/text.hpp"

namespace wgnl {

namespace {

constexpr std::string_view hidden = "(hidden)";
/// A key of 32 bytes in base64, without the '=' that ends it.
constexpr std::size_t key_letters = 43;
/// Of a quoted value: what may be most of a key, and what may be a part of one.
constexpr std::size_t most_of_key = 32;
constexpr std::size_t part_of_key = 16;

bool is_hexadecimal(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Whether characters that are written by their numbers count; "%AB" in front of a key is none.
enum class Escapes : bool { unknown, known };

/// Which characters make a run, beside letters and digits; how many of them; and whether a run of
/// that length is hidden.
struct Suspect {
    std::string_view marks;
    Escapes escapes;
    std::size_t shortest;
    bool (*is_hidden)(std::string_view run);
};

/// Bytes of a character that is written by its number, or behind a backslash; 0: there is none.
std::size_t escape_length(std::string_view text) {
    struct Form {
        std::string_view begin;
        std::size_t digits;
    };
    static constexpr std::array<Form, 4> forms{{{"%", 2}, {"\\x", 2}, {"\\u", 4}, {"\\/", 0}}};
    for (const auto& form : forms) {
        const auto size = form.begin.size() + form.digits;
        if (text.starts_with(form.begin) && text.size() >= size &&
            std::ranges::all_of(text.substr(form.begin.size(), form.digits), is_hexadecimal)) {
            return size;
        }
    }
    return 0;
}

/// Bytes of the character of a run that `text` begins with; 0 if it begins with none.
std::size_t unit_length(std::string_view text, const Suspect& suspect) {
    const char c = text.front();
    if (is_small(c) || is_capital(c) || is_digit(c) || suspect.marks.contains(c))
        return 1;
    return suspect.escapes == Escapes::known ? escape_length(text) : 0;
}

struct Run {
    std::size_t bytes{};
    std::size_t characters{};
};

Run run_at_front(std::string_view text, const Suspect& suspect) {
    Run run;
    while (!text.empty()) {
        const auto length = unit_length(text, suspect);
        if (length == 0)
            break;
        run.bytes += length;
        ++run.characters;
        text.remove_prefix(length);
    }
    return run;
}

/// "systemd", "wg0", "Documents", "NetworkManager": a capital letter begins a word, and no word of
/// less than three letters; digits are with small letters alone.
bool is_folder_name(std::string_view part) {
    const bool has_words = std::ranges::any_of(part, is_capital);
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool begins_word = is_capital(part[i]) && i + 2 < part.size() &&
                                 is_small(part[i + 1]) && is_small(part[i + 2]);
        if (!begins_word && !is_small(part[i]) && (has_words || !is_digit(part[i])))
            return false;
    }
    return part.size() < key_letters;
}

/// See without_keys().
bool is_path(std::string_view run) {
    std::size_t parts = 0;
    while (!run.empty()) {
        const auto part = run.substr(0, run.find('/'));
        if (!is_folder_name(part))
            return false;
        ++parts;
        run.remove_prefix(std::min(part.size() + 1, run.size()));
    }
    return parts > 1;
}

bool has_both_cases(std::string_view run) {
    return std::ranges::any_of(run, is_small) && std::ranges::any_of(run, is_capital);
}

bool is_mixed(std::string_view run) {
    return has_both_cases(run) && std::ranges::any_of(run, is_digit);
}

bool is_no_path(std::string_view run) { return !is_path(run); }

constexpr Suspect whole_key{"+/", Escapes::unknown, key_letters, is_no_path};
constexpr Suspect escaped_key{"+/", Escapes::known, key_letters, is_no_path};
constexpr Suspect url_safe_key{"-_", Escapes::unknown, key_letters, has_both_cases};
constexpr Suspect torn_key{"+/", Escapes::known, most_of_key, is_no_path};
constexpr Suspect piece_of_key{"+", Escapes::unknown, part_of_key, is_mixed};

/// The run is all of a key that is known to be public; `ending` is what follows it.
bool is_known(std::string_view run, std::string_view ending, const IsPublic& is_public) {
    if (!is_public || run.size() != key_letters || !ending.starts_with('='))
        return false;
    const auto key = PublicKey::parse(std::string(run) + '=');
    return key && is_public(*key);
}

std::string without(const Suspect& suspect, std::string_view text, const IsPublic& is_public) {
    std::string shown;
    while (!text.empty()) {
        const auto run = run_at_front(text, suspect);
        const auto piece = text.substr(0, std::max<std::size_t>(run.bytes, 1));
        text.remove_prefix(piece.size());
        const bool hide = run.characters >= suspect.shortest && suspect.is_hidden(piece) &&
                          !is_known(piece, text, is_public);
        shown += hide ? hidden : piece;
        if (hide)
            text.remove_prefix(std::min(text.find_first_not_of('='), text.size()));
    }
    return shown;
}

class PeerKeys {
public:
    explicit PeerKeys(const Declaration& declaration) {
        keys_.reserve(declaration.peers.size());
        for (const auto& peer : declaration.peers)
            keys_.push_back(peer.public_key);
        std::ranges::sort(keys_);
    }

    bool contains(const PublicKey& key) const { return std::ranges::binary_search(keys_, key); }

private:
    std::vector<PublicKey> keys_{};
};

} // namespace

std::string without_keys(std::string_view text, const IsPublic& is_public) {
    if (text.size() < key_letters)
        return std::string(text);
    auto shown = without(whole_key, text, is_public);
    for (const auto* suspect : {&escaped_key, &url_safe_key})
        shown = without(*suspect, shown, is_public);
    return shown;
}

std::string excerpt(std::string_view value, std::size_t limit) {
    const auto whole = without_keys(value);
    return printable(without(piece_of_key, without(torn_key, whole, {}), {}), limit);
}

void hide_keys(std::vector<Problem>& problems, const IsPublic& is_public) {
    for (auto& problem : problems) {
        for (auto* text : {&problem.location.file, &problem.text, &problem.hint, &problem.key})
            *text = without_keys(*text, is_public);
        if (problem.peer && !(is_public && is_public(*problem.peer)))
            problem.peer.reset();
    }
}

void hide_keys(Declaration& declaration) {
    const PeerKeys keys(declaration);
    const IsPublic is_public = [&](const PublicKey& key) { return keys.contains(key); };
    const auto hide = [&](std::string& text) { text = without_keys(text, is_public); };
    hide(declaration.location.file);
    for (auto& peer : declaration.peers) {
        hide(peer.name);
        hide(peer.location.file);
    }
    hide_keys(declaration.problems, is_public);
}

IsPublic is_peer_of(const Declaration& declaration) {
    return [&declaration](const PublicKey& key) {
        return std::ranges::find(declaration.peers, key, &DeclaredPeer::public_key) !=
               declaration.peers.end();
    };
}

} // namespace wgnl
