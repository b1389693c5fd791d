// SPDX-License-Identifier: LGPL-2.1-or-later
// networkd's state files, and when what it lacks is said.
#include "host/networkd_state.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "model_tools.hpp"
#include "temporary_directory.hpp"

namespace wgnl::daemon::test {
namespace {

TEST(NetworkdState, NamesTheFileThatALinkIsFrom) {
    EXPECT_EQ(netdev_file_in("ADMIN_STATE=configured\nNETDEV_FILE=/etc/systemd/network/wg0.netdev\n"
                             "NETWORK_FILE=/x\n"),
              "/etc/systemd/network/wg0.netdev");
    EXPECT_EQ(netdev_file_in("NETDEV_FILE_DROPINS=/a\nNETDEV_FILE=/b"), "/b");
    EXPECT_EQ(netdev_file_in("ADMIN_STATE=configured\nNETWORK_FILE=NETDEV_FILE=/x"), "");
    EXPECT_EQ(netdev_file_in(""), "");
}

TEST(NetworkdState, ALinkThatItDoesNotKnowHasNoState) {
    const testing::TemporaryDirectory links;
    const auto folder = links.path().string();
    std::ofstream(folder + "/7") << "NETDEV_FILE=/b\n";
    EXPECT_EQ(netdev_file_of(7, folder), "/b");
    EXPECT_EQ(netdev_file_of(8, folder), std::nullopt);
}

TEST(NetworkdState, TellsWhoseALinkIs) {
    const testing::TemporaryDirectory links;
    const auto folder = links.path().string();
    std::ofstream(folder + "/1") << "ADMIN_STATE=unmanaged\n"; // as one of wg-quick
    std::ofstream(folder + "/2") << "ADMIN_STATE=unmanaged\nNETDEV_FILE=/etc/a.netdev\n";
    std::ofstream(folder + "/3") << "ADMIN_STATE=configured\n";
    std::ofstream(folder + "/4") << "ADMIN_STATE=pending\n"; // it does not know yet
    const auto owners = [&](Ownership known) {
        std::vector<Owner> all;
        for (std::uint32_t ifindex = 1; ifindex <= 5; ++ifindex)
            all.push_back(owner_of(ifindex, known, folder));
        return all;
    };
    using enum Owner;

    EXPECT_EQ(owners(Ownership::by_file),
              (std::vector{another, networkd, networkd, unsaid, unsaid}));
    EXPECT_EQ(owners(Ownership::by_state),
              (std::vector{networkd, networkd, networkd, networkd, unsaid}));
}

TEST(NetworkdState, SaysItSince257) {
    EXPECT_TRUE(writes_netdev_files("257.13-1~deb13u1"));
    EXPECT_TRUE(writes_netdev_files("262~rc1"));
    EXPECT_FALSE(writes_netdev_files("252.36-1"));
    EXPECT_FALSE(writes_netdev_files(""));
}

TEST(OwnerWatch, SpeaksUpOnceItHasLasted) {
    using Lack = OwnerWatch::Lack;
    const Declaration declared{.device = "wg0", .location = {"wg0.netdev", 1}};
    OwnerWatch watch;
    watch.take(Lack::device, boot(100s));
    EXPECT_FALSE(watch.problem(declared, boot(109s)));
    EXPECT_EQ(watch.due(boot(109s)), boot(110s));
    watch.take(Lack::device, boot(110s));
    const auto problem = watch.problem(declared, boot(110s));
    ASSERT_TRUE(problem);
    EXPECT_EQ(to_string(problem->location), "wg0.netdev:1");
    EXPECT_NE(problem->text.find("networkctl reload"), std::string::npos);
    EXPECT_EQ(watch.due(boot(110s)), std::nullopt);

    watch.take(Lack::file, boot(111s));
    EXPECT_FALSE(watch.problem(declared, boot(112s))) << "something else, and only just";
    EXPECT_NE(watch.problem(declared, boot(130s))->text.find("File exists"), std::string::npos);
    watch.take(Lack::word, boot(131s));
    EXPECT_FALSE(watch.problem(declared, boot(140s))) << "networkd is at work";
    EXPECT_EQ(watch.problem(declared, boot(141s))->severity, Severity::note);
    watch.take(Lack::nothing, boot(142s));
    EXPECT_FALSE(watch.problem(declared, boot(200s)));
}

} // namespace
} // namespace wgnl::daemon::test
