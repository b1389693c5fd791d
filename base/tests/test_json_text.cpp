// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the grammar of JSON, held against another parser of it.
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "base/json_text.hpp"

namespace wgnl::json {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\" "; }

/// Writes down what it is told.
class Listener final : public Events {
public:
    bool scalar(const Scalar& value) override {
        using Kind = Scalar::Kind;
        switch (value.kind) {
        case Kind::null:
            return put("null ");
        case Kind::flag:
            return put(value.flag ? "true " : "false ");
        case Kind::number:
            return put(std::to_string(value.number) + " ");
        case Kind::other_number:
            return put("number ");
        case Kind::text:
            break;
        }
        return put(quoted(value.text));
    }
    bool begin_object() override { return put("{ "); }
    bool name(std::string_view member) override { return put(quoted(member)); }
    bool end_object() override { return put("} "); }
    bool begin_array() override { return put("[ "); }
    bool end_array() override { return put("] "); }

    std::string heard{};

private:
    bool put(std::string_view what) {
        heard += what;
        return true;
    }
};

/// The same from nlohmann's parser.
struct Witness {
    bool null() { return listener.scalar({}); }
    bool boolean(bool flag) { return listener.scalar({.kind = Scalar::Kind::flag, .flag = flag}); }
    bool number_integer(std::int64_t) { return other(); }
    bool number_unsigned(std::uint64_t number) {
        return listener.scalar({.kind = Scalar::Kind::number, .number = number});
    }
    bool number_float(double, const std::string&) { return other(); }
    bool string(std::string& text) {
        return listener.scalar({.kind = Scalar::Kind::text, .text = text});
    }
    static bool binary(std::vector<std::uint8_t>&) { return false; }
    bool start_object(std::size_t) { return listener.begin_object(); }
    bool key(std::string& name) { return listener.name(name); }
    bool end_object() { return listener.end_object(); }
    bool start_array(std::size_t) { return listener.begin_array(); }
    bool end_array() { return listener.end_array(); }
    static bool parse_error(std::size_t, const std::string&, const std::exception&) {
        return false;
    }
    bool other() { return listener.scalar({.kind = Scalar::Kind::other_number}); }

    Listener listener{};
};

std::string heard_in(std::string_view text) {
    Listener listener;
    return read_text(text, listener).complete ? listener.heard : "not JSON";
}

std::string witnessed_in(std::string_view text) {
    Witness witness;
    return nlohmann::json::sax_parse(text, &witness) ? witness.listener.heard : "not JSON";
}

/// Text in which everything that JSON gives a meaning to is likely.
rc::Gen<std::string> nearly_json() {
    const auto piece = rc::gen::element<std::string>(
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "\\", "\\u00e9", "\\ud83d\\ude00",
        "\\ud83d", "\\ude00", "\\u12", "\\n", "\\x", "é", "\xc3", "\xed\xa0\x80",
        "\xf0\x9f\x98\x80", "\xf5", "\x7f", "\x1f", "0", "1", "12", "-", "-0", "01", "1.5", "1.",
        ".5", "1e3", "1E+", "2e-1", "18446744073709551615", "18446744073709551616", "true", "false",
        "null", "nul", " ", "\n", "\t", "\r", "\v", "\xef\xbb\xbf");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& all) {
        std::string text;
        for (const auto& each : all)
            text += each;
        return text;
    });
}

/// Whole documents, so that what is good is tried as often as what is not.
rc::Gen<nlohmann::json> values(int depth) {
    using nlohmann::json;
    const auto text = rc::gen::element<json>("", "plain", "é\"\\/\n\t", "\x01\x7f", "😀", 7, -3,
                                             1.25, UINT64_MAX, true, false, nullptr);
    if (depth == 0)
        return text;
    const auto inner =
        rc::gen::container<std::vector<json>>(rc::gen::lazy([depth] { return values(depth - 1); }));
    const auto array = rc::gen::map(inner, [](const auto& all) { return json(all); });
    const auto object = rc::gen::map(inner, [](const auto& all) {
        json made = json::object();
        for (const auto& each : all)
            made["key\t" + std::to_string(made.size())] = each;
        return made;
    });
    return rc::gen::oneOf(text, array, object);
}

RC_GTEST_PROP(JsonText, HearsWhatAnotherParserHears, ()) {
    const auto document = *values(2);
    const auto text = document.dump(*rc::gen::element(-1, 0, 3), ' ', *rc::gen::arbitrary<bool>());

    RC_ASSERT(heard_in(text) == witnessed_in(text));
    RC_ASSERT(heard_in(text) != "not JSON");
}

/// The other parser refuses what a double cannot hold.
bool has_a_large_exponent(const std::string& text) {
    return std::regex_search(text, std::regex("[eE][+]?[0-9]{3}"));
}

RC_GTEST_PROP(JsonText, RefusesWhatAnotherParserRefuses, ()) {
    const auto text = *nearly_json();
    RC_PRE(!has_a_large_exponent(text));

    RC_ASSERT(heard_in(text) == witnessed_in(text));
}

RC_GTEST_PROP(JsonText, JudgesAStringAsAnotherParserDoes, ()) {
    const auto text = "[\"" + *nearly_json() + "\"]";
    RC_PRE(!has_a_large_exponent(text));

    RC_ASSERT(heard_in(text) == witnessed_in(text));
}

TEST(JsonText, KnowsTheLargestNumber) {
    EXPECT_EQ(heard_in("18446744073709551615"), "18446744073709551615 ");
    EXPECT_EQ(heard_in("18446744073709551616"), "number ");
    EXPECT_EQ(heard_in("-0"), "number ");
    EXPECT_EQ(heard_in("1e999"), "number ");
}

TEST(JsonText, HandsOnAStringWhereItLies) {
    struct Place final : Events {
        bool scalar(const Scalar& value) override {
            at = value.text.data();
            return true;
        }
        bool begin_object() override { return true; }
        bool name(std::string_view) override { return true; }
        bool end_object() override { return true; }
        bool begin_array() override { return true; }
        bool end_array() override { return true; }
        const char* at{};
    };
    const std::string_view text = R"({"private_key": "AQAAAA="})";
    Place place;

    EXPECT_TRUE(read_text(text, place).complete);
    EXPECT_EQ(place.at, text.data() + text.find("AQ"));
}

TEST(JsonText, SaysWhereItStopped) {
    Listener listener;

    EXPECT_EQ(read_text("[1, 2 3]", listener).position, 6U);
    EXPECT_EQ(read_text("[\"a\\q\"]", listener).position, 4U);
    EXPECT_EQ(read_text("[1] 2", listener).position, 4U);
    EXPECT_EQ(read_text("", listener).position, 0U);
}

} // namespace
} // namespace wgnl::json
