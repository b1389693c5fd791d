// SPDX-License-Identifier: LGPL-2.1-or-later
// Netlink attributes: a bounds-checked reader and a writer that both remember the first failure;
// and the one request that finds a family.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include <linux/netlink.h>

#include "values/transport.hpp"

namespace wgnl {

/// Attributes begin at multiples of four bytes.
constexpr std::size_t attribute_aligned(std::size_t size) noexcept {
    return (size + 3) & ~std::size_t{3};
}

/// Walks the attributes of one level, in place. The first malformed one (a length beyond the bytes,
/// a value of the wrong size) ends the walk and makes ok() false for good.
class AttributeReader {
public:
    explicit AttributeReader(Bytes bytes) noexcept : rest_(bytes) {}

    /// Steps to the next attribute; false at the end and after a malformed one.
    bool next() noexcept {
        nlattr header{};
        if (rest_.size() < sizeof(header))
            return stop();
        std::memcpy(&header, rest_.data(), sizeof(header));
        if (header.nla_len < sizeof(header) || header.nla_len > rest_.size())
            return stop();
        raw_type_ = header.nla_type;
        payload_ = rest_.subspan(sizeof(header), header.nla_len - sizeof(header));
        rest_ = rest_.subspan(std::min(attribute_aligned(header.nla_len), rest_.size()));
        return true;
    }

    std::uint16_t type() const noexcept { return raw_type_ & NLA_TYPE_MASK; } ///< without flags
    bool is_nested() const noexcept { return (raw_type_ & NLA_F_NESTED) != 0; }
    Bytes payload() const noexcept { return payload_; }

    /// The value as T; zero and malformed if its size is not exactly T's.
    template <typename T> T as() noexcept {
        static_assert(std::is_trivially_copyable_v<T>);
        T value{};
        if (payload_.size() == sizeof(T))
            std::memcpy(&value, payload_.data(), sizeof(T));
        else
            reject();
        return value;
    }
    /// The N bytes of the value where they lie; zeros and malformed if there are more or fewer.
    template <std::size_t N> std::span<const std::uint8_t, N> bytes() noexcept {
        static constexpr std::array<std::uint8_t, N> zeros{};
        if (payload_.size() == N)
            return payload_.template first<N>();
        reject();
        return zeros;
    }
    std::string_view text() const noexcept; ///< up to the first NUL
    AttributeReader nested() const noexcept { return AttributeReader(payload_); }

    void reject() noexcept {
        ok_ = false;
        rest_ = {};
    }
    bool ok() const noexcept { return ok_; }

private:
    bool stop() noexcept {
        ok_ = ok_ && rest_.empty();
        return false;
    }

    Bytes rest_;
    Bytes payload_{};
    std::uint16_t raw_type_{};
    bool ok_{true};
};

/// The attributes of a message behind its nlmsghdr and a family header of `family_header` bytes; an
/// empty, malformed reader if the message is shorter than that.
AttributeReader message_attributes(Bytes message, std::size_t family_header) noexcept;

/// Writes one netlink message into storage that it never outgrows. What does not fit is not
/// written, and overflowed() stays true until rollback(): try, and take back what was too much. An
/// open nest may never grow beyond the 65,535 bytes that its length field can express.
class MessageWriter {
public:
    explicit MessageWriter(std::span<std::uint8_t> storage) noexcept : storage_(storage) {}

    /// Starts a new message in place of whatever was there.
    void begin(std::uint16_t type, std::uint16_t flags) noexcept;
    /// A family header (genlmsghdr, ifinfomsg) behind the nlmsghdr.
    template <typename T> void put_header(const T& header) noexcept {
        static_assert(std::is_trivially_copyable_v<T>);
        append(&header, sizeof(T));
    }

    template <typename T> void put(std::uint16_t type, const T& value) noexcept {
        static_assert(std::is_trivially_copyable_v<T>);
        put_raw(type, &value, sizeof(T));
    }
    void put_bytes(std::uint16_t type, Bytes value) noexcept {
        put_raw(type, value.data(), value.size());
    }
    /// With the terminating NUL.
    void put_text(std::uint16_t type, std::string_view text) noexcept;

    /// At most four levels deep. Nests are marked with NLA_F_NESTED.
    void open_nest(std::uint16_t type) noexcept;
    void close_nest() noexcept;

    struct Mark {
        std::size_t size;
        std::size_t depth;
    };
    Mark mark() const noexcept { return {size_, depth_}; }
    /// Forgets all that was written and opened since `mark`, and the overflow.
    void rollback(Mark mark) noexcept;
    bool overflowed() const noexcept { return overflowed_; }
    /// Bytes that may still be written.
    std::size_t room() const noexcept;

    /// The complete message; empty if it overflowed.
    std::span<std::uint8_t> finish() noexcept;

private:
    static constexpr std::size_t max_depth = 4;

    std::uint8_t* reserve(std::size_t size) noexcept;
    void append(const void* data, std::size_t size) noexcept;
    void put_raw(std::uint16_t type, const void* data, std::size_t size) noexcept;

    std::span<std::uint8_t> storage_;
    std::size_t size_{};
    std::array<std::size_t, max_depth> nests_{};
    std::size_t depth_{};
    bool overflowed_{};
};

/// CTRL_CMD_GETFAMILY for `name`, written into `storage` (at least 64 bytes). Asking makes the
/// kernel load the module that has the family.
std::span<std::uint8_t> encode_family_request(std::string_view name,
                                              std::span<std::uint8_t> storage) noexcept;

/// The family's number; absent if the reply is malformed or has none.
std::optional<std::uint16_t> decode_family_reply(Bytes message) noexcept;

} // namespace wgnl
