// SPDX-License-Identifier: LGPL-2.1-or-later
// The declaration as a JSON document.
#include <wgnl/declaration.hpp>

#include <utility>

#include <fmt/format.h>

#include "members.hpp"
#include "values/wiping.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace wgnl {

namespace {

/// What most peers need of compact text; more makes the text grow, less costs nothing.
constexpr std::size_t bytes_per_peer = 256;

} // namespace

std::string write_declaration(const Declaration& declaration, json::KeySink& keys,
                              json::Layout layout) {
    json::Writer writer(layout, 1024 + declaration.peers.size() * bytes_per_peer);
    DocumentVersion version;
    json::put(writer, DeclarationRoot<const Declaration>{version, declaration}, keys);
    return writer.take();
}

Result<Declaration> read_declaration(std::string_view text, json::KeySource& keys,
                                     const DeclarationLimits& limits) {
    Declaration declaration;
    DocumentVersion version;
    DeclarationRoot<Declaration> root{version, declaration};
    const json::ArrayLimits arrays{.peers = limits.peers, .problems = limits.problems};
    if (auto done = json::read(text, json::slot_of(root), keys, arrays, "read declaration"); !done)
        return std::unexpected(std::move(done).error());
    if (auto valid = check(declaration, limits); !valid)
        return std::unexpected(std::move(valid).error());
    return declaration;
}

Result<Declaration> parse_declaration(std::string_view json, const DeclarationLimits& limits) {
    const StackWiper wiper;
    if (json.size() > limits.bytes) {
        return fail(Errc::invalid_argument, "read declaration",
                    fmt::format("{} bytes are more than {}", json.size(), limits.bytes));
    }
    json::Base64Keys keys;
    return read_declaration(json, keys, limits);
}

std::string to_json(const Declaration& declaration) {
    const StackWiper wiper;
    json::Base64KeySink keys;
    return write_declaration(declaration, keys, json::Layout::lines);
}

} // namespace wgnl
