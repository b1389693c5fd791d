// SPDX-License-Identifier: LGPL-2.1-or-later
// Growing and wiping of texts that hold secrets.
#include <wgnl/secret_text.hpp>

#include <algorithm>

#include <wgnl/key.hpp>

namespace wgnl {

SecretText& SecretText::operator=(const SecretText& other) {
    if (this != &other) {
        clear();
        append(other.view());
    }
    return *this;
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
    if (this != &other) {
        clear();
        bytes_.swap(other.bytes_);
    }
    return *this;
}

void SecretText::append(std::string_view more) {
    const auto wanted = bytes_.size() + more.size();
    if (wanted > bytes_.capacity()) {
        reserve(std::max(wanted, 2 * bytes_.capacity()));
    }
    bytes_.insert(bytes_.end(), more.begin(), more.end());
}

void SecretText::reserve(std::size_t capacity) {
    if (capacity <= bytes_.capacity()) {
        return;
    }
    std::vector<char> larger;
    larger.reserve(capacity);
    larger.assign(bytes_.begin(), bytes_.end());
    bytes_.swap(larger);
    wipe(larger.data(), larger.size());
}

void SecretText::clear() noexcept {
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
}

} // namespace wgnl
