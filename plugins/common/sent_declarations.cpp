// SPDX-License-Identifier: LGPL-2.1-or-later
// Documents are compared by their digests.
#include "common/sent_declarations.hpp"

#include <functional>
#include <string_view>
#include <utility>

#include <wgnl/key.hpp>

#include "common/problems.hpp"

namespace wgnl::adapter {
namespace {

std::size_t digest_of(const Document& document) noexcept {
    const auto& bytes = document.bytes();
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// One that wgnld takes, however many problems were added on the way.
Document document_of(const Declaration& declaration) {
    if (declaration.problems.size() <= DeclarationLimits{}.problems)
        return Document(declaration);
    auto fitting = declaration;
    bound(fitting.problems);
    return Document(fitting);
}

} // namespace

Document::~Document() { wipe(bytes_); }

std::optional<PendingDeclaration> SentDeclarations::declare(const std::string& key,
                                                            const std::string& origin,
                                                            const Declaration& declaration) {
    auto document = document_of(declaration);
    const auto digest = digest_of(document);
    const auto [sent, is_first] = digests_.try_emplace(key, digest);
    if (!is_first && std::exchange(sent->second, digest) == digest)
        return std::nullopt;
    return PendingDeclaration{declaration.device, origin, std::move(document)};
}

} // namespace wgnl::adapter
