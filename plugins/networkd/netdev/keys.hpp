// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys as networkd takes them: inline, from files and sockets, from credentials.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/key.hpp>

#include "networkd/files/adapter_user.hpp"
#include "networkd/files/files.hpp"
#include "networkd/match/host.hpp"

namespace wgnl::networkd {

/// A value, or why there is none, in words that follow "KEY=VALUE ". Never holds a secret.
template <typename T> using OrReason = std::expected<T, std::string>;

/// Encoded bytes that networkd reads of a key file: three times the key.
inline constexpr std::size_t largest_key_text = 3 * key_size;

/// Base64 with whitespace anywhere. Key is PublicKey, PrivateKey or PresharedKey.
template <typename Key> OrReason<Key> decode_key(std::string_view text);

/// The content of a key file, and whether others than its owner and group may touch it.
struct KeyText {
    SecretText text{};
    bool readable_by_all{false};
    /// Why the adapter and networkd cannot read what the caller can; empty if they can, or nobody
    /// asked.
    std::string closed{};
};

/// Why that cannot be the path of a key, or of what `what` says: it must be absolute, without "..",
/// and outside /proc, /sys and /dev. Absent if it can.
std::optional<std::string> path_mistake(std::string_view path, std::string_view what = "key");

/// Whether the value of a key is the path of a file that holds one.
bool is_path_of_key(std::string_view value);

/// Why `value` is no key: `reason`, unless it is the path of one, which `key` takes: then it says
/// what to write.
std::string reason_of_key(std::string_view value, std::string_view key, std::string_view reason);

/// Reads a key file, or what an AF_UNIX stream socket sends within two seconds. The path is checked
/// as above and added to `inputs`. `judge`: the user who must be able to read it as well, or null.
OrReason<KeyText> read_key_text(const Root& root, std::string_view path, Inputs& inputs,
                                const AdapterUser* judge = nullptr);

/// Why there is no text of a credential.
struct CredentialLack {
    std::string reason{};
    bool sealed{false}; ///< it is there, for the service alone: no mistake, and nothing is known
};

/// Reads the credential of that name.
std::expected<SecretText, CredentialLack> read_credential(const Host& host, std::string_view name,
                                                          Inputs& inputs);

} // namespace wgnl::networkd
