// SPDX-License-Identifier: LGPL-2.1-or-later
// MessageReader: one small reader for each D-Bus type in use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <systemd/sd-bus.h>

#include "bus_value.hpp"

namespace wgnl::cli {

/// Walks through one message; the first mistake is kept, and everything after it is skipped.
class MessageReader {
public:
    explicit MessageReader(sd_bus_message* message) : message_(message) {}
    int error() const { return error_; }

    template <typename T> T basic(char type) {
        T value{};
        take(sd_bus_message_read_basic(message_, type, static_cast<void*>(&value)));
        return error_ < 0 ? T{} : value;
    }
    std::string text(char type = 's') {
        const auto* value = basic<const char*>(type);
        return value ? value : "";
    }
    /// Calls `item` for each element of an array.
    template <typename Item> void array(const char* contents, Item item) {
        if (!enter('a', contents))
            return;
        while (error_ >= 0 && sd_bus_message_at_end(message_, 0) == 0)
            item();
        leave();
    }
    template <typename Item> void dictionary(const char* entry, Item item) {
        const auto contents = std::string{"{"} + entry + "}";
        array(contents.c_str(), [&] { inside('e', entry, item); });
    }
    template <typename Item> void inside(char type, const char* contents, Item item) {
        if (!enter(type, contents))
            return;
        item();
        leave();
    }
    Value variant();
    Properties properties();                        ///< a{sv}
    std::map<std::string, Properties> interfaces(); ///< a{sa{sv}}
    std::vector<std::string> texts();

private:
    void take(int result) { error_ = error_ < 0 ? error_ : result; }
    bool enter(char type, const char* contents) {
        take(error_ < 0 ? error_ : sd_bus_message_enter_container(message_, type, contents));
        return error_ >= 0;
    }
    void leave() { take(error_ < 0 ? error_ : sd_bus_message_exit_container(message_)); }
    Value value(std::string_view signature);
    std::vector<Triple> triples();
    std::map<std::string, std::uint64_t> counts();

    sd_bus_message* message_;
    int error_{};
};

} // namespace wgnl::cli
