// SPDX-License-Identifier: LGPL-2.1-or-later
// Decoding of sd-bus messages: one small reader for each D-Bus type in use.
#include "bus_value.hpp"

#include <string_view>

#include <systemd/sd-bus.h>

namespace wgnl::cli {
namespace {

/// Walks through one message; the first mistake is kept, and everything after it is skipped.
class Reader {
public:
    explicit Reader(sd_bus_message* message) : message_(message) {}
    int error() const { return error_; }

    template <typename T> T basic(char type) {
        T value{};
        take(sd_bus_message_read_basic(message_, type, &value));
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

private:
    void take(int result) { error_ = error_ < 0 ? error_ : result; }
    bool enter(char type, const char* contents) {
        take(error_ < 0 ? error_ : sd_bus_message_enter_container(message_, type, contents));
        return error_ >= 0;
    }
    void leave() { take(error_ < 0 ? error_ : sd_bus_message_exit_container(message_)); }
    Value value(std::string_view signature);
    std::vector<std::string> texts();
    std::vector<Triple> triples();
    std::map<std::string, std::uint64_t> counts();

    sd_bus_message* message_;
    int error_{};
};

std::vector<std::string> Reader::texts() {
    std::vector<std::string> texts;
    array("s", [&] { texts.push_back(text()); });
    return texts;
}

std::vector<Triple> Reader::triples() {
    std::vector<Triple> triples;
    array("(sss)",
          [&] { inside('r', "sss", [&] { triples.push_back(Triple{text(), text(), text()}); }); });
    return triples;
}

std::map<std::string, std::uint64_t> Reader::counts() {
    std::map<std::string, std::uint64_t> counts;
    dictionary("su", [&] {
        auto key = text();
        counts.emplace(std::move(key), basic<std::uint32_t>('u'));
    });
    return counts;
}

Value Reader::value(std::string_view signature) {
    if (signature == "s" || signature == "o")
        return text(signature.front());
    if (signature == "b")
        return basic<int>('b') != 0;
    if (signature == "q")
        return std::uint64_t{basic<std::uint16_t>('q')};
    if (signature == "u")
        return std::uint64_t{basic<std::uint32_t>('u')};
    if (signature == "t")
        return basic<std::uint64_t>('t');
    if (signature == "as")
        return texts();
    if (signature == "a(sss)")
        return triples();
    if (signature == "a{su}")
        return counts();
    take(sd_bus_message_skip(message_, std::string{signature}.c_str()));
    return {};
}

Value Reader::variant() {
    char type{};
    const char* contents{};
    take(sd_bus_message_peek_type(message_, &type, &contents));
    if (error_ < 0 || type != 'v' || contents == nullptr)
        return {};
    const std::string signature{contents};
    Value read;
    inside('v', signature.c_str(), [&] { read = value(signature); });
    return read;
}

Properties read_properties(Reader& reader) {
    Properties properties;
    reader.dictionary("sv", [&] {
        auto name = reader.text();
        properties.emplace(std::move(name), reader.variant());
    });
    return properties;
}

} // namespace

Result<ManagedObjects> read_managed_objects(sd_bus_message* message) {
    Reader reader{message};
    ManagedObjects objects;
    reader.dictionary("oa{sa{sv}}", [&] {
        auto& interfaces = objects[reader.text('o')];
        reader.dictionary("sa{sv}", [&] {
            auto name = reader.text();
            interfaces.emplace(std::move(name), read_properties(reader));
        });
    });
    if (reader.error() < 0)
        return fail(Errc::protocol, "read the answer of wgnld",
                    "it is not of the form that this version of wgnl knows");
    return objects;
}

} // namespace wgnl::cli
