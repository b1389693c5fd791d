// SPDX-License-Identifier: LGPL-2.1-or-later
// What must hold of every declaration that a reader accepted, whatever it was written in.
#pragma once

#include <wgnl/declaration.hpp>

#include "fuzz.hpp"

namespace wgnl::fuzz {

inline void require_sound(const Declaration& declaration) {
    require(check(declaration).has_value(), "what is accepted is valid");
    for (const auto& problem : declaration.problems)
        require(is_printable(to_string(problem)), "a problem has no control characters");
    require(decode_document(encode_document(declaration)) == declaration,
            "the document says the same");
    require(parse_declaration(to_json(declaration)) == declaration, "the JSON says the same");
}

/// The reader's answer, whatever it is.
inline void require_sound(const Result<Declaration>& read) {
    if (read)
        require_sound(*read);
    else
        require_shown(read.error());
}

} // namespace wgnl::fuzz
