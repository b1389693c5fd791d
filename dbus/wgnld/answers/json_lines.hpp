// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON written straight into a buffer: a snapshot of 100,000 peers has 1.6 million members.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wgnl::daemon {

/// Appends members and values to `out`; commas are its business, the nesting is its caller's.
class JsonLines {
public:
    explicit JsonLines(std::string& out) : out_(out) {}

    void open(char bracket);          ///< '{' or '[', as the next value
    void close(char bracket);         ///< '}' or ']'
    void name(std::string_view name); ///< of the next value; plain ASCII

    void value(std::string_view text); ///< any bytes: what is no UTF-8 becomes U+FFFD
    void value(const char* text) { value(std::string_view(text)); }
    void value(std::uint64_t number);
    void value(bool yes);

    template <typename T> void member(std::string_view its_name, const T& its_value) {
        name(its_name);
        value(its_value);
    }

private:
    void separate();
    std::string& out_;
    bool first_{true};
};

} // namespace wgnl::daemon
