// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the declaration as it goes between processes: a frame, JSON, a table of keys.
#include "declaration_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto document = fuzz::Input(data, size).rest();
    fuzz::require_sound(decode_document(document));
    const auto limited = decode_document(document, {.peers = 1, .bytes = 4096, .problems = 1});
    fuzz::require(!limited || limited->peers.size() <= 1, "a limit holds");
    return 0;
}
