// SPDX-License-Identifier: LGPL-2.1-or-later
// What `wgnl monitor` makes of the news of the bus, and how it tells it.
#include "output/monitor.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sd/bus.hpp"
#include "sd/bus_names.hpp"

namespace wgnl::cli {
namespace {

using Kind = MonitorEvent::Kind;
using std::chrono::seconds;

const std::string key = "bGFwdG9wIGxhcHRvcCBsYXB0b3AgbGFwdG9wIDEyMzQ=";

Properties device_properties(const std::string& state = "never") {
    return {{"Name", std::string{"wg0"}},
            {"State", state},
            {"Source", std::string{"networkd"}},
            {"InSync", true},
            {"PeersListed", true},
            {"PeerCount", std::uint64_t{1}}};
}

Properties peer_properties(const std::string& state = "never") {
    return {{"PublicKey", key}, {"Name", std::string{"laptop"}}, {"State", state}};
}

std::string device_path() { return path_of("wg0"); }
std::string peer_path() { return sd::encode_path(device_path() + "/peer", key); }

ManagedObjects one_tunnel(const std::string& state = "never") {
    return {{device_path(), {{device_interface, device_properties(state)}}},
            {peer_path(), {{peer_interface, peer_properties(state)}}}};
}

template <typename What> BusNews of_device(What what) { return {"wg0", "", std::move(what)}; }
template <typename What> BusNews of_peer(What what) { return {"wg0", key, std::move(what)}; }

PropertiesChanged device_changes(Properties properties) {
    return {device_interface, std::move(properties)};
}

class Model : public testing::Test {
protected:
    Model() { EXPECT_TRUE(model_.take(one_tunnel()).empty()); }
    MonitorEvent only(const BusNews& news) {
        const auto events = model_.take(news);
        EXPECT_EQ(events.size(), 1U);
        return events.empty() ? MonitorEvent{} : events.front();
    }
    std::vector<Kind> kinds(const BusNews& news) { return kinds_of(model_.take(news)); }
    static std::vector<Kind> kinds_of(const std::vector<MonitorEvent>& events) {
        std::vector<Kind> kinds;
        for (const auto& event : events)
            kinds.push_back(event.kind);
        return kinds;
    }

    MonitorModel model_{""};
};

TEST_F(Model, NamesThePeerOfAnEvent) {
    const auto event = only(of_peer(HandshakeCompleted{seconds{12}}));

    EXPECT_EQ(event.kind, Kind::handshake);
    EXPECT_EQ(event.device, "wg0");
    EXPECT_EQ(event.public_key, key);
    EXPECT_EQ(event.name, "laptop");
    EXPECT_EQ(event.handshake, seconds{12});
}

TEST_F(Model, TellsChangesOfAPeerOnce) {
    EXPECT_TRUE(
        kinds(of_peer(PropertiesChanged{peer_interface, {{"State", std::string{"established"}}}}))
            .empty());
    const auto state = only(of_peer(StateChanged{"never", "established"}));
    const auto endpoint = only(of_peer(EndpointChanged{"", "192.0.2.1:1"}));

    EXPECT_EQ(state.kind, Kind::state);
    EXPECT_EQ(state.old + " " + state.now, "never established");
    EXPECT_EQ(endpoint.kind, Kind::endpoint);
    EXPECT_EQ(endpoint.now, "192.0.2.1:1");
}

TEST_F(Model, TellsThatAnEstablishedPeerStallsAndAnswersAgain) {
    const auto changes = [](Properties properties) {
        return of_peer(PropertiesChanged{peer_interface, std::move(properties)});
    };
    EXPECT_TRUE(kinds(changes({{"State", std::string{"established"}}})).empty());

    const auto stalls = only(changes({{"Stalled", true}}));
    EXPECT_EQ(stalls.kind, Kind::stalled);
    EXPECT_EQ(stalls.name, "laptop");
    EXPECT_NE(event_text(stalls, Terminal{}, seconds{1}).find("does not answer"),
              std::string::npos);
    EXPECT_NE(event_json(stalls, seconds{1}).find("\"stalled\":true"), std::string::npos);

    const auto answers = only(changes({{"Stalled", false}}));
    EXPECT_EQ(answers.kind, Kind::stalled);
    EXPECT_NE(event_text(answers, Terminal{}, seconds{1}).find("answers again"), std::string::npos);

    EXPECT_EQ(kinds(changes({{"Stalled", true}})), std::vector{Kind::stalled});
    EXPECT_TRUE(kinds(changes({{"Stalled", false}, {"State", std::string{"unreachable"}}})).empty())
        << "that is told as its state";
}

TEST_F(Model, TellsWhatWasChanged) {
    const std::vector<std::string> steps{"+ peer A", "~ listen port 1 -> 2"};
    EXPECT_TRUE(kinds(of_device(device_changes({{"LastChanges", steps}}))).empty());

    const auto event = only(of_device(Applied{true}));

    EXPECT_EQ(event.changes, steps);
    EXPECT_NE(event_text(event, Terminal{}, seconds{1})
                  .find("declaration applied: + peer A; ~ listen port 1 -> 2"),
              std::string::npos);
    EXPECT_NE(event_json(event, seconds{1}).find("\"changes\":[\"+ peer A\","), std::string::npos);
}

TEST_F(Model, TellsTheStateOfADevice) {
    const auto event = only(of_device(device_changes({{"State", std::string{"established"}}})));

    EXPECT_EQ(event.kind, Kind::state);
    EXPECT_EQ(event.public_key, "");
    EXPECT_EQ(event.old + " " + event.now, "never established");
}

TEST_F(Model, TellsProblemsThatComeAndGo) {
    const Triple one{"error", "wg0.netdev:3", "one"};
    const Triple two{"warning", "", "two"};

    const auto came = only(of_device(device_changes({{"Problems", std::vector{one}}})));
    const auto changed = model_.take(of_device(device_changes({{"Problems", std::vector{two}}})));

    EXPECT_EQ(came.kind, Kind::problem);
    EXPECT_EQ(came.problem.text, "one");
    EXPECT_EQ(kinds_of(changed), (std::vector{Kind::cleared, Kind::problem}));
    EXPECT_EQ(changed[0].problem.text, "one");
    EXPECT_EQ(changed[1].problem.text, "two");
}

TEST_F(Model, TellsAProblemOfAPeerOnlyIfTheDeviceDidNot) {
    const Triple shared{"error", "wg0.netdev:3", "shared"};
    const Triple own{"warning", "wg0.netdev:9", "own"};
    EXPECT_EQ(kinds(of_device(device_changes({{"Problems", std::vector{shared}}}))).size(), 1U);

    const auto event =
        only(of_peer(PropertiesChanged{peer_interface, {{"Problems", std::vector{shared, own}}}}));
    EXPECT_EQ(event.problem.text, "own");
    EXPECT_EQ(event.public_key, key);

    EXPECT_EQ(kinds(of_device(device_changes({{"Problems", std::vector<Triple>{}}}))).size(), 1U);
    EXPECT_EQ(
        kinds(of_peer(PropertiesChanged{peer_interface, {{"Problems", std::vector<Triple>{}}}})),
        std::vector{Kind::cleared});
}

TEST_F(Model, TellsSyncAndDrift) {
    const Triple drift{"listen port", "1", "2"};
    const auto lost =
        only(of_device(device_changes({{"InSync", false}, {"Drift", std::vector{drift}}})));
    const auto found =
        only(of_device(device_changes({{"InSync", true}, {"Drift", std::vector<Triple>{}}})));

    EXPECT_FALSE(lost.good);
    ASSERT_EQ(lost.drift.size(), 1U);
    EXPECT_EQ(lost.drift[0].what, "listen port");
    EXPECT_TRUE(found.good);
}

TEST_F(Model, TellsWhatComesAndGoes) {
    EXPECT_TRUE(kinds(of_peer(ObjectAdded{{{peer_interface, peer_properties()}}})).empty());

    EXPECT_EQ(kinds(of_peer(ObjectRemoved{})), std::vector{Kind::vanished});
    EXPECT_TRUE(kinds(of_peer(ObjectRemoved{})).empty());
    EXPECT_EQ(kinds(of_peer(ObjectAdded{{{peer_interface, peer_properties("idle")}}})),
              std::vector{Kind::appeared});
    EXPECT_EQ(kinds(of_device(ObjectRemoved{})), std::vector{Kind::vanished});
    EXPECT_EQ(kinds(of_device(ObjectAdded{{{device_interface, device_properties()}}})),
              std::vector{Kind::appeared});
    EXPECT_TRUE(model_.knows("wg0"));
}

TEST_F(Model, TellsCountsWherePeersAreNotListed) {
    using Counts = std::map<std::string, std::uint64_t>;
    EXPECT_TRUE(kinds(of_device(device_changes({{"StateCounts", Counts{{"idle", 1}}}}))).empty());

    EXPECT_TRUE(kinds(of_device(device_changes({{"PeersListed", false}}))).empty());
    const auto event = only(of_device(device_changes({{"StateCounts", Counts{{"idle", 5000}}}})));

    EXPECT_EQ(event.kind, Kind::peers);
    EXPECT_EQ(event.counts.at("idle"), 5000U);
}

TEST_F(Model, PeersThatAreListedAgainAreNothingNew) {
    model_.take(of_device(device_changes({{"PeersListed", false}})));
    model_.take(
        of_device(device_changes({{"PeersListed", true}, {"PeerCount", std::uint64_t{1}}})));

    EXPECT_TRUE(kinds(of_peer(ObjectAdded{{{peer_interface, peer_properties()}}})).empty());
    const BusNews another{
        "wg0", "B=", ObjectAdded{{{peer_interface, {{"PublicKey", std::string{"B="}}}}}}};
    EXPECT_EQ(kinds(another), std::vector{Kind::appeared});
}

TEST_F(Model, TellsWhatChangedWhileTheDaemonWasAway) {
    EXPECT_EQ(kinds({"", "", OwnerChanged{false}}), std::vector{Kind::daemon_stopped});
    EXPECT_EQ(kinds({"", "", OwnerChanged{true}}), std::vector{Kind::daemon_started});

    auto now = one_tunnel("established");
    now[peer_path()][peer_interface]["LastHandshake"] = std::uint64_t{7};
    EXPECT_EQ(kinds_of(model_.take(now)), (std::vector{Kind::state, Kind::handshake, Kind::state}));
    EXPECT_TRUE(model_.take(now).empty());

    now.erase(peer_path());
    now[device_path()][device_interface]["PeerCount"] = std::uint64_t{0};
    EXPECT_EQ(kinds_of(model_.take(now)), std::vector{Kind::vanished});
    EXPECT_EQ(kinds_of(model_.take(ManagedObjects{})), std::vector{Kind::vanished});
    EXPECT_EQ(kinds_of(model_.take(now)), std::vector{Kind::appeared});
}

TEST_F(Model, PeersOutOfSightAreNotGone) {
    auto hidden = one_tunnel();
    hidden.erase(peer_path());
    hidden[device_path()][device_interface]["Source"] = std::string{};
    EXPECT_TRUE(model_.take(hidden).empty());
    EXPECT_FALSE(model_.wants_look());

    EXPECT_TRUE(kinds(of_device(device_changes({{"Source", std::string{"networkd"}}}))).empty());
    EXPECT_TRUE(model_.wants_look());
    EXPECT_EQ(kinds_of(model_.take(one_tunnel("idle"))), (std::vector{Kind::state, Kind::state}));
    EXPECT_FALSE(model_.wants_look());
}

TEST(MonitorModel, PeersThatComeIntoSightAreNothingNew) {
    auto hidden = one_tunnel();
    hidden.erase(peer_path());
    hidden[device_path()][device_interface]["Source"] = std::string{};
    MonitorModel model{""};
    model.take(hidden);
    model.take(of_device(device_changes({{"Source", std::string{"networkd"}}})));

    EXPECT_TRUE(model.take(one_tunnel()).empty());
    EXPECT_EQ(model.take(of_peer(ObjectRemoved{})).size(), 1U);
}

TEST(MonitorModel, OfOneDeviceTellsNothingOfAnother) {
    MonitorModel model{"wg1"};
    model.take(one_tunnel());

    EXPECT_TRUE(model.take(of_peer(HandshakeCompleted{seconds{1}})).empty());
    EXPECT_TRUE(model.take(of_device(Applied{true})).empty());
    EXPECT_TRUE(
        model.take(of_device(ObjectAdded{{{device_interface, device_properties()}}})).empty());
    EXPECT_EQ(model.take({"", "", OwnerChanged{false}}).size(), 1U);
}

MonitorEvent state_event() {
    return {.kind = Kind::state,
            .device = "wg0",
            .public_key = key,
            .name = "laptop",
            .old = "never",
            .now = "established"};
}

/// What stands behind the time.
std::string text_of(const MonitorEvent& event, const Terminal& terminal = {}) {
    constexpr std::size_t time_width = sizeof "Nov 23 14:03:12.345  " - 1;
    const auto text = event_text(event, terminal, seconds{1'700'000'000});
    return text.substr(std::min(time_width, text.size()));
}

TEST(EventText, IsOneLineOfColumns) {
    EXPECT_EQ(text_of(state_event()), "wg0     laptop        never → established\n");
    EXPECT_EQ(text_of(state_event(), {.unicode = false}),
              "wg0     laptop        never -> established\n");
    EXPECT_EQ(text_of({.kind = Kind::applied, .device = "wg0", .good = true}),
              "wg0                   declaration applied\n");
    EXPECT_EQ(text_of({.kind = Kind::daemon_stopped}), "wgnld is gone; waiting for it\n");
}

TEST(EventText, HasTheLocalTime) {
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_TRUE(event_text(state_event(), {}, seconds{1'700'000'000} + Microseconds{4'567})
                    .starts_with("Nov 14 22:13:20.004  wg0"));
}

TEST(EventText, SaysHowLateAHandshakeIsTold) {
    auto event = state_event();
    event.kind = Kind::handshake;
    event.handshake = seconds{1'700'000'000};
    EXPECT_EQ(text_of(event), "wg0     laptop        handshake completed\n");
    event.handshake -= seconds{30};
    EXPECT_EQ(text_of(event), "wg0     laptop        handshake completed, 30s ago\n");
}

TEST(EventText, ColoursOnlyWhereThereAreColours) {
    EXPECT_NE(text_of(state_event(), {.colour = true}).find("\033[32mestablished\033[0m"),
              std::string::npos);
    EXPECT_EQ(text_of(state_event()).find('\033'), std::string::npos);
}

TEST(EventText, LetsNoNameSteerTheTerminal) {
    auto event = state_event();
    event.name = "x\033[2J\n";
    EXPECT_EQ(text_of(event).find('\033'), std::string::npos);
    EXPECT_EQ(text_of(event).find('\n'), text_of(event).size() - 1);
}

TEST(EventText, LetsNoStateSteerTheTerminal) {
    auto event = state_event();
    event.old = "\033]0;owned\a";
    event.now = "\u009b2J\u202e";
    EXPECT_EQ(text_of(event), "wg0     laptop        \ufffd]0;owned\ufffd → \ufffd2J\ufffd\n");
}

TEST(EventJson, IsOneLineWithTheKeysOfTheManual) {
    const auto text = event_json(state_event(), seconds{7});
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(nlohmann::json::parse(text), (nlohmann::json{{"time_usec", 7'000'000},
                                                           {"event", "state"},
                                                           {"device", "wg0"},
                                                           {"public_key", key},
                                                           {"name", "laptop"},
                                                           {"old", "never"},
                                                           {"new", "established"}}));
    EXPECT_EQ(nlohmann::json::parse(event_json({.kind = Kind::daemon_stopped}, seconds{7})),
              (nlohmann::json{{"time_usec", 7'000'000}, {"event", "daemon-stopped"}}));
}

} // namespace
} // namespace wgnl::cli
