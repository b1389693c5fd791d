// SPDX-License-Identifier: LGPL-2.1-or-later
// The tables of properties against what the models announce and what a snapshot has.
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "answers/snapshot_writer.hpp"
#include "model/property_table.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

using Names = std::set<std::string>;
using Json = nlohmann::ordered_json;

template <typename Row> Names names_of(std::span<const Row> table, auto wanted) {
    Names names;
    for (const auto& row : table)
        if (wanted(row))
            names.insert(row.name);
    return names;
}

bool emits(const Property& row) { return row.emits == Emits::changes; }

/// What was announced of a device and its peers.
struct Announced {
    Names device{};
    Names peer{};

    void add(const DeviceUpdate& update) {
        device.insert(update.properties.begin(), update.properties.end());
        for (const auto& one : update.peers)
            peer.insert(one.properties.begin(), one.properties.end());
    }
};

Declaration full_declaration() {
    auto full = declaration({declared_peer(1)});
    full.mode = Mode::sync;
    full.peers[0].name = "name";
    full.peers[0].endpoint = "vpn.example.org:51820";
    full.problems = {{.severity = Severity::warning, .text = "of a peer", .peer = key(1)},
                     {.severity = Severity::warning, .text = "of the device"}};
    return full;
}

DeviceReading full_reading(std::chrono::nanoseconds after) {
    auto peer = with_session(1, after);
    peer.persistent_keepalive = 25;
    peer.has_preshared_key = true;
    peer.allowed_ips.clear();
    auto full = reading(after, {peer, peer_reading(2)});
    full.public_key = key(9);
    full.fwmark = 5;
    return full;
}

/// A life in which everything changes once.
Announced announced_in_a_life() {
    DeviceModel model("wg0");
    Announced all;
    auto bare = reading(0s, {peer_reading(1)});
    bare.public_key = key(9); // another one would void the sessions
    all.add(model.take(bare));
    all.add(model.declare(declared(full_declaration())));
    all.add(model.take(full_reading(1s)));
    all.add(model.set_event_source(EventSource::packets));
    all.add(model.set_sync_status({.in_sync = true,
                                   .drift = {{"fwmark", "1", "5"}},
                                   .problems = {{Severity::error, {}, "text"}},
                                   .changes = {"a peer was added"}}));
    // Data goes out and nothing comes back.
    for (int seconds = 2; seconds < 60; ++seconds) {
        auto sending = full_reading(1s);
        sending.at = moment(std::chrono::seconds(seconds));
        sending.peers[0].tx_bytes += static_cast<std::uint64_t>(seconds) * 10'000;
        all.add(model.take(sending));
    }
    std::vector<PeerReading> many(PeerTable::most_listed + 1);
    for (std::size_t i = 0; i < many.size(); ++i) {
        KeyBytes bytes{};
        bytes[0] = static_cast<std::uint8_t>(i);
        bytes[1] = static_cast<std::uint8_t>(i >> 8U);
        many[i].public_key = PublicKey(bytes);
    }
    all.add(model.take(reading(61s, many)));
    all.add(model.lose(moment(62s)));
    return all;
}

TEST(PropertyTable, WhatEmitsChangesIsWhatTheModelsAnnounce) {
    const auto announced = announced_in_a_life();

    EXPECT_EQ(announced.device, names_of(device_table(), emits));
    EXPECT_EQ(announced.peer, names_of(peer_table(), emits));
}

TEST(PropertyTable, EverybodySeesTheSummaryOfADeviceAndNothingElse) {
    const auto everybodys = [](const Property& row) { return row.readers == Readers::everybody; };

    EXPECT_EQ(names_of(device_table(), everybodys),
              (Names{"Name", "InterfaceIndex", "Up", "Backend", "Mode", "State", "InSync",
                     "PeerCount", "StateCounts", "PeersListed", "EventSource", "MissedEvents"}));
    EXPECT_EQ(names_of(peer_table(), everybodys), Names{});
}

template <typename Row> std::vector<std::string> in_order(std::span<const Row> table) {
    std::vector<std::string> names;
    for (const auto& row : table)
        names.emplace_back(row.name);
    return names;
}

std::vector<std::string> members_of(const Json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items())
        names.push_back(name);
    return names;
}

TEST(PropertyTable, ASnapshotHasEachRowOnce) {
    DeviceModel model("wg0");
    model.declare(declared(full_declaration()));
    model.take(full_reading(0s));

    const auto shot = Json::parse(*snapshot_json(model));

    auto of_device = in_order(device_table());
    of_device.emplace_back("Peers");
    EXPECT_EQ(members_of(shot), of_device);
    EXPECT_EQ(members_of(shot["Peers"][0]), in_order(peer_table()));
}

TEST(PropertyTable, ValuesAreTheModels) {
    DeviceModel model("wg0");
    model.declare(declared(full_declaration()));
    model.take(full_reading(0s));
    const auto of_device = [&](const char* name) {
        return find_property(device_table(), name)->value(model);
    };
    const auto of_peer = [&](const char* name) {
        return find_property(peer_table(), name)
            ->value({*model.peers().find(key(1)), model.sampled_at()});
    };

    EXPECT_EQ(std::get<std::uint16_t>(of_device("ListenPort")), 51820);
    EXPECT_EQ(std::get<std::uint32_t>(of_device("PeerCount")), 2U);
    EXPECT_EQ(std::get<std::string_view>(of_device("Source")), "networkd");
    EXPECT_EQ(std::get<std::string_view>(of_peer("DeclaredEndpoint")), "vpn.example.org:51820");
    EXPECT_EQ(std::get<std::string>(of_peer("PublicKey")), key(1).to_base64());
    EXPECT_EQ(std::get<std::uint64_t>(of_peer("SampledAt")), microseconds(moment(0s).real));
    EXPECT_TRUE(std::get<bool>(of_peer("HasPresharedKey")));
    EXPECT_EQ(find_property(device_table(), "Nothing"), nullptr);
}

} // namespace
} // namespace wgnl::daemon::test
