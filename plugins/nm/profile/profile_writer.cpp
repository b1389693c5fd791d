// SPDX-License-Identifier: LGPL-2.1-or-later
// Profiles out of configurations: the peers, the families, and what neither can hold.
#include "nm/profile/profile_writer.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "common/name_servers.hpp"

namespace wgnl::nm {
namespace {

constexpr const char* operation = "import";
/// How much of the lines that were left out a profile keeps, in bytes.
constexpr std::size_t longest_left_out = 2048;

struct PeerUnref {
    void operator()(NMWireGuardPeer* peer) const noexcept { nm_wireguard_peer_unref(peer); }
};
using PeerPtr = std::unique_ptr<NMWireGuardPeer, PeerUnref>;

struct AddressUnref {
    void operator()(NMIPAddress* address) const noexcept { nm_ip_address_unref(address); }
};

/// Base64 of a secret, wiped at the end of its scope.
class KeyText {
public:
    template <typename Key> explicit KeyText(const Key& key) : text_(key.reveal_base64()) {}
    KeyText(const KeyText&) = delete;
    KeyText& operator=(const KeyText&) = delete;
    ~KeyText() { wipe(text_); }
    const char* c_str() const noexcept { return text_.c_str(); }

private:
    std::string text_;
};

constexpr std::size_t most_mistakes = 10;

std::string line_of(const Problem& problem) {
    return problem.location.empty()
               ? problem.text
               : fmt::format("{}: {}", to_string(problem.location), problem.text);
}

/// "F:3: what is wrong; what to write", one mistake a line, the first ten of those that differ, and
/// how many more there are. Without what a declaration would make of a mistake: here nothing is
/// declared at all.
std::string refusal_of(const std::vector<Problem>& mistakes) {
    std::vector<std::string> lines;
    std::set<std::string_view> said; // what is no configuration has one mistake on each line
    for (const auto& mistake : mistakes)
        if (said.size() < most_mistakes && said.insert(mistake.text).second)
            lines.push_back(line_of(mistake));
    if (mistakes.size() > lines.size())
        lines.push_back(fmt::format("and {} more", mistakes.size() - lines.size()));
    return fmt::format("{}", fmt::join(lines, "\n"));
}

/// Makes one profile; used once.
class Writer {
public:
    Writer(const ParsedWgQuick& parsed, const WriteOptions& options)
        : parsed_(parsed), declared_(parsed.declaration), options_(options),
          dns_(adapter::name_servers_of(parsed.unsupported_lines)) {}

    Result<WrittenProfile> write();

private:
    template <typename T> T* add(NMSetting* setting) {
        nm_connection_add_setting(written_.profile.get(), setting);
        return reinterpret_cast<T*>(setting); // a GObject: checked by those who use it
    }
    std::vector<Problem> mistakes() const;
    bool says_nothing() const;
    bool has_default_route() const;
    bool has_family(Family family) const;
    void add_connection();
    void add_wireguard();
    void add_private_key(NMSettingWireGuard* wireguard);
    void add_peer(NMSettingWireGuard* wireguard, const DeclaredPeer& declared);
    void add_family(Family family);
    void add_name_servers(NMSettingIPConfig* setting, Family family);
    void set_table(NMSettingWireGuard* wireguard);
    void note_lines();
    void keep_left_out();

    const ParsedWgQuick& parsed_;
    const Declaration& declared_;
    const WriteOptions& options_;
    adapter::NameServers dns_;
    std::optional<std::uint32_t> table_{}; ///< absent: NetworkManager's default
    std::vector<Problem> mistakes_{};
    std::vector<std::string> lost_lines_{};
    WrittenProfile written_{};
};

bool is_error(const Problem& problem) { return problem.severity == Severity::error; }

std::vector<Problem> Writer::mistakes() const {
    std::vector<Problem> found;
    std::ranges::copy_if(declared_.problems, std::back_inserter(found), is_error);
    std::ranges::copy_if(dns_.problems, std::back_inserter(found), is_error);
    std::ranges::copy(mistakes_, std::back_inserter(found));
    return found;
}

bool Writer::says_nothing() const {
    return !declared_.private_key && declared_.peers.empty() && declared_.addresses.empty() &&
           !declared_.listen_port && !declared_.fwmark && !declared_.mtu &&
           parsed_.unsupported_lines.empty();
}

/// Whether all traffic of a family goes through the tunnel, as wg-quick's Table=auto has it.
bool Writer::has_default_route() const {
    return !table_ && declared_.route_table &&
           std::ranges::any_of(declared_.peers, adapter::leads_everything);
}

bool Writer::has_family(Family family) const {
    return std::ranges::any_of(declared_.addresses, [&](const InterfaceAddress& address) {
        return address.address.family() == family;
    });
}

void Writer::add_connection() {
    auto* const connection = add<NMSettingConnection>(nm_setting_connection_new());
    const TextPtr uuid(nm_utils_uuid_generate());
    const auto interface = options_.interface_name.empty()
                               ? interface_name_of(options_.id, options_.taken_names)
                               : options_.interface_name;
    g_object_set(connection, NM_SETTING_CONNECTION_ID, options_.id.c_str(),
                 NM_SETTING_CONNECTION_UUID, uuid.get(), NM_SETTING_CONNECTION_TYPE,
                 NM_SETTING_WIREGUARD_SETTING_NAME, NM_SETTING_CONNECTION_INTERFACE_NAME,
                 interface.c_str(), NM_SETTING_CONNECTION_AUTOCONNECT,
                 static_cast<gboolean>(options_.autoconnect), nullptr);
}

void Writer::add_wireguard() {
    auto* const wireguard = add<NMSettingWireGuard>(nm_setting_wireguard_new());
    g_object_set(wireguard, NM_SETTING_WIREGUARD_LISTEN_PORT,
                 static_cast<guint>(declared_.listen_port.value_or(0)), NM_SETTING_WIREGUARD_FWMARK,
                 static_cast<guint>(declared_.fwmark.value_or(0)), NM_SETTING_WIREGUARD_MTU,
                 static_cast<guint>(declared_.mtu.value_or(0)), nullptr);
    add_private_key(wireguard);
    set_table(wireguard);
    for (const auto& peer : declared_.peers)
        add_peer(wireguard, peer);
}

void Writer::add_private_key(NMSettingWireGuard* wireguard) {
    if (!declared_.private_key) {
        written_.not_expressible.push_back(
            {Severity::warning, declared_.location,
             "there is no PrivateKey=; NetworkManager asks for it when "
             "the profile is activated"});
        return;
    }
    const KeyText text(*declared_.private_key);
    GValue value = G_VALUE_INIT;
    g_value_init(&value, G_TYPE_STRING);
    g_value_set_static_string(&value, text.c_str()); // no copy that nobody wipes
    g_object_set_property(G_OBJECT(wireguard), NM_SETTING_WIREGUARD_PRIVATE_KEY, &value);
    g_value_unset(&value);
}

void Writer::add_peer(NMSettingWireGuard* wireguard, const DeclaredPeer& declared) {
    const PeerPtr peer(nm_wireguard_peer_new());
    nm_wireguard_peer_set_public_key(peer.get(), declared.public_key.to_base64().c_str(), FALSE);
    if (declared.preshared_key) {
        const KeyText text(*declared.preshared_key);
        nm_wireguard_peer_set_preshared_key(peer.get(), text.c_str(), FALSE);
        // The default keeps a preshared key neither in the profile nor for the kernel.
        nm_wireguard_peer_set_preshared_key_flags(peer.get(), NM_SETTING_SECRET_FLAG_NONE);
    }
    if (declared.endpoint &&
        nm_wireguard_peer_set_endpoint(peer.get(), declared.endpoint->c_str(), FALSE) == FALSE) {
        mistakes_.push_back(
            {.location = declared.location,
             .text = fmt::format("Endpoint={} is none that NetworkManager takes; write host:port",
                                 printable(*declared.endpoint)),
             .key = "Endpoint",
             .peer = declared.public_key});
    }
    nm_wireguard_peer_set_persistent_keepalive(peer.get(),
                                               declared.persistent_keepalive.value_or(0));
    for (const auto& prefix : declared.allowed_ips)
        nm_wireguard_peer_append_allowed_ip(peer.get(), prefix.to_string().c_str(), FALSE);
    nm_setting_wireguard_append_peer(wireguard, peer.get());
}

/// wg-quick's Table=: "off" adds no routes; a number, and only then, is the table of both families.
void Writer::set_table(NMSettingWireGuard* wireguard) {
    const auto& lines = parsed_.unsupported_lines;
    const auto last = std::ranges::find(lines.rbegin(), lines.rend(), "Table", &WgQuickLine::key);
    if (last == lines.rend() || last->value.empty() || last->value.view() == "auto")
        return;
    table_ = declared_.route_table;
    if (!table_)
        g_object_set(wireguard, NM_SETTING_WIREGUARD_PEER_ROUTES, FALSE, nullptr);
}

void Writer::add_family(Family family) {
    const bool is_v4 = family == Family::ipv4;
    auto* const setting =
        add<NMSettingIPConfig>(is_v4 ? nm_setting_ip4_config_new() : nm_setting_ip6_config_new());
    // Of one name in both families: "manual", "disabled".
    g_object_set(setting, NM_SETTING_IP_CONFIG_METHOD,
                 has_family(family) ? NM_SETTING_IP4_CONFIG_METHOD_MANUAL
                                    : NM_SETTING_IP4_CONFIG_METHOD_DISABLED,
                 NM_SETTING_IP_CONFIG_ROUTE_TABLE, static_cast<guint>(table_.value_or(0)), nullptr);
    if (declared_.route_metric) {
        g_object_set(setting, NM_SETTING_IP_CONFIG_ROUTE_METRIC,
                     static_cast<gint64>(*declared_.route_metric), nullptr);
    }
    for (const auto& [address, length] : declared_.addresses) {
        if (address.family() == family) {
            const std::unique_ptr<NMIPAddress, AddressUnref> added(nm_ip_address_new(
                is_v4 ? AF_INET : AF_INET6, address.to_string().c_str(), length, nullptr));
            nm_setting_ip_config_add_address(setting, added.get());
        }
    }
    add_name_servers(setting, family);
}

/// NetworkManager keeps name servers only for a family that it configures. wg-quick sends every
/// query to them; without domains, or with a default route, so does the profile: "~".
void Writer::add_name_servers(NMSettingIPConfig* setting, Family family) {
    const bool kept = has_family(family);
    bool has_server = false;
    for (const auto& [address, location] : dns_.servers) {
        if (address.family() != family)
            continue;
        if (kept) {
            has_server = true;
            nm_setting_ip_config_add_dns(setting, address.to_string().c_str());
        } else {
            written_.not_expressible.push_back(
                {Severity::warning, location,
                 fmt::format("DNS={} is left out: there is no {} Address=, and NetworkManager has "
                             "name servers only for a family with one",
                             address.to_string(), family == Family::ipv4 ? "IPv4" : "IPv6")});
        }
    }
    if (has_server && adapter::means_every_query(!dns_.domains.empty(), has_default_route()))
        nm_setting_ip_config_add_dns_search(setting, adapter::every_query.data());
    for (const auto& domain : kept ? dns_.domains : std::vector<std::string>())
        nm_setting_ip_config_add_dns_search(setting, domain.c_str());
}

bool is_true(std::string_view value) {
    return g_ascii_strcasecmp(std::string(value).c_str(), "true") == 0;
}

/// Why the profile does without the line; empty if it does not.
std::string fate_of(const WgQuickLine& line) {
    if (line.key == "DNS" || line.key == "Table" || line.value.empty())
        return {};
    if (line.key == "SaveConfig") {
        return is_true(line.value.view())
                   ? "SaveConfig= is left out: changes are kept in the profile alone"
                   : std::string();
    }
    return fmt::format(
        "{}= is left out and never run: a profile has no commands; a script in "
        "/etc/NetworkManager/dispatcher.d can do it, see NetworkManager-dispatcher(8)",
        line.key);
}

void Writer::note_lines() {
    for (const auto& line : parsed_.unsupported_lines) {
        if (auto text = fate_of(line); !text.empty()) {
            written_.not_expressible.push_back(
                {Severity::warning, line.location, std::move(text), {}, line.key});
            lost_lines_.push_back(fmt::format("{}: {}=", to_string(line.location), line.key));
        }
    }
}

/// Whoever looks at the profile later can read what it was imported without.
void Writer::keep_left_out() {
    if (lost_lines_.empty())
        return;
    auto text = fmt::format("{}", fmt::join(lost_lines_, "; "));
    if (text.size() > longest_left_out)
        text = fmt::format("{} lines, the first {}", lost_lines_.size(), lost_lines_.front());
    auto* const user = add<NMSettingUser>(nm_setting_user_new());
    nm_setting_user_set_data(user, left_out_key, printable(text).c_str(), nullptr);
}

Result<WrittenProfile> Writer::write() {
    written_.profile.reset(nm_simple_connection_new());
    std::ranges::remove_copy_if(declared_.problems, std::back_inserter(written_.not_expressible),
                                is_error);
    add_connection();
    add_wireguard();
    add_family(Family::ipv4);
    add_family(Family::ipv6);
    note_lines();
    keep_left_out();
    if (const auto wrong = mistakes(); !wrong.empty())
        return fail(Errc::invalid_argument, operation, refusal_of(wrong));
    if (says_nothing()) {
        return fail(Errc::invalid_argument, operation,
                    fmt::format("{}: it says nothing; write [Interface] with a PrivateKey=, and a "
                                "[Peer]",
                                to_string(declared_.location)));
    }
    ErrorSlot error;
    if (nm_connection_normalize(written_.profile.get(), nullptr, nullptr, error.out()) == FALSE) {
        return fail(Errc::invalid_argument, operation,
                    fmt::format("{}: NetworkManager takes no such profile: {}",
                                to_string(declared_.location), error.text()));
    }
    return std::move(written_);
}

} // namespace

Result<WrittenProfile> profile_of(const ParsedWgQuick& parsed, const WriteOptions& options) {
    return Writer(parsed, options).write();
}

} // namespace wgnl::nm
