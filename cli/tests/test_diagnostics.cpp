// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems with their source lines, hints, and what is never shown.
#include "diagnostics.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace wgnl::cli {
namespace {

constexpr std::string_view key = "bGFwdG9wIGxhcHRvcCBsYXB0b3AgbGFwdG9wIDEyMzQ=";

/// A file that goes with the test.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text)
        : path_(std::filesystem::temp_directory_path() /
                ("wgnl-diagnostics-" + std::to_string(getpid()))) {
        std::ofstream{path_} << text;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    std::string at(int line) const { return path_.string() + ":" + std::to_string(line); }

private:
    std::filesystem::path path_;
};

std::string printed(const Problem& problem) {
    std::ostringstream out;
    const Terminal terminal;
    Diagnostics{out, terminal}.print(problem);
    return out.str();
}

TEST(Place, SplitsAtTheLastColon) {
    const auto place = Place::parse("/etc/a:b.netdev:40");

    EXPECT_EQ(place.file, "/etc/a:b.netdev");
    EXPECT_EQ(place.line, 40U);
}

TEST(Place, WithoutALineIsTheFile) {
    EXPECT_EQ(Place::parse("/etc/wg0.netdev").line, 0U);
    EXPECT_EQ(Place::parse("/etc/wg0.netdev:x").file, "/etc/wg0.netdev:x");
    EXPECT_EQ(Place::parse("").file, "");
}

TEST(Diagnostics, PrintTheLineAndAHint) {
    const TemporaryFile file{"[WireGuardPeer]\n  PersistentKeepalive=foo\n"};

    EXPECT_EQ(printed({Severity::error, file.at(2), "PersistentKeepalive=foo is not a number"}),
              file.at(2) + ": error: PersistentKeepalive=foo is not a number\n"
                           "     2 | PersistentKeepalive=foo\n"
                           "       | hint: seconds from 1 to 65535, or off\n");
}

TEST(Diagnostics, HintsAreForErrorsOnly) {
    const TemporaryFile file{"AllowedIPs=10.0.0.1/24\n"};

    EXPECT_EQ(printed({Severity::warning, file.at(1), "host bits"}),
              file.at(1) + ": warning: host bits\n     1 | AllowedIPs=10.0.0.1/24\n");
}

TEST(Diagnostics, DoWithoutALineThatIsNotThere) {
    const TemporaryFile file{"one\n"};

    EXPECT_EQ(printed({Severity::error, file.at(7), "gone"}), file.at(7) + ": error: gone\n");
    EXPECT_EQ(printed({Severity::error, "/nowhere/x.netdev:1", "gone"}),
              "/nowhere/x.netdev:1: error: gone\n");
    EXPECT_EQ(printed({Severity::note, "", "anywhere"}), "note: anywhere\n");
}

TEST(Diagnostics, CountWhatTheySaw) {
    std::ostringstream out;
    const Terminal terminal;
    Diagnostics diagnostics{out, terminal};
    EXPECT_EQ(diagnostics.summary(), "");

    diagnostics.print({Severity::note, "", "n"});
    diagnostics.print({Severity::error, "", "e"});
    diagnostics.print({Severity::warning, "", "w"});
    diagnostics.print({Severity::warning, "", "w"});

    EXPECT_EQ(diagnostics.summary(), "1 error, 2 warnings");
}

TEST(ShownSourceLine, HidesEverySecret) {
    for (const std::string before :
         {"PrivateKey=", " PrivateKey = ", "PresharedKey=", "\"private_key\": \"",
          "\"preshared_key\" : \"", "privatekey="})
        EXPECT_EQ(shown_source_line(before + std::string{key}).find(key), std::string::npos)
            << before;
    EXPECT_EQ(shown_source_line("PrivateKey=too short"), "PrivateKey=(hidden)");
}

TEST(ShownSourceLine, HidesKeysOnLinesThatDoNotSayWhatTheyAre) {
    const std::string secret{key};
    EXPECT_EQ(shown_source_line("    " + secret), "(hidden)");
    EXPECT_EQ(shown_source_line("{\"version\":1,\"private_key\":\"" + secret + "\"}"),
              "{\"version\":1,\"private_key\":\"(hidden)\"}");
}

TEST(ShownSourceLine, HidesAPartOfAKeyThatWasBrokenIntoLines) {
    EXPECT_EQ(shown_source_line("q5QkkYTLLF6tXyE2UrA="), "(hidden)");
    for (const auto* harmless : {"PersistentKeepalive=25", "AllowedIPs=10.0.0.0/24,fd00::1/128",
                                 "Endpoint=a-long-name-of-1-host.example.org:51820"})
        EXPECT_EQ(shown_source_line(harmless), harmless);
}

TEST(ShownSourceLine, ShowsPublicKeysAndPaths) {
    EXPECT_EQ(shown_source_line("PublicKey=" + std::string{key}), "PublicKey=" + std::string{key});
    EXPECT_EQ(shown_source_line("\"public_key\": \"x\","), "\"public_key\": \"x\",");
    EXPECT_EQ(shown_source_line("PrivateKeyFile=/etc/wg0.key\r"), "PrivateKeyFile=/etc/wg0.key");
}

TEST(HintForLine, KnowsTheKeyInEitherSpelling) {
    EXPECT_FALSE(hint_for_line("Endpoint=x").empty());
    EXPECT_EQ(hint_for_line("Endpoint=x"), hint_for_line("  \"endpoint\": \"x\""));
    EXPECT_TRUE(hint_for_line("Frobnicate=1").empty());
    EXPECT_TRUE(hint_for_line("").empty());
}

} // namespace
} // namespace wgnl::cli
