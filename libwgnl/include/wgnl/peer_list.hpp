// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists of peers that somebody signs and anybody carries: the same text for every node, behind it
// the signature that `ssh-keygen -Y sign -n wgnl-peers` makes of it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// What a signature must be made for: one for files, or for commits, is none of a list.
inline constexpr std::string_view peer_list_namespace = "wgnl-peers";

/// A key that signs lists: Ed25519, in OpenSSH's form.
class ListSigner {
public:
    static constexpr std::size_t key_bytes = 32;
    using Key = std::array<std::uint8_t, key_bytes>;

    explicit ListSigner(const Key& key) noexcept : key_(key) {}
    /// A line of a .pub file: "ssh-ed25519 AAAA… comment". Any other kind of key, and anything that
    /// is no key, is invalid_argument.
    static Result<ListSigner> parse(std::string_view line);

    const Key& key() const noexcept { return key_; }
    std::string to_string() const;   ///< "ssh-ed25519 AAAA…", what parse() reads
    std::string fingerprint() const; ///< "SHA256:…", as `ssh-keygen -l` prints it
    /// The beginning of that, for messages: long enough to be told apart, and no run that
    /// without_keys() would hide.
    std::string short_fingerprint() const;

    bool operator==(const ListSigner&) const = default;

private:
    Key key_;
};

/// Largest numbers accepted of a list, whoever signed it.
struct PeerListLimits {
    std::size_t bytes{std::size_t{16} << 20}; ///< with its signature
    std::size_t peers{65536};
    std::size_t prefixes{1024}; ///< of one peer
    std::size_t problems{100};
};

/// A section [WireGuardPeer] of a list.
struct ListedPeer {
    /// With public_key, name, location (name and line of the list), allowed_ips, endpoint and
    /// persistent_keepalive alone.
    DeclaredPeer peer{};
    std::uint32_t prefixes_line{}; ///< of AllowedIPs=; 0: there is none

    bool operator==(const ListedPeer&) const = default;
};

/// What a list says.
struct PeerList {
    std::string name{};     ///< small letters, digits, '-', '_' and '.', at most 64 bytes
    std::uint64_t serial{}; ///< never 0; a newer list has a larger one
    std::chrono::sys_seconds not_after{};
    std::vector<ListedPeer> peers{}; ///< in their order; keys and prefixes may stand twice

    bool operator==(const PeerList&) const = default;
};

/// "2027-01-31T12:00:00Z", as NotAfter= has it.
std::string to_utc(std::chrono::sys_seconds time);
/// The only form that is taken; absent for any other, and for days that there are not.
std::optional<std::chrono::sys_seconds> parse_utc(std::string_view text);

/// Whether it may be the name of a list.
bool is_list_name(std::string_view name) noexcept;

/// What was read of the text of a list, without its signature.
struct ParsedPeerList {
    PeerList list{};
    /// Every mistake, as many as the limits have: with any of them nothing of a list counts.
    std::vector<Problem> problems{};

    bool accepted() const noexcept { return problems.empty(); }
};

/// Reads the text of a list. `file` is what problems call it. Nothing but [X-PeerList] with Name=,
/// Serial= and NotAfter=, once and first, and [WireGuardPeer] with PublicKey=, AllowedIPs=,
/// Endpoint=, PersistentKeepalive= and X-Name=, each once at most, is taken. Never looks at the
/// time.
ParsedPeerList parse_peer_list(std::string_view text, const std::string& file,
                               const PeerListLimits& limits = {});

/// A value of a store: the text of a list and its signature, which begins with
/// "-----BEGIN SSH SIGNATURE-----" and ends what there is, but for ends of lines. Views of the
/// value.
struct SignedText {
    std::string_view text{};
    std::string_view signature{};
};
/// Cuts it in two; invalid_argument (with what happened to it on its way, as far as that can be
/// told) if that is no list with its signature. Verifies nothing.
Result<SignedText> split_signed(std::string_view value, const PeerListLimits& limits = {});

/// Who signed the text (SSHSIG of Ed25519, with SHA-512 or SHA-256, for `peer_list_namespace`).
/// invalid_argument if that is no such signature, or one of another text. Whether that is somebody
/// to believe is the caller's question.
Result<ListSigner> signer_of(const SignedText& value);

/// A list that one of the signers signed.
struct SignedPeerList {
    PeerList list{};
    ListSigner signer;
};
/// All of it: cut, verified, and read after that, with the first mistake as the error. Text that
/// nobody known has signed is never parsed.
Result<SignedPeerList> read_signed_list(std::string_view value, std::span<const ListSigner> signers,
                                        const std::string& file, const PeerListLimits& limits = {});

} // namespace wgnl
