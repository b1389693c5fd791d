// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the declaration as people write it in JSON.
#include "declaration_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto text = fuzz::Input(data, size).rest();
    fuzz::require_sound(parse_declaration(fuzz::text_of(text)));
    return 0;
}
