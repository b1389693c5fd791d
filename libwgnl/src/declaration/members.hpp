// SPDX-License-Identifier: LGPL-2.1-or-later
// The members of the declaration document, for the reader and the writer alike; what people see of
// it is docs/declaration.schema.json.
#pragma once

#include <string_view>

#include <wgnl/declaration.hpp>

#include "json_values.hpp"
#include "json/reader.hpp"

namespace wgnl {

/// The document's root: the version beside the declaration's members. `D` is const when writing.
template <typename D> struct DeclarationRoot {
    DocumentVersion& version;
    D& declaration;
};

/// A location has its members beside those of what stands there. "where" alone, as "FILE:LINE", is
/// what was written before there were the others; it is shown as it was.
template <MaybeConst<Location> L> void each_member_of_location(L& location, auto&& visit) {
    using enum json::Presence;
    visit("where", location.file, optional);
    visit("line", location.line, unless_zero);
    visit("column", location.column, unless_zero);
}

template <MaybeConst<Problem> P> void each_member(P& problem, auto&& visit) {
    using enum json::Presence;
    each_member_of_location(problem.location, visit);
    visit("severity", problem.severity, required);
    visit("text", problem.text, required);
    visit("hint", problem.hint, optional);
    visit("key", problem.key, optional);
    visit("peer", problem.peer, optional);
}

template <MaybeConst<DeclaredRoute> R> void each_member(R& route, auto&& visit) {
    using enum json::Presence;
    visit("destination", route.destination, required);
    visit("table", route.table, required);
    visit("metric", route.metric, optional);
}

template <MaybeConst<DeclaredPeer> P> void each_member(P& peer, auto&& visit) {
    using enum json::Presence;
    visit("public_key", peer.public_key, required);
    visit("name", peer.name, optional);
    visit("preshared_key", peer.preshared_key, optional);
    visit("external_preshared_key", peer.external_preshared_key, optional);
    visit("endpoint", peer.endpoint, optional);
    visit("allowed_ips", peer.allowed_ips, optional);
    visit("persistent_keepalive", peer.persistent_keepalive, optional);
    visit("route_table", peer.route_table, optional);
    visit("route_metric", peer.route_metric, optional);
    visit("routes", peer.routes, optional);
    visit("held", peer.kept_as_is, optional);
    each_member_of_location(peer.location, visit);
}

template <typename D> void each_member(const DeclarationRoot<D>& root, auto&& visit) {
    using enum json::Presence;
    auto& declaration = root.declaration;
    visit("version", root.version, required);
    visit("device", declaration.device, required);
    visit("mode", declaration.mode, optional);
    visit("held", declaration.kept_as_is, optional);
    visit("strict", declaration.strict, optional);
    visit("private", declaration.is_private, optional);
    visit("viewers", declaration.viewers, optional);
    visit("keeps_peers", declaration.keeps_peers, optional);
    each_member_of_location(declaration.location, visit);
    visit("private_key", declaration.private_key, optional);
    visit("listen_port", declaration.listen_port, optional);
    visit("fwmark", declaration.fwmark, optional);
    visit("mtu", declaration.mtu, optional);
    visit("addresses", declaration.addresses, optional);
    visit("route_table", declaration.route_table, optional);
    visit("route_metric", declaration.route_metric, optional);
    visit("peers", declaration.peers, optional);
    visit("problems", declaration.problems, optional);
}

inline std::size_t limit_of(const std::vector<DeclaredPeer>&, const json::ArrayLimits& limits) {
    return limits.peers;
}
inline std::size_t limit_of(const std::vector<Problem>&, const json::ArrayLimits& limits) {
    return limits.problems;
}

/// The JSON of a declaration, its keys written by `keys`.
std::string write_declaration(const Declaration& declaration, json::KeySink& keys,
                              json::Layout layout);
/// Reads, and check()s, what write_declaration() wrote.
Result<Declaration> read_declaration(std::string_view text, json::KeySource& keys,
                                     const DeclarationLimits& limits);

} // namespace wgnl
