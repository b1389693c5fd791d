// SPDX-License-Identifier: LGPL-2.1-or-later
// How long pure functions take for one of so many peers, and what they ask the allocator for.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include <benchmark/benchmark.h>

#include "cases.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};
std::atomic<std::uint64_t> allocated_bytes{0};

} // namespace

// Whatever is not replaced here (arrays, sized deletes) calls these.
void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    allocated_bytes.fetch_add(size, std::memory_order_relaxed);
    if (void* const memory = std::malloc(size > 0 ? size : 1))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace wgnl::test {
namespace {

/// The largest is the kernel's MAX_PEERS_PER_DEVICE.
constexpr std::int64_t sizes[] = {1, 1'000, 10'000, 100'000, 1'048'576};

void run(benchmark::State& state, const Case& one) {
    const auto peers = static_cast<std::size_t>(state.range(0));
    const auto work = one.prepare(peers);
    const auto allocations_before = allocations.load();
    const auto bytes_before = allocated_bytes.load();
    for ([[maybe_unused]] auto _ : state)
        work();
    const auto done = static_cast<double>(state.iterations()) * static_cast<double>(peers);
    const auto per_peer = [done](std::uint64_t now, std::uint64_t before) {
        return static_cast<double>(now - before) / done;
    };
    state.counters["allocations/peer"] = per_peer(allocations.load(), allocations_before);
    state.counters["bytes/peer"] = per_peer(allocated_bytes.load(), bytes_before);
    state.counters["s/peer"] =
        benchmark::Counter(done, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void add(const std::string& group, const Case& one) {
    auto* const added = benchmark::RegisterBenchmark(
        (group + one.name).c_str(), [one](benchmark::State& state) { run(state, one); });
    for (const auto size : sizes)
        added->Arg(size);
    added->Unit(benchmark::kMillisecond);
}

} // namespace
} // namespace wgnl::test

int main(int argc, char** argv) {
    using namespace wgnl::test;
    for (const auto& one : plain_cases())
        add("", one);
    add("read .conf: ", wg_quick_cases().front());
    add("read list of peers: ", peer_list_cases().front());
    add("read .netdev: ", netdev_cases().front());
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
