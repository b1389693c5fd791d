// SPDX-License-Identifier: LGPL-2.1-or-later
// Signs lists of peers as ssh-keygen -Y sign does, and in ways in which nobody should.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <wgnl/peer_list.hpp>

namespace wgnl::testing {

/// What of a signature may be other than usual.
struct SignOptions {
    std::string scope{peer_list_namespace};
    std::string hash{"sha512"};
    std::string reserved{};
    std::string key_type{"ssh-ed25519"};
    std::uint32_t version{1};
    std::string trailer{}; ///< behind all of it
};

/// An Ed25519 key pair of a seed whose bytes are all that number.
class SigningKey {
public:
    explicit SigningKey(std::uint8_t seed);

    ListSigner signer() const { return ListSigner(public_); }
    /// The armored signature of a text.
    std::string armor(std::string_view text, const SignOptions& options = {}) const;
    /// The text and its signature.
    std::string sign(std::string_view text, const SignOptions& options = {}) const {
        return std::string(text) + armor(text, options);
    }

private:
    ListSigner::Key public_{};
    std::array<std::uint8_t, 64> secret_{};
};

/// A head, and `peers` behind it.
std::string list_text(std::string_view name, std::uint64_t serial, std::string_view peers = {},
                      std::string_view not_after = "2100-01-01T00:00:00Z");

} // namespace wgnl::testing
