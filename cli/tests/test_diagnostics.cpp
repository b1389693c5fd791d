// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems with their source lines, hints, and what is never shown.
#include "output/diagnostics.hpp"

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
    Location at(std::uint32_t line, std::uint32_t column = 0) const {
        return {path_.string(), line, column};
    }
    std::string place(std::uint32_t line) const { return to_string(at(line)); }

private:
    std::filesystem::path path_;
};

std::string printed(const Problem& problem) {
    std::ostringstream out;
    const Terminal terminal;
    Diagnostics{out, terminal}.print(problem);
    return out.str();
}

TEST(Diagnostics, PrintTheLineAndAHint) {
    const TemporaryFile file{"[WireGuardPeer]\n  PersistentKeepalive=foo\n"};

    EXPECT_EQ(printed({.location = file.at(2, 23),
                       .text = "PersistentKeepalive=foo is not a number",
                       .hint = "seconds from 1 to 65535, or off",
                       .key = "PersistentKeepalive"}),
              file.place(2) + ": error: PersistentKeepalive=foo is not a number\n"
                              "     2 | PersistentKeepalive=foo\n"
                              "       |                     ^~~\n"
                              "       | hint: seconds from 1 to 65535, or off\n");
}

TEST(Diagnostics, MarkTheValueOfTheKeyWithoutAColumn) {
    const TemporaryFile file{"AllowedIPs=10.0.0.1/24\n"};

    EXPECT_EQ(printed({.severity = Severity::warning,
                       .location = file.at(1),
                       .text = "host bits",
                       .key = "AllowedIPs"}),
              file.place(1) + ": warning: host bits\n     1 | AllowedIPs=10.0.0.1/24\n"
                              "       |            ^~~~~~~~~~~\n");
}

TEST(Diagnostics, DoWithoutALineThatIsNotThere) {
    const TemporaryFile file{"one\n"};

    EXPECT_EQ(printed({Severity::error, file.at(7), "gone"}), file.place(7) + ": error: gone\n");
    EXPECT_EQ(printed({Severity::error, {"/nowhere/x.netdev", 1}, "gone"}),
              "/nowhere/x.netdev:1: error: gone\n");
    EXPECT_EQ(printed({Severity::note, {}, "anywhere"}), "note: anywhere\n");
}

TEST(Diagnostics, CountWhatTheySaw) {
    std::ostringstream out;
    const Terminal terminal;
    Diagnostics diagnostics{out, terminal};
    EXPECT_EQ(diagnostics.summary(), "");

    diagnostics.print({Severity::note, {}, "n"});
    diagnostics.print({Severity::error, {}, "e"});
    diagnostics.print({Severity::warning, {}, "w"});
    diagnostics.print({Severity::warning, {}, "w"});

    EXPECT_EQ(diagnostics.summary(), "1 error, 2 warnings");
}

TEST(ShownSourceLine, HidesEverySecret) {
    for (const std::string before :
         {"PrivateKey=", " PrivateKey = ", "PresharedKey=", "\"private_key\": \"",
          "\"preshared_key\" : \"", "privatekey="})
        EXPECT_EQ(shown_source_line(before + std::string{key}).find(key), std::string::npos)
            << before;
    EXPECT_EQ(shown_source_line("PrivateKey=too short"), "PrivateKey=(hidden)");
    EXPECT_EQ(shown_source_line("PrivateKey= @wg0.key"), "PrivateKey= @wg0.key");
    EXPECT_EQ(shown_source_line("PrivateKey=@" + std::string{key}), "PrivateKey=@(hidden)");
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
    EXPECT_EQ(shown_source_line("[wireguard-peer." + std::string{key} + "]"),
              "[wireguard-peer." + std::string{key} + "]");
    EXPECT_EQ(shown_source_line("PublicKey=" + std::string{key} + " # " + std::string{key}),
              "PublicKey=(hidden) # (hidden)")
        << "what is no public key for the reader of the file is none here";
    EXPECT_EQ(shown_source_line("PrivateKeyFile=/etc/wg0.key\r"), "PrivateKeyFile=/etc/wg0.key");
}

std::string marked(std::string_view line, const Problem& problem) {
    const SourceLine source{std::string{line.substr(line.find_first_not_of(' '))},
                            line.find_first_not_of(' ')};
    const auto span = span_of_fault(source, problem);
    return source.text.substr(span.start, span.size);
}

std::string marked(std::string_view line, std::uint32_t column) {
    return marked(line, {.location = {"f", 1, column}});
}

TEST(SpanOfFault, IsTheWordAtTheColumn) {
    EXPECT_EQ(marked("AllowedIPs=10.0.0.300/24, 10.0.0.0/8", 12), "10.0.0.300/24");
    EXPECT_EQ(marked("  AllowedIPs=10.0.0.0/8, 10.0.0.300/24", 26), "10.0.0.300/24");
    EXPECT_EQ(marked("X-Name = ä b", 12), "b");
    EXPECT_EQ(marked("Endpoint = x y", 12), "x");
    EXPECT_EQ(marked("PresharedKey=(hidden)", 14), "(hidden)");
    EXPECT_EQ(marked("Colour = red", 1), "Colour");
    EXPECT_EQ(marked("Colour", 1), "Colour");
    EXPECT_EQ(marked(" [Peer 1]", 2), "[Peer 1]");
}

TEST(SpanOfFault, IsTheValueOfTheKeyWithoutAColumn) {
    const auto marked_for = [](std::string_view line, std::string name) {
        return marked(line, Problem{.key = std::move(name)});
    };
    EXPECT_EQ(marked_for("PersistentKeepalive=  9x", "PersistentKeepalive"), "9x");
    EXPECT_EQ(marked_for("AllowedIPs=10.0.0.0/8, fd00::/8", "AllowedIPs"), "10.0.0.0/8, fd00::/8");
    EXPECT_EQ(marked_for("Name=", "Name"), "");
    EXPECT_EQ(marked_for("[a=b]", "a"), "");
    EXPECT_EQ(marked_for("nothing", "Name"), "");
    EXPECT_EQ(marked_for("Name=x", ""), "");
}

TEST(SpanOfFault, IsNoneWhereTheFileIsNotAsItWas) {
    EXPECT_EQ(marked("A=b", 9), "");
    EXPECT_EQ(marked("   A=b", 1), "");
    EXPECT_EQ(marked("A=b", 4'000'000'000), "");
}

TEST(Diagnostics, MarkTheColumnsThatTheTerminalShows) {
    const TemporaryFile file{"Name=ä/b\n"};

    EXPECT_EQ(printed({Severity::warning, file.at(1, 6), "Name=ä/b is bad"}),
              file.place(1) + ": warning: Name=ä/b is bad\n     1 | Name=ä/b\n"
                              "       |      ^~~\n");
}

} // namespace
} // namespace wgnl::cli
