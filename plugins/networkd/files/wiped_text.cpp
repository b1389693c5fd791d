// SPDX-License-Identifier: LGPL-2.1-or-later
// Growing and wiping of texts that may hold secrets.
#include "networkd/files/wiped_text.hpp"

#include <algorithm>
#include <utility>

#include <wgnl/key.hpp>

namespace wgnl::networkd {

WipedText& WipedText::operator=(WipedText&& other) noexcept {
    if (this != &other) {
        clear();
        bytes_.swap(other.bytes_);
    }
    return *this;
}

void WipedText::append(std::string_view more) {
    if (bytes_.size() + more.size() > bytes_.capacity()) {
        std::vector<char> larger;
        larger.reserve(std::max(bytes_.capacity() * 2, bytes_.size() + more.size()));
        larger.assign(bytes_.begin(), bytes_.end());
        bytes_.swap(larger);
        wipe(larger.data(), larger.size());
    }
    bytes_.insert(bytes_.end(), more.begin(), more.end());
}

void WipedText::clear() noexcept {
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
}

} // namespace wgnl::networkd
