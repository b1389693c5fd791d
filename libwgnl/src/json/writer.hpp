// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes JSON text from the same descriptions that reader.hpp reads with.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/key.hpp>

#include "base/json_writer.hpp"
#include "reader.hpp"
#include "values/keys.hpp"

namespace wgnl::json {

/// How keys are written; the counterpart of KeySource.
class KeySink {
public:
    virtual ~KeySink() = default;
    virtual void write(Writer& writer, std::span<const std::uint8_t, key_size> key) = 0;
};

class Base64KeySink final : public KeySink {
public:
    void write(Writer& writer, std::span<const std::uint8_t, key_size> key) override {
        auto text = key_text(key);
        writer.value(std::string_view(text.data(), key_text_size));
        wipe(text.data(), text.size());
    }
};

inline void put(Writer& writer, const std::string& value, KeySink&) { writer.value(value); }
inline void put(Writer& writer, const PublicKey& value, KeySink& keys) {
    keys.write(writer, value.bytes());
}
template <typename Tag> void put(Writer& writer, const SecretKey<Tag>& value, KeySink& keys) {
    keys.write(writer, value.reveal());
}
void put(Writer& writer, std::unsigned_integral auto value, KeySink&) { writer.value(value); }
template <typename T> void put(Writer& writer, const std::optional<T>& value, KeySink& keys) {
    put(writer, *value, keys);
}
template <Described T> void put(Writer& writer, const T& object, KeySink& keys);
template <typename T> void put(Writer& writer, const std::vector<T>& elements, KeySink& keys) {
    writer.begin_array();
    for (const auto& element : elements)
        put(writer, element, keys);
    writer.end_array();
}

/// What need not be written, because a reader has it so without being told.
template <typename T> bool is_left_out(const T&) { return false; }
template <typename T> bool is_left_out(const std::optional<T>& value) { return !value; }
template <typename T> bool is_left_out(const std::vector<T>& value) { return value.empty(); }
inline bool is_left_out(const std::string& value) { return value.empty(); }
inline bool is_left_out(const bool& value) { return !value; }

template <typename T> bool is_zero(const T&) { return false; }
template <std::unsigned_integral Number> bool is_zero(const Number& value) { return value == 0; }

template <Described T> void put(Writer& writer, const T& object, KeySink& keys) {
    writer.begin_object();
    each_member(object, [&](std::string_view name, const auto& value, Presence presence) {
        if (presence == Presence::required ||
            !(is_left_out(value) || (presence == Presence::unless_zero && is_zero(value)))) {
            writer.member(name);
            put(writer, value, keys);
        }
    });
    writer.end_object();
}

} // namespace wgnl::json
