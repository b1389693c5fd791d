// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking things up in views.
#include "view.hpp"

#include <algorithm>
#include <tuple>

#include "terminal/format.hpp"

namespace wgnl::cli {

std::string PeerView::label() const { return name.empty() ? short_key(public_key) : name; }

const PeerView* DeviceView::find_peer(std::string_view name_or_key) const {
    const auto found = std::ranges::find_if(peers, [&](const PeerView& peer) {
        return peer.public_key == name_or_key || peer.name == name_or_key;
    });
    return found == peers.end() ? nullptr : &*found;
}

void sort_peers(std::vector<PeerView>& peers) {
    const auto order = [](const PeerView& peer) {
        return std::tuple(peer.name.empty(), std::string_view{peer.name},
                          std::string_view{peer.public_key});
    };
    std::ranges::sort(peers, {}, order);
}

const DeviceView* find_device(const std::vector<DeviceView>& devices, std::string_view name) {
    const auto found = std::ranges::find(devices, name, &DeviceView::name);
    return found == devices.end() ? nullptr : &*found;
}

} // namespace wgnl::cli
