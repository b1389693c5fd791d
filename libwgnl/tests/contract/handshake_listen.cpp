// SPDX-License-Identifier: LGPL-2.1-or-later
// handshake-listen KIND: says what the handshake socket hears, a line for each port and kind of
// packet, until its standard input ends; then how many packets were lost.
#include <array>
#include <iostream>
#include <string_view>

#include <poll.h>
#include <unistd.h>

#include <wgnl/handshake_socket.hpp>

namespace wgnl {
namespace {

int complain(const Error& error) {
    std::cerr << error.to_string() << std::endl;
    return 1;
}

void print(const HandshakeSocket::Drained& drained) {
    for (const auto& packets : drained.packets)
        std::cout << packets.port << (packets.initiation ? " initiation " : " response ")
                  << packets.count << std::endl;
}

int listen(HandshakeSocket::Kind kind) {
    auto listener = HandshakeSocket::open(kind);
    if (!listener)
        return complain(listener.error());
    std::cout << "listening" << std::endl;
    std::uint64_t lost = 0;
    std::array<pollfd, 2> watched{{{listener->fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    do {
        poll(watched.data(), watched.size(), -1);
        const auto drained = listener->drain();
        if (!drained)
            return complain(drained.error());
        print(*drained);
        lost += drained->lost;
    } while (watched[1].revents == 0);
    std::cout << "lost " << lost << std::endl;
    return 0;
}

} // namespace
} // namespace wgnl

int main(int argc, char** argv) {
    using Kind = wgnl::HandshakeSocket::Kind;
    const std::string_view kind = argc == 2 ? argv[1] : "";
    if (kind != "raw" && kind != "packet") {
        std::cerr << "usage: handshake-listen raw|packet\n";
        return 2;
    }
    return wgnl::listen(kind == "raw" ? Kind::raw : Kind::packet);
}
