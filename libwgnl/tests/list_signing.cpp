// SPDX-License-Identifier: LGPL-2.1-or-later
// The wire format of signatures, written apart from its reader, by PROTOCOL.sshsig.
#include "list_signing.hpp"

#include <vector>

#include <fmt/format.h>
#include <sodium.h>

namespace wgnl::testing {
namespace {

std::string wire(std::string_view text) {
    std::string out;
    const auto size = static_cast<std::uint32_t>(text.size());
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        out.push_back(static_cast<char>(size >> shift & 0xffU));
    return out + std::string(text);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string digest(std::string_view text, std::string_view hash) {
    if (hash == "sha256") {
        std::string out(crypto_hash_sha256_BYTES, '\0');
        crypto_hash_sha256(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text),
                           text.size());
        return out;
    }
    std::string out(crypto_hash_sha512_BYTES, '\0');
    crypto_hash_sha512(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text), text.size());
    return out;
}

std::string in_lines(std::string_view blob) {
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
    constexpr std::size_t width = 70;
    std::string base64(sodium_base64_encoded_len(blob.size(), variant), '\0');
    sodium_bin2base64(base64.data(), base64.size(), bytes_of(blob), blob.size(), variant);
    base64.pop_back();
    std::string out;
    for (std::size_t at = 0; at < base64.size(); at += width)
        out += base64.substr(at, width) + "\n";
    return out;
}

} // namespace

SigningKey::SigningKey(std::uint8_t seed) {
    std::array<std::uint8_t, crypto_sign_SEEDBYTES> bytes{};
    bytes.fill(seed);
    crypto_sign_seed_keypair(public_.data(), secret_.data(), bytes.data());
}

std::string SigningKey::armor(std::string_view text, const SignOptions& options) const {
    const auto message = "SSHSIG" + wire(options.scope) + wire(options.reserved) +
                         wire(options.hash) + wire(digest(text, options.hash));
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         bytes_of(message), message.size(), secret_.data());
    const std::string_view key(reinterpret_cast<const char*>(public_.data()), public_.size());
    const std::string version{'\0', '\0', '\0', static_cast<char>(options.version)};
    const auto blob = "SSHSIG" + version + wire(wire(options.key_type) + wire(key)) +
                      wire(options.scope) + wire(options.reserved) + wire(options.hash) +
                      wire(wire(options.key_type) + wire(signature)) + options.trailer;
    return "-----BEGIN SSH SIGNATURE-----\n" + in_lines(blob) + "-----END SSH SIGNATURE-----\n";
}

std::string list_text(std::string_view name, std::uint64_t serial, std::string_view peers,
                      std::string_view not_after) {
    return fmt::format("[X-PeerList]\nName={}\nSerial={}\nNotAfter={}\n{}", name, serial, not_after,
                       peers);
}

} // namespace wgnl::testing
