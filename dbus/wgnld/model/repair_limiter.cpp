// SPDX-License-Identifier: LGPL-2.1-or-later
// Counting repairs, and declarations with some fields left out.
#include "repair_limiter.hpp"

#include "read_schedule.hpp"

#include <algorithm>

namespace wgnl::daemon {

bool RepairLimiter::allows(const Difference& field, Boottime now) {
    auto& count = fields_[field];
    if (now < count.until)
        return false;
    std::erase_if(count.repaired, [now](Boottime at) { return at + window <= now; });
    if (count.repaired.size() >= repairs) {
        count.until = now + rest;
        count.repaired.clear();
        return false;
    }
    count.repaired.push_back(now);
    return true;
}

std::vector<Difference> RepairLimiter::engaged(Boottime now) const {
    std::vector<Difference> fields;
    for (const auto& [field, count] : fields_)
        if (now < count.until)
            fields.push_back(field);
    return fields;
}

namespace {

void leave_alone(Declaration& declared, Difference::Aspect aspect, std::uint32_t live_fwmark) {
    using Aspect = Difference::Aspect;
    if (aspect == Aspect::private_key)
        declared.kept_as_is = true; // a declaration without a key would mean something else
    else if (aspect == Aspect::listen_port)
        declared.listen_port.reset();
    else if (aspect == Aspect::fwmark)
        declared.fwmark = live_fwmark;
}

} // namespace

std::optional<Boottime> RepairLimiter::due(Boottime now) const {
    std::optional<Boottime> next;
    for (const auto& [field, count] : fields_)
        if (count.until > now)
            next = earlier(next, count.until);
    return next;
}

Declaration without(Declaration declared, const std::vector<Difference>& left_alone,
                    std::uint32_t live_fwmark) {
    std::vector<PublicKey> held;
    for (const auto& field : left_alone)
        if (field.peer.is_zero())
            leave_alone(declared, field.aspect, live_fwmark);
        else
            held.push_back(field.peer);
    std::ranges::sort(held);
    for (auto& peer : declared.peers)
        if (std::ranges::binary_search(held, peer.public_key))
            peer.kept_as_is = true;
    return declared;
}

} // namespace wgnl::daemon
