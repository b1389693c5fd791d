// SPDX-License-Identifier: LGPL-2.1-or-later
// WireGuard's three kinds of keys as three types, so that they cannot be confused.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/error.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Every WireGuard key is a Curve25519 point or a symmetric key of this many bytes.
inline constexpr std::size_t key_size = 32;
using KeyBytes = std::array<std::uint8_t, key_size>;

/// A peer's identity. Plain value: ordered, printable.
class PublicKey {
public:
    PublicKey() = default; ///< all zero: names no peer
    explicit PublicKey(const KeyBytes& bytes) noexcept : bytes_(bytes) {}

    /// Canonical base64 of 32 bytes (44 characters, as `wg` prints it); anything else is
    /// invalid_argument and the text says why.
    static Result<PublicKey> parse(std::string_view base64);

    std::string to_base64() const; ///< 44 characters, what parse() reads
    const KeyBytes& bytes() const noexcept { return bytes_; }
    bool is_zero() const noexcept;

    auto operator<=>(const PublicKey&) const = default;

private:
    KeyBytes bytes_{};
};

/// A key nobody may see. Wiped on destruction and when moved from, compared in constant time,
/// without any stream or format operator; only reveal() opens it.
template <typename Tag> class SecretKey {
public:
    /// The caller wipes the bytes that it gave.
    explicit SecretKey(std::span<const std::uint8_t, key_size> bytes) noexcept;
    SecretKey(const SecretKey&) noexcept = default;
    SecretKey(SecretKey&& other) noexcept;
    SecretKey& operator=(const SecretKey&) noexcept = default;
    SecretKey& operator=(SecretKey&& other) noexcept;
    ~SecretKey();

    /// As PublicKey::parse; the error never repeats the text, which the caller wipes.
    static Result<SecretKey> parse(std::string_view base64);
    /// 32 bytes from the kernel's random generator; a private key comes clamped.
    static SecretKey generate();

    /// The only way in: search for it when you look for leaks.
    std::span<const std::uint8_t, key_size> reveal() const noexcept { return bytes_; }
    /// Base64 text of the secret, for `wgnl genkey`; the caller wipes it.
    std::string reveal_base64() const;
    bool is_zero() const noexcept; ///< as WireGuard writes "none"

    bool operator==(const SecretKey& other) const noexcept; ///< constant time; clamped or not

private:
    KeyBytes bytes_;
};

struct PrivateKeyTag;
struct PresharedKeyTag;
using PrivateKey = SecretKey<PrivateKeyTag>;
using PresharedKey = SecretKey<PresharedKeyTag>;

extern template class SecretKey<PrivateKeyTag>;
extern template class SecretKey<PresharedKeyTag>;

/// Curve25519: the public key that belongs to a private key, clamped or not.
PublicKey public_key_of(const PrivateKey& key) noexcept;

/// Overwrites `size` bytes in a way the compiler cannot drop.
void wipe(void* memory, std::size_t size) noexcept;
/// Overwrites all that a string or a vector has room for, and empties it. One that grew while it
/// held a secret left copies behind, which nothing can wipe any more: reserve() first.
void wipe(std::string& text) noexcept;
void wipe(std::vector<std::uint8_t>& bytes) noexcept;

} // namespace wgnl

template <> struct [[gnu::visibility("default")]] std::hash<wgnl::PublicKey> {
    std::size_t operator()(const wgnl::PublicKey& key) const noexcept; ///< keyed per process
};
