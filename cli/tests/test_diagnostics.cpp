// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems with their source lines, hints, and what is never shown.
#include "output/diagnostics.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "formats/hints.hpp"

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
                           "       |                     ^~~\n"
                           "       | hint: seconds from 1 to 65535, or off\n");
}

TEST(Diagnostics, HintsAreForErrorsOnly) {
    const TemporaryFile file{"AllowedIPs=10.0.0.1/24\n"};

    EXPECT_EQ(printed({Severity::warning, file.at(1), "host bits"}),
              file.at(1) + ": warning: host bits\n     1 | AllowedIPs=10.0.0.1/24\n"
                           "       |            ^~~~~~~~~~~\n");
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

std::string hint(std::string_view text, std::string_view line = "",
                 Severity severity = Severity::error) {
    return hint_for({severity, "", std::string{text}}, line);
}

TEST(HintFor, KnowsTheKeyOfTheLineInEitherSpelling) {
    EXPECT_NE(hint("bad", "Endpoint=x"), "");
    EXPECT_EQ(hint("bad", "Endpoint=x"), hint("bad", "  \"endpoint\": \"x\""));
    EXPECT_EQ(hint("bad", "Frobnicate=1"), "");
    EXPECT_EQ(hint("bad"), "");
}

TEST(HintFor, IsSilentWhereTheProblemSaysItOrTheSpellingIsNotToBlame) {
    EXPECT_EQ(hint("no; write such as x", "Endpoint=x"), "");
    EXPECT_EQ(hint("names a credential that is missing", "PresharedKey=@psk"), "");
    EXPECT_EQ(hint("host bits", "AllowedIPs=10.0.0.1/24", Severity::warning), "");
    EXPECT_EQ(hint("Mode=own is no way", "Mode=own", Severity::note), "");
}

TEST(HintFor, FindsTheNameThatWasMeant) {
    const auto unknown = [](std::string_view name, std::string_view section = "WireGuardPeer") {
        return hint(std::string{name} + "= is no key of [" + std::string{section} +
                        "] and is ignored",
                    "", Severity::warning);
    };
    EXPECT_EQ(unknown("AllowedIps"), "did you mean AllowedIPs=?");
    EXPECT_EQ(unknown("PresharedKye"), "did you mean PresharedKey=?");
    EXPECT_EQ(unknown("ListenPort"), "ListenPort= belongs into [WireGuard]");
    EXPECT_EQ(unknown("Name"), "X-Name= is the name of a peer");
    EXPECT_EQ(unknown("Name", "WireGuard"), "Name= belongs into [NetDev]");
    EXPECT_EQ(unknown("Colour"), "");
    const auto section = [](std::string_view name) {
        return hint("[" + std::string{name} +
                    "] is no section of a WireGuard .netdev file and is "
                    "ignored");
    };
    EXPECT_EQ(section("Wireguard-Peer"), "did you mean [WireGuardPeer]?");
    EXPECT_EQ(section("Peer"), "that is wg-quick's; here it is [WireGuardPeer]");
    EXPECT_EQ(section("Nonsense"), "");
}

std::string marked(std::string_view line, std::string_view text) {
    const auto span = span_of_fault(line, text);
    return std::string{line.substr(span.start, span.size)};
}

TEST(SpanOfFault, IsTheWordThatTheProblemQuotes) {
    EXPECT_EQ(marked("AllowedIPs=10.0.0.0/8, 10.0.0.300/24", "AllowedIPs=10.0.0.300/24 is none"),
              "10.0.0.300/24");
    EXPECT_EQ(marked("Endpoint = x y", "Endpoint=x y is not HOST:PORT"), "x");
    EXPECT_EQ(marked("PresharedKey=(hidden)", "PresharedKey= is no key"), "(hidden)");
    EXPECT_EQ(marked("PersistentKeepalive=  9x", "something else"), "9x");
    EXPECT_EQ(marked("[WireGuardPeer]", "the section has no PublicKey=; the section names no peer, "
                                        "and until it does no peer of this device is removed"),
              "");
    EXPECT_EQ(marked("[a=b]", "x=y"), "");
    EXPECT_EQ(marked("[Peer]", "[Peer] is no section of this"), "[Peer]");
    EXPECT_EQ(marked("Colour = red", "Colour= is no key of [NetDev] and is ignored"), "Colour");
    EXPECT_EQ(marked("Name=", "Name= cannot be"), "");
    EXPECT_EQ(marked("nothing", "Name=x"), "");
}

TEST(Diagnostics, MarkTheColumnsThatTheTerminalShows) {
    const TemporaryFile file{"Name=ä/b\n"};

    EXPECT_EQ(printed({Severity::warning, file.at(1), "Name=ä/b is bad"}),
              file.at(1) + ": warning: Name=ä/b is bad\n     1 | Name=ä/b\n"
                           "       |      ^~~\n");
}

} // namespace
} // namespace wgnl::cli
