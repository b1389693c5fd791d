// SPDX-License-Identifier: LGPL-2.1-or-later
// With four times the peers, every pure function does at most some five times the work. Counted in
// basic blocks, of which the compiler calls us in each: no clock, no noise. What is in a library
// (comparisons of bytes, the allocator) is not counted, what it is called from is.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cases.hpp"

namespace {
std::uint64_t blocks = 0;
} // namespace

extern "C" [[gnu::no_sanitize_coverage]] void __sanitizer_cov_trace_pc();
void __sanitizer_cov_trace_pc() { ++blocks; }

namespace wgnl::test {
namespace {

constexpr std::size_t few = 1000;
constexpr std::size_t many = 4 * few;
/// Four, and what a sorted order adds. A loop in a loop has sixteen.
constexpr double most = 5.5;

double blocks_of(const Case& one, std::size_t peers) {
    const auto work = one.prepare(peers);
    const auto before = blocks;
    work();
    return static_cast<double>(blocks - before);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
    std::string name;
    for (const char c : std::string_view(info.param.name))
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            name += c;
    return name;
}

class Growth : public ::testing::TestWithParam<Case> {};

TEST_P(Growth, IsLinear) {
    const auto small = blocks_of(GetParam(), few);
    const auto large = blocks_of(GetParam(), many);

    EXPECT_GT(small, few) << "nothing was counted";
    EXPECT_LT(large, small * most) << small << " blocks for " << few;
}

INSTANTIATE_TEST_SUITE_P(Pure, Growth, ::testing::ValuesIn(plain_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(WgQuick, Growth, ::testing::ValuesIn(wg_quick_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(PeerList, Growth, ::testing::ValuesIn(peer_list_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Netdev, Growth, ::testing::ValuesIn(netdev_cases()), name_of);

TEST(GrowthItself, SeesALoopInALoop) {
    const auto quadratic = of("quadratic", declaration_of, [](const Declaration& d) {
        for (const auto& peer : d.peers)
            EXPECT_NE(std::ranges::find(d.peers, peer.public_key, &DeclaredPeer::public_key),
                      d.peers.end());
    });

    EXPECT_GT(blocks_of(quadratic, many), blocks_of(quadratic, few) * most);
}

} // namespace
} // namespace wgnl::test
