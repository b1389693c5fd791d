// SPDX-License-Identifier: LGPL-2.1-or-later
// The network namespace in which a command works without the daemon.
#include "network_place.hpp"

#include <utility>

namespace wgnl::cli {

Result<std::optional<Namespace>> namespace_of(const std::string& text) {
    if (text.empty())
        return std::nullopt;
    auto found = text == "." ? Namespace::current() : Namespace::open(text);
    if (!found)
        return std::unexpected{found.error()};
    return *std::move(found);
}

Result<NetworkPlace> NetworkPlace::open(const std::string& netns) {
    const auto where = namespace_of(netns);
    if (!where)
        return std::unexpected{where.error()};
    auto client = Client::open({.network_namespace = *where});
    if (!client)
        return std::unexpected{client.error()};
    auto records = RecordStore::of(*where);
    if (!records)
        return std::unexpected{records.error()};
    return NetworkPlace{*std::move(client), *std::move(records)};
}

} // namespace wgnl::cli
