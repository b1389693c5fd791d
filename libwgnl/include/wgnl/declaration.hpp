// SPDX-License-Identifier: LGPL-2.1-or-later
// The declaration: one device's wanted state, independent of where it was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/error.hpp>
#include <wgnl/key.hpp>
#include <wgnl/text.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Who creates and deletes the device, and what is written.
enum class Mode : std::uint8_t {
    observe, ///< nothing is written
    sync,    ///< someone else owns the link; peers, key, port and mark are kept in step
    own,     ///< the device, its addresses, MTU and up state as well
};
std::string_view to_string(Mode mode);                 ///< "observe", "sync", "own"
std::optional<Mode> parse_mode(std::string_view text); ///< absent: none of these

/// How much a problem matters: an error is not applied, a warning is applied in part or with
/// doubts, a note is for information.
enum class Severity : std::uint8_t { error, warning, note };
std::string_view to_string(Severity severity); ///< "error", "warning", "note"

/// Where something was written.
struct Location {
    /// "/etc/systemd/network/wg0.netdev"; of what is no file what people call it: "Office (UUID)".
    std::string file{};
    std::uint32_t line{};   ///< from 1; 0: the file as a whole
    std::uint32_t column{}; ///< of that line, in characters from 1; 0: the line as a whole

    bool empty() const noexcept { return file.empty() && line == 0; }
    auto operator<=>(const Location&) const = default;
};
/// "FILE:LINE", "FILE", "line LINE" without a file, or empty. The column is for programs.
std::string to_string(const Location& location);

/// Something a person should know about what they wrote, or about what the kernel refused. What
/// programs go by are the other members: nobody needs to search the text.
struct Problem {
    Severity severity{Severity::error};
    Location location{}; ///< with a column: where the faulty word of the line begins
    std::string text{};  ///< value and reason; printable, never a secret: see <wgnl/text.hpp>
    std::string hint{};  ///< what to write instead, where `text` does not say it; as printable
    std::string key{};   ///< the setting as its format spells it ("AllowedIPs"), or empty
    std::optional<PublicKey> peer{}; ///< the declared peer that it is about; absent: none, or many

    bool operator==(const Problem&) const = default;
};
/// "location: severity: text", as compilers print it.
std::string to_string(const Problem& problem);

/// Longest `name`, Location::file, and text, hint and key of a Problem, in bytes.
inline constexpr std::size_t max_text_length = 8192;
/// `text` made fit for those: what is_printable() of <wgnl/text.hpp> says no to replaced by U+FFFD,
/// a longer one cut with "…".
std::string printable(std::string_view text);

/// A route that is asked for, in the place of the one that its allowed IP would have.
struct DeclaredRoute {
    AllowedIp destination{};
    std::uint32_t table{};  ///< never 0
    std::uint32_t metric{}; ///< 0: the kernel's default

    bool operator==(const DeclaredRoute&) const = default;
};

/// The wanted state of one peer. Absent fields are not declared: see plan().
struct DeclaredPeer {
    PublicKey public_key{};
    std::string name{};  ///< for people, may be empty
    Location location{}; ///< of its section: wg0.netdev, line 12
    /// Its section has a mistake: the peer is neither added, changed nor removed.
    bool kept_as_is{false};
    std::optional<PresharedKey> preshared_key{};
    /// Someone else sets and rotates the preshared key: the live one stays, whatever was declared
    /// before. Not together with `preshared_key`.
    bool external_preshared_key{false};
    std::optional<std::string> endpoint{}; ///< text as written: "host:port"; the host may be a name
    std::vector<AllowedIp> allowed_ips{};  ///< authoritative, sorted or not; no duplicates
    std::optional<std::uint16_t> persistent_keepalive{}; ///< seconds, 0 = off
    std::optional<std::uint32_t> route_table{};          ///< absent: the device's; 0: no routes
    std::optional<std::uint32_t> route_metric{};         ///< absent: the device's
    /// Where one table and metric do not do: the routes of its allowed IPs, exactly these. Empty:
    /// one for each, by table and metric.
    std::vector<DeclaredRoute> routes{};

    /// The endpoint if it is numeric; absent if there is none or it is a name.
    std::optional<Endpoint> numeric_endpoint() const;
    /// Whether all traffic of a family may go to it, by one of its allowed IPs.
    bool has_default_route() const noexcept;
    bool operator==(const DeclaredPeer&) const = default;
};

/// The MTUs that a declaration may have, in bytes: what IPv4 needs, and what IP packets can be.
/// With less than `smallest_ipv6_mtu` the kernel switches IPv6 off for the device.
inline constexpr std::uint32_t smallest_mtu = 68;
inline constexpr std::uint32_t smallest_ipv6_mtu = 1280;
inline constexpr std::uint32_t largest_mtu = 65535;

/// One device's wanted state. Valid only if check() says so.
struct Declaration {
    std::string device{}; ///< its name, see check_device_name()
    Mode mode{Mode::sync};
    /// The private key could not be read: nothing of the device or its peers is written.
    bool kept_as_is{false};
    bool strict{false};     ///< foreign peers are removed
    bool is_private{false}; ///< details only for root, group wgnl and `viewers`
    /// Names of users of this machine that see the details too: naming any makes it private.
    std::vector<std::string> viewers{};
    /// A section of a peer could not be told to mean one: so that nobody goes by a slip, no peer is
    /// removed, and no prefix is taken from one that the declaration does not name.
    bool keeps_peers{false};
    Location location{}; ///< the file that declares the device
    std::optional<PrivateKey> private_key{};
    std::optional<std::uint16_t> listen_port{}; ///< never 0; absent = whatever the device has
    std::optional<std::uint32_t> fwmark{};      ///< 0 = off
    std::optional<std::uint32_t> mtu{}; ///< bytes, see smallest_mtu; only written in mode own
    std::vector<InterfaceAddress> addresses{}; ///< only written in mode own
    /// Table and metric of the routes of allowed IPs; absent: none are wanted.
    std::optional<std::uint32_t> route_table{};
    std::optional<std::uint32_t> route_metric{};
    std::vector<DeclaredPeer> peers{};
    std::vector<Problem> problems{}; ///< of whoever wrote it down; applied or not

    bool operator==(const Declaration&) const = default;
};

/// What it says, wherever that stands: without any location, and without problems.
Declaration without_places(Declaration declaration);

/// What of it may be shown to anybody: without the private key and without preshared keys.
Declaration without_secrets(Declaration declaration);

/// Largest numbers accepted of a document, whatever an adapter says.
struct DeclarationLimits {
    std::size_t peers{1U << 20}; ///< the kernel's MAX_PEERS_PER_DEVICE
    std::size_t bytes{std::size_t{1} << 30};
    std::size_t problems{1000};
};

/// invalid_argument (naming both lines) if a public key or a prefix stands on two peers, a name is
/// not usable, a number is out of range, or a limit is exceeded.
Result<void> check(const Declaration& declaration, const DeclarationLimits& limits = {});

/// The JSON document of docs/declaration.schema.json with the keys as base64 text, as people
/// write it. Unknown members, wrong types and wrong versions are invalid_argument.
Result<Declaration> parse_declaration(std::string_view json, const DeclarationLimits& limits = {});
/// The same document, secrets included: for files of mode 0600 only. wipe() it after use.
std::string to_json(const Declaration& declaration);

/// Between processes: a header, the JSON with every key as an index, then the table of raw 32-byte
/// keys, so that no JSON parser's string ever holds a secret.
///   bytes 0-7 "wgnldoc1" · 8-11 length of the JSON, little endian · 12-15 number of keys · JSON ·
///   keys, 32 bytes each, to the end of the document exactly
inline constexpr std::string_view document_magic = "wgnldoc1";
/// wipe() the document after use: it holds the secrets.
std::vector<std::uint8_t> encode_document(const Declaration& declaration);
/// Reads and check()s a document; every defect is invalid_argument with what is wrong.
Result<Declaration> decode_document(std::span<const std::uint8_t> document,
                                    const DeclarationLimits& limits = {});

/// Passes all texts of problems through without_keys(), and has them name no peer that is not known
/// to be public.
void hide_keys(std::vector<Problem>& problems, const IsPublic& is_public = {});
/// Has the names, places and problems of a declaration show no key but the public ones of its
/// peers. Whoever made it, or was given it, does so before any of them is shown.
void hide_keys(Declaration& declaration);

/// Knows the public keys of the declaration's peers, for as long as that lives.
IsPublic is_peer_of(const Declaration& declaration);

} // namespace wgnl
