// SPDX-License-Identifier: LGPL-2.1-or-later
// Logging of a daemon: structured when the journal listens, one plain line otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wgnl/text.hpp>

namespace wgnl::sd {

/// As syslog(3) counts them.
enum class Priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// One event. Never holds a secret.
struct LogEntry {
    Priority priority{Priority::info};
    std::string_view message_id{}; ///< 32 hexadecimal digits; empty: none
    std::string text{};            ///< one line; shown without keys and printable
    std::vector<std::pair<std::string_view, std::string>> fields{}; ///< WGNL_DEVICE, WGNL_PEER …
    IsPublic is_public{}; ///< which keys `text` may name; empty: none
};

/// The text of the entry as log() writes it, without the end of the line.
std::string shown_text(const LogEntry& entry);

/// Writes the entry to the journal if standard error is connected to it, else to standard error.
/// A failure to log is ignored: there is nowhere to say so.
void log(const LogEntry& entry);

} // namespace wgnl::sd
