// SPDX-License-Identifier: LGPL-2.1-or-later
// What is declared no more, taken away: from devices, and from the records of earlier runs.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "declaration_registry.hpp"
#include "jobs.hpp"

namespace wgnl::daemon {

/// What fails is tried again when that is asked for.
class Withdrawals {
public:
    using Done = std::function<void(Result<void>)>;
    /// `ended` is called after each attempt at a device. Both references outlive this.
    Withdrawals(Jobs& jobs, const DeclarationRegistry& registry,
                std::function<void(const std::string& device)> ended)
        : jobs_(jobs), registry_(registry), ended_(std::move(ended)) {}
    Withdrawals(Withdrawals&&) = delete;

    /// `done` may be empty.
    void withdraw(const std::string& device, Done done);
    /// What the records name of this source, neither declared nor to be kept.
    void withdraw_recorded(Source source, const std::vector<std::string>& keep);
    /// One device, if a record names it of this source; else `done` gets not_found.
    void withdraw_if_recorded(Source source, const std::string& device, Done done);
    void try_again();

private:
    Jobs& jobs_;
    const DeclarationRegistry& registry_;
    std::function<void(const std::string& device)> ended_;
    std::map<Source, std::vector<std::string>> unfinished_{}; ///< records still to be looked at
    std::set<std::string> failed_{};
};

} // namespace wgnl::daemon
