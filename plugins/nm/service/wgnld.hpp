// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnld as its source calls it.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "common/sent_declarations.hpp"
#include "nm/service/bus.hpp"

namespace wgnl::nm {

/// Both calls start wgnld if it does not run.
class Wgnld {
public:
    using Done = std::function<void(Result<void>)>;

    /// `appeared` is called when another process owns wgnld's name: it knows nothing yet.
    Wgnld(GDBusConnection* bus, std::function<void()> appeared);

    void declare(const adapter::PendingDeclaration& pending, Done done);
    void retain(const std::set<std::string>& devices, Done done);

    /// Whether it may well succeed when it is tried again.
    static bool is_passing(const Error& error);

private:
    Calls calls_;
    NameWatch owner_;
};

} // namespace wgnl::nm
