// SPDX-License-Identifier: LGPL-2.1-or-later
// Files of any name and size into profiles: what a path adds to the text in it.
#include "nm/import/importer.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temporary_directory.hpp"

namespace wgnl::nm {
namespace {

constexpr auto whole =
    "[Interface]\r\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\r\n"
    "Address = 10.0.0.2/24\r\n";

class Import : public ::testing::Test {
protected:
    std::string file(const std::string& name, const std::string& text) const {
        auto path = (folder_.path() / name).string();
        std::ofstream(path) << text;
        return path;
    }
    std::string refusal(const std::string& path) const {
        const auto result = import_file(path);
        EXPECT_FALSE(result.has_value()) << path;
        return result ? "" : result.error().detail();
    }
    std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

private:
    testing::TemporaryDirectory folder_{};
};

TEST_F(Import, NamesTheProfileAfterTheFile) {
    const auto made = import_file(file("My Office VPN (Zürich) – 2026.conf", whole));
    ASSERT_TRUE(made.has_value()) << made.error().to_string();
    auto* const profile = made->profile.get();
    EXPECT_STREQ(nm_connection_get_id(profile), "My Office VPN (Zürich) – 2026");
    EXPECT_EQ(nm_connection_get_interface_name(profile),
              interface_name_of("My Office VPN (Zürich) – 2026"));
    EXPECT_TRUE(nm_connection_is_type(profile, NM_SETTING_WIREGUARD_SETTING_NAME));
    EXPECT_TRUE(nm_connection_verify(profile, nullptr));
    EXPECT_TRUE(made->not_expressible.empty());
}

TEST_F(Import, NamesNoInterfaceThatIsThere) {
    const auto made = import_file(file("lo.conf", whole));
    ASSERT_TRUE(made.has_value()) << made.error().to_string();
    EXPECT_STRNE(nm_connection_get_interface_name(made->profile.get()), "lo");
}

TEST_F(Import, NamesTheLineOfAMistake) {
    EXPECT_EQ(refusal(file("long name.conf", std::string(whole) + "MTU = 12\n")),
              "long name.conf:4: MTU=12 is not a number of bytes from 68 to 65535");
}

TEST_F(Import, RefusesWhatIsNoFile) {
    EXPECT_EQ(refusal(path("none.conf")), "No such file or directory");
    EXPECT_EQ(refusal(path("")), "it is a folder, and no regular file");
    ASSERT_EQ(::mkfifo(path("pipe.conf").c_str(), 0600), 0);
    EXPECT_EQ(refusal(path("pipe.conf")), "it is a FIFO, and no regular file");
}

TEST_F(Import, RefusesWhatIsNoText) {
    EXPECT_EQ(refusal(file("a.conf", std::string("[Interface]\n\0", 13))),
              "a.conf: there is a NUL byte in it, so that it is no text");
}

TEST_F(Import, ReadsALargeFile) {
    const auto comments = std::string(largest_configuration - std::string(whole).size(), '#');
    EXPECT_TRUE(import_file(file("large.conf", whole + comments)).has_value());
    EXPECT_EQ(refusal(file("larger.conf", whole + comments + "#")),
              "it has 10485761 bytes, more than the 10485760 that are read");
}

} // namespace
} // namespace wgnl::nm
