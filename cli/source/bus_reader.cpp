// SPDX-License-Identifier: LGPL-2.1-or-later
// Answers of wgnld, decoded: property values by their signatures.
#include "bus_reader.hpp"

#include <algorithm>

namespace wgnl::cli {

std::vector<std::string> MessageReader::texts() {
    std::vector<std::string> texts;
    array("s", [&] { texts.push_back(text()); });
    return texts;
}

std::vector<Triple> MessageReader::triples() {
    std::vector<Triple> triples;
    array("(sss)",
          [&] { inside('r', "sss", [&] { triples.push_back(Triple{text(), text(), text()}); }); });
    return triples;
}

std::map<std::string, std::uint64_t> MessageReader::counts() {
    std::map<std::string, std::uint64_t> counts;
    dictionary("su", [&] {
        auto key = text();
        counts.emplace(std::move(key), basic<std::uint32_t>('u'));
    });
    return counts;
}

Value MessageReader::value(std::string_view signature) {
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

Value MessageReader::variant() {
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

Properties MessageReader::properties() {
    Properties properties;
    dictionary("sv", [&] {
        auto name = text();
        properties.emplace(std::move(name), variant());
    });
    return properties;
}

std::map<std::string, Properties> MessageReader::interfaces() {
    std::map<std::string, Properties> interfaces;
    dictionary("sa{sv}", [&] {
        auto name = text();
        interfaces.emplace(std::move(name), properties());
    });
    return interfaces;
}

namespace {

constexpr const char* operation = "read the answer of wgnld";
constexpr const char* other_form = "it is not of the form that this version of wgnl knows";

} // namespace

Result<ManagedObjects> read_managed_objects(sd_bus_message* message) {
    MessageReader reader{message};
    ManagedObjects objects;
    reader.dictionary("oa{sa{sv}}", [&] {
        auto path = reader.text('o');
        objects.emplace(std::move(path), reader.interfaces());
    });
    if (reader.error() < 0)
        return fail(Errc::protocol, operation, other_form);
    return objects;
}

Result<std::vector<std::string>> read_device_names(sd_bus_message* message) {
    MessageReader reader{message};
    std::vector<std::string> names;
    reader.array("(so)", [&] {
        reader.inside('r', "so", [&] {
            names.push_back(reader.text());
            reader.text('o');
        });
    });
    if (reader.error() < 0)
        return fail(Errc::protocol, operation, other_form);
    std::ranges::sort(names);
    return names;
}

Result<Properties> read_properties(sd_bus_message* message) {
    MessageReader reader{message};
    auto properties = reader.properties();
    if (reader.error() < 0)
        return fail(Errc::protocol, operation, other_form);
    return properties;
}

} // namespace wgnl::cli
