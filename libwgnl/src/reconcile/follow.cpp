// SPDX-License-Identifier: LGPL-2.1-or-later
// Records of devices that were renamed: a declaration stays with the name, a record with the link.
#include "record.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "record.hpp"

namespace wgnl {
namespace {

/// Without doubt: names tell nothing here.
bool is_surely_of(const Record& record, const Link& link) {
    return record.ifindex == link.ifindex && record.link_generation == link.link_generation &&
           record.link_generation != 0;
}

/// One that cannot be read is nobody's.
Result<std::optional<Record>> record_of_link(const RecordStore& store, const Link& link) {
    const auto devices = store.devices();
    if (!devices)
        return std::unexpected(devices.error());
    for (const auto& device : *devices) {
        auto record = store.load(device);
        if (!record && !is_unreadable(record.error()))
            return record;
        if (record && *record && device != link.name && is_surely_of(**record, link))
            return record;
    }
    return std::nullopt;
}

/// What lies where, and where it is to lie.
struct Move {
    std::string device;               ///< the name in question
    std::optional<Record> arriving{}; ///< under its former name
    std::optional<Record> leaving{};  ///< lies under `device`
    std::string leaves_for{};         ///< the name that its link has now

    std::vector<std::string> others() const {
        std::vector<std::string> names;
        if (arriving)
            names.push_back(arriving->device);
        if (leaving && std::ranges::find(names, leaves_for) == names.end())
            names.push_back(leaves_for);
        return names;
    }
    std::optional<Record> result() const {
        auto record = arriving;
        if (record)
            record->device = device;
        return record;
    }
};

Result<Move> find_move(Client& client, const RecordStore& store, const std::string& device,
                       const std::optional<Record>& stored, const std::optional<Link>& link) {
    Move move{.device = device};
    if (link) {
        auto former = record_of_link(store, *link);
        if (!former)
            return std::unexpected(std::move(former).error());
        move.arriving = *std::move(former);
    }
    const auto name =
        stored ? new_name_of(client, *stored) : Result<std::optional<std::string>>(std::nullopt);
    if (!name)
        return std::unexpected(name.error());
    if (*name) {
        move.leaving = stored;
        move.leaves_for = **name;
    }
    return move;
}

/// The new name's own record, if it is of the same link, knows more.
Result<void> store_leaving(const RecordStore& store, const Move& move) {
    const auto there = store.load(move.leaves_for);
    if (!there && !is_unreadable(there.error()))
        return std::unexpected(there.error());
    const bool known = there && *there && (*there)->ifindex == move.leaving->ifindex &&
                       (*there)->link_generation == move.leaving->link_generation;
    if (known)
        return {};
    auto record = *move.leaving;
    record.device = move.leaves_for;
    return store.save(record);
}

/// Whatever a death in between loses, is seen as a first contact.
Result<void> carry_out(const RecordStore& store, const Move& move) {
    if (const auto record = move.result()) {
        if (auto saved = store.save(*record); !saved)
            return saved;
    }
    if (move.leaving) {
        if (auto saved = store_leaving(store, move); !saved)
            return saved;
    }
    if (move.arriving && move.arriving->device != move.leaves_for)
        return store.erase(move.arriving->device);
    return move.arriving ? Result<void>{} : store.erase(move.device);
}

Result<void> carry_out_locked(const RecordStore& store, const Move& move) {
    std::vector<RecordStore::Lock> locks;
    for (const auto& name : move.others()) {
        auto lock = store.try_lock(name);
        if (!lock)
            return std::unexpected(std::move(lock).error());
        locks.push_back(*std::move(lock));
    }
    return carry_out(store, move);
}

} // namespace

Result<std::optional<std::string>> new_name_of(Client& client, const Record& record) {
    if (record.link_generation == 0)
        return std::nullopt;
    const auto links = client.links().list();
    if (!links)
        return std::unexpected(links.error());
    const auto at =
        std::ranges::find_if(*links, [&](const Link& link) { return is_surely_of(record, link); });
    const bool renamed = at != links->end() && at->name != record.device;
    return renamed ? std::optional(at->name) : std::nullopt;
}

Result<std::optional<Record>> follow_rename(Client& client, const RecordStore& store,
                                            const std::string& device, std::optional<Record> stored,
                                            const std::optional<Link>& link, bool dry_run) {
    const bool in_place =
        stored && (is_announcement(*stored) || (link && is_record_of(*stored, *link)));
    if (in_place || (!stored && !link))
        return stored;
    const auto move = find_move(client, store, device, stored, link);
    if (!move)
        return std::unexpected(move.error());
    if (move->others().empty())
        return stored;
    if (!dry_run) {
        if (auto moved = carry_out_locked(store, *move); !moved)
            return std::unexpected(std::move(moved).error());
    }
    return move->result();
}

} // namespace wgnl
