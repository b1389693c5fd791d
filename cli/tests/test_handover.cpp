// SPDX-License-Identifier: LGPL-2.1-or-later
// Which files hand a device over, and why some devices cannot be.
#include "verbs/handover.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "temporary_directory.hpp"

namespace wgnl::cli {
namespace {

namespace fs = std::filesystem;

class HandingOver : public ::testing::Test {
protected:
    HandingOver() { write("[NetDev]\nName = wg0\nKind=wireguard\n"); }

    void touch(const char* file) {
        fs::create_directories((place_.root / file).parent_path());
        std::ofstream(place_.root / file) << "x";
    }
    /// The file that is said to declare the device.
    void write(std::string_view text) {
        const auto file = place_.root / fs::path(device_.origin).relative_path();
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    std::string text_of(const fs::path& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    std::string refusal_of_adoption() {
        const auto steps = adoption_of("wg0", &device_, place_);
        return steps ? "" : steps.error().to_string();
    }

    wgnl::testing::TemporaryDirectory folder_{};
    HandoverPlace place_{folder_.path()};
    DeviceView device_{.name = "wg0",
                       .mode = "sync",
                       .source = "networkd",
                       .origin = "/usr/lib/systemd/network/50-wg0.netdev"};
};

TEST_F(HandingOver, WritesADropinAndTakesItAway) {
    const auto adoption = adoption_of("wg0", &device_, place_);
    ASSERT_TRUE(adoption) << adoption.error().to_string();
    ASSERT_EQ(adoption->size(), 1U);
    const auto dropin = place_.root / "etc/systemd/network/50-wg0.netdev.d/wgnl-own.conf";
    EXPECT_EQ(adoption->at(0).path, dropin);
    ASSERT_TRUE(carry_out(*adoption, "adopt wg0"));
    EXPECT_NE(text_of(dropin).find("\n[Match]\nCredential=wgnl.own\n"), std::string::npos);

    device_.mode = "own";
    EXPECT_TRUE(adoption_of("wg0", &device_, place_)->empty()) << "it is so already";
    ASSERT_TRUE(carry_out(release_of("wg0", &device_, place_).value(), "release wg0"));
    EXPECT_FALSE(fs::exists(dropin.parent_path()));
}

/// A drop-in of that name would switch off what the file is for.
TEST_F(HandingOver, BelievesNoOriginThatDoesNotDeclareTheDevice) {
    for (const char* text : {"", "[NetDev]\nName=eth0\nKind=bridge\n", "[Match]\nName=wg0\n",
                             "[NetDev]\nName=wg0\nName=wg1\n"}) {
        write(text);
        EXPECT_NE(refusal_of_adoption().find("Name=wg0 in [NetDev]"), std::string::npos) << text;
    }
    device_.origin = "/etc/systemd/network/10-lan.network";
    write("[NetDev]\nName=wg0\n");
    EXPECT_NE(refusal_of_adoption().find("10-lan.network"), std::string::npos);
    device_.origin = "/etc/systemd/network/nowhere.netdev";
    EXPECT_NE(refusal_of_adoption().find("nowhere.netdev"), std::string::npos);
}

TEST_F(HandingOver, LeavesOtherDropinsWhereTheyAre) {
    touch("etc/systemd/network/50-wg0.netdev.d/mine.conf");
    ASSERT_TRUE(carry_out(adoption_of("wg0", &device_, place_).value(), "adopt wg0"));
    device_.mode = "own";
    ASSERT_TRUE(carry_out(release_of("wg0", &device_, place_).value(), "release wg0"));
    EXPECT_TRUE(fs::exists(place_.root / "etc/systemd/network/50-wg0.netdev.d/mine.conf"));
}

TEST_F(HandingOver, KeepsNetworkManagerAwayWhereItIsInstalled) {
    touch("usr/sbin/NetworkManager");
    const auto adoption = adoption_of("wg0", &device_, place_);
    ASSERT_EQ(adoption->size(), 2U);
    ASSERT_TRUE(carry_out(*adoption, "adopt wg0"));
    const auto snippet = place_.root / "etc/NetworkManager/conf.d/wgnl-own-wg0.conf";
    EXPECT_NE(text_of(snippet).find("[keyfile]\nunmanaged-devices+=interface-name:wg0\n"),
              std::string::npos);

    device_.mode = "own";
    ASSERT_TRUE(carry_out(release_of("wg0", &device_, place_).value(), "release wg0"));
    EXPECT_FALSE(fs::exists(snippet));
    EXPECT_TRUE(fs::exists(snippet.parent_path()));
}

TEST_F(HandingOver, RefusesWhatIsNoDeviceOfAFileOfNetworkd) {
    EXPECT_NE(adoption_of("wg0", nullptr, place_).error().to_string().find("no such device"),
              std::string::npos);
    device_.source = "";
    EXPECT_NE(refusal_of_adoption().find("nobody has declared it"), std::string::npos);
    device_.source = "NetworkManager";
    EXPECT_NE(refusal_of_adoption().find("declared by NetworkManager"), std::string::npos);
    device_.source = "networkd";
    device_.mode = "observe";
    EXPECT_NE(refusal_of_adoption().find("Mode=observe"), std::string::npos);
    device_.mode = "sync";
    device_.origin = "/srv/wg0.netdev";
    EXPECT_NE(refusal_of_adoption().find("/srv/wg0.netdev is in no folder"), std::string::npos);
}

TEST_F(HandingOver, ReleasesOnlyWhatItAdopted) {
    EXPECT_TRUE(release_of("wg0", &device_, place_)->empty()) << "it is so already";
    device_.mode = "own";
    EXPECT_NE(release_of("wg0", &device_, place_).error().to_string().find("Credential=wgnl.own"),
              std::string::npos);
    device_.origin = "/etc/wgnl/network/wg0.netdev";
    EXPECT_NE(release_of("wg0", &device_, place_).error().to_string().find("move it to"),
              std::string::npos);
}

TEST_F(HandingOver, SaysWhatItWouldWrite) {
    std::ostringstream out;
    print_steps(out, {{"/etc/a.conf", "[Match]\nX=y\n"}, {"/etc/b.conf", ""}});
    EXPECT_EQ(out.str(), "would write /etc/a.conf\n    [Match]\n    X=y\n"
                         "would remove /etc/b.conf\n");
}

TEST_F(HandingOver, NamesTheFileThatCannotBeWritten) {
    touch("etc");
    const auto done = carry_out(adoption_of("wg0", &device_, place_).value(), "adopt wg0");
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().to_string().find("etc/systemd/network"), std::string::npos);
}

} // namespace
} // namespace wgnl::cli
