// SPDX-License-Identifier: LGPL-2.1-or-later
// The record as a JSON document: what RecordStore keeps under /run.
#include <wgnl/record.hpp>

#include <limits>
#include <utility>

#include <wgnl/device.hpp>

#include "declaration/json_values.hpp"
#include "values/device_name.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace wgnl {

namespace {

template <typename R> struct RecordRoot {
    DocumentVersion& version;
    R& record;
};

} // namespace

template <MaybeConst<Route> R> static void each_member(R& route, auto&& visit) {
    using enum json::Presence;
    visit("destination", route.destination, required);
    visit("table", route.table, required);
    visit("metric", route.metric, required);
    visit("protocol", route.protocol, required);
}

template <MaybeConst<RecordedPeer> P> static void each_member(P& peer, auto&& visit) {
    using enum json::Presence;
    visit("public_key", peer.public_key, required);
    visit("preshared_key", peer.preshared_key, optional);
    visit("persistent_keepalive", peer.persistent_keepalive, optional);
    visit("endpoint", peer.endpoint, optional);
    visit("allowed_ips", peer.allowed_ips, optional);
}

template <typename R> static void each_member(const RecordRoot<R>& root, auto&& visit) {
    using enum json::Presence;
    auto& record = root.record;
    visit("version", root.version, required);
    visit("device", record.device, required);
    visit("ifindex", record.ifindex, required);
    visit("creation", record.link_generation, required);
    visit("source", record.source, optional);
    visit("origin", record.origin, optional);
    visit("mode", record.mode, required);
    visit("created_device", record.created_device, optional);
    visit("created_addresses", record.created_addresses, optional);
    visit("routes", record.routes, optional);
    visit("private_key", record.private_key, optional);
    visit("listen_port", record.listen_port, optional);
    visit("fwmark", record.fwmark, optional);
    visit("withheld", record.pending_confirmation, optional);
    visit("peers", record.peers, optional);
}

std::string to_json(const Record& record) {
    json::Base64KeySink keys;
    json::Writer writer(json::Layout::lines, 512 + record.peers.size() * 192);
    DocumentVersion version;
    json::put(writer, RecordRoot<const Record>{version, record}, keys);
    return writer.take();
}

Result<Record> parse_record(std::string_view json) {
    constexpr auto operation = "read record";
    constexpr auto any = std::numeric_limits<std::size_t>::max(); // the file is our own
    Record record;
    DocumentVersion version;
    RecordRoot<Record> root{version, record};
    json::Base64Keys keys;
    if (auto done = json::read(json, json::slot_of(root), keys, {any, any}, operation); !done)
        return std::unexpected(std::move(done).error());
    if (auto named = check_link_name(record.device); !named)
        return fail(Errc::invalid_argument, operation, "device: " + named.error().detail());
    return record;
}

} // namespace wgnl
