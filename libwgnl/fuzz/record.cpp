// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the record that is read back from /run.
#include <wgnl/record.hpp>

#include "fuzz.hpp"
#include "values/device_name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto text = fuzz::Input(data, size).rest();
    const auto record = parse_record(fuzz::text_of(text));
    if (!record) {
        fuzz::require_shown(record.error());
        return 0;
    }
    fuzz::require(check_link_name(record->device).has_value(), "a record names a link");
    fuzz::require(parse_record(to_json(*record)) == *record, "what is written is read");
    fuzz::require(union_of(*record, *record).peers.size() == record->peers.size(),
                  "the union of a record with itself has no more peers");
    return 0;
}
