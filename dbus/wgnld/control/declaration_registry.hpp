// SPDX-License-Identifier: LGPL-2.1-or-later
// Which device is declared by whom: one device, one declaration.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "limits.hpp"
#include "model/source.hpp"

namespace wgnl::daemon {

/// A declaration in force.
struct SourceDeclaration {
    Source source{};
    std::string origin{}; ///< file path or object path
    /// Shared by the bus thread, which shows it, and the worker thread, which applies it; the
    /// secrets in it are looked at by the worker only.
    std::shared_ptr<const Declaration> declaration{};
    Coverage covered{}; ///< by its addresses and routes
};

class DeclarationRegistry {
public:
    enum class Answer : std::uint8_t {
        first,     ///< the device was not declared before in this process
        unchanged, ///< the same content once more
        changed,   ///< saved again: another content, by the same source
        refused,   ///< another source has it; noted as a conflict
        too_much,  ///< with all others it would cover too much; what was declared before stays
    };

    /// `most`: what all devices may cover together; absent: anything.
    Answer declare(SourceDeclaration entry, const std::optional<Coverage>& most = std::nullopt);
    /// Null if the device is not declared.
    const SourceDeclaration* find(const std::string& device) const;
    /// False if this source has not declared it. What was refused to the source ends as well.
    bool withdraw(Source source, const std::string& device);
    /// The devices of the source that are not in `keep`; they are no longer declared.
    std::vector<std::string> retain(Source source, const std::vector<std::string>& keep);
    std::vector<std::string> devices_of(Source source) const;
    std::vector<std::string> devices() const;
    /// One for each source that was refused.
    std::vector<Problem> conflicts(const std::string& device) const;

private:
    Coverage covered_by_others(const std::string& device) const;

    using Key = std::pair<std::string, Source>;
    std::map<std::string, SourceDeclaration> declared_;
    std::map<Key, std::string> refused_; ///< origin of what was refused
};

} // namespace wgnl::daemon
