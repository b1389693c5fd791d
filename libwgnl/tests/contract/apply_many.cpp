// SPDX-License-Identifier: LGPL-2.1-or-later
// Applies one declaration document after the other, a line of standard input each, as `wgnl apply`
// does; answers each with a line: the number of entries of its plan, or what went wrong.
#include <iostream>
#include <string>

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>

namespace wgnl {
namespace {

Result<Plan> apply_document(Client& client, const std::string& document) {
    const auto declared = parse_declaration(document);
    if (!declared)
        return std::unexpected(declared.error());
    auto outcome = reconcile(client, RecordStore(), *declared, {"command", "a test"},
                             {.policy = {.confirmed = true}});
    if (!outcome)
        return std::unexpected(std::move(outcome).error());
    if (!outcome->ok)
        return fail(Errc::system, "apply", to_string(outcome->problems.at(0)));
    return std::move(outcome->plan);
}

int apply_all() {
    auto client = Client::open();
    if (!client) {
        std::cout << client.error().to_string() << std::endl;
        return 1;
    }
    for (std::string document; std::getline(std::cin, document);) {
        const auto plan = apply_document(*client, document);
        if (!plan) {
            std::cout << plan.error().to_string() << std::endl;
            return 1;
        }
        std::cout << plan->change.peers.size() << std::endl;
    }
    return 0;
}

} // namespace
} // namespace wgnl

int main() { return wgnl::apply_all(); }
