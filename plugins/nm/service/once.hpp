// SPDX-License-Identifier: LGPL-2.1-or-later
// What would be declared, printed for people.
#pragma once

#include <gio/gio.h>

namespace wgnl::nm {

/// Prints the declarations of all active profiles without secrets, and their problems to standard
/// error. Returns the exit code: 1 if NetworkManager does not run or a profile cannot be read.
int print_once(GDBusConnection* bus);

} // namespace wgnl::nm
