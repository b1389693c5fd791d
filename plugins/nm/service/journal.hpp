// SPDX-License-Identifier: LGPL-2.1-or-later
// What a service says: to the journal, or as plain lines; and to the service manager.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>
#include <wgnl/text.hpp>

namespace wgnl::nm {

/// One line about a device, or about none. Never holds a secret.
void log(Severity severity, const std::string& text, const std::string& device = {});
/// A mistake in a profile, with the message id of such. It names no key but those that `is_public`
/// knows.
void log(const Problem& problem, const std::string& device, const IsPublic& is_public = {});

/// "READY=1", "STATUS=…", "WATCHDOG=1". Does nothing if no service manager listens.
void tell_manager(const std::string& state);
/// How often the service manager wants "WATCHDOG=1", halved for safety; absent: not at all.
std::optional<std::uint32_t> watchdog_milliseconds();

} // namespace wgnl::nm
