// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems in the journal: each is written once for as long as it lasts. Pure: writes nothing.
#pragma once

#include <set>
#include <string>

#include <wgnl/declaration.hpp>

namespace wgnl::adapter {

/// MESSAGE_ID of a mistake in what people wrote.
inline constexpr const char* configuration_problem_id = "8d1c2f5ab0e84c0f9c7e0a6d4b4b9f31";

/// As syslog(3) counts priorities.
int syslog_priority(Severity severity) noexcept;

/// What was logged, look by look: whoever looks asks of each text, and says when it is done.
class LoggedProblems {
public:
    /// Whether the text is to be logged: neither the look before had it nor this one so far.
    bool is_news(const std::string& text);
    /// Texts that this look did not have are news when they come again.
    void end_look();

private:
    std::set<std::string> before_{};
    std::set<std::string> now_{};
};

} // namespace wgnl::adapter
