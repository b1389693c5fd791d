// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the decoder of device dumps with sequences of messages, each behind its length.
#include "codec/device_decoder.hpp"

#include "fake_kernel.hpp"
#include "fuzz.hpp"

namespace wgnl::fuzz {
namespace {

using Messages = std::vector<std::vector<std::uint8_t>>;

Result<Device> decode(const Messages& messages, Device recycled = {}) {
    DeviceDecoder decoder(std::move(recycled));
    for (const auto& message : messages)
        if (auto added = decoder.add(message); !added)
            return std::unexpected(std::move(added).error());
    return std::move(decoder).finish();
}

void require_sound(const Peer& peer) {
    require(!peer.preshared_key || !peer.preshared_key->is_zero(), "a zero preshared key is none");
    require(peer.last_handshake.count() >= 0, "a handshake was not before the epoch");
    for (const auto& ip : peer.allowed_ips) {
        require(ip.prefix_length <= address_bits(ip.network.family()), "a prefix fits its address");
        require(ip.network.masked(ip.prefix_length) == ip.network, "an allowed IP is masked");
    }
}

/// Without what the kernel cannot say: a public key comes with the private one.
Device sayable(Device device) {
    device.public_key =
        device.private_key ? device.public_key.value_or(PublicKey{}) : std::optional<PublicKey>{};
    return device;
}

/// What was decoded comes back from a dump that is cut anywhere.
void require_round_trip(const Device& device, std::size_t dump_bytes) {
    if (device.name.size() > max_device_name)
        return;
    const auto said = sayable(device);
    const auto again = decode(tests::dump_messages(said, 31, dump_bytes));
    require(again == said, "a dump of what was decoded decodes to the same");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    fuzz::Input input(data, size);
    const std::size_t dump_bytes = 512 + input.number<std::uint8_t>() * 16U;
    fuzz::Messages messages;
    while (!input.empty())
        messages.push_back(input.chunk());
    const auto device = fuzz::decode(messages);
    if (!device) {
        fuzz::require_shown(device.error());
        return 0;
    }
    fuzz::require(!device->name.empty(), "a device has a name");
    for (const auto& peer : device->peers)
        fuzz::require_sound(peer);
    fuzz::require(fuzz::decode(messages, *device) == *device, "used memory changes nothing");
    fuzz::require_round_trip(*device, dump_bytes);
    return 0;
}
