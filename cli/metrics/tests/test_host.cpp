// SPDX-License-Identifier: LGPL-2.1-or-later
// Whom a request may be addressed to.
#include "request.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace wgnl::cli {
namespace {

const std::vector<std::string> ours{"server.example"};

TEST(Host, OfOursIsAnAddressOrANameOfTheLoopbackOrWhatIsConfigured) {
    for (const char* host :
         {"localhost", "localhost:9586", "LocalHost.:9586", "127.0.0.1", "127.0.0.1:9586", "[::1]",
          "[::1]:9586", "192.0.2.1:80", "[2001:db8::1]:9586", "ip6-localhost", "server.example",
          "SERVER.example.:9586", "localhost:"})
        EXPECT_TRUE(is_our_host(host, ours)) << host;
}

TEST(Host, OfOthersIsEverythingElse) {
    for (const char* host : {"",
                             "evil.example",
                             "evil.example:9586",
                             "localhost.evil.example",
                             "127.0.0.1.evil.example",
                             "evil-localhost",
                             "localhost:9586@evil.example",
                             "localhost:x",
                             "[::1",
                             "[::1]x",
                             "[evil.example]",
                             "[127.0.0.1]",
                             "::1",
                             "2130706433",
                             "0x7f.1",
                             "127.1",
                             "localhost/",
                             " localhost",
                             "localhost,evil.example",
                             "localhost..",
                             "[]",
                             ".",
                             ":",
                             ":9586",
                             "other.server.example",
                             "server.example.evil"})
        EXPECT_FALSE(is_our_host(host, ours)) << host;
}

} // namespace
} // namespace wgnl::cli
