// SPDX-License-Identifier: LGPL-2.1-or-later
// Mode own: the link itself. Addresses, MTU, up.
#include "steps.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "links/layer.hpp"

namespace wgnl {
namespace {

bool has(const std::vector<InterfaceAddress>& list, const InterfaceAddress& address) {
    return std::ranges::find(list, address) != list.end();
}

/// A step without words only brings back what was there.
void note(Result<void> done, LinkOutcome& outcome, std::string words = {}) {
    if (!done)
        outcome.errors.push_back(std::move(done).error());
    else if (!words.empty())
        outcome.done.push_back(std::move(words));
}

/// The kernel binds the listen port only now.
Result<void> set_up(Client& client, const std::string& device) {
    auto done = client.links().set_up(device, true);
    if (done || done.error().errnum() != EADDRINUSE)
        return done;
    return fail(Errc::system, done.error().operation(),
                "its listen port is in use by another socket; choose another port, or stop what "
                "listens there",
                EADDRINUSE);
}

using Addresses = std::vector<InterfaceAddress>;

void remove_all(Client& client, const std::string& device, const Addresses& addresses,
                LinkOutcome& outcome) {
    for (const auto& address : addresses)
        note(client.addresses().remove(device, address), outcome,
             "- address " + address.to_string());
}

/// With an address the kernel may take others of its network along: those are added again.
void remove_only(Client& client, const std::string& device, const Addresses& addresses,
                 LinkOutcome& outcome) {
    if (addresses.empty())
        return;
    const auto before = client.links().get(device);
    if (!before)
        return outcome.errors.push_back(before.error()); // what goes along could not be put back
    remove_all(client, device, addresses, outcome);
    const auto after = client.links().get(device);
    if (!after)
        return outcome.errors.push_back(after.error());
    for (const auto& address : before->addresses)
        if (!has(after->addresses, address) && !has(addresses, address))
            note(client.addresses().add(device, address), outcome);
}

/// IPv6 has an address once only: the same one with another prefix length goes first.
void carry_out_addresses(Client& client, const std::string& device, const LinkSteps& steps,
                         LinkOutcome& outcome) {
    auto later = steps.remove;
    const auto in_the_way = std::ranges::stable_partition(later, [&](const auto& old) {
        return std::ranges::none_of(
            steps.add, [&](const auto& added) { return stands_in_the_way(old, added); });
    });
    remove_all(client, device, {in_the_way.begin(), in_the_way.end()}, outcome);
    later.erase(in_the_way.begin(), in_the_way.end());
    for (const auto& address : steps.add)
        note(client.addresses().add(device, address), outcome, "+ address " + address.to_string());
    remove_only(client, device, later, outcome);
}

} // namespace

LinkSteps link_steps(const Declaration& declared, const Record& record, const Link& link) {
    LinkSteps steps;
    if (declared.mtu && *declared.mtu != link.mtu) {
        steps.mtu = declared.mtu;
        steps.mtu_before = link.mtu;
    }
    std::ranges::copy_if(declared.addresses, std::back_inserter(steps.add),
                         [&](const auto& address) { return !has(link.addresses, address); });
    std::ranges::copy_if(
        record.created_addresses, std::back_inserter(steps.remove), [&](const auto& address) {
            return has(link.addresses, address) && !has(declared.addresses, address);
        });
    steps.up = !link.up;
    return steps;
}

std::vector<InterfaceAddress> created_addresses(const Declaration& declared, const Record& record,
                                                const LinkSteps& steps) {
    std::vector<InterfaceAddress> ours;
    std::ranges::copy_if(declared.addresses, std::back_inserter(ours), [&](const auto& address) {
        return has(record.created_addresses, address) || has(steps.add, address);
    });
    return ours;
}

LinkOutcome carry_out(Client& client, const std::string& device, const LinkSteps& steps) {
    LinkOutcome outcome;
    if (steps.mtu) {
        note(client.links().set_mtu(device, *steps.mtu), outcome,
             fmt::format("~ MTU {} -> {}", steps.mtu_before, *steps.mtu));
    }
    carry_out_addresses(client, device, steps, outcome);
    if (steps.up)
        note(set_up(client, device), outcome, "~ link set up");
    return outcome;
}

std::vector<std::string> in_words(const LinkSteps& steps) {
    std::vector<std::string> words;
    if (steps.mtu)
        words.push_back(fmt::format("the MTU would become {}", *steps.mtu));
    for (const auto& address : steps.add)
        words.push_back("the address " + address.to_string() + " would be added");
    for (const auto& address : steps.remove)
        words.push_back("the address " + address.to_string() + " would be removed");
    if (steps.up)
        words.emplace_back("the link would be set up");
    return words;
}

} // namespace wgnl
