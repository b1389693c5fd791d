// SPDX-License-Identifier: LGPL-2.1-or-later
// The declaration between processes: JSON with keys as indexes, and the table of raw keys.
#include <wgnl/declaration.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "members.hpp"
#include "values/wiping.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace wgnl {

namespace {

constexpr std::size_t header_size = 16;
constexpr auto operation = "read declaration document";

std::unexpected<Error> refuse(std::string detail) {
    return fail(Errc::invalid_argument, operation, std::move(detail));
}

/// Remembers where the keys lie, so that no second copy of them comes to be.
class KeyList final : public json::KeySink {
public:
    void write(json::Writer& writer, std::span<const std::uint8_t, key_size> key) override {
        writer.value(keys.size());
        keys.push_back(key.data());
    }
    std::vector<const std::uint8_t*> keys{};
};

/// Hands out every key of the table once.
class KeyTable final : public json::KeySource {
public:
    explicit KeyTable(std::span<const std::uint8_t> table)
        : table_(table), used_(table.size() / key_size) {}

    json::Complaint read(const json::Scalar& value, KeyBytes& key) override {
        if (value.kind != json::Scalar::Kind::number)
            return json::wrong_type("the index of a key");
        if (value.number >= used_.size())
            return fmt::format("is key {} of a table of {}", value.number, used_.size());
        if (used_[value.number])
            return fmt::format("is key {} of the table, which stands elsewhere too", value.number);
        used_[value.number] = true;
        std::ranges::copy(table_.subspan(value.number * key_size, key_size), key.begin());
        return std::nullopt;
    }

    /// The first key that nothing referred to.
    std::optional<std::size_t> unused() const {
        const auto found = std::ranges::find(used_, false);
        if (found == used_.end())
            return std::nullopt;
        return static_cast<std::size_t>(found - used_.begin());
    }

private:
    std::span<const std::uint8_t> table_;
    std::vector<bool> used_;
};

std::uint8_t* put_number(std::uint8_t* out, std::size_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        *out++ = static_cast<std::uint8_t>(number >> shift);
    return out;
}

std::uint64_t number_at(std::span<const std::uint8_t> document, std::size_t offset) {
    std::uint64_t number = 0;
    for (std::size_t i = 4; i-- > 0;)
        number = number << 8U | document[offset + i];
    return number;
}

struct DocumentParts {
    std::string_view json;
    std::span<const std::uint8_t> table;
};

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Cuts the document by its header; the lengths must meet its end exactly.
Result<DocumentParts> cut(std::span<const std::uint8_t> document) {
    if (document.size() < header_size)
        return refuse(fmt::format("{} bytes are no header", document.size()));
    if (as_text(document.first(document_magic.size())) != document_magic)
        return refuse(fmt::format("it does not begin with \"{}\"", document_magic));
    const auto json_size = number_at(document, 8);
    const auto keys = number_at(document, 12);
    const auto wanted = header_size + json_size + keys * key_size; // below 2^38
    if (wanted != document.size()) {
        return refuse(fmt::format("{} bytes of JSON and {} keys make {} bytes, but it has {}",
                                  json_size, keys, wanted, document.size()));
    }
    const auto body = document.subspan(header_size);
    return DocumentParts{as_text(body.first(json_size)), body.subspan(json_size)};
}

} // namespace

std::vector<std::uint8_t> encode_document(const Declaration& declaration) {
    const StackWiper wiper;
    KeyList list;
    const auto json = write_declaration(declaration, list, json::Layout::compact);
    // Of full size from the start: a vector that grows leaves copies of the keys behind.
    std::vector<std::uint8_t> document(header_size + json.size() + list.keys.size() * key_size);
    auto* out = std::ranges::copy(document_magic, document.data()).out;
    out = put_number(out, json.size());
    out = put_number(out, list.keys.size());
    out = std::ranges::copy(json, out).out;
    for (const auto* key : list.keys)
        out = std::copy_n(key, key_size, out);
    return document;
}

Result<Declaration> decode_document(std::span<const std::uint8_t> document,
                                    const DeclarationLimits& limits) {
    const StackWiper wiper;
    if (document.size() > limits.bytes)
        return refuse(fmt::format("{} bytes are more than {}", document.size(), limits.bytes));
    const auto parts = cut(document);
    if (!parts)
        return std::unexpected(parts.error());
    KeyTable table(parts->table);
    auto declaration = read_declaration(parts->json, table, limits);
    if (!declaration)
        return declaration;
    if (const auto index = table.unused())
        return refuse(fmt::format("key {} of the table belongs to nothing", *index));
    return declaration;
}

} // namespace wgnl
