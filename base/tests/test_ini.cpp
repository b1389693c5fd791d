// SPDX-License-Identifier: LGPL-2.1-or-later
// The syntax reader, compared with what systemd 252 and 257 were seen to do.
#include <gtest/gtest.h>

#include <string>

#include <rapidcheck.h>

#include "base/ini.hpp"
#include "base/text.hpp"

namespace wgnl {
namespace {

IniFile read(std::string_view text) { return IniFile::parse(SecretText(text)); }

/// "[Section@line] key=value@line …".
std::string summary(const IniFile& file) {
    std::string text;
    for (const auto& section : file.sections()) {
        text += "[" + std::string(section.name) + "@" + std::to_string(section.line) + "]";
        for (const auto& item : section.assignments)
            text += " " + std::string(item.key) + "=" + std::string(item.value) + "@" +
                    std::to_string(item.line);
        text += "\n";
    }
    return text;
}

struct Case {
    const char* name;
    std::string_view text;
    std::string_view expected;
};
void PrintTo(const Case& example, std::ostream* out) { *out << example.name; }
std::string name_of(const testing::TestParamInfo<Case>& example) { return example.param.name; }

class IniSyntax : public testing::TestWithParam<Case> {};

TEST_P(IniSyntax, IsReadAsSystemdReadsIt) {
    EXPECT_EQ(summary(read(GetParam().text)), GetParam().expected);
}

using namespace std::string_view_literals;
INSTANTIATE_TEST_SUITE_P(
    Examples, IniSyntax,
    testing::Values(
        Case{"Whitespace", "  [A] \n\t k =  v w  \n", "[A@1] k=v w@2\n"},
        Case{"Comments", "# x\n[A]\n; y\n  # z\nk=v # kept\n", "[A@2] k=v # kept@5\n"},
        Case{"RepeatedSection", "[A]\nk=1\n[A]\nk=2\n", "[A@1] k=1@2\n[A@3] k=2@4\n"},
        Case{"EmptyValue", "[A]\nk=\n", "[A@1] k=@2\n"},
        Case{"EqualsInValue", "[A]\nk=a=b\n", "[A@1] k=a=b@2\n"},
        Case{"NoNewlineAtEnd", "[A]\nk=v", "[A@1] k=v@2\n"},
        Case{"CarriageReturns", "[A]\r\nk=v\r\nl=w\r\r\nm=x", "[A@1] k=v@2 l=w@3 m=x@5\n"},
        Case{"NulEndsALine", "[A]\nk=v\0l=w\n"sv, "[A@1] k=v@2 l=w@3\n"},
        Case{"ByteOrderMark", "\xef\xbb\xbf[A]\nk=v\n", "[A@1] k=v@2\n"},
        Case{"ByteOrderMarkOnALaterLine", "# x\n[A]\n\xef\xbb\xbfk=v\n", "[A@2] k=v@3\n"},
        Case{"OneByteOrderMarkIsTakenOff", "\xef\xbb\xbf[A]\n\xef\xbb\xbfk=v\n",
             "[A@1] \xef\xbb\xbfk=v@2\n"},
        Case{"Continuation", "[A]\nk=a\\\nb\nl=c\n", "[A@1] k=a b@2 l=c@4\n"},
        Case{"CommentInContinuation", "[A]\nk=a\\\n# no\n;no\nb\n", "[A@1] k=a b@2\n"},
        Case{"BlankLineEndsContinuation", "[A]\nk=a\\\n\nl=b\n", "[A@1] k=a@2 l=b@4\n"},
        Case{"EscapedBackslash", "[A]\nk=a\\\\\nl=b\n", "[A@1] k=a\\\\@2 l=b@3\n"},
        Case{"ContinuationAtEnd", "[A]\nk=a\\", "[A@1] k=a@2\n"},
        Case{"CommentIsNotContinued", "[A]\n# c \\\nk=v\n", "[A@1] k=v@3\n"}),
    name_of);

TEST(Ini, LinesThatMeanNothingAreNamedAndPassedOver) {
    auto file = read("k=early\n[A]\nnonsense\n=value\nk=v\n");
    EXPECT_EQ(summary(file), "[@0] k=early@1\n[A@2] k=v@5\n");
    ASSERT_EQ(file.complaints().size(), 2U);
    EXPECT_EQ(file.complaints()[0].line, 3U);
    EXPECT_EQ(file.complaints()[1].line, 4U);
}

TEST(Ini, ALineThatIsNotUtf8IsADefectOfTheFile) {
    auto file = read("[A]\nk=v\nbad=\xff\nl=w\n");
    ASSERT_TRUE(file.defect());
    EXPECT_EQ(file.defect()->line, 3U);
    EXPECT_FALSE(read("[A]\n# \xff\nk=v\n").defect());
}

TEST(Ini, ABrokenHeaderIsADefectOfTheFile) {
    auto file = read("[A]\nk=v\n[B\nl=w\n");
    ASSERT_TRUE(file.defect());
    EXPECT_EQ(file.defect()->line, 3U);
    EXPECT_EQ(summary(file), "[A@1] k=v@2\n");
}

TEST(Ini, AHeaderWithQuotesOrBackslashesIsADefectOfTheFile) {
    for (const char* header : {"[A\"B]", "[A'B]", "[A\\B]", "[A\tB]", "[A\x7f]"})
        EXPECT_TRUE(read(std::string(header) + "\nk=v\n").defect()) << header;
    EXPECT_FALSE(read("[A b-C_\u00e9]\nk=v\n").defect());
}

TEST(Ini, ALineOfMoreThanOneMebibyteIsADefect) {
    std::string longest = "[A]\nk=" + std::string(longest_line - 2, 'x') + "\n";
    EXPECT_FALSE(read(longest).defect());
    EXPECT_TRUE(read("[A]\nk=" + std::string(longest_line, 'x') + "\n").defect());
    std::string continued = "[A]\nk=";
    for (int i = 0; i < 3; ++i)
        continued += std::string(longest_line / 2, 'x') + "\\\n";
    EXPECT_TRUE(read(continued).defect());
}

TEST(Ini, ViewsLiveOnWhenTheFileIsMoved) {
    auto first = read("[A]\nk=v\n");
    IniFile second = std::move(first);
    EXPECT_EQ(summary(second), "[A@1] k=v@2\n");
}

TEST(Ini, NoTextCanBreakTheReader) {
    EXPECT_TRUE(rc::check("any bytes", [](const std::string& text) { summary(read(text)); }));
    EXPECT_TRUE(rc::check("bytes that the syntax is made of", [] {
        auto symbols = rc::gen::container<std::string>(
            rc::gen::elementOf(std::string("[]=\\\n\r#; kA\0\xef\xbb\xbf", 15)));
        auto file = read(*symbols);
        for (const auto& section : file.sections())
            for (const auto& item : section.assignments)
                RC_ASSERT(trimmed(item.value, whitespace) == item.value && !item.key.empty());
    }));
}

} // namespace
} // namespace wgnl
