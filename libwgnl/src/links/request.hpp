// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests to rtnetlink: written, sent, repeated while they are interrupted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/attributes.hpp"
#include "values/transport.hpp"

namespace wgnl {

/// One small message: a header, and attributes that always fit.
class LinkRequest {
public:
    template <typename Header>
    LinkRequest(std::uint16_t type, std::uint16_t flags, const Header& header) {
        writer_.begin(type, flags);
        writer_.put_header(header);
    }
    LinkRequest(const LinkRequest&) = delete;
    LinkRequest& operator=(const LinkRequest&) = delete;

    MessageWriter* operator->() noexcept { return &writer_; }
    std::span<std::uint8_t> finish() noexcept { return writer_.finish(); }

private:
    std::array<std::uint8_t, 512> storage_{};
    MessageWriter writer_{storage_};
};

/// Makes an item of a reply; nothing of one that is to be passed over.
template <typename Item>
using ItemReader = Result<std::optional<Item>> (*)(Bytes message, std::string_view operation);

/// Carries out a request whose replies are items of one kind. Repeated, at most 8 times, while it
/// is interrupted: never partial data.
template <typename Item>
Result<std::vector<Item>> gather(Transport& transport, LinkRequest& request,
                                 std::string_view operation, ItemReader<Item> read) {
    constexpr int most_repetitions = 8;
    std::vector<Item> items;
    const ReplySink take = [&](Bytes message) -> Result<void> {
        auto item = read(message, operation);
        if (!item)
            return std::unexpected(std::move(item).error());
        if (*item)
            items.push_back(**std::move(item));
        return {};
    };
    auto done = transport.exchange(request.finish(), take, operation);
    for (int i = 0; i < most_repetitions && !done && done.error().code() == Errc::interrupted;
         ++i) {
        items.clear();
        done = transport.exchange(request.finish(), take, operation);
    }
    if (!done)
        return std::unexpected(std::move(done).error());
    return items;
}

inline Result<void> carry_out(Transport& transport, LinkRequest& request,
                              std::string_view operation) {
    return transport.exchange(
        request.finish(), [](Bytes) -> Result<void> { return {}; }, operation);
}

inline bool failed_with(const Result<void>& result, int errnum) {
    return !result && result.error().errnum() == errnum;
}

/// Says in `words` what an errno means here; other results pass.
inline Result<void> in_words(Result<void> result, int errnum, Errc code, std::string words) {
    if (!failed_with(result, errnum))
        return result;
    return fail(code, result.error().operation(), std::move(words), errnum);
}

} // namespace wgnl
