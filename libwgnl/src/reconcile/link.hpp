// SPDX-License-Identifier: LGPL-2.1-or-later
// Mode own: the link itself. Addresses, MTU, up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/record.hpp>

namespace wgnl {

/// What is still to be done to a link.
struct LinkSteps {
    std::optional<std::uint32_t> mtu{};
    std::uint32_t mtu_before{};
    std::vector<InterfaceAddress> add{};
    std::vector<InterfaceAddress> remove{};
    bool up{false};

    bool empty() const noexcept { return !mtu && add.empty() && remove.empty() && !up; }
};

/// The difference between the declaration and the link. Only addresses that the record says were
/// created for it are ever removed.
LinkSteps link_steps(const Declaration& declared, const Record& record, const Link& link);

/// The addresses that are ours once `steps` are done: those that were, and those that are added.
std::vector<InterfaceAddress> created_addresses(const Declaration& declared, const Record& record,
                                                const LinkSteps& steps);

/// What came of steps.
struct LinkOutcome {
    std::vector<std::string> done{}; ///< in words, one a step
    std::vector<Error> errors{};
};
/// Carries out all that can be.
LinkOutcome carry_out(Client& client, const std::string& device, const LinkSteps& steps);

/// Each step as a sentence, for a dry run.
std::vector<std::string> in_words(const LinkSteps& steps);

} // namespace wgnl
