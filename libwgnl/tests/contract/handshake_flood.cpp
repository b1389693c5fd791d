// SPDX-License-Identifier: LGPL-2.1-or-later
// handshake-flood ADDRESS PORT PER_SECOND SECONDS: sends forged initiations at that rate, or as
// many as the machine can, and says how many went out in how many seconds. With 0 seconds it goes
// on until its standard input ends.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using Initiation = std::array<std::uint8_t, 148>;

constexpr std::size_t at_once = 256;

/// Random but for the type, and all different: nothing that remembers them gains by it.
std::vector<Initiation> forge() {
    std::vector<Initiation> forged(at_once);
    std::mt19937 random{std::random_device{}()};
    for (auto& packet : forged) {
        std::ranges::generate(packet, [&] { return static_cast<std::uint8_t>(random()); });
        packet[0] = 1;
        packet[1] = packet[2] = packet[3] = 0;
    }
    return forged;
}

/// One destination, as many packets as one call sends.
class Flood {
public:
    bool aim(const char* address, const char* port) {
        addrinfo hints{};
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
        hints.ai_socktype = SOCK_DGRAM;
        addrinfo* found = nullptr;
        if (getaddrinfo(address, port, &hints, &found) != 0)
            return false;
        std::memcpy(&to_, found->ai_addr, found->ai_addrlen);
        fd_ = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        for (std::size_t i = 0; i < at_once; ++i) {
            vectors_[i] = {forged_[i].data(), forged_[i].size()};
            messages_[i].msg_hdr.msg_iov = &vectors_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
            messages_[i].msg_hdr.msg_name = &to_;
            messages_[i].msg_hdr.msg_namelen = found->ai_addrlen;
        }
        freeaddrinfo(found);
        return fd_ >= 0;
    }

    /// How many of `count` went out; 0 where there was no room.
    std::uint64_t send(std::uint64_t count) {
        const auto now = static_cast<unsigned>(std::min<std::uint64_t>(count, at_once));
        const int sent = sendmmsg(fd_, messages_.data(), now, 0);
        if (sent < 0 && errno != ENOBUFS && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "sendmmsg");
        return sent < 0 ? 0 : static_cast<std::uint64_t>(sent);
    }

private:
    std::vector<Initiation> forged_ = forge();
    sockaddr_storage to_{};
    int fd_{-1};
    std::array<iovec, at_once> vectors_{};
    std::array<mmsghdr, at_once> messages_{};
};

bool is_told_to_end() {
    pollfd entry{STDIN_FILENO, POLLIN, 0};
    return poll(&entry, 1, 0) > 0;
}

void run(Flood& flood, double per_second, double seconds) {
    const auto start = Clock::now();
    std::uint64_t sent = 0;
    double elapsed = 0;
    while (seconds > 0 ? elapsed < seconds : !is_told_to_end()) {
        const auto due = static_cast<std::uint64_t>(elapsed * per_second);
        if (due > sent)
            sent += flood.send(due - sent);
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    std::cout << "sent " << sent << " in " << elapsed << " s" << std::endl;
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 5) {
        std::cerr << "usage: handshake-flood ADDRESS PORT PER_SECOND SECONDS\n";
        return 2;
    }
    Flood flood;
    if (!flood.aim(argv[1], argv[2])) {
        std::cerr << "handshake-flood: no address and port: " << argv[1] << ' ' << argv[2] << '\n';
        return 2;
    }
    run(flood, std::stod(argv[3]), std::stod(argv[4]));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "handshake-flood: " << error.what() << '\n';
    return 1;
}
