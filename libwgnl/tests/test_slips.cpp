// SPDX-License-Identifier: LGPL-2.1-or-later
// What people do to values and lines, each told by its own words, and never with the value.
#include <wgnl/amnezia.hpp>
#include <wgnl/slips.hpp>

#include <ostream>

#include <gtest/gtest.h>

#include "values/keys.hpp"
#include "wg_quick_tools.hpp"

namespace wgnl {
namespace {

using namespace tests;

struct Slip {
    std::string text;
    std::string words; ///< a part of what is said; empty: nothing is
    Syntax syntax{Syntax::wg};
};
void PrintTo(const Slip& slip, std::ostream* out) { *out << printable(slip.text); }

void expect_words(const std::string& said, const Slip& slip) {
    EXPECT_EQ(said.empty(), slip.words.empty()) << said;
    EXPECT_NE(said.find(slip.words), std::string::npos) << said;
}

class ValueSlip : public testing::TestWithParam<Slip> {};
TEST_P(ValueSlip, IsTold) {
    expect_words(slip_in(GetParam().text, GetParam().syntax, 10), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Unseen, ValueSlip,
    testing::Values(
        Slip{"10.0.0.1\u200b", "a character that cannot be seen (U+200B) stands in column 18"},
        Slip{"\ufeff10.0.0.1", "(U+FEFF) stands in column 10; delete it"},
        Slip{"a\u00a0b", "(U+00A0) stands in column 11"}, Slip{"a\u2060b", "(U+2060)"},
        Slip{"a\u00adb", "(U+00AD)"}, Slip{"a\u3000b", "(U+3000)"}, Slip{"a\u202eb", "(U+202E)"},
        Slip{"a\x7f", "(U+007F)"},
        Slip{"\u200d\u200cab",
             "2 characters that cannot be "
             "seen stand in it, the first of them (U+200D) in column 10; delete them"},
        Slip{"a\xa0", "a byte that is no character of UTF-8 (0xA0) stands in column 11"}));

INSTANTIATE_TEST_SUITE_P(Quotes, ValueSlip,
                         testing::Values(Slip{"\"10.0.0.1\"", "quotes stand around it"},
                                         Slip{"'10.0.0.1'", "quotes stand around it"},
                                         Slip{"\u201e10.0.0.1\u201c", "quotes stand around it"},
                                         Slip{"\u00ab10.0.0.1\u00bb", "quotes stand around it"},
                                         Slip{"\uff0210.0.0.1\uff02", "quotes stand around it"},
                                         Slip{"`10.0.0.1`", "quotes stand around it"},
                                         Slip{"10.0.0.1\"", "a quote stands in it"}));

INSTANTIATE_TEST_SUITE_P(NoPlaceholders, ValueSlip,
                         testing::Values(Slip{"[2001:db8::1]", ""}, Slip{"[fd00::1]", ""},
                                         Slip{"Example.com", ""}, Slip{"Vpn.Example.com", ""},
                                         Slip{"Key.Lan", ""}));

INSTANTIATE_TEST_SUITE_P(
    Placeholders, ValueSlip,
    testing::Values(
        Slip{"<your private key>", "a placeholder"}, Slip{"YOUR_KEY_HERE", "a placeholder"},
        Slip{"YOUR_KEY_2", "a placeholder"}, Slip{"xxx", "a placeholder"},
        Slip{"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=", "a placeholder"},
        Slip{"...", "a placeholder"}, Slip{"\u2026", "a placeholder"},
        Slip{"****", "a placeholder"}, Slip{"{{ private_key }}", "a placeholder"},
        Slip{"${PRIVATE_KEY}", "a placeholder"}, Slip{"$KEY", "a placeholder"},
        Slip{"[key]", "a placeholder"}, Slip{"(hidden)", "a placeholder"},
        Slip{"%PRIVATE_KEY%", "a placeholder"}, Slip{"yourprivatekeyhere", "a placeholder"},
        Slip{"YourPrivateKey", "a placeholder"}, Slip{"REPLACE ME", "a placeholder"},
        Slip{"changeme", "a placeholder"}, Slip{"<server>:51820", "a placeholder"},
        Slip{"YOUR_SERVER:51820", "a placeholder"}, Slip{"monkey.example.org", ""},
        Slip{"key-server", ""}, Slip{"abcdef", ""}, Slip{"1111", ""}, Slip{"AAAA", ""}));

INSTANTIATE_TEST_SUITE_P(
    Comments, ValueSlip,
    testing::Values(Slip{"10.0.0.1 ; office", "a comment begins with \"#\", not with \";\""},
                    Slip{"51820;default", "a comment begins with \"#\""},
                    Slip{"51820 // default", "not with \"//\""},
                    Slip{"51820 /* default */", "not with \"/*\""},
                    Slip{"51820 (default)", "a comment begins with \"#\""},
                    Slip{"10.0.0.0/8; 10.1.0.0/16", "a \";\" stands where a comma belongs"},
                    Slip{"25;", "there is a semicolon too many"}, Slip{"http://a.b", ""},
                    Slip{"25 # home", "a comment has a line of its own", Syntax::networkd},
                    Slip{"25 ; home", "a comment has a line of its own", Syntax::networkd},
                    Slip{"25 # home", "a comment has a line of its own", Syntax::keyfile}));

INSTANTIATE_TEST_SUITE_P(
    Commas, ValueSlip,
    testing::Values(Slip{"25,", "a comma too many"}, Slip{",a.b:1", "a comma too many"},
                    Slip{"10.0.0.0/244,", ""}, Slip{"10.0.0.0/8 10.1.0.0/16", "a comma is missing"},
                    Slip{"10.0.0.0/8 10.1.0.0/16", "", Syntax::networkd},
                    Slip{"a,b", "\";\" belongs", Syntax::keyfile},
                    Slip{"10.0.0.0/8,10.1.0.0/16", ""},
                    Slip{"10.0.0.0\u201316",
                         "a character that is not ASCII (U+2013) stands in column 18"},
                    Slip{"\u0430bc", "a character that is not ASCII (U+0430)"}));

class LineSlip : public testing::TestWithParam<Slip> {};
TEST_P(LineSlip, IsTold) {
    expect_words(slip_in_line(GetParam().text, GetParam().syntax), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, LineSlip,
    testing::Values(Slip{"; office", "a comment begins with \"#\", not with \";\""},
                    Slip{"// office", "not with \"//\""},
                    Slip{"<!-- a -->", "a comment begins with"},
                    Slip{"PrivateKey: x", "\":\" stands where \"=\" belongs"},
                    Slip{"PrivateKey \uff1d x", "(U+FF1D) stands where \"=\" belongs"},
                    Slip{"\uff3bPeer\uff3d", "a header stands in square brackets; write [Peer]"},
                    Slip{"(interface)", "write [Interface]"}, Slip{"[Peer", "write [Peer]"},
                    Slip{"WireGuardPeer]", "write [WireGuardPeer]"},
                    Slip{"[Peer] ; laptop", "a comment begins with \"#\""},
                    Slip{"[Peer] # laptop", "a comment has a line of its own", Syntax::networkd},
                    Slip{"\u200b[Peer]", "(U+200B) stands in column 1"},
                    Slip{"ListenPort 51820", ""}, Slip{"[Server]", ""}, Slip{"a = b:c", ""}));

TEST(Slips, TellNoColumnThatIsUnknown) {
    EXPECT_EQ(slip_in("a\u200b", Syntax::networkd, 0),
              "a character that cannot be seen (U+200B) stands in it; delete it");
}

/// What a key that was damaged is said to be, however it is damaged, has nothing of it.
TEST(Slips, HaveNothingOfTheValue) {
    const std::string key = private_text;
    for (const auto& text :
         {'"' + key + '"', key + "\u200b", key + " ; laptop", key + ",", "<" + key + ">",
          key.substr(0, 40), key.substr(0, 43), key + key, key.substr(0, 20) + "-" + key.substr(21),
          key.substr(0, 20) + "!" + key.substr(21), std::string(64, 'a'),
          "\u0430" + key.substr(1)}) {
        KeyBytes bytes{};
        const auto defect = read_key_text(text, bytes);
        ASSERT_TRUE(defect.has_value()) << text;
        for (const auto& said :
             {*defect, slip_in(text, Syntax::wg), slip_in_line(text, Syntax::wg)}) {
            EXPECT_EQ(said.find(key.substr(1, 6)), std::string::npos) << said;
            EXPECT_EQ(said.find(key.substr(30, 6)), std::string::npos) << said;
        }
    }
}

TEST(Amnezia, HasItsSettingsCountedAndToldOnce) {
    for (const auto* key :
         {"Jc", "jmin", "JMAX", "S1", "S4", "H1", "H4", "I1", "I5", "J3", "Itime"}) {
        EXPECT_TRUE(AmneziaSettings::knows(key)) << key;
    }
    for (const auto* key : {"", "S5", "H5", "I6", "J4", "Address", "ListenPort"})
        EXPECT_FALSE(AmneziaSettings::knows(key)) << key;
    AmneziaSettings settings;
    EXPECT_TRUE(settings.empty());
    settings.take("Jc", {"f", 3});
    EXPECT_TRUE(settings.problem().text.starts_with("Jc= is a setting of AmneziaWG"));
    settings.take("H1", {"f", 9});
    EXPECT_EQ(to_string(settings.problem().location), "f:3");
    EXPECT_EQ(settings.problem().severity, Severity::error);
    EXPECT_TRUE(settings.problem().text.starts_with("Jc= and 1 more are settings of AmneziaWG"));
}

} // namespace
} // namespace wgnl
