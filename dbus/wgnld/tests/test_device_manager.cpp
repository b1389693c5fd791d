// SPDX-License-Identifier: LGPL-2.1-or-later
// Which devices there are and who has them, with a worker and a loop as the daemon has them.
#include <gtest/gtest.h>

#include "control/device_manager.hpp"
#include "control_tools.hpp"
#include "model_tools.hpp"
#include "sd/loop.hpp"
#include "temporary_directory.hpp"

namespace wgnl::daemon::test {
namespace {

using Answer = DeclarationRegistry::Answer;

class NoResolver final : public NameResolver {
public:
    void resolve(const std::string&, Done done) override { done({.trouble = "nobody to ask"}); }
};

/// No machine has a link of this name.
constexpr const char* device_name = "wg-no-link";

class DeviceManagerTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto client = Client::open();
        ASSERT_TRUE(client) << client.error().to_string();
        auto worker =
            Worker::start(event_.get(), {*std::move(client), RecordStore(records_.path())});
        ASSERT_TRUE(worker) << worker.error().to_string();
        worker_ = *std::move(worker);
        manager_ = std::make_unique<DeviceManager>(
            DeviceManager::Parts{*worker_, bus_, host_, resolver_, source_}, [] { return 0.0; },
            Config{.allow_default_route = true});
        ASSERT_TRUE(manager_->start(event_.get(), [this] { ++ready_; }));
    }
    void TearDown() override { worker_.reset(); }
    /// Until it holds; a test that waits for ever is ended from outside.
    template <typename Condition> void await(Condition holds) {
        while (!holds())
            ASSERT_GE(sd_event_run(event_.get(), UINT64_MAX), 0);
    }
    static SourceDeclaration wanted(Source source, const char* origin, std::uint8_t peer = 1) {
        auto made = declaration({declared_peer(peer)});
        made.device = device_name;
        return {source, origin, std::make_shared<const Declaration>(std::move(made))};
    }
    Answer declare(const SourceDeclaration& declared) {
        return manager_->declare(declared, summary_of(*declared.declaration,
                                                      std::string(to_string(declared.source)),
                                                      declared.origin));
    }
    std::optional<Result<void>> withdraw(Source source, const char* device = device_name) {
        std::optional<Result<void>> ended;
        manager_->withdraw(source, device, [&](const Result<void>& result) { ended = result; });
        await([&] { return ended.has_value(); });
        return ended;
    }

    sd::EventHandle event_{*sd::open_event()};
    testing::TemporaryDirectory records_;
    RecordingPublisher bus_;
    BareHost host_;
    NoResolver resolver_;
    ScriptedHandshakes source_;
    std::unique_ptr<DeviceManager> manager_;
    std::unique_ptr<Worker> worker_; ///< goes first: its jobs refer to the manager
    int ready_{};
};

TEST_F(DeviceManagerTest, IsReadyOnceAfterTheFirstSurvey) {
    EXPECT_EQ(ready_, 0);
    await([&] { return ready_ > 0; });

    manager_->input(HostEvent::sockets_changed);
    declare(wanted(Source::networkd, "a.netdev"));
    withdraw(Source::networkd);

    EXPECT_EQ(ready_, 1);
}

TEST_F(DeviceManagerTest, ADeclarationIsInForceAtOnceAndOfOneSource) {
    EXPECT_EQ(declare(wanted(Source::networkd, "a.netdev")), Answer::first);
    ASSERT_NE(manager_->find(device_name), nullptr);
    EXPECT_EQ(manager_->find(device_name)->properties().source, "networkd");

    EXPECT_EQ(declare(wanted(Source::command, "b.json")), Answer::refused);
    const auto& problems = manager_->find(device_name)->properties().sync_status.problems;
    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems[0].location.file, "b.json");
    EXPECT_EQ(declare(wanted(Source::networkd, "a.netdev", 2)), Answer::changed);
    EXPECT_NE(manager_->find(device_name)->peers().find(key(2)), nullptr);
    EXPECT_EQ(manager_->find(device_name)->peers().find(key(1)), nullptr);
}

TEST_F(DeviceManagerTest, OnlyItsSourceWithdrawsIt) {
    declare(wanted(Source::networkd, "a.netdev"));

    const auto refused = withdraw(Source::command);
    ASSERT_FALSE(*refused);
    EXPECT_EQ(refused->error().code(), Errc::not_found);
    EXPECT_NE(manager_->find(device_name), nullptr);

    EXPECT_TRUE(*withdraw(Source::networkd));
    EXPECT_EQ(manager_->find(device_name), nullptr);
}

TEST_F(DeviceManagerTest, WhatASourceNoLongerNamesGoes) {
    declare(wanted(Source::networkd, "a.netdev"));
    declare([] {
        auto other = declaration({});
        other.device = "wg-no-other";
        return SourceDeclaration{Source::command, "b.json",
                                 std::make_shared<const Declaration>(std::move(other))};
    }());

    manager_->retain(Source::networkd, {});

    EXPECT_EQ(manager_->find(device_name), nullptr);
    EXPECT_NE(manager_->find("wg-no-other"), nullptr);
    EXPECT_EQ(manager_->registry().devices(), std::vector<std::string>{"wg-no-other"});
}

TEST_F(DeviceManagerTest, ADeclaredDeviceIsReconciled) {
    declare(wanted(Source::networkd, "a.netdev"));
    await([&] {
        const auto said = bus_.take();
        return std::ranges::find(said, "applied") != said.end();
    });

    EXPECT_TRUE(manager_->reconcile(device_name));
    EXPECT_FALSE(manager_->reconcile("wg-no-other"));
}

TEST_F(DeviceManagerTest, EveryPulseIsABeat) {
    int beats = 0;
    manager_->set_pulse(1ms, [&] { ++beats; });
    await([&] { return beats > 1; });
}

TEST_F(DeviceManagerTest, NobodyWaitsForADeviceThatIsNotThere) {
    declare(wanted(Source::networkd, "a.netdev"));

    EXPECT_FALSE(manager_->await_counters(device_name, [] {}));
    EXPECT_FALSE(manager_->await_counters("wg-no-other", [] {}));
}

} // namespace
} // namespace wgnl::daemon::test
