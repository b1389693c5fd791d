// SPDX-License-Identifier: LGPL-2.1-or-later
// What pure functions do with any number of peers: counted by test_growth.cpp, timed by
// bench_growth.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>

namespace wgnl::test {

/// What is measured: made ready for that many peers, then done as often as one likes.
using Work = std::function<void()>;
struct Case {
    const char* name;
    std::function<Work(std::size_t peers)> prepare;
};
/// For gtest.
inline void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

/// Of what is the same each time.
template <typename Make, typename Do> Case of(const char* name, Make make, Do act) {
    return {name, [make, act](std::size_t peers) -> Work {
                return [made = make(peers), act] { act(made); };
            }};
}

Declaration declaration_of(std::size_t peers);

std::vector<Case> plain_cases();
/// Texts of one kind each: good ones first, then those with clashes, repetitions, mistakes.
std::vector<Case> wg_quick_cases();
std::vector<Case> peer_list_cases();
std::vector<Case> netdev_cases();

} // namespace wgnl::test
