// SPDX-License-Identifier: LGPL-2.1-or-later
// A file for each list: DEVICE:NAME.peers. A colon is in no name of a device and of no list.
#include "networkd/lists/kept_lists.hpp"

#include <fmt/format.h>

#include <wgnl/peer_list.hpp>

#include "networkd/files/files.hpp"

namespace wgnl::networkd {

std::string KeptLists::path_of(std::string_view device, std::string_view name) const {
    return fmt::format("{}/{}:{}.peers", folder_, device, name);
}

std::expected<std::optional<std::string>, std::string>
KeptLists::find(std::string_view device, std::string_view name) const {
    const auto fresh = fresh_.find({std::string(device), std::string(name)});
    if (fresh != fresh_.end())
        return fresh->second;
    if (folder_.empty())
        return std::nullopt;
    const auto file = read_file(path_of(device, name), PeerListLimits{}.bytes);
    if (file.state == FileState::unreadable)
        return std::unexpected(file.why);
    if (file.state != FileState::present)
        return std::nullopt;
    return std::string(file.text.view());
}

Result<void> KeptLists::keep(const std::string& device, const std::string& name, std::string text) {
    auto written = folder_.empty() ? Result<void>{} : replace_file(path_of(device, name), text);
    fresh_[{device, name}] = std::move(text);
    return written;
}

} // namespace wgnl::networkd
