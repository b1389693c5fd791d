// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes signed lists of peers: the value of a store, the signature inside its armor, the text.
#include <sodium.h>

#include <wgnl/peer_list.hpp>

#include "fuzz.hpp"

namespace wgnl::fuzz {
namespace {

constexpr PeerListLimits small{.bytes = 4096, .peers = 2, .prefixes = 3, .problems = 4};

void require_text(std::string_view text, const PeerListLimits& limits) {
    const auto parsed = parse_peer_list(text, "office", limits);
    require(parsed.problems.size() <= limits.problems, "there are not more problems than may be");
    for (const auto& problem : parsed.problems)
        require(is_printable(to_string(problem)), "a problem has no control characters");
    if (!parsed.accepted())
        return;
    const auto& list = parsed.list;
    require(is_list_name(list.name), "a list has a name");
    require(list.serial > 0, "a list has a serial");
    require(parse_utc(to_utc(list.not_after)) == list.not_after, "a time is read as it is written");
    require(list.peers.size() <= limits.peers, "there are not more peers than may be");
    for (const auto& [peer, line] : list.peers) {
        require(!peer.public_key.is_zero(), "a peer has a key");
        require(!peer.preshared_key && !peer.route_table && !peer.kept_as_is,
                "a list has nothing of one machine");
        require(peer.allowed_ips.size() <= limits.prefixes,
                "there are not more prefixes than may be");
        require(is_printable(peer.name), "a name can be shown");
        require(!peer.endpoint || is_printable(*peer.endpoint), "an endpoint can be shown");
    }
}

void require_value(std::string_view value) {
    const auto parts = split_signed(value, small);
    if (!parts)
        return require_shown(parts.error());
    require(parts->text.size() + parts->signature.size() == value.size(), "nothing is left over");
    if (const auto signer = signer_of(*parts)) {
        require(ListSigner::parse(signer->to_string()).value() == *signer,
                "a key is read as written");
        const std::vector<ListSigner> nobody;
        require(!read_signed_list(value, nobody, "office"), "nobody is believed unasked");
    } else {
        require_shown(signer.error());
    }
}

/// The bytes as what stands inside the armor.
std::string armored(std::string_view blob) {
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
    std::string base64(sodium_base64_encoded_len(blob.size(), variant), '\0');
    sodium_bin2base64(base64.data(), base64.size(),
                      reinterpret_cast<const unsigned char*>(blob.data()), blob.size(), variant);
    base64.pop_back();
    return "-----BEGIN SSH SIGNATURE-----\n" + base64 + "\n-----END SSH SIGNATURE-----\n";
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto bytes = fuzz::Input(data, size).rest();
    const auto text = fuzz::text_of(bytes);
    fuzz::require_value(text);
    fuzz::require_value(fuzz::armored(text));
    fuzz::require_text(text, {});
    fuzz::require_text(text, fuzz::small);
    if (const auto signer = ListSigner::parse(text))
        fuzz::require(ListSigner::parse(signer->to_string()).value() == *signer,
                      "a key is read as written");
    return 0;
}
