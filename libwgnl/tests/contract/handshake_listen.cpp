// SPDX-License-Identifier: LGPL-2.1-or-later
// handshake-listen KIND: says what the handshake bell hears, a line for each port and kind of
// packet, until its standard input ends; then how many packets were lost.
#include <array>
#include <iostream>
#include <string_view>

#include <poll.h>
#include <unistd.h>

#include <wgnl/handshake_bell.hpp>

namespace wgnl {
namespace {

int complain(const Error& error) {
    std::cerr << error.to_string() << std::endl;
    return 1;
}

void print(const HandshakeBell::Rings& rings) {
    for (const auto& ring : rings.rings)
        std::cout << ring.port << (ring.initiation ? " initiation " : " response ") << ring.count
                  << std::endl;
}

int listen(HandshakeBell::Kind kind) {
    auto bell = HandshakeBell::open(kind);
    if (!bell)
        return complain(bell.error());
    std::cout << "listening" << std::endl;
    std::uint64_t lost = 0;
    std::array<pollfd, 2> watched{{{bell->fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    do {
        poll(watched.data(), watched.size(), -1);
        const auto rings = bell->drain();
        if (!rings)
            return complain(rings.error());
        print(*rings);
        lost += rings->lost;
    } while (watched[1].revents == 0);
    std::cout << "lost " << lost << std::endl;
    return 0;
}

} // namespace
} // namespace wgnl

int main(int argc, char** argv) {
    using Kind = wgnl::HandshakeBell::Kind;
    const std::string_view kind = argc == 2 ? argv[1] : "";
    if (kind != "raw" && kind != "packet") {
        std::cerr << "usage: handshake-listen raw|packet\n";
        return 2;
    }
    return wgnl::listen(kind == "raw" ? Kind::raw : Kind::packet);
}
