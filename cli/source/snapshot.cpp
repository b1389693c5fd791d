// SPDX-License-Identifier: LGPL-2.1-or-later
// The snapshot's members have the names and meanings of the properties: they are read as such.
#include "bus_value.hpp"

#include <nlohmann/json.hpp>

namespace wgnl::cli {
namespace {

using Json = nlohmann::json;

std::vector<std::string> texts_of(const Json& array) {
    std::vector<std::string> texts;
    for (const auto& text : array)
        texts.push_back(text.is_string() ? text.get<std::string>() : std::string{});
    return texts;
}

std::vector<Triple> triples_of(const Json& array) {
    std::vector<Triple> triples;
    for (const auto& row : array)
        if (const auto texts = texts_of(row); texts.size() == 3)
            triples.push_back({texts[0], texts[1], texts[2]});
    return triples;
}

Value value_of(std::string_view name, const Json& json) {
    if (json.is_boolean())
        return json.get<bool>();
    if (json.is_number_unsigned())
        return json.get<std::uint64_t>();
    if (json.is_string())
        return json.get<std::string>();
    if (!json.is_array())
        return {};
    return name == "Problems" ? Value{triples_of(json)} : Value{texts_of(json)};
}

Properties properties_of(const Json& object) {
    Properties properties;
    for (const auto& [name, value] : object.items())
        properties.emplace(name, value_of(name, value));
    return properties;
}

} // namespace

Result<std::vector<PeerView>> peers_of_snapshot(std::string_view json) {
    const auto document = Json::parse(json, nullptr, false);
    const auto peers = document.is_object() ? document.find("Peers") : document.end();
    if (!document.is_object() || peers == document.end() || !peers->is_array())
        return fail(Errc::protocol, "read a snapshot of wgnld", "it is not of the form known here");
    std::vector<PeerView> views;
    for (const auto& peer : *peers)
        views.push_back(peer_of(properties_of(peer)));
    sort_peers(views);
    return views;
}

} // namespace wgnl::cli
