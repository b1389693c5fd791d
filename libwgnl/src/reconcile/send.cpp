// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole change first, and its parts where that was refused.
#include "steps.hpp"

#include <utility>
#include <vector>

namespace wgnl {
namespace {

/// A part of a change, and where its refusal belongs.
struct Part {
    DeviceChange change;
    std::optional<Error> Refusals::* refusal;
};

/// In this order: a new key is there before the peers that are to know it.
std::vector<Part> parts_of(const DeviceChange& change) {
    std::vector<Part> parts;
    if (!change.private_key.keeps())
        parts.push_back({{.private_key = change.private_key}, &Refusals::private_key});
    if (change.fwmark)
        parts.push_back({{.fwmark = change.fwmark}, &Refusals::fwmark});
    if (change.listen_port)
        parts.push_back({{.listen_port = change.listen_port}, &Refusals::listen_port});
    if (!change.peers.empty())
        parts.push_back({{.peers = change.peers}, &Refusals::peers});
    return parts;
}

/// What was sent again, as the whole or as parts, has the same effect; but nobody answers for a
/// device that is gone, and a device that is read or written by others has had its attempts.
bool is_worth_parting(const Error& error) {
    return error.code() == Errc::permission_denied || error.code() == Errc::system;
}

} // namespace

const Error* Refusals::first() const {
    for (const auto* refusal : {&private_key, &fwmark, &listen_port, &peers})
        if (*refusal)
            return &**refusal;
    return nullptr;
}

Refusals send_change(Client& client, const std::string& device, const DeviceChange& change) {
    Refusals refused;
    auto whole = client.devices().set(device, change);
    if (whole)
        return refused;
    const auto parts = parts_of(change);
    const bool apart = parts.size() > 1 && is_worth_parting(whole.error());
    for (const auto& part : parts) {
        auto done = apart ? client.devices().set(device, part.change) : whole;
        if (!done)
            refused.*part.refusal = std::move(done).error();
    }
    return refused;
}

} // namespace wgnl
