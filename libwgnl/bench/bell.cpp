// SPDX-License-Identifier: LGPL-2.1-or-later
// bench-bell FROM HERE BEYOND ROUNDS: what the handshake socket costs each packet that the
// namespace HERE receives. No bell, raw sockets and packet sockets alternate; bell.py makes the
// namespaces.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <wgnl/handshake_socket.hpp>

#include "load.hpp"

namespace wgnl::bench {
namespace {

using Kind = HandshakeSocket::Kind;

constexpr std::uint64_t packets_of_a_sample = 1'024;
constexpr std::uint64_t packets_before = 256;
constexpr int samples = 4;

/// Nanoseconds of that clock for `work`.
double time_of(clockid_t clock, const std::function<void()>& work) {
    const auto now = [clock] {
        timespec time{};
        clock_gettime(clock, &time);
        return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
    };
    const double start = now();
    work();
    return now() - start;
}

/// The processor time of this thread, which others that run meanwhile do not lengthen; the time
/// that passes where the kernel counts the receiving of packets for nobody.
clockid_t fair_clock(Load& load) {
    const auto best = [&](clockid_t clock) {
        double least = std::numeric_limits<double>::max();
        for (int i = 0; i < 500; ++i)
            least = std::min(least, time_of(clock, [&] { load.carry(1); }));
        return least;
    };
    const bool counted = best(CLOCK_THREAD_CPUTIME_ID) > 0.8 * best(CLOCK_MONOTONIC);
    return counted ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

struct Spread {
    double low, median, high; ///< quartiles
};

Spread spread_of(std::vector<double> values) {
    std::ranges::sort(values);
    const auto at = [&](double share) {
        return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    return {at(0.25), at(0.5), at(0.75)};
}

/// Nanoseconds a packet: the best of a few samples, since what disturbs one only makes it longer.
double cost(Load& load, clockid_t clock) {
    load.carry(packets_before);
    double best = std::numeric_limits<double>::max();
    for (int i = 0; i < samples; ++i) {
        std::uint64_t carried = 0;
        const auto time = time_of(clock, [&] { carried = load.carry(packets_of_a_sample); });
        best = std::min(best, time / static_cast<double>(carried));
    }
    return best;
}

HandshakeSocket hang(const std::string& where, Kind kind) {
    auto bell = HandshakeSocket::open(kind, {.network_namespace = Namespace::open(where).value()});
    if (!bell)
        throw std::runtime_error(bell.error().to_string());
    return *std::move(bell);
}

/// The three ways, in another order each round: what drifts hits all of them.
struct Comparison {
    std::vector<double> none{}, raw{}, packet{};

    void run(Load& load, const std::string& where, int rounds) {
        const auto clock = fair_clock(load);
        using Way = std::pair<std::optional<Kind>, std::vector<double>*>;
        std::array<Way, 3> ways{
            {{std::nullopt, &none}, {Kind::raw, &raw}, {Kind::packet, &packet}}};
        for (int round = 0; round < rounds; ++round) {
            for (const auto& [kind, costs] : ways) {
                std::optional<HandshakeSocket> bell;
                if (kind)
                    bell.emplace(hang(where, *kind));
                costs->push_back(cost(load, clock));
            }
            std::ranges::rotate(ways, ways.begin() + 1);
        }
    }
    /// What it costs more than none, round by round.
    Spread more(const std::vector<double>& with) const {
        std::vector<double> differences(none.size());
        std::ranges::transform(with, none, differences.begin(), std::minus{});
        return spread_of(std::move(differences));
    }
};

std::string words(const Spread& more, double none) {
    return fmt::format("{:+.0f} ({:+.0f} to {:+.0f}), {:.2f} x", more.median, more.low, more.high,
                       1 + more.median / none);
}

void compare(const std::string& name, Load& load, const std::string& where, int rounds) {
    Comparison done;
    done.run(load, where, rounds);
    const auto none = spread_of(done.none);
    fmt::print("| {} | {:.0f} ({:.0f} to {:.0f}) | {} | {} |\n", name, none.median, none.low,
               none.high, words(done.more(done.raw), none.median),
               words(done.more(done.packet), none.median));
    std::fflush(stdout);
}

/// Of a bell that is full: the most that one call can have to do.
std::string drain_cost(Load& flood, const std::string& where, Kind kind, int rounds) {
    std::vector<double> costs;
    std::uint64_t taken = 0;
    auto bell = hang(where, kind);
    for (int round = 0; round < rounds; ++round) {
        flood.carry(1024);
        const auto time =
            time_of(CLOCK_THREAD_CPUTIME_ID, [&] { taken = bell.drain()->packets.at(0).count; });
        costs.push_back(time / 1000);
    }
    const auto spread = spread_of(std::move(costs));
    return fmt::format("{:.0f} us ({:.0f} to {:.0f}) for {} packets", spread.median, spread.low,
                       spread.high, taken);
}

std::vector<std::uint8_t> payload(std::uint8_t type, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    bytes[0] = type;
    return bytes;
}

void compare_all(const std::string& from, const std::string& here, const std::string& beyond,
                 int rounds) {
    const auto data = payload(4, 96);
    const auto compare_load = [&](const std::string& name, std::unique_ptr<Load> load) {
        compare(name, *load, here, rounds);
    };
    fmt::print("| packets received | no bell, ns each | raw sockets | packet sockets |\n"
               "|---|---|---|---|\n");
    compare_load("UDP, IPv4, 96 bytes", udp_load({from, here, "10.97.1.2"}, data));
    compare_load("UDP, IPv6, 96 bytes", udp_load({from, here, "fd97:1::2"}, data));
    compare_load("TCP, IPv4, 1,448 bytes", tcp_load({from, here, "10.97.1.2"}, 1));
    compare_load("TCP, IPv4, 64 KiB (for each 1,448 bytes)",
                 tcp_load({from, here, "10.97.1.2"}, 44));
    compare_load("UDP, IPv4, passed on to others", udp_load({from, beyond, "10.97.3.2"}, data));
    const auto flood = udp_load({from, here, "10.97.1.2"}, payload(1, 148));
    compare("initiations, nobody drains", *flood, here, rounds);
    fmt::print("| draining a full bell, us | | {} | {} |\n",
               drain_cost(*flood, here, Kind::raw, rounds),
               drain_cost(*flood, here, Kind::packet, rounds));
}

/// One processor for everything, before others that want it.
void settle() {
    cpu_set_t last;
    CPU_ZERO(&last);
    CPU_SET(static_cast<unsigned>(std::max(0L, sysconf(_SC_NPROCESSORS_ONLN) - 1)), &last);
    if (sched_setaffinity(0, sizeof(last), &last) != 0 || setpriority(PRIO_PROCESS, 0, -20) != 0)
        throw std::runtime_error("this has to run as root");
}

} // namespace
} // namespace wgnl::bench

int main(int argc, char** argv) try {
    if (argc != 5) {
        std::cerr << "usage: bench-bell FROM HERE BEYOND ROUNDS (see bell.py)\n";
        return 2;
    }
    wgnl::bench::settle();
    wgnl::bench::compare_all(argv[1], argv[2], argv[3], std::atoi(argv[4]));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench-bell: " << error.what() << '\n';
    return 1;
}
