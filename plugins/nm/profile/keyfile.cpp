// SPDX-License-Identifier: LGPL-2.1-or-later
// GLib and libnm know no lines: they are found beside them, by group and key.
#include "nm/profile/keyfile.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <wgnl/amnezia.hpp>
#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include "base/text.hpp"
#include "common/problems.hpp"

namespace wgnl::nm {
namespace {

constexpr std::string_view peer_prefix = "wireguard-peer.";
constexpr std::string_view outer = " \t\r\f\v";

struct StringsFree {
    void operator()(gchar** strings) const noexcept { g_strfreev(strings); }
};
using StringsPtr = std::unique_ptr<gchar*, StringsFree>;

/// Reads one file; used once.
class Reader {
public:
    explicit Reader(ReadKeyfile& read) : read_(read) {}

    void run(std::string_view text) {
        if (!load(text))
            return;
        ErrorSlot error;
        // The folder is that of certificates, which no WireGuard profile has.
        read_.profile.reset(nm_keyfile_read(file_.get(), "/", NM_KEYFILE_HANDLER_FLAGS_NONE,
                                            &Reader::warned, this, error.out()));
        if (!read_.profile)
            return say(Severity::error, {}, {}, "this is no profile: " + error.text());
        look_for_dropped_peers();
        look_for_unknown_keys();
        verify();
    }

private:
    void say(Severity severity, std::string_view group, std::string_view key,
             std::string_view text) {
        read_.problems.push_back({.severity = severity,
                                  .location = read_.lines.locate(group, key),
                                  .text = printable(text),
                                  .key = printable(key)});
    }

    bool load(std::string_view text) {
        ErrorSlot error;
        if (g_key_file_load_from_data(file_.get(), text.data(), text.size(), G_KEY_FILE_NONE,
                                      error.out()) != FALSE)
            return true;
        // GLib's own words quote the line, which may be a key.
        say(Severity::error, {}, {},
            "this is no key file: every line is [group], key=value or a comment");
        return false;
    }

    static gboolean warned(GKeyFile* /*file*/, NMConnection* /*profile*/, NMKeyfileHandlerType type,
                           NMKeyfileHandlerData* data, void* self) noexcept {
        if (type == NM_KEYFILE_HANDLER_TYPE_WARN)
            static_cast<Reader*>(self)->take_warning(data);
        return TRUE;
    }

    void take_warning(const NMKeyfileHandlerData* data) {
        const char* group = nullptr;
        const char* key = nullptr;
        const char* message = nullptr;
        auto severity = NM_KEYFILE_WARN_SEVERITY_DEBUG;
        nm_keyfile_handler_data_get_context(data, &group, &key, nullptr, nullptr);
        nm_keyfile_handler_data_warn_get(data, &message, &severity);
        // A peer that is dropped is told of by its group, in other words.
        if (severity < NM_KEYFILE_WARN_SEVERITY_WARN ||
            (view(group).starts_with(peer_prefix) && view(key).empty()))
            return;
        const auto slip = read_.lines.slip_of(view(group), view(key));
        say(Severity::error, view(group), view(key),
            fmt::format("NetworkManager passes this over: {}",
                        slip.empty() ? std::string(sanitized(view(key), view(message))) : slip));
    }

    /// Its message, unless that may quote a key.
    static std::string_view sanitized(std::string_view key, std::string_view message) {
        const bool is_secret = key == "private-key" || key == "preshared-key";
        return is_secret ? "it is no key as \"wg genkey\" prints one" : message;
    }

    /// By its name as it is written: libnm would find it by other spellings, too.
    bool has_peer(const char* public_key) const {
        auto* const setting = reinterpret_cast<NMSettingWireGuard*>(
            nm_connection_get_setting(read_.profile.get(), NM_TYPE_SETTING_WIREGUARD));
        const auto* const peer =
            setting ? nm_setting_wireguard_get_peer_by_public_key(setting, public_key, nullptr)
                    : nullptr;
        return peer && view(nm_wireguard_peer_get_public_key(peer)) == public_key;
    }

    void look_for_dropped_peers() {
        const StringsPtr groups(g_key_file_get_groups(file_.get(), nullptr));
        for (auto* group = groups.get(); *group != nullptr; ++group) {
            const auto name = view(*group);
            if (name.starts_with(peer_prefix) && !has_peer(*group + peer_prefix.size()))
                tell_of_dropped_peer(name);
        }
    }

    void tell_of_dropped_peer(std::string_view group) {
        const auto written = group.substr(peer_prefix.size());
        const auto key = PublicKey::parse(fmt::format(
            "{}=",
            trimmed(written, outer).substr(0, trimmed(written, outer).find_last_not_of('=') + 1)));
        say(Severity::error, group, {},
            key ? fmt::format("NetworkManager drops this peer without a word: the name of its "
                              "group must be [{}{}]",
                              peer_prefix, key->to_base64())
                : "NetworkManager drops this peer without a word: the name of its group holds no "
                  "public key; write [wireguard-peer.KEY] with what \"wg pubkey\" printed");
    }

    void look_for_unknown_keys() {
        const StringsPtr groups(g_key_file_get_groups(file_.get(), nullptr));
        for (auto* group = groups.get(); *group != nullptr; ++group) {
            const bool is_peer = view(*group).starts_with(peer_prefix);
            if (!is_peer && view(*group) != NM_SETTING_WIREGUARD_SETTING_NAME)
                continue;
            const StringsPtr keys(g_key_file_get_keys(file_.get(), *group, nullptr, nullptr));
            for (auto* key = keys.get(); keys && *key != nullptr; ++key)
                if (!(is_peer ? is_key_of_peer(*key) : is_key_of_wireguard(*key)))
                    tell_of_unknown_key(view(*group), view(*key),
                                        is_peer ? "wireguard-peer.…" : *group);
        }
        if (!amnezia_.empty())
            read_.problems.push_back(amnezia_.problem());
    }

    void tell_of_unknown_key(std::string_view group, std::string_view key,
                             std::string_view shown_group) {
        if (AmneziaSettings::knows(key))
            return amnezia_.take(key, read_.lines.locate(group, key));
        say(Severity::warning, group, key,
            // A line that is nothing but a secret reads as one long name before its last '='.
            fmt::format("{} is no key of [{}]; NetworkManager passes it over",
                        adapter::sanitized_name(key), shown_group));
    }

    static bool is_key_of_peer(std::string_view key) {
        static constexpr std::array<std::string_view, 5> known{
            NM_WIREGUARD_PEER_ATTR_ALLOWED_IPS, NM_WIREGUARD_PEER_ATTR_ENDPOINT,
            NM_WIREGUARD_PEER_ATTR_PERSISTENT_KEEPALIVE, NM_WIREGUARD_PEER_ATTR_PRESHARED_KEY,
            NM_WIREGUARD_PEER_ATTR_PRESHARED_KEY_FLAGS};
        return std::ranges::find(known, key) != known.end();
    }

    static bool is_key_of_wireguard(const char* key) {
        static const std::unique_ptr<void, void (*)(void*)> type(
            g_type_class_ref(NM_TYPE_SETTING_WIREGUARD), g_type_class_unref);
        return g_object_class_find_property(static_cast<GObjectClass*>(type.get()), key) != nullptr;
    }

    void verify() {
        ErrorSlot error;
        if (nm_connection_normalize(read_.profile.get(), nullptr, nullptr, error.out()) != FALSE)
            return;
        const auto text = error.text(); // "setting.property: why"
        const auto dot = text.find('.');
        const auto colon = text.find(':');
        const bool names = dot < colon && colon != text.npos;
        const auto group = names ? text.substr(0, dot) : std::string{};
        const auto key = names ? text.substr(dot + 1, colon - dot - 1) : std::string{};
        const auto slip = read_.lines.slip_of(group, key);
        say(Severity::error, group, key,
            fmt::format("NetworkManager takes no such profile: {}{}", text,
                        slip.empty() ? slip : ": " + slip));
    }

    ReadKeyfile& read_;
    AmneziaSettings amnezia_{};
    KeyFilePtr file_{g_key_file_new()};
};

} // namespace

KeyfileLines::KeyfileLines(std::string_view text, std::string file) : file_(std::move(file)) {
    std::string group;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto whole = text.substr(0, end);
        const auto line = trimmed(whole, outer);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('[')) {
            group = line.substr(1, line.rfind(']') - 1);
            lines_.try_emplace({group, {}}, number);
        } else if (const auto equals = line.find('='); equals != line.npos && line[0] != '#') {
            // Of a key that comes twice the last one counts, as for GLib.
            const GroupAndKey setting{group, std::string(trimmed(line.substr(0, equals), outer))};
            const auto value = trimmed(line.substr(equals + 1), outer);
            lines_.insert_or_assign(setting, number);
            slips_.insert_or_assign(setting,
                                    slip_in(value, Syntax::keyfile, column_of(value, whole)));
        }
    }
}

std::size_t KeyfileLines::line_of(std::string_view group, std::string_view key) const {
    const auto found = lines_.find({std::string(group), std::string(key)});
    return found == lines_.end() ? 0 : found->second;
}

std::string KeyfileLines::slip_of(std::string_view group, std::string_view key) const {
    const auto found = slips_.find({std::string(group), std::string(key)});
    return found == slips_.end() ? std::string{} : found->second;
}

bool KeyfileLines::has(std::string_view group, std::string_view key) const {
    return line_of(group, key) != 0;
}

bool KeyfileLines::names_peer(const PublicKey& key) const {
    const auto padded = key.to_base64();
    const auto group = std::string(peer_prefix) + padded.substr(0, padded.find('='));
    const auto found = lines_.lower_bound({group, {}});
    return found != lines_.end() && found->first.first.starts_with(group);
}

Location KeyfileLines::locate(std::string_view group, std::string_view key) const {
    auto line = line_of(group, key);
    if (line == 0 && key == "addresses")
        line = line_of(group, "address1");
    if (line == 0)
        line = line_of(group, {});
    return {file_, static_cast<std::uint32_t>(line)};
}

SettingLocator ReadKeyfile::locator() const {
    return [lines = lines](std::string_view group, std::string_view key) {
        return lines.locate(group, key);
    };
}

ReadKeyfile read_keyfile(std::string_view text, const std::string& file) {
    ReadKeyfile read{.lines = KeyfileLines(text, file)};
    Reader(read).run(text);
    hide_keys(read.problems, [&](const PublicKey& key) { return read.lines.names_peer(key); });
    return read;
}

Result<SecretText> keyfile_of(NMConnection* profile) {
    ErrorSlot error;
    const KeyFilePtr file(
        nm_keyfile_write(profile, NM_KEYFILE_HANDLER_FLAGS_NONE, nullptr, nullptr, error.out()));
    if (!file)
        return fail(Errc::invalid_argument, "write the profile", error.text());
    gsize size{};
    const TextPtr text(g_key_file_to_data(file.get(), &size, nullptr));
    SecretText secret({text.get(), size});
    wipe(text.get(), size);
    return secret;
}

} // namespace wgnl::nm
