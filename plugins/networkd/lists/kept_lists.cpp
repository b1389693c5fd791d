// SPDX-License-Identifier: LGPL-2.1-or-later
// A file for each list: DEVICE:NAME.peers. A colon is in no name of a device and of no list.
#include "networkd/lists/kept_lists.hpp"

#include <cerrno>
#include <iterator>

#include <fmt/format.h>

#include <wgnl/peer_list.hpp>

#include "networkd/files/files.hpp"

namespace wgnl::networkd {

std::string KeptLists::path_of(std::string_view device, std::string_view name) const {
    return fmt::format("{}/{}:{}.peers", folder_, device, name);
}

std::expected<std::optional<std::string>, KeptListLack>
KeptLists::find(std::string_view device, std::string_view name) const {
    const auto unwritten = unwritten_.find({std::string(device), std::string(name)});
    if (unwritten != unwritten_.end())
        return unwritten->second.text;
    if (folder_.empty())
        return std::nullopt;
    const auto file = read_file(path_of(device, name), PeerListLimits{}.bytes);
    if (file.state == FileState::unreadable)
        return std::unexpected(KeptListLack{file.why, file.error == EACCES || file.error == EPERM});
    if (file.state != FileState::present)
        return std::nullopt;
    return std::string(file.text.view());
}

Result<void> KeptLists::keep(const std::string& device, const std::string& name, std::string text) {
    auto written = folder_.empty() ? Result<void>{} : replace_file(path_of(device, name), text);
    // What is on the disk is read from there: whoever removes it begins anew.
    if (written && !folder_.empty())
        unwritten_.erase({device, name});
    else
        unwritten_[{device, name}] = {std::move(text),
                                      written ? std::string{} : written.error().to_string()};
    return written;
}

void KeptLists::retry() {
    if (folder_.empty())
        return;
    for (auto at = unwritten_.begin(); at != unwritten_.end();) {
        auto& [of, list] = *at;
        const auto written = replace_file(path_of(of.first, of.second), list.text);
        if (!written)
            list.why = written.error().to_string();
        at = written ? unwritten_.erase(at) : std::next(at);
    }
}

std::string KeptLists::why_unwritten(std::string_view device, std::string_view name) const {
    const auto found = unwritten_.find({std::string(device), std::string(name)});
    return found == unwritten_.end() ? std::string{} : found->second.why;
}

} // namespace wgnl::networkd
