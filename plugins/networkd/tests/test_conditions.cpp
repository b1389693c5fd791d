// SPDX-License-Identifier: LGPL-2.1-or-later
// [Match] decided as networkd decides it, on machines that are made up.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include <rapidcheck.h>

#include "networkd/match/conditions.hpp"
#include "networkd/match/version.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

using Line = std::pair<const char*, const char*>;

/// systemd's answers on a machine of this version and kind.
SystemdQuery systemd(std::string version, std::string virtualization) {
    return [=](const char* property) -> std::optional<std::string> {
        return std::string_view(property) == "Version" ? version : virtualization;
    };
}

Host some_host() {
    return {.name = "gate.example.org",
            .machine_id = "0123456789abcdef0123456789abcdef",
            .boot_id = "fedcba98765432100123456789abcdef",
            .kernel_release = "6.12.107-cloud",
            .kernel_command_line = "quiet root=/dev/vda 'a b' foo=1",
            .architecture = "x86-64",
            .tags = {"berlin", "front-end"},
            .ask_systemd = systemd("262.1-1~deb14u1", "kvm")};
}

MatchResult match(std::string_view key, std::string_view value, const Host& host = some_host()) {
    Conditions conditions;
    EXPECT_TRUE(conditions.assign(key, value)) << key;
    return conditions.match(host);
}

void expect_all(MatchResult expected, std::initializer_list<Line> lines,
                const Host& host = some_host()) {
    for (auto [key, value] : lines)
        EXPECT_EQ(match(key, value, host), expected) << key << "=" << value;
}

TEST(Conditions, OnTheMachine) {
    expect_all(MatchResult::applies, {{"Host", "gate.*"},
                                      {"Host", "GATE.example.org"},
                                      {"Host", "!other"},
                                      {"Host", "0123456789ABCDEF0123456789abcdef"},
                                      {"Host", "01234567-89ab-cdef-0123-456789abcdef"},
                                      {"Host", "fedcba98765432100123456789abcdef"},
                                      {"KernelCommandLine", "foo"},
                                      {"KernelCommandLine", "foo=1"},
                                      {"KernelCommandLine", "a b"},
                                      {"KernelCommandLine", "!bar"},
                                      {"Architecture", "x86-64"},
                                      {"Architecture", "native"},
                                      {"Credential", "!none"},
                                      {"Credential", "wgnl.own"},
                                      {"Credential", "!wgnl.own"}});
    expect_all(MatchResult::differs, {{"Host", "gate"},
                                      {"Host", "ffffffffffffffffffffffffffffffff"},
                                      {"KernelCommandLine", "fo"},
                                      {"KernelCommandLine", "foo=2"},
                                      {"Architecture", "arm64"},
                                      {"Credential", "none"}});
}

TEST(Conditions, OnVersions) {
    expect_all(MatchResult::applies, {{"KernelVersion", ">=6.1"},
                                      {"KernelVersion", ">= 6.1 <7"},
                                      {"KernelVersion", "6.12.*"},
                                      {"KernelVersion", "!<6"},
                                      {"KernelVersion", "\">= 6.1\" \"!= 6.9\""},
                                      {"KernelVersion", "$=6.*"},
                                      {"KernelVersion", "=6.12.107-cloud"},
                                      {"Version", ">=6.1"},
                                      {"Version", "kernel >=6.1"},
                                      {"Version", "systemd >= 258"},
                                      {"Version", "systemd>=258 <300"},
                                      {"Version", "systemd ==262"},
                                      {"Version", "!systemd <262"},
                                      {"Version", "glibc >= 2.17"}});
    expect_all(MatchResult::differs, {{"KernelVersion", "<6.12"},
                                      {"KernelVersion", ">6.1 <6.2"},
                                      {"KernelVersion", "=6.12"},
                                      {"KernelVersion", "!$=6.*"},
                                      {"Version", "systemd <262"},
                                      {"Version", "systemd >262"},
                                      {"Version", "glibc < 2.17"}});
}

TEST(Conditions, OneThatIsMalformedIsFalseAlsoWhenNegated) {
    expect_all(MatchResult::differs, {{"KernelVersion", ">="},
                                      {"KernelVersion", "!>="},
                                      {"KernelVersion", ">=5 >= 6"},
                                      {"KernelVersion", "\"6"},
                                      {"KernelVersion", "!\"6"}});
}

TEST(Conditions, OnVirtualization) {
    auto host = some_host();
    expect_all(MatchResult::applies, {{"Virtualization", "yes"},
                                      {"Virtualization", "vm"},
                                      {"Virtualization", "kvm"},
                                      {"Virtualization", "!container"},
                                      {"Virtualization", "!no"}});
    expect_all(MatchResult::differs,
               {{"Virtualization", "no"}, {"Virtualization", "qemu"}, {"Virtualization", "!vm"}});
    host.ask_systemd = systemd("262", "podman");
    expect_all(MatchResult::applies,
               {{"Virtualization", "container"}, {"Virtualization", "podman"}}, host);
    host.ask_systemd = systemd("262", "");
    expect_all(MatchResult::applies, {{"Virtualization", "no"}, {"Virtualization", "!vm"}}, host);
    expect_all(MatchResult::differs, {{"Virtualization", "container"}, {"Virtualization", "yes"}},
               host);
}

TEST(Conditions, OnUserNamespaces) {
    Tree tree;
    auto host = some_host();
    EXPECT_EQ(match("Virtualization", "private-users", host), MatchResult::unknown);
    host.kernel_files = tree / "";
    tree.write("/proc/self/uid_map", "         0          0 4294967295\n");
    EXPECT_EQ(match("Virtualization", "private-users", host), MatchResult::differs);
    tree.write("/proc/self/uid_map", "         0     100000      65536\n");
    EXPECT_EQ(match("Virtualization", "private-users", host), MatchResult::applies);
    tree.write("/credentials/machine.uid_map", "         0          0 4294967295\n");
    host.credential_folders = {*host.kernel_files + "/credentials"};
    EXPECT_EQ(match("Virtualization", "private-users", host), MatchResult::differs);
}

TEST(Conditions, OnFirmware) {
    Tree tree;
    auto host = some_host();
    host.kernel_files = tree / "";
    expect_all(MatchResult::differs,
               {{"Firmware", "uefi"},
                {"Firmware", "device-tree"},
                {"Firmware", "device-tree-compatible(acme,board)"},
                {"Firmware", "smbios-field(sys_vendor = \"Acme Inc\")"},
                {"Firmware", "abacus"}},
               host);
    tree.write("/sys/firmware/efi/runtime", "0");
    tree.write("/sys/firmware/devicetree/base/model", "x");
    tree.write("/proc/device-tree/compatible", std::string("acme,board\0acme,soc\0", 20));
    tree.write("/sys/class/dmi/id/sys_vendor", "Acme Inc\n");
    tree.write("/sys/class/dmi/id/bios_version", "1.16.2-1\n");
    expect_all(MatchResult::applies,
               {{"Firmware", "uefi"},
                {"Firmware", "device-tree"},
                {"Firmware", "device-tree-compatible(acme,soc)"},
                {"Firmware", "smbios-field(sys_vendor = \"Acme Inc\")"},
                {"Firmware", "smbios-field(sys_vendor $= Acme*)"},
                {"Firmware", "smbios-field(bios_version >= 1.9)"},
                {"Firmware", "!device-tree-compatible(acme"}},
               host);
    expect_all(MatchResult::differs,
               {{"Firmware", "!smbios-field(sys_vendor $= Acme*)"},
                {"Firmware", "smbios-field(bios_version < 1.9)"},
                {"Firmware", "!smbios-field(sys_vendor)"},
                {"Firmware", "!smbios-field(../../x = 1)"},
                {"Firmware", "device-tree-compatible(acme)"}},
               host);
    tree.write("/run/systemd/container", "podman");
    EXPECT_EQ(match("Firmware", "uefi", host), MatchResult::differs);
}

TEST(Conditions, OnTags) {
    expect_all(MatchResult::applies,
               {{"MachineTag", "berlin"}, {"MachineTag", "front*"}, {"MachineTag", "!database"}});
    expect_all(MatchResult::differs, {{"MachineTag", "front"}, {"MachineTag", "!berlin"}});
    Tree tree;
    tree.write("/etc/machine-info", "PRETTY_HOSTNAME=x\nTAGS=\"alpha:beta\"\n");
    EXPECT_EQ(Host::current(tree.root()).tags, (std::vector<std::string>{"alpha", "beta"}));
}

TEST(Conditions, AKeyThatTheRunningSystemdDoesNotKnowIsIgnored) {
    auto host = some_host();
    host.ask_systemd = systemd("257.13-1~deb13u1", "kvm");
    expect_all(MatchResult::applies, {{"Version", "systemd > 900"}, {"MachineTag", "nobody"}},
               host);
    auto declaration =
        declared("[Match]\nVersion=systemd > 900\n" + wg0(), ReadContext{.host = host});
    EXPECT_FALSE(declaration.kept_as_is);
    EXPECT_NE(lines(declaration.problems).find("does not know Version="), std::string::npos);
}

TEST(Conditions, TheLastAssignmentCountsAndAnEmptyOneResets) {
    Host host{.name = "a"};
    Conditions conditions;
    conditions.assign("Host", "b");
    conditions.assign("Host", "a");
    EXPECT_EQ(conditions.match(host), MatchResult::applies);
    conditions.assign("Host", "b");
    EXPECT_EQ(conditions.match(host), MatchResult::differs);
    conditions.assign("Host", "");
    EXPECT_EQ(conditions.match(host), MatchResult::applies);
    EXPECT_FALSE(conditions.assign("Name", "x"));
}

TEST(Conditions, WhatIsHiddenDecidesNothing) {
    for (auto [key, value] : {Line{"KernelCommandLine", "quiet"}, Line{"Virtualization", "vm"},
                              Line{"Firmware", "uefi"}, Line{"Version", "systemd >= 1"}}) {
        Conditions conditions;
        conditions.assign(key, value);
        EXPECT_EQ(conditions.match(Host{}), MatchResult::unknown);
        EXPECT_EQ(conditions.doubt(Host{}), std::string(key) + "=" + value);
    }
}

TEST(Conditions, AnotherRootIsAnotherMachine) {
    Tree tree;
    auto host = Host::current(tree.root(), systemd("262", "kvm"));
    EXPECT_EQ(match("Virtualization", "vm", host), MatchResult::unknown);
    EXPECT_EQ(match("Firmware", "uefi", host), MatchResult::unknown);
    host = Host::current(Root(), systemd("262", "kvm"));
    EXPECT_EQ(match("Virtualization", "vm", host), MatchResult::applies);
    EXPECT_NE(match("Firmware", "uefi", host), MatchResult::unknown);
}

TEST(Conditions, OneThatCannotBeDecidedHoldsTheDevice) {
    auto declaration = declared("[Match]\nVirtualization=vm\n" + wg0());
    EXPECT_TRUE(declaration.kept_as_is);
    EXPECT_NE(lines(declaration.problems).find("Virtualization=vm"), std::string::npos);
    EXPECT_EQ(parse({"[Match]\nVirtualization=vm\nHost=no\n" + wg0()}).status,
              Netdev::Status::not_for_us);
}

TEST(Versions, AreInTheOrderOfTheFormat) {
    const char* const ascending[] = {"~1",        "",       "1~rc1",     "1",       "1-1",
                                     "1-1.fc33",  "1^post", "1.1-1",     "1a",      "6.9",
                                     "6.12~rc1",  "6.12",   "6.12-1",    "6.12.3",  "6.12.107",
                                     "6.12.0200", "257-2",  "257.1~rc1", "257.1-1", "257.13"};
    for (std::size_t i = 0; i + 1 < std::size(ascending); ++i) {
        EXPECT_LT(compare_versions(ascending[i], ascending[i + 1]), 0) << ascending[i + 1];
        EXPECT_GT(compare_versions(ascending[i + 1], ascending[i]), 0) << ascending[i + 1];
        EXPECT_EQ(compare_versions(ascending[i], ascending[i]), 0) << ascending[i];
    }
    EXPECT_EQ(compare_versions("6.012_3", "6.12 3"), 0);
}

TEST(Versions, AnyTwoTextsHaveAnOrder) {
    rc::check("the order is total", [] {
        auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("01a~-^._Z")));
        auto left = *text;
        auto right = *text;
        RC_ASSERT((compare_versions(left, right) == -compare_versions(right, left)));
        RC_ASSERT((compare_versions(left, left) == 0));
    });
}

} // namespace
} // namespace wgnl::networkd::test
