// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose a link is, by the state files of systemd-networkd and NetworkManager.
#include "source/link_owner.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "temporary_directory.hpp"

namespace wgnl::cli {
namespace {

class LinkOwner : public ::testing::Test {
protected:
    LinkOwner() {
        std::filesystem::create_directory(folders_.networkd);
        std::filesystem::create_directory(folders_.network_manager);
    }
    std::string of_networkd(const std::string& state) const {
        std::ofstream(folders_.networkd + "/7") << "# private to systemd\n" << state;
        return owner_of_link(7, folders_);
    }
    std::string of_network_manager(const std::string& state) const {
        std::ofstream(folders_.network_manager + "/7") << "[device]\n" << state;
        return owner_of_link(7, folders_);
    }

    testing::TemporaryDirectory place_{};
    OwnerFolders folders_{place_.path().string() + "/links", place_.path().string() + "/devices"};
};

TEST_F(LinkOwner, IsNobodyWhereNobodyHasIt) {
    EXPECT_EQ(owner_of_link(7, folders_), "");
    EXPECT_EQ(of_networkd("ADMIN_STATE=unmanaged\nOPER_STATE=routable\n"), "") << "wg-quick's";
    EXPECT_EQ(of_network_manager("managed=unknown\n"), "") << "seen from outside";
    EXPECT_EQ(owner_of_link(7, {"/nowhere/links", "/nowhere/devices"}), "") << "they do not run";
}

TEST_F(LinkOwner, IsNetworkdThatMadeOrConfiguresIt) {
    const auto made = of_networkd("ADMIN_STATE=configured\nNETWORK_FILE=/etc/a.network\n"
                                  "NETDEV_FILE=/etc/systemd/network/wg0.netdev\n");
    EXPECT_TRUE(made.contains("systemd-networkd made it from /etc/systemd/network/wg0.netdev"));
    EXPECT_TRUE(made.contains("networkctl reload"));
    EXPECT_TRUE(of_networkd("ADMIN_STATE=unmanaged\nNETDEV_FILE=/etc/b.netdev\n")
                    .contains("made it from /etc/b.netdev"))
        << "it made the link, and has no .network file for it";
    EXPECT_TRUE(of_networkd("ADMIN_STATE=configured\nNETWORK_FILE=/etc/a.network\n")
                    .contains("configures it by /etc/a.network"));
    EXPECT_TRUE(of_networkd("ADMIN_STATE=configuring\n").contains("configures it"));
    EXPECT_TRUE(of_networkd("ADMIN_STATE=pending\n").contains("not said yet"));
}

TEST_F(LinkOwner, IsNetworkManagerByAConnection) {
    const auto owner =
        of_network_manager("managed=true\nconnection-uuid=11111111-2222-3333-4444-555555555555\n");
    EXPECT_TRUE(owner.contains("nmcli connection modify 11111111-2222-3333-4444-555555555555"));
}

TEST_F(LinkOwner, ThatCannotBeToldIsSaid) {
    std::filesystem::create_directory(folders_.networkd + "/7"); // in the place of a file
    EXPECT_TRUE(owner_of_link(7, folders_).contains("cannot be told"));
}

} // namespace
} // namespace wgnl::cli
