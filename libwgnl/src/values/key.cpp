// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys: base64, Curve25519, randomness and wiping, all of them libsodium's.
#include <wgnl/key.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include <bit>
#include <cstdlib>
#include <fmt/format.h>
#include <sodium.h>

#include <wgnl/slips.hpp>

#include "base/text.hpp"
#include "keys.hpp"

namespace wgnl {

namespace {

constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";

template <typename Tag> constexpr const char* operation_of = "read preshared key";
template <> constexpr const char* operation_of<PrivateKeyTag> = "read private key";

void clamp(KeyBytes& bytes) {
    bytes[0] = static_cast<std::uint8_t>(bytes[0] & 0xf8U);
    bytes[31] = static_cast<std::uint8_t>((bytes[31] & 0x7fU) | 0x40U);
}

bool decode(std::string_view base64, KeyBytes& key) {
    std::size_t length = 0;
    return sodium_base642bin(key.data(), key.size(), base64.data(), base64.size(), nullptr, &length,
                             nullptr, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           length == key_size;
}

/// libsodium 1.0.18 takes some bytes above 0x7f for digits; only the way back tells.
bool is_text_of(std::string_view base64, const KeyBytes& key) {
    auto text = key_text(key);
    const bool same = sodium_memcmp(text.data(), base64.data(), key_text_size) == 0;
    wipe(text.data(), text.size());
    return same;
}

/// Where a text is the base64 of something else than a key.
std::string defect_of_length(std::size_t size, bool is_padded) {
    auto text = fmt::format("a key is {} characters of base64, not {}", key_text_size, size);
    if (size == key_text_size - 1 && !is_padded)
        return text + ": the \"=\" at its end is missing";
    return text + (size < key_text_size ? ": it was cut" : ": there is more than a key");
}

/// What a person can look for, who sees the key, in words that do not.
std::string defect_of_key(std::string_view text) {
    constexpr std::size_t hexadecimal_size = 2 * key_size;
    if (auto slip = slip_in(text, Syntax::keyfile); !slip.empty())
        return slip;
    const auto digits = text.substr(0, text.find_last_not_of('=') + 1);
    const auto odd = std::ranges::find_if_not(digits, is_base64);
    if (odd != digits.end() && (*odd == '-' || *odd == '_'))
        return "it is the base64 of URLs; write \"+\" for each \"-\", and \"/\" for each \"_\"";
    if (odd != digits.end()) {
        return fmt::format("its character {} is none of base64 (A-Z a-z 0-9 + /)",
                           odd - digits.begin() + 1);
    }
    if (text.size() == hexadecimal_size && digits.find_first_not_of(hexadecimal) == text.npos)
        return "it is hexadecimal, where base64 belongs: xxd -r -p | base64 makes it that";
    if (text.size() != key_text_size)
        return defect_of_length(text.size(), digits.size() < text.size());
    if (digits.size() == text.size())
        return "a key ends in \"=\", and this one in another character";
    return "not the canonical base64 of 32 bytes (43 of A-Z a-z 0-9 + / and one '=', the unused "
           "bits "
           "zero)";
}

} // namespace

KeyText key_text(std::span<const std::uint8_t, key_size> key) noexcept {
    KeyText text{};
    sodium_bin2base64(text.data(), text.size(), key.data(), key.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return text;
}

std::optional<std::string> read_key_text(std::string_view base64, KeyBytes& key) {
    if (base64.size() == key_text_size && decode(base64, key) && is_text_of(base64, key))
        return std::nullopt;
    wipe(key.data(), key.size());
    return defect_of_key(base64);
}

Result<PublicKey> PublicKey::parse(std::string_view base64) {
    KeyBytes bytes{};
    if (auto defect = read_key_text(base64, bytes))
        return fail(Errc::invalid_argument, "read public key", *std::move(defect));
    return PublicKey(bytes);
}

std::string PublicKey::to_base64() const { return {key_text(bytes_).data(), key_text_size}; }

bool PublicKey::is_zero() const noexcept { return sodium_is_zero(bytes_.data(), key_size) == 1; }

template <typename Tag>
SecretKey<Tag>::SecretKey(std::span<const std::uint8_t, key_size> bytes) noexcept {
    std::memcpy(bytes_.data(), bytes.data(), key_size);
}

template <typename Tag> SecretKey<Tag>::SecretKey(SecretKey&& other) noexcept
    : bytes_(other.bytes_) {
    wipe(other.bytes_.data(), key_size);
}

template <typename Tag> SecretKey<Tag>& SecretKey<Tag>::operator=(SecretKey&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        wipe(other.bytes_.data(), key_size);
    }
    return *this;
}

template <typename Tag> SecretKey<Tag>::~SecretKey() { wipe(bytes_.data(), key_size); }

template <typename Tag> Result<SecretKey<Tag>> SecretKey<Tag>::parse(std::string_view base64) {
    KeyBytes bytes{};
    if (auto defect = read_key_text(base64, bytes))
        return fail(Errc::invalid_argument, operation_of<Tag>, *std::move(defect));
    Result<SecretKey> key(std::in_place, bytes);
    wipe(bytes.data(), key_size);
    return key;
}

template <typename Tag> SecretKey<Tag> SecretKey<Tag>::generate() {
    need_sodium();
    SecretKey key(KeyBytes{});
    randombytes_buf(key.bytes_.data(), key_size);
    if constexpr (std::is_same_v<Tag, PrivateKeyTag>)
        clamp(key.bytes_);
    return key;
}

template <typename Tag> std::string SecretKey<Tag>::reveal_base64() const {
    auto text = key_text(bytes_);
    std::string revealed(text.data(), key_text_size);
    wipe(text.data(), text.size());
    return revealed;
}

template <typename Tag> bool SecretKey<Tag>::is_zero() const noexcept {
    return sodium_is_zero(bytes_.data(), key_size) == 1;
}

/// The bits of its first and last byte that Curve25519 fixes are no part of a private key: the
/// kernel stores it with them, so that one that was written otherwise comes back changed, and is
/// the same.
template <typename Tag> bool SecretKey<Tag>::operator==(const SecretKey& other) const noexcept {
    constexpr bool is_private = std::is_same_v<Tag, PrivateKeyTag>;
    unsigned ends = (bytes_[0] ^ other.bytes_[0]) & (is_private ? 0xf8U : 0xffU);
    ends |= (bytes_[31] ^ other.bytes_[31]) & (is_private ? 0x3fU : 0xffU);
    const int rest = sodium_memcmp(bytes_.data() + 1, other.bytes_.data() + 1, key_size - 2);
    return (ends | static_cast<unsigned>(rest)) == 0;
}

template class SecretKey<PrivateKeyTag>;
template class SecretKey<PresharedKeyTag>;

PublicKey public_key_of(const PrivateKey& key) noexcept {
    need_sodium();
    KeyBytes bytes{};
    crypto_scalarmult_base(bytes.data(), key.reveal().data());
    return PublicKey(bytes);
}

void wipe(void* memory, std::size_t size) noexcept { sodium_memzero(memory, size); }

void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // what an earlier, longer text left behind goes too
    wipe(text.data(), text.size());
    text.clear();
}

void wipe(std::vector<std::uint8_t>& bytes) noexcept {
    bytes.resize(bytes.capacity());
    wipe(bytes.data(), bytes.size());
    bytes.clear();
}

namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

HashKey draw_key() noexcept {
    need_sodium();
    HashKey key{};
    crypto_shorthash_keygen(key.data());
    return key;
}

} // namespace

void need_sodium() noexcept {
    static const int initialized = sodium_init();
    if (initialized < 0)
        std::abort();
}

std::size_t keyed_hash(std::span<const std::uint8_t> bytes) noexcept {
    static const HashKey key = draw_key();
    std::array<unsigned char, crypto_shorthash_BYTES> hash{};
    crypto_shorthash(hash.data(), bytes.data(), bytes.size(), key.data());
    return static_cast<std::size_t>(std::bit_cast<std::uint64_t>(hash));
}

} // namespace wgnl

std::size_t std::hash<wgnl::PublicKey>::operator()(const wgnl::PublicKey& key) const noexcept {
    return wgnl::keyed_hash(key.bytes());
}
