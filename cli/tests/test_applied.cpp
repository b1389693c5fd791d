// SPDX-License-Identifier: LGPL-2.1-or-later
// What the record of "wgnl apply" adds to a device that nobody declares.
#include "source/source.hpp"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <gtest/gtest.h>

namespace wgnl::cli {
namespace {

class Applied : public testing::Test {
protected:
    Applied() { EXPECT_NE(mkdtemp(folder_.data()), nullptr); }
    ~Applied() override { std::filesystem::remove_all(folder_); }

    void record(const std::string& source) const {
        ASSERT_TRUE(
            store().save({.device = "wg9", .ifindex = 7, .source = source, .origin = "/f"}));
    }
    RecordStore store() const { return RecordStore(folder_); }
    std::string shown(DeviceView device) const {
        std::vector devices{std::move(device)};
        add_applied(devices, store());
        return devices.front().applied_from;
    }

private:
    std::string folder_{testing::TempDir() + "wgnl-applied-XXXXXX"};
};

TEST_F(Applied, IsToldOfTheDeviceThatTheRecordIsAbout) {
    record("command");
    EXPECT_EQ(shown({.name = "wg9", .interface_index = 7}), "/f");
    EXPECT_EQ(shown({.name = "wg9", .interface_index = 8}), "") << "made again by somebody else";
    EXPECT_EQ(shown({.name = "wg8", .interface_index = 7}), "") << "has no record";
    EXPECT_EQ(shown({.name = "wg9", .interface_index = 7, .source = "networkd"}), "") << "declared";
}

TEST_F(Applied, IsNotToldOfWhatAnAdapterDeclaredBefore) {
    record("networkd");
    EXPECT_EQ(shown({.name = "wg9", .interface_index = 7}), "");
}

} // namespace
} // namespace wgnl::cli
