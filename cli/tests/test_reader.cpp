// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading JSON declarations from files.
#include "formats/reader.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace wgnl::cli {
namespace {

class JsonReader : public testing::Test {
protected:
    JsonReader()
        : path_(std::filesystem::temp_directory_path() /
                ("wgnl-reader-" + std::to_string(getpid()) + ".json")) {}
    ~JsonReader() override { std::filesystem::remove(path_); }
    Result<FileReading> read(std::string_view text) {
        std::ofstream{path_} << text;
        return read_json_file(path_);
    }

    std::filesystem::path path_;
};

TEST_F(JsonReader, ReadsADeclaration) {
    const auto reading = read(R"({"version": 1, "device": "wg7", "mode": "own", "peers": []})");

    ASSERT_TRUE(reading.has_value()) << reading.error().to_string();
    ASSERT_TRUE(reading->declaration.has_value());
    EXPECT_EQ(reading->declaration->device, "wg7");
    EXPECT_EQ(reading->declaration->mode, Mode::own);
    EXPECT_EQ(to_string(reading->declaration->location), path_.string());
}

TEST_F(JsonReader, ReadsFilesLargerThanItsBuffer) {
    const auto blanks = std::string(300'000, ' ');

    const auto reading = read(blanks + R"({"version": 1, "device": "wg7", "peers": []})");

    ASSERT_TRUE(reading.has_value()) << reading.error().to_string();
}

TEST_F(JsonReader, HandsOnTheProblemsOfTheDocument) {
    const auto reading = read(R"({"version": 1, "device": "wg7", "peers": [], "problems":
        [{"where": "x:1", "severity": "warning", "text": "odd"}]})");

    ASSERT_TRUE(reading.has_value()) << reading.error().to_string();
    EXPECT_EQ(reading->problems, (std::vector<Problem>{{Severity::warning, {"x:1"}, "odd"}}));
}

TEST_F(JsonReader, BlamesTheContent) {
    const auto reading = read("{");

    ASSERT_FALSE(reading.has_value());
    EXPECT_EQ(reading.error().code(), Errc::invalid_argument);
}

TEST_F(JsonReader, DoesNotBlameTheContentOfAFileThatIsNotThere) {
    const auto reading = read_json_file("/nowhere/x.json");

    ASSERT_FALSE(reading.has_value());
    EXPECT_NE(reading.error().code(), Errc::invalid_argument);
    EXPECT_NE(reading.error().to_string().find("/nowhere/x.json"), std::string::npos);
}

} // namespace
} // namespace wgnl::cli
