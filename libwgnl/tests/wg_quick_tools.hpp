// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys for configuration texts, and shorthands over the reader.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <wgnl/wg_quick.hpp>

namespace wgnl::tests {

inline constexpr auto key_a = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
inline constexpr auto key_b = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
inline constexpr auto private_text = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
inline constexpr auto own_public = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
inline constexpr auto zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

inline ParsedWgQuick parse(const std::string& text, Dialect dialect = Dialect::wg) {
    auto parsed = parse_wg_quick(text, {.dialect = dialect, .file = "f", .device = "wg0"});
    const auto valid = check(parsed.declaration);
    EXPECT_TRUE(valid.has_value()) << valid.error().to_string();
    return parsed;
}
inline ParsedWgQuick quick(const std::string& text) { return parse(text, Dialect::wg_quick); }

inline std::string peer(const std::string& key, const std::string& rest = {}) {
    return "[Peer]\nPublicKey = " + key + "\n" + rest;
}

/// "f:3: error: …", one a line.
inline std::string problems_of(const ParsedWgQuick& parsed) {
    std::string text;
    for (const auto& problem : parsed.declaration.problems)
        text += to_string(problem) + '\n';
    return text;
}

inline std::vector<std::string> prefixes_of(const DeclaredPeer& peer) {
    std::vector<std::string> texts;
    for (const auto& prefix : peer.allowed_ips)
        texts.push_back(prefix.to_string());
    return texts;
}
using Texts = std::vector<std::string>;

} // namespace wgnl::tests
