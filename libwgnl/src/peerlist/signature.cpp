// SPDX-License-Identifier: LGPL-2.1-or-later
// OpenSSH's signatures of files (PROTOCOL.sshsig) and its public keys, of Ed25519 alone.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

#include <wgnl/peer_list.hpp>

#include "base/text.hpp"
#include "values/keys.hpp"

namespace wgnl {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view key_type = "ssh-ed25519";
constexpr std::string_view magic = "SSHSIG";
constexpr std::uint32_t version = 1;
constexpr std::string_view begin_line = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view end_line = "-----END SSH SIGNATURE-----";
/// Far more than the signature of an Ed25519 key has.
constexpr std::size_t longest_signature = 4096;

static_assert(ListSigner::key_bytes == crypto_sign_PUBLICKEYBYTES);

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Canonical base64. libsodium 1.0.18 takes some bytes above 0x7f for digits.
std::optional<Bytes> decode_base64(std::string_view text) {
    const auto digits = text.substr(0, text.find_last_not_of('=') + 1);
    if (digits.empty() || !std::ranges::all_of(digits, is_base64))
        return std::nullopt;
    Bytes bytes(text.size());
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size,
                          &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.data() + text.size())
        return std::nullopt;
    bytes.resize(size);
    return bytes;
}

std::string encode_base64(std::span<const std::uint8_t> bytes, int variant) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back(); // its NUL
    return text;
}

/// SSH's wire format, from the front. What is not there reads as absent.
class WireReader {
public:
    explicit WireReader(std::span<const std::uint8_t> rest) : rest_(rest) {}

    bool at_end() const { return rest_.empty(); }
    std::optional<std::span<const std::uint8_t>> bytes(std::size_t size) {
        if (size > rest_.size())
            return std::nullopt;
        return std::exchange(rest_, rest_.subspan(size)).first(size);
    }
    std::optional<std::uint32_t> number() {
        const auto four = bytes(sizeof(std::uint32_t));
        if (!four)
            return std::nullopt;
        std::uint32_t value = 0;
        for (const auto byte : *four)
            value = value << 8U | byte;
        return value;
    }
    std::optional<std::span<const std::uint8_t>> string() {
        const auto size = number();
        return size ? bytes(*size) : std::nullopt;
    }
    /// A string that must be that one.
    bool takes(std::string_view text) {
        const auto found = string();
        return found && as_text(*found) == text;
    }

private:
    std::span<const std::uint8_t> rest_;
};

void append(Bytes& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); }

void append_string(Bytes& to, std::string_view text) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<std::uint8_t>(text.size() >> static_cast<unsigned>(shift)));
    append(to, text);
}

/// What a public key and a signature are alike in: their kind, and bytes of one size.
template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> typed_bytes(std::span<const std::uint8_t> blob) {
    WireReader reader(blob);
    if (!reader.takes(key_type))
        return std::nullopt;
    const auto bytes = reader.string();
    if (!bytes || bytes->size() != Size || !reader.at_end())
        return std::nullopt;
    std::array<std::uint8_t, Size> result{};
    std::ranges::copy(*bytes, result.begin());
    return result;
}

Bytes blob_of(const ListSigner& signer) {
    Bytes blob;
    append_string(blob, key_type);
    append_string(blob, as_text(signer.key()));
    return blob;
}

std::unexpected<Error> no_signature(std::string why) {
    return fail(Errc::invalid_argument, "verify the list's signature", std::move(why));
}

/// The base64 between the two lines; absent: the armor is not as ssh-keygen writes it.
std::optional<Bytes> without_armor(std::string_view armor) {
    armor = armor.substr(0, armor.find_last_not_of('\n') + 1);
    if (!armor.starts_with(begin_line) || !armor.ends_with(end_line) ||
        armor.size() < begin_line.size() + end_line.size() + 2)
        return std::nullopt;
    armor.remove_prefix(begin_line.size());
    armor.remove_suffix(end_line.size());
    if (!armor.starts_with('\n') || !armor.ends_with('\n'))
        return std::nullopt;
    std::string base64;
    for (const auto line : split(armor, "\n"))
        base64 += line;
    return decode_base64(base64);
}

struct Signature {
    ListSigner signer;
    std::string_view hash;
    std::array<std::uint8_t, crypto_sign_BYTES> bytes;
};

/// The hashes of OpenSSH that may be named.
constexpr std::array<std::string_view, 2> hashes{"sha512", "sha256"};

Result<Signature> read_signature(std::span<const std::uint8_t> blob) {
    WireReader reader(blob);
    const auto preamble = reader.bytes(magic.size());
    if (!preamble || as_text(*preamble) != magic || reader.number() != version)
        return no_signature("this is no signature of ssh-keygen -Y sign, or one of a later form");
    const auto key_blob = reader.string();
    const auto key = key_blob ? typed_bytes<ListSigner::key_bytes>(*key_blob) : std::nullopt;
    if (!key)
        return no_signature(
            "the key that signed is no ssh-ed25519 key, the only kind that is taken: "
            "sign with one that \"ssh-keygen -t ed25519\" makes");
    if (const auto scope = reader.string(); !scope || as_text(*scope) != peer_list_namespace)
        return no_signature(fmt::format("the signature is made for {}, and not for {}: sign with "
                                        "\"wgnl peers sign\", or ssh-keygen -Y sign -n {}",
                                        excerpt(scope ? as_text(*scope) : "nothing"),
                                        peer_list_namespace, peer_list_namespace));
    if (!reader.takes("")) // reserved, and part of what is signed
        return no_signature("the signature has extensions, which nobody has defined");
    const auto hash = reader.string();
    const auto known = hash ? std::ranges::find(hashes, as_text(*hash)) : hashes.end();
    if (known == hashes.end())
        return no_signature("the signature is of another hash than sha512 and sha256");
    const auto signature_blob = reader.string();
    const auto bytes =
        signature_blob ? typed_bytes<crypto_sign_BYTES>(*signature_blob) : std::nullopt;
    if (!bytes || !reader.at_end())
        return no_signature("the signature is cut, or more stands in it than belongs there");
    return Signature{ListSigner(*key), *known, *bytes};
}

Bytes hash_of(std::string_view text, std::string_view hash) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (hash == hashes.front()) {
        Bytes digest(crypto_hash_sha512_BYTES);
        crypto_hash_sha512(digest.data(), bytes, text.size());
        return digest;
    }
    Bytes digest(crypto_hash_sha256_BYTES);
    crypto_hash_sha256(digest.data(), bytes, text.size());
    return digest;
}

/// What is signed in place of the text.
Bytes signed_bytes(std::string_view text, std::string_view hash) {
    Bytes bytes;
    append(bytes, magic);
    append_string(bytes, peer_list_namespace);
    append_string(bytes, "");
    append_string(bytes, hash);
    append_string(bytes, as_text(hash_of(text, hash)));
    return bytes;
}

std::size_t find_armor(std::string_view value) {
    for (std::size_t at = 0; (at = value.find(begin_line, at)) != value.npos; ++at)
        if (at == 0 || value[at - 1] == '\n')
            return at;
    return value.npos;
}

std::unexpected<Error> no_list(std::string why) {
    return fail(Errc::invalid_argument, "read the list", std::move(why));
}

} // namespace

Result<ListSigner> ListSigner::parse(std::string_view line) {
    const auto refused = [](std::string_view why) {
        return fail(Errc::invalid_argument, "read the key of a signer", std::string(why));
    };
    const auto words = split(line, " \t");
    if (words.size() < 2)
        return refused("two words are wanted, \"ssh-ed25519 AAAA…\", as a .pub file has them");
    if (words[0] != key_type)
        return refused("the only kind of key that is taken is ssh-ed25519: \"ssh-keygen -t "
                       "ed25519\" makes one");
    const auto blob = decode_base64(words[1]);
    const auto key = blob ? typed_bytes<key_bytes>(*blob) : std::nullopt;
    if (!key)
        return refused("the second word is no key of that kind: copy the line of the .pub file");
    return ListSigner(*key);
}

std::string ListSigner::to_string() const {
    return fmt::format("{} {}", key_type,
                       encode_base64(blob_of(*this), sodium_base64_VARIANT_ORIGINAL));
}

std::string ListSigner::fingerprint() const {
    return "SHA256:" + encode_base64(hash_of(as_text(blob_of(*this)), "sha256"),
                                     sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

std::string ListSigner::short_fingerprint() const {
    constexpr std::size_t shown = 20;
    return fingerprint().substr(0, shown) + "…";
}

Result<SignedText> split_signed(std::string_view value, const PeerListLimits& limits) {
    if (value.size() > limits.bytes)
        return no_list(fmt::format("it is larger than {} bytes, which no list is", limits.bytes));
    if (value.contains('\r'))
        return no_list("it has carriage returns: something on its way has changed the ends of its "
                       "lines, and with them what was signed; carry it as bytes");
    const auto at = find_armor(value);
    if (at == value.npos)
        return no_list(fmt::format("there is no line \"{}\": it was cut, or it was never signed; "
                                   "sign it with \"wgnl peers sign\"",
                                   begin_line));
    const auto armor = value.substr(at);
    const auto end = armor.find(end_line);
    if (end == armor.npos)
        return no_list("its signature has no end: it was cut");
    // Stores take the end of the last line away, or add one.
    if (armor.find_first_not_of('\n', end + end_line.size()) != armor.npos)
        return no_list("more follows its signature: it is a list and something else in one");
    return SignedText{value.substr(0, at), armor};
}

Result<ListSigner> signer_of(const SignedText& value) {
    need_sodium();
    if (value.signature.size() > longest_signature)
        return no_signature("the signature is longer than any of an Ed25519 key");
    const auto blob = without_armor(value.signature);
    if (!blob)
        return no_signature("what stands between its first and last line is no base64 as "
                            "ssh-keygen writes it: it was cut or changed");
    const auto signature = read_signature(*blob);
    if (!signature)
        return std::unexpected(signature.error());
    const auto message = signed_bytes(value.text, signature->hash);
    if (crypto_sign_verify_detached(signature->bytes.data(), message.data(), message.size(),
                                    signature->signer.key().data()) != 0)
        return no_signature(
            "the signature is not of this text: list and signature were changed, or "
            "are of two lists");
    return signature->signer;
}

Result<SignedPeerList> read_signed_list(std::string_view value, std::span<const ListSigner> signers,
                                        const std::string& file, const PeerListLimits& limits) {
    const auto parts = split_signed(value, limits);
    if (!parts)
        return std::unexpected(parts.error());
    const auto signer = signer_of(*parts);
    if (!signer)
        return std::unexpected(signer.error());
    if (std::ranges::find(signers, *signer) == signers.end())
        return no_signature(fmt::format("it is signed by {}, which is none of the keys that may "
                                        "sign it",
                                        signer->short_fingerprint()));
    auto parsed = parse_peer_list(parts->text, file, limits);
    if (!parsed.accepted())
        return fail(Errc::invalid_argument, "read the list",
                    fmt::format("line {}: {}", parsed.problems.front().location.line,
                                parsed.problems.front().text));
    return SignedPeerList{std::move(parsed.list), *signer};
}

} // namespace wgnl
