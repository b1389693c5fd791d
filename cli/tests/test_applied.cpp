// SPDX-License-Identifier: LGPL-2.1-or-later
// What the record of "wgnl apply" adds to a device that nobody declares.
#include "source/source.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "temporary_directory.hpp"

namespace wgnl::cli {
namespace {

class Applied : public ::testing::Test {
protected:
    void record(const std::string& source) const {
        ASSERT_TRUE(
            store().save({.device = "wg9", .ifindex = 7, .source = source, .origin = "/f"}));
    }
    RecordStore store() const { return RecordStore(folder_.path()); }
    std::string shown(DeviceView device) const {
        std::vector devices{std::move(device)};
        add_applied(devices, store());
        return devices.front().applied_from;
    }

private:
    wgnl::testing::TemporaryDirectory folder_{};
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
