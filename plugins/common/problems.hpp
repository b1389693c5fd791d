// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems on their way to people: no more than a document may carry, and each once in the journal.
// Pure: writes nothing.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>

namespace wgnl::adapter {

/// Keeps as many problems as one document may carry, and counts the rest.
class BoundedProblems {
public:
    explicit BoundedProblems(std::size_t limit = DeclarationLimits{}.problems) : limit_(limit) {}

    /// What is added from now on is counted and not kept: nothing need be found out for it.
    bool full() const noexcept { return problems_.size() + 1 >= limit_; }
    /// Its texts are made fit to be shown.
    void add(Problem problem);
    /// Everything so far; the last one tells how many are not among them, if any are.
    std::vector<Problem> take();

private:
    std::size_t limit_;
    std::size_t not_kept_{0};
    std::vector<Problem> problems_{};
};

/// Cuts problems down to what one document may carry, whatever added them: errors stay before
/// warnings, and these before notes, in their order; the last one tells how many are gone. To be
/// called where they are handed over.
void bound(std::vector<Problem>& problems, std::size_t limit = DeclarationLimits{}.problems);

/// Of a kind that one text of others may have without end the first few are told, and the rest as a
/// number: so that it crowds out nothing.
class FirstFew {
public:
    static constexpr std::size_t few = 5;

    /// Whether the next one is to be told.
    bool admit() noexcept { return ++count_ <= few; }
    std::size_t untold() const noexcept { return count_ > few ? count_ - few : 0; }

private:
    std::size_t count_{0};
};

/// The name of a key, for messages: "Name="; a long one, which may be a secret that lacks its name,
/// as "what stands here".
std::string sanitized_name(std::string_view key);

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
