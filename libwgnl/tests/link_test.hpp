// SPDX-License-Identifier: LGPL-2.1-or-later
// The same tests of the link layer on the fake of rtnetlink and on the kernel's.
#pragma once

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <linux/netlink.h>

#include <gtest/gtest.h>

#include "client/parts.hpp"
#include "fake_rtnetlink.hpp"
#include "own_namespace.hpp"

namespace wgnl::tests {

/// A network namespace, made up or real, in which tun devices come and go.
class Machine {
public:
    virtual ~Machine() = default;
    virtual void add_tun(const std::string& name) = 0;
    virtual void remove_tun(const std::string& name) = 0;
    virtual LinkLayer links() = 0;
};

class FakeMachine final : public Machine {
public:
    void add_tun(const std::string& name) override { ASSERT_EQ(fake_.add(name, "tun"), 0); }
    void remove_tun(const std::string& name) override {
        ASSERT_EQ(fake_.remove(fake_.find(name)->ifindex), 0);
    }
    LinkLayer links() override {
        return LinkLayer(fake_.transport(), [this](std::string_view name, std::uint32_t ifindex) {
            return fake_.link_generation_of(name, ifindex);
        });
    }

private:
    FakeRtnetlink fake_{};
};

class RealMachine final : public Machine {
public:
    void add_tun(const std::string& name) override {
        tuns_.emplace_back(name, std::make_unique<TunDevice>(name));
        ASSERT_TRUE(tuns_.back().second->exists()) << std::strerror(errno);
    }
    void remove_tun(const std::string& name) override {
        std::erase_if(tuns_, [&](const auto& tun) { return tun.first == name; });
    }
    LinkLayer links() override { return LinkLayer(*open_netlink(NETLINK_ROUTE)); }

private:
    std::vector<std::pair<std::string, std::unique_ptr<TunDevice>>> tuns_{};
};

/// True: on the kernel, in a network namespace of the test's own; false: on the fake.
class LinkTest : public ::testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        if (!GetParam()) {
            machine_ = std::make_unique<FakeMachine>();
            return;
        }
        if (const auto& reason = enter_own_namespace(); !reason.empty())
            GTEST_SKIP() << reason;
        if (const auto reason = tests::tun_refused(); !reason.empty())
            GTEST_SKIP() << reason;
        machine_ = std::make_unique<RealMachine>();
    }
    Machine& machine() { return *machine_; }
    std::uint32_t index_of(std::string_view name) {
        return machine().links().find(name)->link.ifindex;
    }

private:
    std::unique_ptr<Machine> machine_{};
};

} // namespace wgnl::tests
