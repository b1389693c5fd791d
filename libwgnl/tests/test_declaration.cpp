// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the declaration: check(), the JSON that people write, and what is refused with which
// words.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <wgnl/declaration.hpp>

#include "generators.hpp"

namespace wgnl {
namespace {

constexpr auto key_a = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
constexpr auto key_b = "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

PublicKey key(const char* text) { return *PublicKey::parse(text); }

AllowedIp prefix(const char* text) { return AllowedIp::parse(text)->value; }

Declaration two_peers() {
    Declaration declaration{.device = "wg0"};
    declaration.peers.push_back({.public_key = key(key_a),
                                 .location = {"wg0.netdev", 12},
                                 .allowed_ips = {prefix("10.0.0.2")}});
    declaration.peers.push_back({.public_key = key(key_b),
                                 .location = {"wg0.netdev", 38},
                                 .allowed_ips = {prefix("10.0.0.3")}});
    return declaration;
}

template <typename T> std::string detail_of(const Result<T>& result) {
    return result ? "accepted" : result.error().detail();
}

std::string defect_of(const Declaration& declaration) { return detail_of(check(declaration)); }

/// A document of version 1 for wg0 with `members` added.
std::string document(const std::string& members) {
    return R"({"version":1,"device":"wg0")" + (members.empty() ? "" : "," + members) + "}";
}

std::string defect_of_json(const std::string& json) { return detail_of(parse_declaration(json)); }

RC_GTEST_PROP(DeclarationJson, SurvivesItsText, ()) {
    const auto declaration = *testing::declarations();

    RC_ASSERT((parse_declaration(to_json(declaration)) == declaration));
}

RC_GTEST_PROP(DeclarationJson, IsJsonForOthersToo, ()) {
    const auto declaration = *testing::declarations();
    const auto json = nlohmann::json::parse(to_json(declaration), nullptr, false);

    RC_ASSERT(json.is_object());
    RC_ASSERT(json["device"] == declaration.device);
    RC_ASSERT(json.value("where", "") == declaration.location.file);
    RC_ASSERT(json.value("peers", nlohmann::json::array()).size() == declaration.peers.size());
}

RC_GTEST_PROP(DeclarationJson, MutationsNeverCrash, ()) {
    auto text = to_json(*testing::declarations());
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i)
        text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    const auto parsed = parse_declaration(text);

    RC_ASSERT((!parsed || check(*parsed).has_value()));
}

TEST(DeclarationJson, ReadsPlacesAsTheyWereWrittenBeforeLinesHadAMember) {
    const auto parsed = parse_declaration(document(
        R"("where":"wg0.netdev","problems":[{"where":"wg0.netdev:40","severity":"note","text":"t"}],)"
        R"("peers":[{"public_key":")" +
        std::string(key_a) + R"(","where":"wg0.netdev:12"}])"));

    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(to_string(parsed->peers.at(0).location), "wg0.netdev:12");
    EXPECT_EQ(to_string(parsed->problems.at(0)), "wg0.netdev:40: note: t");
}

TEST(DeclarationJson, RefusesPlacesThatAreNone) {
    const auto refused = [](const std::string& members) {
        return defect_of_json(
            document(R"("problems":[{"severity":"note","text":"t",)" + members + "}]"));
    };
    EXPECT_EQ(refused(R"("line":-1)"),
              "problems[0].line is not a whole number from 0 to 4294967295");
    EXPECT_EQ(refused(R"("line":4294967296)"),
              "problems[0].line is not a whole number from 0 to 4294967295");
    EXPECT_EQ(refused(R"("column":2)"), "where of a problem has a column and no line");
    EXPECT_EQ(refused(R"("peer":"x")").substr(0, 16), "problems[0].peer");
}

TEST(DeclarationJson, ReadsTheDocumentedExample) {
    const auto parsed = parse_declaration(R"({ "version": 1, "device": "wg0", "mode": "own",
        "listen_port": 51820, "fwmark": 0, "mtu": 1420, "addresses": ["10.0.0.1/24"],
        "route_table": 254, "peers": [
          { "public_key": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "name": "laptop",
            "endpoint": "vpn.example.org:51820", "allowed_ips": ["10.0.0.2/32", "fd00::2/128"],
            "persistent_keepalive": 25, "where": "wg0.netdev:12" },
          { "public_key": "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "held": true } ],
        "problems": [ { "severity": "note", "text": "so it is" } ] })");

    ASSERT_TRUE(parsed.has_value()) << parsed.error().to_string();
    EXPECT_EQ(parsed->mode, Mode::own);
    EXPECT_EQ(parsed->fwmark, 0U);
    EXPECT_EQ(parsed->addresses.at(0).to_string(), "10.0.0.1/24");
    EXPECT_EQ(parsed->peers.at(0).persistent_keepalive, 25);
    EXPECT_EQ(parsed->peers.at(0).allowed_ips.at(1).to_string(), "fd00::2/128");
    EXPECT_FALSE(parsed->peers.at(0).preshared_key.has_value());
    EXPECT_TRUE(parsed->peers.at(1).kept_as_is);
    EXPECT_EQ(to_string(parsed->problems.at(0)), "note: so it is");
}

TEST(DeclarationJson, WritesALineForEachPeer) {
    auto declaration = two_peers();
    declaration.peers.pop_back();

    EXPECT_EQ(to_json(declaration), R"({
  "version": 1,
  "device": "wg0",
  "mode": "sync",
  "peers": [
    {"public_key": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "allowed_ips": ["10.0.0.2/32"], "where": "wg0.netdev", "line": 12}
  ]
}
)");
}

struct Refusal {
    std::string json;
    std::string detail;
};
/// Reports of gtest are XML, which holds neither control characters nor broken UTF-8.
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << printable(refusal.json); }

class RefusedJson : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedJson, SaysWhereAndWhy) {
    EXPECT_EQ(defect_of_json(GetParam().json), GetParam().detail);
}

const std::string peer_of_a = std::string(R"({"public_key":")") + key_a + '"';

INSTANTIATE_TEST_SUITE_P(
    Syntax, RefusedJson,
    ::testing::Values(
        Refusal{"", "line 1, column 1: this is not JSON"},
        Refusal{"{", "line 1, column 2: this is not JSON"},
        Refusal{"{\n  \"version\": 1,\n  nonsense }", "line 3, column 3: this is not JSON"},
        Refusal{document("") + "x", "line 1, column 29: this is not JSON"},
        Refusal{document("") + std::string("\0x", 2), "line 1, column 29: this is not JSON"},
        Refusal{document("\"where\":\"\xff\""), "line 1, column 38: this is not JSON"},
        Refusal{document("\"fwmark\":1e999"), "fwmark is not a whole number from 0 to 4294967295"},
        Refusal{std::string(100'000, '['), "the document is an array, which does not belong here"},
        Refusal{"7", "the document is not an object"}));

INSTANTIATE_TEST_SUITE_P(
    Members, RefusedJson,
    ::testing::Values(
        Refusal{R"({"device":"wg0"})", "the document has no \"version\""},
        Refusal{R"({"version":1})", "the document has no \"device\""},
        Refusal{R"({"version":2,"device":"wg0"})",
                "version is 2, but this program knows version 1 only"},
        Refusal{document(R"("devise":1)"), "the document has an unknown member \"devise\""},
        Refusal{document(R"("mtu":1400,"mtu":1500)"), "the document has \"mtu\" twice"},
        Refusal{document(R"("peers":[{}])"), "peers[0] has no \"public_key\""},
        Refusal{document(R"("peers":[{"key":1}])"), "peers[0] has an unknown member \"key\""},
        Refusal{document(R"("peers":{})"), "peers is an object, which does not belong here"},
        Refusal{document(R"("peers":[1])"), "peers[0] is not an object"},
        Refusal{document(R"("peers":null)"), "peers is not an array"},
        Refusal{document(R"("where":[[]])"), "where is an array, which does not belong here"},
        Refusal{document(R"("problems":[{"text":"x"}])"), "problems[0] has no \"severity\""}));

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedJson,
    ::testing::Values(
        Refusal{document(R"("mode":"steal")"), "mode is not \"observe\", \"sync\" or \"own\""},
        Refusal{document(R"("held":1)"), "held is not true or false"},
        Refusal{document(R"("listen_port":65536)"),
                "listen_port is not a whole number from 0 to 65535"},
        Refusal{document(R"("listen_port":-1)"),
                "listen_port is not a whole number from 0 to 65535"},
        Refusal{document(R"("listen_port":1.0)"),
                "listen_port is not a whole number from 0 to 65535"},
        Refusal{document(R"("listen_port":"1")"),
                "listen_port is not a whole number from 0 to 65535"},
        Refusal{document(R"("fwmark":99999999999999999999999)"),
                "fwmark is not a whole number from 0 to 4294967295"},
        Refusal{document(R"("where":"a\u0000b")"), "where has a character that may not be shown"},
        Refusal{document(R"("where":"a\u001bb")"), "where has a character that may not be shown"},
        Refusal{document(R"("where":"a\u0085b")"), "where has a character that may not be shown"},
        Refusal{document(R"("where":"a\u202eb")"), "where has a character that may not be shown"},
        Refusal{document(R"("where":7)"), "where is not a string"},
        Refusal{document(R"("addresses":["10.0.0.1/33"])"),
                "addresses[0]: 10.0.0.1/33 has a prefix longer than 32"},
        Refusal{document("\"peers\":[" + peer_of_a + R"(,"allowed_ips":["::/0","10.0.0.0/33"]}])"),
                "peers[0].allowed_ips[1]: 10.0.0.0/33 has a prefix longer than 32"},
        Refusal{document("\"peers\":[" + peer_of_a + R"(,"allowed_ips":["10.0.0.1/8"]}])"),
                "peers[0].allowed_ips[0]: 10.0.0.1/8 has bits beyond its prefix; write 10.0.0.0/8"},
        Refusal{document("\"peers\":[" + peer_of_a + R"(,"endpoint":"1.2.3.4"}])"),
                "peers[0]: endpoint 1.2.3.4 has no port; write address:port"},
        Refusal{document("\"peers\":[" + peer_of_a + R"(,"persistent_keepalive":65536}])"),
                "peers[0].persistent_keepalive is not a whole number from 0 to 65535"},
        Refusal{document(R"("peers":[{"public_key":0}])"),
                "peers[0].public_key is not a key in base64"},
        Refusal{document(R"("peers":[{"public_key":"abc"}])"),
                "peers[0].public_key: a key is 44 characters of base64, not 3: it was cut"}));

TEST(DeclarationJson, ErrorsNeverRepeatASecret) {
    const std::string secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2Vjcm";
    for (const auto& tail : {"\"", "\\q\"", "\"\x01", "\n"}) {
        const auto json = document("\"private_key\":\"" + secret + tail);
        EXPECT_EQ(defect_of_json(json).find(secret.substr(0, 4)), std::string::npos) << tail;
    }
}

TEST(DeclarationJson, LimitsBoundWhatIsRead) {
    const auto json = to_json(two_peers());

    EXPECT_EQ(detail_of(parse_declaration(json, {.peers = 1})),
              "peers[1] is one more than this array may hold");
    EXPECT_EQ(detail_of(parse_declaration(json, {.bytes = 10})),
              std::to_string(json.size()) + " bytes are more than 10");
    EXPECT_TRUE(parse_declaration(json, {.peers = 2, .bytes = json.size()}).has_value());
}

RC_GTEST_PROP(Check, AcceptsWhatTheGeneratorsPromise, ()) {
    RC_ASSERT(defect_of(*testing::alike_declarations()) == "accepted");
}

TEST(Check, OneKeyOnTwoPeersNamesBothLines) {
    auto declaration = two_peers();
    declaration.peers[1].public_key = key(key_a);

    EXPECT_EQ(defect_of(declaration),
              "peers[0] (wg0.netdev:12) and peers[1] (wg0.netdev:38) have the same public key " +
                  std::string(key_a));
}

TEST(Check, OnePrefixOnTwoPeersNamesBothLines) {
    auto declaration = two_peers();
    declaration.peers[1].allowed_ips.push_back(prefix("10.0.0.2"));

    EXPECT_EQ(defect_of(declaration), "peers[0] (wg0.netdev:12) and peers[1] (wg0.netdev:38) both "
                                      "claim 10.0.0.2/32");
}

TEST(Check, OnePrefixTwiceOnAPeer) {
    auto declaration = two_peers();
    declaration.peers[1].allowed_ips.push_back(prefix("10.0.0.3"));

    EXPECT_EQ(defect_of(declaration), "peers[1] (wg0.netdev:38) has 10.0.0.3/32 twice");
}

TEST(Check, NestedAndOtherFamilysPrefixesAreNoConflict) {
    auto declaration = two_peers();
    declaration.peers[0].allowed_ips = {prefix("0.0.0.0/0"), prefix("10.0.0.0/8")};
    declaration.peers[1].allowed_ips = {prefix("::/0"), prefix("10.0.0.0/9")};

    EXPECT_EQ(defect_of(declaration), "accepted");
}

struct Spoiling {
    const char* name;
    void (*spoil)(Declaration&);
    const char* detail;
};

class SpoiledDeclaration : public ::testing::TestWithParam<Spoiling> {};

TEST_P(SpoiledDeclaration, IsRefused) {
    auto declaration = two_peers();
    GetParam().spoil(declaration);

    EXPECT_EQ(defect_of(declaration), GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    Check, SpoiledDeclaration,
    ::testing::Values(
        Spoiling{"Name", [](Declaration& d) { d.device = ""; }, "device: \"\" is empty"},
        Spoiling{"ZeroKey", [](Declaration& d) { d.peers[0].public_key = PublicKey(); },
                 "peers[0] (wg0.netdev:12): public_key is all zero, which names no peer"},
        Spoiling{"ZeroPreshared",
                 [](Declaration& d) { d.peers[1].preshared_key.emplace(KeyBytes{}); },
                 "peers[1] (wg0.netdev:38): preshared_key is all zero, which means none; leave it "
                 "out"},
        Spoiling{"ExternalPreshared",
                 [](Declaration& d) {
                     d.peers[1].preshared_key.emplace(KeyBytes{1});
                     d.peers[1].external_preshared_key = true;
                 },
                 "peers[1] (wg0.netdev:38): preshared_key contradicts external_preshared_key; "
                 "leave one out"},
        Spoiling{"ZeroPrivate", [](Declaration& d) { d.private_key.emplace(KeyBytes{}); },
                 "private_key is all zero, which is no key; leave it out"},
        Spoiling{"Port", [](Declaration& d) { d.listen_port = 0; },
                 "listen_port is 0; leave it out to keep whatever port the device has"},
        Spoiling{"Mtu", [](Declaration& d) { d.mtu = 67; }, "mtu is 67, not 68 to 65535"},
        Spoiling{"Address", [](Declaration& d) { d.addresses.push_back({IpAddress(), 33}); },
                 "addresses: 0.0.0.0/33 has too long a prefix"},
        Spoiling{
            "Control", [](Declaration& d) { d.peers[0].name = "a\nb"; },
            "peers[0] (wg0.netdev:12): name has characters that may not be shown, or is no UTF-8"},
        Spoiling{"Latin1", [](Declaration& d) { d.location = {"\xe4"}; },
                 "where has characters that may not be shown, or is no UTF-8"},
        Spoiling{"Long",
                 [](Declaration& d) {
                     d.problems.push_back({.text = std::string(max_text_length + 1, 'x')});
                 },
                 "text of a problem is longer than 8192 bytes"},
        Spoiling{"ControlInAHint",
                 [](Declaration& d) { d.problems.push_back({.text = "t", .hint = "a\nb"}); },
                 "hint of a problem has characters that may not be shown, or is no UTF-8"},
        Spoiling{"LongKeyOfAProblem",
                 [](Declaration& d) {
                     d.problems.push_back({.key = std::string(max_text_length + 1, 'x')});
                 },
                 "key of a problem is longer than 8192 bytes"},
        Spoiling{"PeerOfAProblem",
                 [](Declaration& d) { d.problems.push_back({.peer = PublicKey()}); },
                 "peer of a problem is all zero, which names no peer"},
        Spoiling{"ColumnOfNoLine",
                 [](Declaration& d) { d.problems.push_back({.location = {"f", 0, 3}}); },
                 "where of a problem has a column and no line"},
        Spoiling{"TooManyProblems", [](Declaration& d) { d.problems.resize(1001); },
                 "1001 problems are more than 1000"},
        Spoiling{"LongPrefix", [](Declaration& d) { d.peers[0].allowed_ips[0].prefix_length = 33; },
                 "peers[0] (wg0.netdev:12): 10.0.0.2/33 has too long a prefix"},
        Spoiling{"HostBits", [](Declaration& d) { d.peers[0].allowed_ips[0].prefix_length = 8; },
                 "peers[0] (wg0.netdev:12): 10.0.0.2/8 has bits beyond its prefix"},
        Spoiling{"Endpoint", [](Declaration& d) { d.peers[1].endpoint = "a b:1"; },
                 "peers[1] (wg0.netdev:38): endpoint a b:1 names no host: an IPv4 address, an IPv6 "
                 "address in brackets or a DNS name is wanted before the port"}),
    [](const auto& spoiling) { return spoiling.param.name; });

TEST(Printable, MakesAnyBytesFitForAMessage) {
    EXPECT_EQ(printable("plain ä 🦭"), "plain ä 🦭");
    EXPECT_EQ(printable("a\n\xc3(\x7f"), "a\ufffd\ufffd(\ufffd");
    EXPECT_EQ(printable("\xc0\x80\xed\xa0\x80"), "\ufffd\ufffd\ufffd\ufffd\ufffd");
}

RC_GTEST_PROP(Printable, IsAlwaysAcceptedByCheck, (const std::string& text)) {
    Declaration declaration{.device = "wg0"};
    declaration.problems.push_back({.location = {printable(text)},
                                    .text = printable(text + text),
                                    .hint = printable(text),
                                    .key = printable(text)});

    RC_ASSERT(check(declaration).has_value());
}

TEST(Printable, LongTextIsCutAtAWholeCharacter) {
    std::string text;
    while (text.size() <= max_text_length)
        text += "ä";
    Declaration declaration{.device = "wg0"};
    declaration.location = {printable(text)};

    EXPECT_EQ(defect_of(declaration), "accepted");
    EXPECT_TRUE(declaration.location.file.ends_with("ä…"));
    EXPECT_GT(declaration.location.file.size(), max_text_length - 8);
}

RC_GTEST_PROP(WithoutSecrets, LosesTheKeysThatNobodyMaySeeAndNothingElse, ()) {
    const auto declaration = *testing::declarations();
    auto shown = without_secrets(declaration);
    RC_ASSERT(!shown.private_key.has_value());
    RC_ASSERT(shown.peers.size() == declaration.peers.size());

    shown.private_key = declaration.private_key;
    for (std::size_t i = 0; i < shown.peers.size(); ++i) {
        RC_ASSERT(!shown.peers[i].preshared_key.has_value());
        shown.peers[i].preshared_key = declaration.peers[i].preshared_key;
    }

    RC_ASSERT((shown == declaration));
}

TEST(DeclaredPeer, OnlyANumericEndpointIsAnEndpoint) {
    DeclaredPeer peer;
    EXPECT_FALSE(peer.numeric_endpoint().has_value());
    peer.endpoint = "vpn.example.org:51820";
    EXPECT_FALSE(peer.numeric_endpoint().has_value());
    peer.endpoint = "[2001:db8::1]:51820";
    EXPECT_EQ(peer.numeric_endpoint()->to_string(), "[2001:db8::1]:51820");
}

TEST(DeclaredPeer, DefaultRouteIsThatOfEitherFamily) {
    const auto has_one = [](std::vector<std::string_view> prefixes) {
        DeclaredPeer peer;
        for (const auto prefix : prefixes)
            peer.allowed_ips.push_back(AllowedIp::parse(prefix)->value);
        return peer.has_default_route();
    };
    EXPECT_FALSE(has_one({}));
    EXPECT_FALSE(has_one({"0.0.0.0/1", "128.0.0.0/1", "::/1"}));
    EXPECT_TRUE(has_one({"10.0.0.0/8", "0.0.0.0/0"}));
    EXPECT_TRUE(has_one({"::/0", "fd00::/64"}));
}

TEST(Mode, SurvivesItsName) {
    for (const auto mode : {Mode::observe, Mode::sync, Mode::own})
        EXPECT_EQ(parse_mode(to_string(mode)), mode);
    EXPECT_FALSE(parse_mode("Sync").has_value());
    EXPECT_FALSE(parse_mode("").has_value());
}

TEST(Problem, ReadsLikeACompilersLine) {
    EXPECT_EQ(to_string(Problem{Severity::warning, {"wg0.netdev", 40}, "odd"}),
              "wg0.netdev:40: warning: odd");
    EXPECT_EQ(to_string(Problem{Severity::error, {}, "bad"}), "error: bad");
}

} // namespace
} // namespace wgnl
