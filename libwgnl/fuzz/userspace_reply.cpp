// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the reader of replies of userspace implementations: whole, and in pieces.
#include <algorithm>

#include "fake_userspace.hpp"
#include "fuzz.hpp"
#include "userspace/protocol.hpp"

namespace wgnl::fuzz {
namespace {

Result<Device> read(std::string_view text, std::size_t piece) {
    UserspaceReply reply("wg0", "fuzz");
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        if (auto fed = reply.feed(text.substr(0, piece)); !fed)
            return std::unexpected(std::move(fed).error());
    return std::move(reply).take();
}

void require_same(const Result<Device>& whole, const Result<Device>& pieces) {
    require(whole.has_value() == pieces.has_value(), "pieces are read as the whole is");
    if (whole)
        require(*whole == *pieces, "pieces make the same device");
    else
        require(whole.error().to_string() == pieces.error().to_string(),
                "pieces fail as the whole does");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    fuzz::Input input(data, size);
    const std::size_t piece = 1U + input.number<std::uint8_t>();
    const auto bytes = input.rest();
    const auto text = fuzz::text_of(bytes);
    const auto device = fuzz::read(text, text.size());
    fuzz::require_same(device, fuzz::read(text, piece));
    if (!device) {
        fuzz::require_shown(device.error());
        return 0;
    }
    const auto reply = tests::reply_of(*device);
    fuzz::require(fuzz::read(reply, reply.size()) == *device, "a device that is told is read");
    return 0;
}
