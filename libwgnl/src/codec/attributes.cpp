// SPDX-License-Identifier: LGPL-2.1-or-later
// Netlink attributes: bounds-checked reading, writing within fixed storage.
#include "attributes.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <linux/genetlink.h>

namespace wgnl {
namespace {

constexpr std::size_t header_size = sizeof(nlattr);
constexpr std::size_t longest_attribute = std::numeric_limits<std::uint16_t>::max();

} // namespace

std::string_view AttributeReader::text() const noexcept {
    const auto end = std::find(payload_.begin(), payload_.end(), std::uint8_t{0});
    return {reinterpret_cast<const char*>(payload_.data()),
            static_cast<std::size_t>(end - payload_.begin())};
}

AttributeReader message_attributes(Bytes message, std::size_t family_header) noexcept {
    const std::size_t skipped = sizeof(nlmsghdr) + attribute_aligned(family_header);
    if (message.size() >= skipped)
        return AttributeReader(message.subspan(skipped));
    AttributeReader reader{Bytes{}};
    reader.reject();
    return reader;
}

void MessageWriter::begin(std::uint16_t type, std::uint16_t flags) noexcept {
    rollback({0, 0});
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    append(&header, sizeof(header));
}

std::size_t MessageWriter::room() const noexcept {
    if (overflowed_)
        return 0;
    const std::size_t left = (storage_.size() & ~std::size_t{3}) - size_;
    // The outermost nest is the longest: if its length can be expressed, all inner ones can.
    return depth_ == 0
               ? left
               : std::min(left, attribute_aligned(longest_attribute - 3) - (size_ - nests_[0]));
}

std::uint8_t* MessageWriter::reserve(std::size_t size) noexcept {
    if (attribute_aligned(size) > room()) {
        overflowed_ = true;
        return nullptr;
    }
    std::uint8_t* const place = storage_.data() + size_;
    std::memset(place + size, 0, attribute_aligned(size) - size);
    size_ += attribute_aligned(size);
    return place;
}

void MessageWriter::append(const void* data, std::size_t size) noexcept {
    if (std::uint8_t* const place = reserve(size))
        std::memcpy(place, data, size);
}

void MessageWriter::put_raw(std::uint16_t type, const void* data, std::size_t size) noexcept {
    if (size > longest_attribute - header_size) {
        overflowed_ = true;
        return;
    }
    std::uint8_t* const place = reserve(header_size + size);
    if (!place)
        return;
    const nlattr header{static_cast<std::uint16_t>(header_size + size), type};
    std::memcpy(place, &header, header_size);
    if (size > 0)
        std::memcpy(place + header_size, data, size);
}

void MessageWriter::put_text(std::uint16_t type, std::string_view text) noexcept {
    const std::size_t length = header_size + text.size() + 1;
    if (length > longest_attribute) {
        overflowed_ = true;
        return;
    }
    std::uint8_t* const place = reserve(length);
    if (!place)
        return;
    const nlattr header{static_cast<std::uint16_t>(length), type};
    std::memcpy(place, &header, header_size);
    std::copy(text.begin(), text.end(), place + header_size);
    place[length - 1] = 0;
}

void MessageWriter::open_nest(std::uint16_t type) noexcept {
    assert(depth_ < max_depth);
    nests_[depth_++] = size_;
    put_raw(type | NLA_F_NESTED, nullptr, 0);
}

void MessageWriter::close_nest() noexcept {
    assert(depth_ > 0);
    const std::size_t start = nests_[--depth_];
    if (overflowed_)
        return;
    const auto length = static_cast<std::uint16_t>(size_ - start);
    std::memcpy(storage_.data() + start + offsetof(nlattr, nla_len), &length, sizeof(length));
}

void MessageWriter::rollback(Mark mark) noexcept {
    size_ = mark.size;
    depth_ = mark.depth;
    overflowed_ = false;
}

std::span<std::uint8_t> MessageWriter::finish() noexcept {
    assert(depth_ == 0);
    if (overflowed_ || size_ < sizeof(nlmsghdr))
        return {};
    const auto length = static_cast<std::uint32_t>(size_);
    std::memcpy(storage_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof(length));
    return storage_.first(size_);
}

std::span<std::uint8_t> encode_family_request(std::string_view name,
                                              std::span<std::uint8_t> storage) noexcept {
    MessageWriter writer(storage);
    writer.begin(GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK);
    writer.put_header(genlmsghdr{CTRL_CMD_GETFAMILY, 1, 0});
    writer.put_text(CTRL_ATTR_FAMILY_NAME, name);
    return writer.finish();
}

std::optional<std::uint16_t> decode_family_reply(Bytes message) noexcept {
    std::optional<std::uint16_t> family;
    AttributeReader attributes = message_attributes(message, sizeof(genlmsghdr));
    while (attributes.next())
        if (attributes.type() == CTRL_ATTR_FAMILY_ID)
            family = attributes.as<std::uint16_t>();
    return attributes.ok() ? family : std::nullopt;
}

} // namespace wgnl
