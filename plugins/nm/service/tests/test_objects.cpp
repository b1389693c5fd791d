// SPDX-License-Identifier: LGPL-2.1-or-later
// NetworkManager's objects as the bus shows them.
#include "nm/service/objects.hpp"

#include <gtest/gtest.h>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {
namespace {

/// From GVariant's text form.
VariantPtr variant(const std::string& text) {
    ErrorSlot error;
    GVariant* value = g_variant_parse(nullptr, text.c_str(), nullptr, nullptr, error.out());
    if (value == nullptr)
        throw std::runtime_error(error.text());
    return VariantPtr(value);
}

std::string active(const std::string& profile, int state, int flags = 0,
                   const std::string& type = "wireguard") {
    return "{'org.freedesktop.NetworkManager.Connection.Active': {'Connection': <objectpath '" +
           profile + "'>, 'Type': <'" + type + "'>, 'State': <uint32 " + std::to_string(state) +
           ">, 'StateFlags': <uint32 " + std::to_string(flags) +
           ">, 'Devices': <[objectpath '/d/1']>}}";
}

const std::string device = "{'org.freedesktop.NetworkManager.Device': {'Interface': <'wg0'>}, "
                           "'org.freedesktop.NetworkManager.Device.WireGuard': "
                           "{'FwMark': <uint32 9>, 'ListenPort': <uint16 1>}}";

/// A device and one active profile.
ObjectTree tree(const std::string& of_active) {
    ObjectTree made;
    made.replace(
        variant("{objectpath '/d/1': " + device + ", objectpath '/a/1': " + of_active + "}").get());
    return made;
}

void set(ObjectTree& objects, const char* path, const char* interface, const std::string& text) {
    objects.change(path, interface, variant(text).get());
}

TEST(NmObjects, AnActivatedProfileComesWithItsDeviceAndMark) {
    auto all = tree(active("/s/1", 2)).active_profiles();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all.front(), (ActiveProfile{"/s/1", "/a/1", "wg0", 9, true}));
}

TEST(NmObjects, OthersDoNotMatter) {
    EXPECT_TRUE(tree(active("/s/1", 2, 0, "802-3-ethernet")).active_profiles().empty());
    EXPECT_TRUE(tree(active("/s/1", 2, 0x80)).active_profiles().empty()); // made by somebody else
    EXPECT_TRUE(tree(active("/s/1", 3)).active_profiles().empty());       // deactivating
    EXPECT_TRUE(tree(active("/s/1", 4)).active_profiles().empty());       // deactivated
    auto activating = tree(active("/s/1", 1)).active_profiles();
    ASSERT_EQ(activating.size(), 1U);
    EXPECT_FALSE(activating.front().activated);
}

TEST(NmObjects, ChangesAreFollowed) {
    auto objects = tree(active("/s/1", 1));
    set(objects, "/a/1", active_interface, "{'State': <uint32 2>}");
    EXPECT_TRUE(objects.active_profiles().front().activated);
    set(objects, "/d/1", wireguard_interface, "{'FwMark': <uint32 51999>}");
    EXPECT_EQ(objects.active_profiles().front().fwmark, 51999U);
    set(objects, "/a/7", active_interface, "{'State': <uint32 2>}"); // never heard of
    set(objects, "/d/1", "org.freedesktop.NetworkManager.Device.Statistics",
        "{'RxBytes': <uint64 1>}");
    EXPECT_EQ(objects.active_profiles().size(), 1U);
    objects.remove("/a/1", variant("['org.freedesktop.DBus.Properties', "
                                   "'org.freedesktop.NetworkManager.Connection.Active']")
                               .get());
    EXPECT_TRUE(objects.active_profiles().empty());
}

TEST(NmObjects, AProfileThatIsActivatedAgainIsNotActivatedYet) {
    for (auto states : {std::pair{2, 1}, std::pair{1, 2}}) {
        auto objects = tree(active("/s/1", states.first));
        objects.add("/a/2", variant(active("/s/1", states.second)).get());
        auto all = objects.active_profiles();
        ASSERT_EQ(all.size(), 1U);
        EXPECT_FALSE(all.front().activated);
        EXPECT_EQ(all.front().device, "wg0");
    }
}

TEST(NmObjects, StartingUpIsKnown) {
    ObjectTree objects;
    objects.add("/m", variant("{'org.freedesktop.NetworkManager': {'Startup': <true>}}").get());
    EXPECT_TRUE(objects.is_starting());
    set(objects, "/m", manager_interface, "{'Startup': <false>}");
    EXPECT_FALSE(objects.is_starting());
}

TEST(NmObjects, WhatHasAnotherTypeIsPassedOver) {
    auto objects = tree(active("/s/1", 2));
    set(objects, "/a/1", active_interface, "{'State': <'activated'>, 'Devices': <'wg0'>}");
    EXPECT_EQ(objects.active_profiles().front(), (ActiveProfile{"/s/1", "/a/1", "wg0", 9, true}));
}

} // namespace
} // namespace wgnl::nm
