// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the record's JSON: round trips, its exact form, and what is refused.
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <wgnl/record.hpp>

#include "generators.hpp"

namespace wgnl {
namespace {

rc::Gen<RecordedPeer> recorded_peers() {
    return rc::gen::build<RecordedPeer>(
        rc::gen::set(&RecordedPeer::public_key, testing::public_keys()),
        rc::gen::set(&RecordedPeer::preshared_key),
        rc::gen::set(&RecordedPeer::persistent_keepalive),
        rc::gen::set(&RecordedPeer::endpoint, testing::maybe(testing::endpoint_texts())),
        rc::gen::set(&RecordedPeer::allowed_ips,
                     rc::gen::container<std::vector<AllowedIp>>(testing::allowed_ips())));
}

rc::Gen<Route> routes() {
    return rc::gen::build<Route>(rc::gen::set(&Route::destination, testing::allowed_ips()),
                                 rc::gen::set(&Route::table), rc::gen::set(&Route::metric),
                                 rc::gen::set(&Route::protocol));
}

rc::Gen<Record> records() {
    const auto any = rc::gen::build<Record>(
        rc::gen::set(&Record::device, testing::device_names()), rc::gen::set(&Record::ifindex),
        rc::gen::set(&Record::link_generation), rc::gen::set(&Record::source, testing::texts()),
        rc::gen::set(&Record::origin, testing::texts()),
        rc::gen::set(&Record::mode, rc::gen::element(Mode::observe, Mode::sync, Mode::own)),
        rc::gen::set(&Record::created_device),
        rc::gen::set(&Record::created_addresses, rc::gen::container<std::vector<InterfaceAddress>>(
                                                     testing::interface_addresses())),
        rc::gen::set(&Record::routes, rc::gen::container<std::vector<Route>>(routes())),
        rc::gen::set(&Record::private_key), rc::gen::set(&Record::listen_port),
        rc::gen::set(&Record::fwmark), rc::gen::set(&Record::pending_confirmation),
        rc::gen::set(&Record::peers,
                     rc::gen::container<std::vector<RecordedPeer>>(recorded_peers())));
    return rc::gen::scale(0.33, any);
}

std::string defect_of(const std::string& json) {
    const auto record = parse_record(json);
    return record ? "accepted" : record.error().to_string();
}

RC_GTEST_PROP(RecordJson, SurvivesItsText, ()) {
    const auto record = *records();

    RC_ASSERT((parse_record(to_json(record)) == record));
}

RC_GTEST_PROP(RecordJson, MutationsNeverCrash, ()) {
    auto text = to_json(*records());
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    const auto parsed = parse_record(text);

    RC_ASSERT((!parsed || parse_record(to_json(*parsed)) == *parsed));
}

TEST(RecordJson, HasOneLineForEachPeer) {
    Record record{.device = "wg0", .ifindex = 7, .link_generation = 18446744073709551615U};
    record.listen_port = true;
    record.peers.push_back({.public_key = PublicKey(KeyBytes{1}),
                            .preshared_key = true,
                            .endpoint = "a.example:1",
                            .allowed_ips = {AllowedIp::parse("10.0.0.2")->value}});

    EXPECT_EQ(to_json(record), R"({
  "version": 1,
  "device": "wg0",
  "ifindex": 7,
  "creation": 18446744073709551615,
  "mode": "sync",
  "listen_port": true,
  "peers": [
    {"public_key": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "preshared_key": true, "endpoint": "a.example:1", "allowed_ips": ["10.0.0.2/32"]}
  ]
}
)");
}

TEST(RecordJson, RefusalsSayWhereAndWhy) {
    EXPECT_EQ(defect_of(""), "read record: line 1, column 1: this is not JSON");
    EXPECT_EQ(defect_of("{}"), "read record: the document has no \"version\"");
    EXPECT_EQ(defect_of(R"({"version":1,"device":"a/b","ifindex":1,"creation":0,"mode":"own"})"),
              "read record: device: \"a/b\" has a '/', a ':', white space or a control character "
              "in it");
    EXPECT_EQ(defect_of(R"({"version":1,"device":"wg0","ifindex":4294967296})"),
              "read record: ifindex is not a whole number from 0 to 4294967295");
    EXPECT_EQ(defect_of(R"({"version":1,"private_key":"AQAAAAAAAAA="})"),
              "read record: private_key is not true or false");
}

} // namespace
} // namespace wgnl
