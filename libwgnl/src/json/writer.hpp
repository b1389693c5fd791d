// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes JSON text, by hand or from the same descriptions that json_reader.hpp reads with.
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

#include "reader.hpp"

namespace wgnl::json {

enum class Layout : std::uint8_t {
    compact, ///< no white space
    lines,   ///< a line for each member of the document and each object in an array
};

/// Appends to one string; what it outgrows is wiped, since it may hold secrets.
class Writer {
public:
    explicit Writer(Layout layout, std::size_t expected_size = 0);

    void begin_object();
    void end_object();
    void begin_array();
    void end_array();
    void member(std::string_view name); ///< its value follows
    void text(std::string_view value);  ///< valid UTF-8; escaped as needed
    void number(std::uint64_t value);
    void flag(bool value);

    std::string take() { return std::move(out_); } ///< the document; then the writer is done

private:
    void append(std::string_view piece);
    void escape(unsigned char byte);
    void separate();
    void break_line(std::size_t depth);
    void begin(char bracket);
    void end(char bracket);

    struct Level {
        bool object;
        bool empty;
        bool broken; ///< its elements stand on lines of their own
    };
    Layout layout_;
    std::string out_;
    std::vector<Level> levels_;
    bool after_name_{false};
};

/// How keys are written; the counterpart of KeySource.
class KeySink {
public:
    virtual ~KeySink() = default;
    virtual void write(Writer& writer, std::span<const std::uint8_t, key_size> key) = 0;
};

class Base64KeySink final : public KeySink {
public:
    void write(Writer& writer, std::span<const std::uint8_t, key_size> key) override;
};

inline void put(Writer& writer, const std::string& value, KeySink&) { writer.text(value); }
inline void put(Writer& writer, std::same_as<bool> auto value, KeySink&) { writer.flag(value); }
inline void put(Writer& writer, const PublicKey& value, KeySink& keys) {
    keys.write(writer, value.bytes());
}
template <typename Tag> void put(Writer& writer, const SecretKey<Tag>& value, KeySink& keys) {
    keys.write(writer, value.reveal());
}
template <typename Number>
    requires(std::unsigned_integral<Number> && !std::same_as<Number, bool>)
void put(Writer& writer, Number value, KeySink&) {
    writer.number(value);
}
template <typename T> void put(Writer& writer, const std::optional<T>& value, KeySink& keys) {
    put(writer, *value, keys);
}
template <Described T> void put(Writer& writer, const T& object, KeySink& keys);
template <typename T> void put(Writer& writer, const std::vector<T>& elements, KeySink& keys) {
    writer.begin_array();
    for (const auto& element : elements) {
        put(writer, element, keys);
    }
    writer.end_array();
}

/// What need not be written, because a reader has it so without being told.
template <typename T> bool is_left_out(const T&) { return false; }
template <typename T> bool is_left_out(const std::optional<T>& value) { return !value; }
template <typename T> bool is_left_out(const std::vector<T>& value) { return value.empty(); }
inline bool is_left_out(const std::string& value) { return value.empty(); }
inline bool is_left_out(const bool& value) { return !value; }

template <Described T> void put(Writer& writer, const T& object, KeySink& keys) {
    writer.begin_object();
    each_member(object, [&](std::string_view name, const auto& value, Presence presence) {
        if (presence == Presence::required || !is_left_out(value)) {
            writer.member(name);
            put(writer, value, keys);
        }
    });
    writer.end_object();
}

} // namespace wgnl::json
