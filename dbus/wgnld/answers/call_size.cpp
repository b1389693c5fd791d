// SPDX-License-Identifier: LGPL-2.1-or-later
// Arguments counted, until there are too many: sd-bus does not tell the size of a message.
#include "call_size.hpp"

#include <cstring>

namespace wgnl::daemon {

namespace {

/// What a value takes besides its text, rather more.
constexpr std::size_t of_value = 8;

bool is_container(char type) { return type == 'a' || type == 'v' || type == 'r' || type == 'e'; }
bool is_text(char type) { return type == 's' || type == 'o' || type == 'g'; }

/// Negative errno for a message that is none.
int add_text(sd_bus_message* message, char type, std::size_t& bytes) {
    const char* text = nullptr;
    const int result = sd_bus_message_read_basic(message, type, static_cast<void*>(&text));
    if (result > 0)
        bytes += std::strlen(text);
    return result;
}

// A message has at most 64 levels, which sd-bus sees to.
int add_all(sd_bus_message* message, std::size_t& bytes) {
    char type = 0;
    const char* contents = nullptr;
    int result = 0;
    while (bytes <= longest_call &&
           (result = sd_bus_message_peek_type(message, &type, &contents)) > 0) {
        bytes += of_value;
        if (is_container(type)) {
            result = sd_bus_message_enter_container(message, type, contents);
            if (result >= 0)
                result = add_all(message, bytes);
            if (result >= 0 && bytes <= longest_call)
                result = sd_bus_message_exit_container(message);
        } else if (is_text(type)) {
            result = add_text(message, type, bytes);
        } else {
            const char one[] = {type, '\0'};
            result = sd_bus_message_skip(message, one);
        }
        if (result < 0)
            return result;
    }
    return result;
}

} // namespace

bool is_too_long(sd_bus_message* message) {
    std::size_t bytes = 0;
    add_all(message, bytes);
    sd_bus_message_rewind(message, 1);
    return bytes > longest_call;
}

} // namespace wgnl::daemon
