// SPDX-License-Identifier: LGPL-2.1-or-later
// The command line: usage, help, and `check` from end to end.
#include "program.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>

namespace wgnl::cli {
namespace {

/// Runs lines and keeps what they print; ".fake" files are read by the test.
class Program : public testing::Test {
protected:
    Exit run(const std::vector<std::string>& arguments) {
        return cli::run(environment_, arguments);
    }
    void files_read_as(Result<FileReading> answer) {
        environment_.readers.add(".fake",
                                 [answer](const std::filesystem::path&) { return answer; });
    }

    std::ostringstream out_;
    std::ostringstream err_;
    Environment environment_{{out_, err_}};
};

FileReading with_problem(Severity severity) {
    return {Declaration{.device = "wg0"}, {{severity, {"x.fake", 1}, "something"}}};
}

TEST_F(Program, HelpAndVersionGoToTheOutput) {
    EXPECT_EQ(run({"--help"}), Exit::done);
    EXPECT_NE(out_.str().find("status"), std::string::npos);
    EXPECT_EQ(run({"--version"}), Exit::done);
    EXPECT_NE(out_.str().find("wgnl "), std::string::npos);
    EXPECT_EQ(err_.str(), "");
}

TEST_F(Program, MistakesInTheLineAreUsage) {
    for (const std::vector<std::string>& line : {std::vector<std::string>{},
                                                 {"frobnicate"},
                                                 {"show"},
                                                 {"check"},
                                                 {"convert", "x.fake"},
                                                 {"status", "--frob"},
                                                 {"wait", "wg0", "--timeout", "soon"},
                                                 {"wait", "wg0", "--all", "--peer", "x"}})
        EXPECT_EQ(run(line), Exit::usage) << testing::PrintToString(line);
    EXPECT_EQ(out_.str(), "");
    EXPECT_NE(err_.str(), "");
}

TEST_F(Program, AVerbThatThereIsNotIsNamedWithWhatIsMeant) {
    const std::vector<std::pair<std::string, std::string>> meant{
        {"statsu", "did you mean \"wgnl status\"?"},
        {"stat", "did you mean \"wgnl status\"?"},
        {"appli", "did you mean \"wgnl apply\"?"},
        {"genkye", "did you mean \"wgnl genkey\"?"},
        {"help", "\"wgnl --help\""},
        {"up", "\"wgnl apply FILE\""},
        {"down", "\"ip link delete DEV\""},
        {"syncconf", "\"wgnl apply FILE\""},
        {"frobnicate", "there are status, show, "},
        {"", "there are status, "}};
    for (const auto& [typed, wanted] : meant)
        for (const std::vector<std::string>& line :
             {std::vector{typed}, {typed, "wg0"}, {"--netns", "blue", typed}}) {
            err_.str("");
            EXPECT_EQ(run(line), Exit::usage) << typed;
            if (typed.empty())
                continue;
            EXPECT_NE(err_.str().find("there is no verb \"" + typed + "\""), std::string::npos)
                << err_.str();
            EXPECT_NE(err_.str().find(wanted), std::string::npos) << err_.str();
            EXPECT_EQ(std::ranges::count(err_.str(), '\n'), 1) << err_.str();
        }
    EXPECT_EQ(out_.str(), "");
    err_.str("");
    EXPECT_EQ(run({"x\033[2J"}), Exit::usage);
    EXPECT_EQ(err_.str().find('\033'), std::string::npos);
}

TEST_F(Program, VerbsThatLookAtNoNamespaceRefuseOne) {
    for (const std::vector<std::string>& line : {std::vector<std::string>{"wait", "wg0"},
                                                 {"reconcile"},
                                                 {"check", "x.fake"},
                                                 {"genkey"}}) {
        auto with_netns = line;
        with_netns.insert(with_netns.begin(), {"--netns", "blue"});
        err_.str("");
        EXPECT_EQ(run(with_netns), Exit::usage) << line[0];
        EXPECT_NE(err_.str().find(line[0] + " has no --netns"), std::string::npos) << err_.str();
    }
    EXPECT_EQ(out_.str(), "");
}

TEST_F(Program, ANamespaceThatIsNotThereIsNamed) {
    files_read_as(FileReading{Declaration{.device = "wg0"}, {}});
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{"--netns", "no-such-one", "status"},
          {"show", "wg0", "--netns", "no-such-one"},
          {"diff", "x.fake", "--netns=no-such-one"},
          {"apply", "x.fake", "--sockets-netns", "no-such-one"}}) {
        err_.str("");
        EXPECT_EQ(run(line), Exit::failed) << testing::PrintToString(line);
        EXPECT_NE(err_.str().find("no-such-one"), std::string::npos) << err_.str();
    }
}

TEST_F(Program, CheckIsSilentAboutACleanFile) {
    files_read_as(FileReading{Declaration{.device = "wg0"}, {}});

    EXPECT_EQ(run({"check", "x.fake"}), Exit::done);
    EXPECT_EQ(out_.str() + err_.str(), "");
}

TEST_F(Program, CheckFindsErrorsAndWarnings) {
    for (const auto severity : {Severity::error, Severity::warning}) {
        files_read_as(with_problem(severity));
        EXPECT_EQ(run({"check", "x.fake"}), Exit::found);
    }
    EXPECT_EQ(out_.str(), "x.fake:1: error: something\nx.fake:1: warning: something\n");
    EXPECT_EQ(err_.str(), "1 error\n1 warning\n");
}

TEST_F(Program, CheckPrintsNotesWithoutFailing) {
    files_read_as(with_problem(Severity::note));

    EXPECT_EQ(run({"check", "x.fake"}), Exit::done);
    EXPECT_EQ(out_.str(), "x.fake:1: note: something\n");
}

TEST_F(Program, CheckGoesThroughTheFileInOrder) {
    auto reading = with_problem(Severity::error);
    reading.problems = {{Severity::error, {"x.fake", 10}, "ten"},
                        {Severity::error, {"x.fake", 9}, "nine"}};
    files_read_as(std::move(reading));

    run({"check", "x.fake"});

    EXPECT_EQ(out_.str(), "x.fake:9: error: nine\nx.fake:10: error: ten\n");
}

TEST_F(Program, CheckSaysThatAFileIsNotForThisMachine) {
    files_read_as(FileReading{});

    EXPECT_EQ(run({"check", "x.fake"}), Exit::done);
    EXPECT_NE(out_.str().find("declares no WireGuard device"), std::string::npos);
}

TEST_F(Program, CheckBlamesTheContentOfAFileThatDeclaresNothing) {
    files_read_as(fail(Errc::invalid_argument, "read", "no device is named"));

    EXPECT_EQ(run({"check", "x.fake"}), Exit::found);
    EXPECT_EQ(out_.str(), "x.fake: error: no device is named\n");
}

TEST_F(Program, CheckFailsOnAFileThatCannotBeReadButChecksTheOthers) {
    environment_.readers.add(".json", read_json_file);
    files_read_as(with_problem(Severity::error));

    EXPECT_EQ(run({"check", "/nowhere/x.json", "x.fake"}), Exit::failed);
    EXPECT_NE(err_.str().find("/nowhere/x.json"), std::string::npos);
    EXPECT_NE(out_.str().find("something"), std::string::npos);
}

TEST_F(Program, CheckNamesTheFormatsThereAre) {
    files_read_as(FileReading{});

    EXPECT_EQ(run({"check", "wg0.conf"}), Exit::found);
    EXPECT_NE(out_.str().find(".fake"), std::string::npos);
}

TEST_F(Program, ApplyRefusesAFileThatDeclaresNothing) {
    files_read_as(fail(Errc::invalid_argument, "read x.fake", "no device is named"));

    EXPECT_EQ(run({"apply", "x.fake"}), Exit::failed);
    EXPECT_EQ(err_.str(), "wgnl: read x.fake: no device is named\n");
    EXPECT_EQ(out_.str(), "");
}

} // namespace
} // namespace wgnl::cli
