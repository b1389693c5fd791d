// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads JSON straight into structs, without a document tree in between. A struct is described by
// each_member(object, visit), which calls visit(name, field, presence) for each of its members.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wgnl/error.hpp>
#include <wgnl/key.hpp>

#include "base/json_text.hpp"
#include "base/text.hpp"

namespace wgnl::json {

enum class Presence : std::uint8_t {
    optional,
    required,
    unless_zero, ///< optional, of a number that is written only if it is not 0
};

/// What is wrong with a value; absent: nothing.
using Complaint = std::optional<std::string>;

/// How keys are written: as base64, or as an index into a table.
class KeySource {
public:
    virtual ~KeySource() = default;
    virtual Complaint read(const Scalar& value, KeyBytes& key) = 0;
};

class Base64Keys final : public KeySource {
public:
    Complaint read(const Scalar& value, KeyBytes& key) override;
};

/// Most elements of the arrays of objects.
struct ArrayLimits {
    std::size_t peers;
    std::size_t problems;
};

Complaint wrong_type(std::string_view wanted);

// Where a scalar goes. Structs of the library add overloads for their own types beside their
// each_member(); argument-dependent lookup finds them.
Complaint assign(std::string& out, const Scalar& value, KeySource& keys);
Complaint assign(bool& out, const Scalar& value, KeySource& keys);
Complaint assign(PublicKey& out, const Scalar& value, KeySource& keys);

template <typename Number>
    requires(std::unsigned_integral<Number> && !std::same_as<Number, bool>)
Complaint assign(Number& out, const Scalar& value, KeySource&) {
    constexpr auto largest = std::numeric_limits<Number>::max();
    if (value.kind != Scalar::Kind::number || value.number > largest)
        return fmt::format("is not a whole number from 0 to {}", largest);
    out = static_cast<Number>(value.number);
    return std::nullopt;
}

template <typename Tag>
Complaint assign(std::optional<SecretKey<Tag>>& out, const Scalar& value, KeySource& keys) {
    KeyBytes bytes{};
    auto complaint = keys.read(value, bytes);
    if (!complaint)
        out.emplace(bytes);
    wipe(bytes.data(), bytes.size());
    return complaint;
}

template <typename T>
Complaint assign(std::optional<T>& out, const Scalar& value, KeySource& keys) {
    return assign(out.emplace(), value, keys);
}

struct TypeInfo;

/// A place for a value, with its type erased.
struct Slot {
    void* target{};
    const TypeInfo* type{};
};

/// A member found by its name; `number` is its place in the description.
struct Member {
    std::string_view name{};
    Slot slot{};
    unsigned number{};
};

/// What can be done with a place. Exactly one of assign, member and element is there.
struct TypeInfo {
    Complaint (*assign)(void* target, const Scalar& value, KeySource& keys){};
    std::optional<Member> (*member)(void* target, std::string_view name){};
    /// Name of the first required member whose bit is not in `seen`; empty if none.
    std::string_view (*missing)(void* target, std::uint32_t seen){};
    /// Appends an element; absent if the array is full.
    std::optional<Slot> (*element)(void* target, const ArrayLimits& limits){};
};

struct AnyVisitor {
    template <typename Field> void operator()(std::string_view, Field&, Presence) const;
};
template <typename T>
concept Described = requires(T& object) { each_member(object, AnyVisitor{}); };

template <typename T> Slot slot_of(T& target);

template <Described T> std::optional<Member> find_member(void* target, std::string_view name) {
    std::optional<Member> found;
    unsigned number = 0;
    each_member(*static_cast<T*>(target), [&](std::string_view each, auto& field, Presence) {
        if (each == name)
            found = Member{each, slot_of(field), number};
        ++number;
    });
    return found;
}

template <Described T> std::string_view missing_member(void* target, std::uint32_t seen) {
    std::string_view missing;
    unsigned number = 0;
    each_member(*static_cast<T*>(target), [&](std::string_view each, auto&, Presence presence) {
        const bool there = (seen >> number++ & 1U) != 0;
        if (missing.empty() && !there && presence == Presence::required)
            missing = each;
    });
    return missing;
}

/// Arrays of anything else are bounded by the size of the document alone.
template <typename T> std::size_t limit_of(const std::vector<T>&, const ArrayLimits&) {
    return std::numeric_limits<std::size_t>::max();
}

template <typename T> std::optional<Slot> append_element(void* target, const ArrayLimits& limits) {
    auto& elements = *static_cast<std::vector<T>*>(target);
    if (elements.size() >= limit_of(elements, limits))
        return std::nullopt;
    return slot_of(elements.emplace_back());
}

template <typename T> Complaint assign_to(void* target, const Scalar& value, KeySource& keys) {
    return assign(*static_cast<T*>(target), value, keys);
}

template <typename T> struct TypeOf {
    static constexpr TypeInfo info{.assign = &assign_to<T>};
};
template <Described T> struct TypeOf<T> {
    static constexpr TypeInfo info{.member = &find_member<T>, .missing = &missing_member<T>};
};
template <typename T> struct TypeOf<std::vector<T>> {
    static constexpr TypeInfo info{.element = &append_element<T>};
};

template <typename T> Slot slot_of(T& target) { return {&target, &TypeOf<T>::info}; }

/// Reads one JSON document into `root`. Unknown, repeated and missing members, wrong types and
/// values are invalid_argument with the path of the value ("peers[3].name: ..."). On an error
/// `root` holds what was read up to there.
Result<void> read(std::string_view json, Slot root, KeySource& keys, const ArrayLimits& limits,
                  std::string_view operation);

} // namespace wgnl::json
