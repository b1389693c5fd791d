// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the reader of netlink attributes, and the writer with what the reader found.
#include "codec/attributes.hpp"

#include <algorithm>

#include <linux/genetlink.h>

#include "fuzz.hpp"

namespace wgnl::fuzz {
namespace {

struct Attribute {
    std::uint16_t type;
    bool nested;
    Bytes payload;
};

bool lies_within(Bytes inner, Bytes outer) {
    return inner.empty() || (inner.data() >= outer.data() &&
                             inner.data() + inner.size() <= outer.data() + outer.size());
}

void require_text(const AttributeReader& reader) {
    const auto text = reader.text();
    require(text.size() <= reader.payload().size(), "a text lies within its value");
    require(text.find('\0') == text.npos, "a text ends at the first NUL");
}

/// A copy of the reader takes the value, and the reader itself goes on.
void require_values(AttributeReader reader) {
    const Bytes payload = reader.payload();
    AttributeReader number = reader;
    (void)number.as<std::uint32_t>();
    require(number.ok() == (reader.ok() && payload.size() == 4), "a number has its size exactly");
    const auto four = reader.bytes<4>();
    require(reader.ok() == number.ok(), "bytes are refused where a number is");
    require(payload.size() != 4 || std::equal(four.begin(), four.end(), payload.begin()),
            "bytes are where they lie");
}

std::vector<Attribute> walk(AttributeReader reader, Bytes bytes, int depth) {
    std::vector<Attribute> found;
    while (reader.next()) {
        const Bytes payload = reader.payload();
        require(lies_within(payload, bytes), "a value lies within the message");
        require(reader.ok(), "an attribute that was stepped to is well formed");
        require_text(reader);
        require_values(reader);
        if (depth > 0)
            walk(reader.nested(), payload, depth - 1);
        found.push_back({reader.type(), reader.is_nested(), payload});
    }
    require(!reader.next(), "a walk ends for good");
    return found;
}

bool operator==(const Attribute& left, const Attribute& right) {
    return left.type == right.type && left.nested == right.nested &&
           std::ranges::equal(left.payload, right.payload);
}

/// What was read comes back when it is written, whole or up to where the storage ends.
void require_round_trip(const std::vector<Attribute>& attributes, std::size_t storage_size) {
    std::vector<std::uint8_t> storage(storage_size);
    MessageWriter writer(storage);
    writer.begin(1, 0);
    std::size_t written = 0;
    for (const auto& each : attributes) {
        const auto before = writer.mark();
        writer.put_bytes(each.type | (each.nested ? NLA_F_NESTED : 0), each.payload);
        if (writer.overflowed()) {
            writer.rollback(before);
            break;
        }
        ++written;
    }
    const Bytes message = writer.finish();
    require(written == 0 || !message.empty(), "what fits makes a message");
    if (message.empty())
        return;
    AttributeReader reader = message_attributes(message, 0);
    const auto again = walk(reader, message, 0);
    require(std::ranges::equal(again, std::span(attributes).first(written)),
            "what is written can be read");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    fuzz::Input input(data, size);
    const std::size_t storage = input.number<std::uint16_t>();
    const auto bytes = input.rest();
    const auto attributes = fuzz::walk(AttributeReader(bytes), bytes, 4);
    fuzz::require_round_trip(attributes, storage);
    fuzz::walk(message_attributes(bytes, sizeof(genlmsghdr)), bytes, 4);
    return 0;
}
