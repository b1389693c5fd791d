// SPDX-License-Identifier: LGPL-2.1-or-later
// What is written is JSON, whatever the texts hold, also where it is taken in pieces.
#include "base/json_writer.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wgnl::json {
namespace {

using Json = nlohmann::json;

TEST(JsonWriter, WhatIsWrittenIsRead) {
    Writer writer(Layout::compact);
    writer.begin_object();
    writer.member("Text", "say \"hi\" \\ \n ü \xff\xc3");
    writer.member("Number", std::uint64_t{18446744073709551615U});
    writer.member("List");
    writer.begin_array();
    writer.value(true);
    writer.begin_array();
    writer.end_array();
    writer.value(std::uint8_t{7});
    writer.end_array();
    writer.end_object();

    const auto read = Json::parse(writer.text());
    EXPECT_EQ(read["Text"], "say \"hi\" \\ \n ü \ufffd\ufffd");
    EXPECT_EQ(read["Number"], 18446744073709551615U);
    EXPECT_EQ(read["List"], Json::parse("[true, [], 7]"));
    EXPECT_EQ(writer.text().find(' '), writer.text().find(" \\\"")) << "the layout is compact";
}

TEST(JsonWriter, EachByteIsReadBackOrIsNoText) {
    for (int byte = 0; byte < 256; ++byte) {
        Writer writer(Layout::compact);
        const std::string text(1, static_cast<char>(byte));
        writer.value(text);
        EXPECT_EQ(Json::parse(writer.take()), byte < 0x80 ? text : "\ufffd") << byte;
    }
}

TEST(JsonWriter, PiecesMakeTheWhole) {
    Writer whole(Layout::lines);
    Writer cut(Layout::lines);
    std::string pieces;
    for (auto* writer : {&whole, &cut}) {
        writer->begin_object();
        writer->member("List");
        writer->begin_array();
        for (unsigned i = 0; i < 3; ++i) {
            writer->begin_object();
            writer->member("i", i);
            writer->end_object();
            if (writer == &cut)
                pieces += writer->take();
        }
        writer->end_array();
        writer->end_object();
    }
    EXPECT_EQ(pieces + cut.text(), whole.text());
    EXPECT_EQ(Json::parse(whole.text())["List"].size(), 3U);
}

} // namespace
} // namespace wgnl::json
