// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of profiles and interfaces from any text: valid, told apart, always the same.
#include "nm/profile/profile_writer.hpp"

#include <NetworkManager.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <wgnl/wg_quick.hpp>

namespace wgnl::nm {
namespace {

constexpr auto long_name = "My Office VPN (Zürich) – 2026";

bool is_valid(const std::string& name) {
    const auto device = device_of_wg_quick(name + ".conf");
    return device && *device == name && nm_utils_is_valid_iface_name(name.c_str(), nullptr);
}

TEST(ProfileName, IsTheWholeNameOfTheFile) {
    EXPECT_EQ(profile_name_of("/srv/My Office VPN (Zürich) – 2026.conf"), long_name);
    EXPECT_EQ(profile_name_of("wg0.conf"), "wg0");
    EXPECT_EQ(profile_name_of("/a.b/vpn.example.org.CONF"), "vpn.example.org");
    EXPECT_EQ(profile_name_of("vpn.example.org"), "vpn.example.org");
}

TEST(ProfileName, IsTextWhateverTheFileIsCalled) {
    EXPECT_EQ(profile_name_of("/etc/.conf"), "WireGuard");
    EXPECT_EQ(profile_name_of(""), "WireGuard");
    EXPECT_EQ(profile_name_of("caf\xe9\n.conf"), "caf\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(InterfaceName, IsTheNameItselfWhereItCan) {
    for (const auto* name : {"wg0", "Office-2.b_c", "fifteen-letters", "=+"})
        EXPECT_EQ(interface_name_of(name), name);
}

TEST(InterfaceName, IsReadableWhereItCannot) {
    EXPECT_EQ(interface_name_of(long_name).substr(0, 10), "my-office-");
    EXPECT_EQ(interface_name_of("Büro").substr(0, 5), "buro-");
    EXPECT_EQ(interface_name_of("名前").substr(0, 3), "wg-");
    EXPECT_EQ(interface_name_of("").substr(0, 3), "wg-");
}

TEST(InterfaceName, IsNoneThatTheKernelKeepsForItself) {
    for (const auto* name :
         {"all", "default", "bonding_masters", "lo", ".", "..", "a/b.c", "a b"}) {
        EXPECT_NE(interface_name_of(name), name);
        EXPECT_TRUE(is_valid(interface_name_of(name))) << interface_name_of(name);
    }
}

TEST(InterfaceName, TellsNamesOfOneBeginningApart) {
    EXPECT_NE(interface_name_of("My Office VPN (Zürich) – 2026"),
              interface_name_of("My Office VPN (Zürich) – 2027"));
    EXPECT_NE(interface_name_of("Büro"), interface_name_of("buro 1"));
}

TEST(InterfaceName, AvoidsTheOnesThatAreTaken) {
    EXPECT_EQ(interface_name_of("wg0", {"wg0"}), "wg0-2");
    EXPECT_EQ(interface_name_of("wg0", {"wg0", "wg0-2"}), "wg0-3");
    EXPECT_EQ(interface_name_of("fifteen-letters", {"fifteen-letters"}), "fifteen-lette-2");
    const auto first = interface_name_of(long_name);
    const auto second = interface_name_of(long_name, {first});
    EXPECT_NE(second, first);
    EXPECT_EQ(second.substr(0, 10), "my-office-");
}

RC_GTEST_PROP(InterfaceName, OfAnyTextIsValidNewAndTheSame, (const std::string& name)) {
    Names taken;
    for (int i = 0; i < 12; ++i) {
        const auto made = interface_name_of(name, taken);
        RC_ASSERT(is_valid(made));
        RC_ASSERT((made == interface_name_of(name, taken)));
        RC_ASSERT(taken.insert(made).second);
    }
}

} // namespace
} // namespace wgnl::nm
