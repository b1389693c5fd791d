// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnld as its sources call it: names on the bus, and of what is handed over.
#pragma once

namespace wgnl::adapter {

inline constexpr const char* wgnld_name = "org.wgnl.WireGuard1";
inline constexpr const char* wgnld_path = "/org/wgnl/WireGuard1";
/// It has Declare, Retain and Report.
inline constexpr const char* wgnld_interface = "org.wgnl.WireGuard1.Manager";

/// The errors after which the same call may well succeed: it has no room now, or did not answer.
inline constexpr const char* not_ready_error = "org.wgnl.WireGuard1.Error.NotReady";
inline constexpr const char* no_reply_error = "org.freedesktop.DBus.Error.NoReply";

/// Of the memory file that carries a document, for people (/proc).
inline constexpr const char* document_name = "wgnl-declaration";

} // namespace wgnl::adapter
