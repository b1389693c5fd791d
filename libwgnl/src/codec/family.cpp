// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking generic netlink's controller for the number of a family.
#include "family.hpp"

#include <linux/genetlink.h>
#include <linux/netlink.h>

namespace wgnl {

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
