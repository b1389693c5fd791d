// SPDX-License-Identifier: LGPL-2.1-or-later
// bench-floor WORK DEVICE …: the least that a work can take, which is what the kernel does of it;
// and the moment at which somebody else's work is done. Prints one object of JSON. Seconds do not
// have the start of this program in them, nor the making of messages. tests/integration/scale uses
// it.
#include "kernel.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <unordered_set>

#include <fmt/format.h>
#include <time.h>

namespace wgnl::bench {
namespace {

constexpr std::size_t sampled = 64;
constexpr double shortest_pause = 0.002;
/// Who looks takes at most this share of the processor from whom it waits for.
constexpr double pause_for_each_look = 19;

double now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void pause(double seconds) {
    const auto whole = static_cast<time_t>(seconds);
    const timespec time{whole, static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
    nanosleep(&time, nullptr);
}

void say(double seconds, std::size_t messages, double longest) {
    fmt::print("{{\"seconds\": {:.6f}, \"messages\": {}, \"longest\": {:.6f}}}\n", seconds,
               messages, longest);
}

void add(Kernel& kernel, const RawDevice& device, std::size_t in_each) {
    const auto messages = kernel.adding(device, in_each);
    double longest = 0;
    const double begin = now();
    for (double before = begin; const auto& message : messages) {
        kernel.must(message);
        const double after = now();
        longest = std::max(longest, after - before);
        before = after;
    }
    say(now() - begin, messages.size(), longest);
}

/// Everything is read, and the one peer of the file set.
void change(Kernel& kernel, const RawDevice& device) {
    const auto message = kernel.changing(device.peers.at(0));
    const double begin = now();
    kernel.dump({});
    kernel.must(message);
    say(now() - begin, 1, now() - begin);
}

void dump(Kernel& kernel) {
    const double begin = now();
    const auto bytes = kernel.dump({});
    fmt::print("{{\"seconds\": {:.6f}, \"bytes\": {}}}\n", now() - begin, bytes);
}

std::size_t count(Kernel& kernel) {
    std::size_t peers = 0;
    kernel.dump([&](const RawKey&, std::uint16_t) {
        ++peers;
        return true;
    });
    return peers;
}

/// The key that a dump begins with, in hexadecimal.
void first(Kernel& kernel) {
    RawKey found{};
    kernel.dump([&](const RawKey& key, std::uint16_t) {
        found = key;
        return false;
    });
    std::string text;
    for (const auto byte : found)
        text += fmt::format("{:02x}", byte);
    fmt::print("{{\"key\": \"{}\"}}\n", text);
}

/// Waits for a device to be as a file of peers says, but for what the kernel alone knows.
class Wait {
public:
    Wait(std::string name, RawDevice wanted, double limit)
        : name_(std::move(name)), wanted_(std::move(wanted)), end_(now() + limit) {
        std::ranges::sample(wanted_.peers, std::back_inserter(probes_), sampled, std::mt19937(1));
        if (!wanted_.peers.empty())
            probes_.push_back(wanted_.peers.back());
    }

    /// The moment at which everything was there.
    double done(const RawPeer* changed) {
        if (changed != nullptr)
            until([&] { return has(*changed); });
        for (;;) {
            until([&] { return all_probed(); });
            const double moment = now();
            if (complete())
                return moment;
        }
    }

private:
    template <class Condition> void until(const Condition& condition) {
        for (double begin = now(); !condition(); begin = now()) {
            if (begin > end_)
                throw std::runtime_error("not within the limit");
            pause(std::max(shortest_pause, pause_for_each_look * (now() - begin)));
        }
    }
    /// It is read no further than to the peer: the kernel shows the oldest first.
    bool has(const RawPeer& peer) const {
        Kernel kernel(name_);
        bool is = false;
        return undisturbed([&] {
            kernel.dump([&](const RawKey& key, std::uint16_t keepalive) {
                is = key == peer.key && keepalive == peer.keepalive;
                return key != peer.key;
            });
            return is;
        });
    }
    /// Some peers, asked for one by one, which takes the same time however many there are.
    bool all_probed() {
        while (!probes_.empty() && kernel_.send(kernel_.asking(probes_.back().key)) == EINVAL)
            probes_.pop_back();
        return probes_.empty();
    }
    /// Whether no peer is missing; those that are, are asked for from now on.
    bool complete() {
        Kernel kernel(name_);
        std::unordered_set<std::string> there;
        const auto add = [&](const RawKey& key, std::uint16_t) {
            there.emplace(key.begin(), key.end());
            return true;
        };
        const auto missing = [&](const RawPeer& peer) {
            return !there.contains(std::string(peer.key.begin(), peer.key.end()));
        };
        return undisturbed([&] {
            kernel.dump(add);
            std::ranges::copy_if(wanted_.peers, std::back_inserter(probes_), missing);
            return probes_.empty();
        });
    }
    /// What a look says; false if the device changed under it.
    template <class Look> static bool undisturbed(const Look& look) {
        try {
            return look();
        } catch (const std::system_error& error) {
            if (error.code().value() == EINTR)
                return false;
            throw;
        }
    }

    std::string name_;
    RawDevice wanted_;
    double end_;
    Kernel kernel_{name_};
    std::vector<RawPeer> probes_{};
};

/// Says when it looks, and then the moment of CLOCK_MONOTONIC at which all was there.
void wait(const std::string& name, const std::string& file, double limit, const char* changed) {
    Wait waiting(name, read_peers(file), limit);
    const auto one = changed != nullptr ? read_peers(changed) : RawDevice{};
    std::cout << "ready" << std::endl;
    const double moment = waiting.done(changed != nullptr ? &one.peers.at(0) : nullptr);
    fmt::print("{{\"at\": {:.6f}}}\n", moment);
}

int usage() {
    std::cerr
        << "usage: bench-floor add DEVICE PEERS IN-EACH | change DEVICE PEERS | dump DEVICE |\n"
           "       count DEVICE | first DEVICE | clear DEVICE | wait DEVICE PEERS SECONDS [PEER]\n";
    return 2;
}

int run(std::span<char*> words) {
    if (words.size() < 2)
        return usage();
    const std::string work = words[0];
    const std::string name = words[1];
    if (work == "wait" && words.size() >= 4) {
        wait(name, words[2], std::atof(words[3]), words.size() > 4 ? words[4] : nullptr);
        return 0;
    }
    Kernel kernel(name);
    if (work == "add" && words.size() == 4)
        add(kernel, read_peers(words[2]), static_cast<std::size_t>(std::atol(words[3])));
    else if (work == "change" && words.size() == 3)
        change(kernel, read_peers(words[2]));
    else if (work == "dump")
        dump(kernel);
    else if (work == "count")
        fmt::print("{{\"peers\": {}}}\n", count(kernel));
    else if (work == "first")
        first(kernel);
    else if (work == "clear")
        kernel.must(kernel.emptying());
    else
        return usage();
    return 0;
}

} // namespace
} // namespace wgnl::bench

int main(int argc, char** argv) try {
    return wgnl::bench::run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
} catch (const std::exception& error) {
    std::cerr << "bench-floor: " << error.what() << '\n';
    return 1;
}
