// SPDX-License-Identifier: LGPL-2.1-or-later
// A snapshot has the rows of the property tables, in their order.
#include "snapshot_writer.hpp"

#include <array>
#include <span>

#include "base/io.hpp"
#include "base/memfd.hpp"
#include "model/property_table.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t piece = std::size_t{64} << 10; ///< bytes that are written at a time
constexpr std::size_t between_looks = 32; ///< peers from one look at the clock to the next

struct ValueWriter {
    json::Writer& json;

    template <typename Scalar> void operator()(const Scalar& value) const { json.value(value); }
    void operator()(std::span<const std::string> texts) const {
        list(texts, [this](const auto& text) { json.value(text); });
    }
    void operator()(std::span<const AllowedIp> prefixes) const {
        list(prefixes, [this](const auto& prefix) { json.value(prefix.to_string()); });
    }
    void operator()(std::span<const Drift> drift) const {
        list(drift, [this](const auto& one) { triple(one.what, one.declared, one.live); });
    }
    void operator()(const std::vector<Problem>& problems) const {
        list(problems, [this](const auto& problem) {
            triple(to_string(problem.severity), to_string(problem.location), problem.text);
        });
    }
    void operator()(const StateCounts& counts) const {
        json.begin_object();
        for (std::size_t i = 0; i < counts.size(); ++i)
            if (counts[i] > 0)
                json.member(to_string(static_cast<PeerState>(i)), counts[i]);
        json.end_object();
    }

private:
    template <typename List, typename WriteOne> void list(const List& all, WriteOne write) const {
        json.begin_array();
        for (const auto& one : all)
            write(one);
        json.end_array();
    }
    void triple(std::string_view a, std::string_view b, std::string_view c) const {
        list(std::array{a, b, c}, [this](auto text) { json.value(text); });
    }
};

template <typename Row, typename From>
void write_rows(json::Writer& json, std::span<const Row> rows, const From& from) {
    json.begin_object();
    for (const auto& row : rows) {
        json.member(row.name);
        std::visit(ValueWriter{json}, row.value(from));
    }
}

void write_peer(json::Writer& json, const PeerReadAt& view) {
    write_rows(json, peer_table(), view);
    json.end_object();
}

/// All but the peers, whose list is begun.
void write_device(json::Writer& json, const DeviceModel& device) {
    write_rows(json, device_table(), device);
    json.member("Peers");
    json.begin_array();
}

/// By name as long as there are few enough to be listed: sorting all would hold up the bus.
std::vector<PublicKey> order_of(const DeviceModel& device) {
    if (!device.peers().listed())
        return device.peers().keys();
    std::vector<PublicKey> keys;
    for (const auto* peer : device.peers().sorted())
        keys.push_back(peer->key());
    return keys;
}

} // namespace

Result<SnapshotWriter> SnapshotWriter::begin(const DeviceModel& device) {
    auto file = create_memfd("wgnl-snapshot");
    if (!file)
        return std::unexpected(file.error());
    SnapshotWriter writer(std::move(*file));
    writer.peers_ = order_of(device);
    write_device(writer.json_, device);
    return writer;
}

Result<bool> SnapshotWriter::go_on(const DeviceModel& device, std::chrono::nanoseconds limit) {
    const auto end = sd::boottime_now() + limit;
    for (std::size_t done = 1; next_ < peers_.size(); ++done) {
        if (const auto* peer = device.peers().find(peers_[next_++]))
            write_peer(json_, {*peer, device.sampled_at()});
        if (auto flushed = flush(piece); !flushed)
            return std::unexpected(flushed.error());
        if (done % between_looks == 0 && sd::boottime_now() >= end)
            return false;
    }
    return true;
}

Result<void> SnapshotWriter::flush(std::size_t at_least) {
    if (json_.text().size() < at_least)
        return {};
    auto written = write_all(file_.get(), json_.text(), "write a memory file");
    json_.forget_text();
    return written;
}

Result<UniqueFd> SnapshotWriter::finish() {
    json_.end_array();
    json_.end_object();
    auto sealed = flush(0);
    if (sealed)
        sealed = seal(file_);
    if (!sealed)
        return std::unexpected(sealed.error());
    return std::move(file_);
}

Result<std::string> snapshot_json(const DeviceModel& device) {
    auto writer = SnapshotWriter::begin(device);
    if (!writer)
        return std::unexpected(writer.error());
    if (auto done = writer->go_on(device, std::chrono::hours(1)); !done)
        return std::unexpected(done.error());
    const auto file = writer->finish();
    if (!file)
        return std::unexpected(file.error());
    const auto mapped = SealedFile::map(file->get(), SIZE_MAX);
    if (!mapped)
        return std::unexpected(mapped.error());
    const auto bytes = mapped->bytes();
    return std::string(bytes.begin(), bytes.end());
}

} // namespace wgnl::daemon
