// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads what there is, and has the rest of this folder make a message of it.
#include "nm/helper/verbs.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/io.hpp"
#include "nm/helper/profile_store.hpp"
#include "nm/profile/keyfile.hpp"
#include "nm/profile/profile_writer.hpp"

namespace wgnl::nm {
namespace {

/// NetworkManager reads no file that others than its owner may open, and says so in its log alone.
bool is_passed_over(mode_t mode) { return (mode & (S_IRWXG | S_IRWXO)) != 0; }

/// A profile for a network of another kind, about which there is nothing to say.
bool is_of_others(const ReadKeyfile& read) {
    const auto type =
        read.profile ? view(nm_connection_get_connection_type(read.profile.get())) : "";
    return !type.empty() && type != NM_SETTING_WIREGUARD_SETTING_NAME;
}

/// Where a secret is that the profile does not hold; empty if it is to be had here, or there is
/// none.
std::string_view keeper_of(NMSettingSecretFlags flags, const char* secret) {
    if (!view(secret).empty())
        return {};
    if ((flags & NM_SETTING_SECRET_FLAG_AGENT_OWNED) != 0)
        return "the user's session keeps it";
    return (flags & NM_SETTING_SECRET_FLAG_NOT_SAVED) != 0 ? "it is not saved" : "";
}

/// Why a file made of the profile would lack a key that the device has; empty if none is missing.
std::string keys_elsewhere(NMConnection* profile) {
    auto* const setting = nm_connection_get_setting(profile, NM_TYPE_SETTING_WIREGUARD);
    if (setting == nullptr)
        return {};
    auto* const device = NM_SETTING_WIREGUARD(setting);
    const auto own = keeper_of(nm_setting_wireguard_get_private_key_flags(device),
                               nm_setting_wireguard_get_private_key(device));
    if (!own.empty())
        return fmt::format("the private key is not in the profile, {} (private-key-flags)", own);
    for (guint at = 0; at < nm_setting_wireguard_get_peers_len(device); ++at) {
        auto* const peer = nm_setting_wireguard_get_peer(device, at);
        const auto shared = keeper_of(nm_wireguard_peer_get_preshared_key_flags(peer),
                                      nm_wireguard_peer_get_preshared_key(peer));
        if (!shared.empty())
            return fmt::format("the preshared key of {} is not in the profile, {} "
                               "(preshared-key-flags)",
                               view(nm_wireguard_peer_get_public_key(peer)), shared);
    }
    return {};
}

std::vector<OtherProfile> other_profiles_than(const KnownProfile& mine,
                                              const std::vector<KnownProfile>& profiles) {
    std::vector<OtherProfile> others;
    for (const auto& known : profiles) {
        auto* const setting =
            nm_connection_get_setting(known.profile.get(), NM_TYPE_SETTING_WIREGUARD);
        if (known.path != mine.path && setting != nullptr)
            others.push_back({std::string(view(nm_connection_get_id(known.profile.get()))),
                              std::string(view(nm_connection_get_uuid(known.profile.get()))),
                              nm_setting_wireguard_get_listen_port(NM_SETTING_WIREGUARD(setting))});
    }
    return others;
}

LintHost host_of(const ProfileStore& store, const KnownProfile& known,
                 const std::vector<KnownProfile>& profiles) {
    auto host = look_at_host(known.profile.get());
    host.has_profile = true;
    if (const auto version = store.version(); version != 0)
        host.version = version;
    host.other_profiles = other_profiles_than(known, profiles);
    return host;
}

Message about(const ProfileStore& store, const KnownProfile& known,
              const std::vector<KnownProfile>& profiles) {
    const auto locate = locator_of(known.profile.get());
    Message message;
    const auto secrets = store.add_secrets(known);
    if (!secrets)
        message.secrets_failure = secrets.error().detail();
    message.portable = portable_of(known.profile.get(), locate,
                                   {.tell_missing_keys = message.secrets_failure.empty()});
    message.remarks = lint(known.profile.get(), locate, host_of(store, known, profiles));
    if (message.secrets_failure.empty())
        message.secrets_failure = keys_elsewhere(known.profile.get());
    return message;
}

constexpr std::uint32_t table_main = 254;

/// What a line Table= means; 0: no routes.
std::uint32_t table_in(const WgQuickLine& line) {
    const auto text = fmt::format("[Interface]\nTable = {}\n", line.value.view());
    return parse_wg_quick(text).declaration.route_table.value_or(0);
}

/// profile_of() goes by the last line, which the declaration may say otherwise.
void set_table(ParsedWgQuick& parsed) {
    auto& lines = parsed.unsupported_lines;
    const auto table = parsed.declaration.route_table.value_or(0);
    const auto last = std::ranges::find(lines.rbegin(), lines.rend(), "Table", &WgQuickLine::key);
    if (table == (last == lines.rend() ? table_main : table_in(*last)))
        return;
    std::erase_if(lines, [](const auto& line) { return line.key == "Table"; });
    if (table != table_main)
        lines.push_back({.key = "Table",
                         .value = SecretText(table == 0 ? "off" : fmt::format("{}", table)),
                         .location = parsed.declaration.location});
}

Problem lost_name(const DeclaredPeer& peer) {
    return {.severity = Severity::note,
            .location = peer.location,
            .text = printable(fmt::format("the name \"{}\" of the peer {} is left out: a profile "
                                          "has none for peers",
                                          peer.name, peer.public_key.to_base64())),
            .peer = peer.public_key};
}

} // namespace

std::vector<Problem> prepare(ParsedWgQuick& parsed) {
    auto& declared = parsed.declaration;
    // A profile is NetworkManager's to apply, whoever did until now.
    declared.mode = declared.mode == Mode::observe ? Mode::observe : Mode::own;
    // A profile has a metric, as a configuration has not.
    const auto metric = std::exchange(declared.route_metric, std::nullopt);
    auto not_expressible = to_wg_quick(declared).not_expressible;
    declared.route_metric = metric;
    std::erase_if(declared.peers, [](const DeclaredPeer& peer) { return peer.kept_as_is; });
    for (const auto& peer : declared.peers)
        if (!peer.name.empty())
            not_expressible.push_back(lost_name(peer));
    set_table(parsed);
    return not_expressible;
}

Result<SecretText> about_file(const std::string& file) {
    const auto operation = "read " + file;
    const auto opened = open_regular_file(file, largest_text, operation);
    if (!opened)
        return std::unexpected{opened.error()};
    const auto text = read_all(opened->fd.get(), operation);
    if (!text)
        return std::unexpected{text.error()};
    const auto read = read_keyfile(text->view(), file);
    if (is_of_others(read))
        return to_bytes({});
    const auto locate = read.locator();
    Message message;
    if (read.profile) {
        message.portable = portable_of(read.profile.get(), locate);
        message.remarks = lint(read.profile.get(), locate);
        message.secrets_failure = keys_elsewhere(read.profile.get());
    }
    if (is_passed_over(opened->status.st_mode))
        message.remarks.push_back({Severity::warning,
                                   {file},
                                   "others than its owner may read or write it, so that "
                                   "NetworkManager passes it over: chmod 600"});
    auto& problems = message.portable.problems;
    problems.insert(problems.begin(), read.problems.begin(), read.problems.end());
    return to_bytes(message);
}

Result<SecretText> about_known(const std::string& name) {
    const auto store = ProfileStore::connect();
    if (!store)
        return std::unexpected{store.error()};
    const auto profiles = store->profiles();
    if (!profiles)
        return std::unexpected{profiles.error()};
    const auto found = find_profile(*profiles, name);
    if (!found)
        return std::unexpected{found.error()};
    return to_bytes(about(*store, **found, *profiles));
}

Result<SecretText> written(std::string_view message, const std::string& name) {
    auto parsed = configuration_in(message);
    if (!parsed)
        return std::unexpected{parsed.error()};
    auto not_expressible = prepare(*parsed);
    const auto made =
        profile_of(*parsed, {.id = printable(name), .interface_name = parsed->declaration.device});
    if (!made)
        return std::unexpected{made.error()};
    const auto keyfile = keyfile_of(made->profile.get());
    if (!keyfile)
        return std::unexpected{keyfile.error()};
    not_expressible.insert(not_expressible.end(), made->not_expressible.begin(),
                           made->not_expressible.end());
    return to_bytes(*keyfile, not_expressible);
}

} // namespace wgnl::nm
