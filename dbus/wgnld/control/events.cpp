// SPDX-License-Identifier: LGPL-2.1-or-later
// Journal lines, one per event.
#include "events.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "model/sanitized_text.hpp"
#include "sd/journal.hpp"

namespace wgnl::daemon {

namespace {

using sd::Priority;

sd::LogEntry line_of(Priority priority, std::string_view id, const std::string& device,
                     std::string text) {
    sd::LogEntry made{priority, id, std::move(text), {}, {}};
    if (!device.empty())
        made.fields.emplace_back("WGNL_DEVICE", device);
    return made;
}

Priority priority_of(Severity severity) {
    switch (severity) {
    case Severity::error:
        return Priority::error;
    case Severity::warning:
        return Priority::warning;
    case Severity::note:
        return Priority::info;
    }
    return Priority::info;
}

std::string counted(std::uint64_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

bool is_before(const Problem& a, const Problem& b) {
    return std::tie(a.severity, a.location, a.text) < std::tie(b.severity, b.location, b.text);
}

std::string label(const PeerModel& peer) {
    const auto key = peer.key().to_base64();
    return peer.name().empty() ? key : fmt::format("{} ({})", peer.name(), key);
}

/// What was changed, a step after the other.
void log_steps(const std::string& device, const ReconcileResult& result) {
    auto line = line_of(
        Priority::info, id_applied, device,
        fmt::format("{}: {}: applied {} in {}", device, fmt::join(result.steps, "; "),
                    counted(result.changes, "change"), counted(result.set_messages, "message")));
    line.is_public = [&result](const PublicKey& key) {
        return std::ranges::find(result.changed, key) != result.changed.end();
    };
    sd::log(line);
}

/// Of one document, or of one attempt to apply it: whoever declares must not fill the journal.
constexpr std::size_t most_lines = 100;

/// As much of a problem as the bus shows of it; a key that was cut would be taken for none.
std::string line_for_bus(const std::string& device, const Problem& problem,
                         const IsPublic& is_public) {
    return sanitized(without_keys(fmt::format("{}: {}", device, to_string(problem)), is_public));
}

} // namespace

void log_declared(const SourceDeclaration& entry) {
    const auto& declared = *entry.declaration;
    sd::log(line_of(Priority::info, id_declared, declared.device,
                    fmt::format("{}: declared by {} ({}), mode {}, {}", declared.device,
                                to_string(entry.source), entry.origin, to_string(declared.mode),
                                counted(declared.peers.size(), "peer"))));
}

void log_problems(const std::string& device, const std::vector<Problem>& problems,
                  const std::vector<Problem>& before, const IsPublic& is_public) {
    const auto is_known = [known = std::set(before.begin(), before.end(), is_before)](
                              const Problem& problem) { return known.contains(problem); };
    std::size_t lines = 0;
    for (const auto& problem : problems) {
        if (is_known(problem) || ++lines > most_lines)
            continue;
        auto line = line_of(priority_of(problem.severity), id_problem, device,
                            line_for_bus(device, problem, is_public));
        line.is_public = is_public;
        sd::log(line);
    }
    if (lines > most_lines)
        sd::log(line_of(Priority::warning, id_problem, device,
                        fmt::format("{}: and {}; the declaration has all of them", device,
                                    counted(lines - most_lines, "more problem"))));
}

void log_applied(const SourceDeclaration& entry, const ReconcileResult& result,
                 const std::vector<Problem>& known) {
    const auto& device = entry.declaration->device;
    const auto is_public = is_peer_of(*entry.declaration);
    if (result.error)
        return log_failure(device, *result.error, is_public);
    log_problems(device, result.problems, known, is_public);
    if (result.owner_unsaid)
        return; // the notice that follows says it
    if (!result.ok)
        sd::log(
            line_of(Priority::error, id_apply_failed, device,
                    fmt::format("{}: not everything that is declared could be applied", device)));
    else if (result.changes > 0)
        log_steps(device, result);
}

void log_withdrawn(const std::string& device, const std::optional<Error>& error) {
    if (error)
        return log_failure(device, *error);
    sd::log(line_of(Priority::info, id_withdrawn, device, fmt::format("{}: withdrawn", device)));
}

void log_link_gone(const std::string& device) {
    sd::log(line_of(Priority::info, id_link_gone, device, fmt::format("{}: link is gone", device)));
}

void log_states(const DeviceModel& device, const DeviceUpdate& update) {
    for (const auto& change : update.peers) {
        const auto* peer = change.state ? device.peers().find(change.key) : nullptr;
        if (!peer || !peer->is_declared())
            continue;
        const auto to = change.state->second;
        if (to != PeerState::established && to != PeerState::unreachable)
            continue;
        auto line =
            line_of(to == PeerState::unreachable ? Priority::notice : Priority::info, id_peer_state,
                    device.name(),
                    fmt::format("{}: peer {} is {}", device.name(), label(*peer), to_string(to)));
        line.fields.emplace_back("WGNL_PEER", peer->key().to_base64());
        line.is_public = [peer](const PublicKey& key) { return key == peer->key(); };
        sd::log(line);
    }
}

void log_moved(const std::string& device, const EndpointMove& move) {
    const auto key = move.peer.to_base64();
    const auto from = move.from ? move.from->to_string() : std::string("nowhere");
    auto line = line_of(Priority::info, id_endpoint_moved, device,
                        fmt::format("{}: peer {} is sent to {} now, before to {}", device, key,
                                    move.to.to_string(), from));
    line.fields.emplace_back("WGNL_PEER", key);
    line.is_public = [&move](const PublicKey& one) { return one == move.peer; };
    sd::log(line);
}

void log_failure(const std::string& device, const Error& error, const IsPublic& is_public) {
    auto line = line_of(Priority::error, id_failure, device,
                        device.empty() ? error.to_string()
                                       : fmt::format("{}: {}", device, error.to_string()));
    line.is_public = is_public;
    sd::log(line);
}

IsPublic is_peer_of(const DeviceModel& device) {
    return [&device](const PublicKey& key) { return device.peers().find(key) != nullptr; };
}

} // namespace wgnl::daemon
