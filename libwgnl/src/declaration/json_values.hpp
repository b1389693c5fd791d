// SPDX-License-Identifier: LGPL-2.1-or-later
// How the library's values stand in JSON, in declarations and records alike. The reader and the
// writer find these by argument-dependent lookup.
#pragma once

#include <concepts>
#include <type_traits>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace wgnl {

/// The "version" member of every document: 1, or the document is refused.
struct DocumentVersion {};

/// T, or const T: lets one description serve reading and writing.
template <typename Object, typename T>
concept MaybeConst = std::same_as<std::remove_const_t<Object>, T>;

json::Complaint assign(DocumentVersion& out, const json::Scalar& value, json::KeySource& keys);
json::Complaint assign(Mode& out, const json::Scalar& value, json::KeySource& keys);
json::Complaint assign(Severity& out, const json::Scalar& value, json::KeySource& keys);
json::Complaint assign(AllowedIp& out, const json::Scalar& value, json::KeySource& keys);
json::Complaint assign(InterfaceAddress& out, const json::Scalar& value, json::KeySource& keys);

void put(json::Writer& writer, DocumentVersion value, json::KeySink& keys);
void put(json::Writer& writer, Mode value, json::KeySink& keys);
void put(json::Writer& writer, Severity value, json::KeySink& keys);
void put(json::Writer& writer, const AllowedIp& value, json::KeySink& keys);
void put(json::Writer& writer, const InterfaceAddress& value, json::KeySink& keys);

} // namespace wgnl
