// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the peers of one WireGuard device, or of all: list-peers [DEVICE]
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include <wgnl/client.hpp>

namespace {

int failed(const wgnl::Error& error) {
    std::cerr << "list-peers: " << error.to_string() << '\n';
    return EXIT_FAILURE;
}

std::string age_of(std::chrono::nanoseconds handshake) {
    if (handshake == handshake.zero())
        return "never";
    const auto age = std::chrono::system_clock::now().time_since_epoch() - handshake;
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(age).count()) + " s ago";
}

void print(const wgnl::Peer& peer) {
    std::cout << "  " << peer.public_key.to_base64() << "  "
              << (peer.endpoint ? peer.endpoint->to_string() : "no endpoint") << "  handshake "
              << age_of(peer.last_handshake) << "  received " << peer.rx_bytes << "  sent "
              << peer.tx_bytes << '\n';
    for (const auto& allowed_ip : peer.allowed_ips)
        std::cout << "    " << allowed_ip.to_string() << '\n';
}

int list(wgnl::Client& client, std::string_view name) {
    const auto device = client.devices().get(name);
    if (!device)
        return failed(device.error());
    std::cout << device->name << "  " << to_string(device->backend) << "  port "
              << device->listen_port << "  " << device->peers.size() << " peers\n";
    for (const auto& peer : device->peers)
        print(peer);
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view name = argc > 1 ? argv[1] : "";
    if (argc > 2 || name.starts_with('-')) {
        std::cout << "usage: list-peers [DEVICE]\n";
        return name == "--help" ? EXIT_SUCCESS : 2;
    }
    auto client = wgnl::Client::open();
    if (!client)
        return failed(client.error());
    if (!name.empty())
        return list(*client, name);
    const auto links = client->links().list();
    if (!links)
        return failed(links.error());
    int status = EXIT_SUCCESS;
    for (const auto& link : *links)
        status |= list(*client, link.name);
    return status;
}
