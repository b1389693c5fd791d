// SPDX-License-Identifier: LGPL-2.1-or-later
// Who waits for which document, and when it is written.
#include "snapshot.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/memfd.hpp"
#include "bus_errors.hpp"
#include "sd/start.hpp"

namespace wgnl::daemon {

namespace {

using Done = Background::Completion;

/// Answers that wait in the connection, at most: each holds a descriptor.
constexpr std::uint64_t most_queued = 32;
constexpr std::chrono::nanoseconds until_sent = std::chrono::milliseconds(1);
constexpr std::chrono::nanoseconds until_read = std::chrono::milliseconds(20);

int send_file(sd_bus_message* message, const UniqueFd& file) {
    const auto its_own = reopen(file);
    return its_own ? sd_bus_reply_method_return(message, "h", its_own->get())
                   : -its_own.error().errnum();
}

} // namespace

Snapshots::Snapshots(const Parts& parts, Find find)
    : bus_(parts.bus), event_(parts.event), thread_(parts.thread), backlog_(parts.backlog),
      find_(std::move(find)) {
    backlog_.on_room([this] {
        for (const auto& [device, entry] : entries_)
            if (entry->file && !entry->callers.empty())
                entry->turn->arm();
    });
}

void Snapshots::get(const SharedMessage& message, uid_t user, const DeviceModel& device) {
    auto its = entry(device.name());
    if (!its)
        return reply_error(message.get(), its.error());
    if (waiting_.size() >= most_waiting)
        return reply_error(message.get(), not_ready,
                           "as many snapshots as can wait are waiting; ask again");
    if (waiting_.count(user) >= most_waiting_of_user)
        return reply_error(message.get(), limits_exceeded,
                           fmt::format("{} snapshots of a user can wait, and as many do: read "
                                       "their answers, then ask again",
                                       most_waiting_of_user));
    auto& found = **its;
    waiting_.insert(user);
    found.callers.push_back({message, sender_of(message.get()), user, sd::boottime_now()});
    if (!found.writer && found.sealing == 0)
        work(found);
}

void Snapshots::forget(const Asker& asker) { waiting_.erase(waiting_.find(asker.user)); }

Result<Snapshots::Entry*> Snapshots::entry(const std::string& device) {
    auto& its = entries_[device];
    if (its)
        return its.get();
    auto made = std::make_unique<Entry>();
    made->device = device;
    const auto on_turn = [this, raw = made.get()] { work(*raw); };
    auto opened = sd::keep(sd::DeferredCall::open(event_, on_turn), made->turn);
    if (opened)
        opened = sd::keep(sd::Timer::open(event_, on_turn), made->timer);
    if (!opened) {
        entries_.erase(device);
        return std::unexpected(opened.error());
    }
    its = std::move(made);
    return its.get();
}

/// Whether it waited for this file, and may have it though the device has outrun it.
bool Snapshots::is_owed(const Entry& entry, const Asker& asker) const {
    return entry.file && asker.asked <= entry.finished &&
           sd::boottime_now() < entry.finished + owed_for;
}

bool Snapshots::is_fresh(const Entry& entry, const DeviceModel& device) const {
    return entry.file && entry.generation == device.generation();
}

/// One turn: what is next for those who wait, or the end of a document that nobody wants.
void Snapshots::work(Entry& entry) {
    const auto* device = find_(entry.device);
    if (!device)
        return refuse_all(entry, no_such_device, entry.device + " is gone");
    if (entry.sealing != 0)
        return;
    if (entry.callers.empty()) {
        entry.file = UniqueFd();
        return;
    }
    if (entry.writer)
        return write_on(entry, *device);
    if (is_fresh(entry, *device) || is_owed(entry, entry.callers.front()))
        return serve(entry);
    if (sd::boottime_now() < entry.not_before)
        return entry.timer->arm(entry.not_before);
    entry.again = false;
    entry.cost = {};
    begin(entry, *device);
}

void Snapshots::begin(Entry& entry, const DeviceModel& device) {
    const auto before = sd::thread_time();
    entry.timer->disarm();
    entry.file = UniqueFd();
    entry.generation = device.generation();
    auto writer = SnapshotWriter::begin(device);
    entry.cost += sd::thread_time() - before;
    if (!writer)
        return refuse_all(entry, kernel_error, writer.error().to_string());
    entry.writer = std::move(*writer);
    if (device.peers().listed())
        return write_on(entry, device);
    entry.turn->arm();
}

void Snapshots::write_on(Entry& entry, const DeviceModel& device) {
    if (!entry.again && entry.generation != device.generation()) {
        entry.again = true;
        return begin(entry, device);
    }
    const auto before = sd::thread_time();
    const auto done = entry.writer->go_on(device, slice);
    entry.cost += sd::thread_time() - before;
    if (!done)
        return refuse_all(entry, kernel_error, done.error().to_string());
    if (*done)
        seal(entry);
    else
        entry.turn->arm();
}

void Snapshots::seal(Entry& entry) {
    const auto writer = std::make_shared<SnapshotWriter>(std::move(*entry.writer));
    entry.writer.reset();
    entry.not_before = sd::boottime_now() +
                       std::min<std::chrono::nanoseconds>(entry.cost * (budget - 1), longest_wait);
    entry.sealing = ++documents_;
    thread_.submit([this, writer, device = entry.device, number = entry.sealing]() -> Done {
        const auto file = std::make_shared<Result<UniqueFd>>(writer->finish());
        return [this, device, number, file] { take_file(device, number, std::move(*file)); };
    });
}

/// Of a device that vanished meanwhile, nobody waits for it.
void Snapshots::take_file(const std::string& device, std::uint64_t number, Result<UniqueFd> file) {
    const auto found = entries_.find(device);
    if (found == entries_.end() || found->second->sealing != number)
        return;
    auto& entry = *found->second;
    entry.sealing = 0;
    if (!file)
        return refuse_all(entry, kernel_error, file.error().to_string());
    entry.file = std::move(*file);
    entry.finished = sd::boottime_now();
    serve(entry);
}

/// False: it has to wait.
bool Snapshots::serve(Entry& entry, const Asker& asker) {
    if (!backlog_.has_room(asker.connection, asker.user, Backlog::descriptor)) {
        if (sd::boottime_now() < asker.asked + patience) {
            backlog_.look_again(asker.connection, asker.user);
            return false;
        }
        reply_error(asker.message.get(), limits_exceeded,
                    "the descriptors of earlier answers to this connection, or to others of its "
                    "user, are not read yet: read them, then ask again");
    } else if (send_file(asker.message.get(), entry.file) < 0) {
        reply_error(asker.message.get(), kernel_error, "the document cannot be handed over");
    } else {
        backlog_.sent(asker.connection, asker.user, Backlog::descriptor);
    }
    forget(asker);
    return true;
}

/// Answers as many as the connection takes, and as they have room for; the rest in a while. Who
/// came too late for this document waits for the next.
void Snapshots::serve(Entry& entry) {
    const auto* device = find_(entry.device);
    const bool fresh = device && is_fresh(entry, *device);
    std::uint64_t queued = 0;
    std::deque<Asker> left;
    for (auto& asker : std::exchange(entry.callers, {})) {
        const bool full = sd_bus_get_n_queued_write(bus_, &queued) < 0 || queued >= most_queued;
        if (full || !(fresh || is_owed(entry, asker)) || !serve(entry, asker))
            left.push_back(std::move(asker));
    }
    entry.callers = std::move(left);
    const auto wait = entry.callers.empty()   ? std::chrono::nanoseconds(kept)
                      : queued >= most_queued ? until_sent
                                              : until_read;
    entry.timer->arm(sd::boottime_now() + wait);
}

void Snapshots::refuse_all(Entry& entry, const char* name, const std::string& text) {
    entry.writer.reset();
    for (const auto& asker : std::exchange(entry.callers, {})) {
        forget(asker);
        reply_error(asker.message.get(), name, text);
    }
}

void Snapshots::turn_away(const std::string& device, const std::string& why) {
    const auto found = entries_.find(device);
    if (found == entries_.end())
        return;
    refuse_all(*found->second, not_ready, why);
    entries_.erase(found);
}

void Snapshots::drop(const std::string& device) {
    const auto found = entries_.find(device);
    if (found == entries_.end())
        return;
    refuse_all(*found->second, no_such_device, device + " is gone");
    entries_.erase(found);
}

} // namespace wgnl::daemon
