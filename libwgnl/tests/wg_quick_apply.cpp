// SPDX-License-Identifier: LGPL-2.1-or-later
// Applies configuration files to a device through libwgnl, for comparison with `wg setconf`:
//   wg-quick-apply DEVICE, then on standard input a line for each file: wg|wg-quick PATH.
// It answers with a line: `refused REASON`, or `accepted PORT` once the device has it. For a line
// `showconf PATH` it writes there what `wg showconf` would print, and answers `written`.
#include <wgnl/wg_quick.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>

#include <netdb.h>
#include <sys/socket.h>

#include <wgnl/client.hpp>
#include <wgnl/plan.hpp>

namespace wgnl {
namespace {

/// The first answer, as wg takes it; absent if there is none.
std::optional<Endpoint> look_up(const std::string& text) {
    const auto name = HostPort::parse(text);
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* found{};
    if (!name || getaddrinfo(name->host.c_str(), nullptr, &wanted, &found) != 0)
        return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
    std::array<char, NI_MAXHOST> host{};
    getnameinfo(found->ai_addr, found->ai_addrlen, host.data(), host.size(), nullptr, 0,
                NI_NUMERICHOST);
    const std::string address = host.data();
    const auto shown = address.contains(':') ? '[' + address + ']' : address;
    const auto endpoint = Endpoint::parse(shown + ':' + std::to_string(name->port));
    return endpoint ? std::optional(*endpoint) : std::nullopt;
}

Policy policy_for(const Declaration& declaration) {
    Policy policy{.confirmed = true};
    for (const auto& peer : declaration.peers) {
        if (!peer.endpoint || peer.numeric_endpoint())
            continue;
        if (const auto endpoint = look_up(*peer.endpoint))
            policy.resolved.emplace(*peer.endpoint, *endpoint);
    }
    return policy;
}

std::string apply(Client& client, const Declaration& declaration) {
    const auto live = client.devices().get(declaration.device);
    if (!live)
        return "failed " + live.error().to_string();
    const auto steps = plan(declaration, nullptr, *live, policy_for(declaration));
    if (const auto done = client.devices().set(declaration.device, steps.change); !done)
        return "failed " + done.error().to_string();
    return "accepted " + std::to_string(declaration.listen_port.value_or(0));
}

/// Each text must declare something valid, and be written and read back as it is.
std::string defect_of(const ParsedWgQuick& parsed, const WgQuickOptions& options) {
    if (const auto valid = check(parsed.declaration); !valid)
        return valid.error().to_string();
    const auto text = to_wg_quick(parsed.declaration, options.dialect).text;
    auto again = parse_wg_quick(text.view(), options);
    return to_wg_quick(again.declaration, options.dialect).text == text ? "" : "not itself";
}

std::string answer(Client& client, const WgQuickOptions& options) {
    std::ifstream file(options.file);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto parsed = parse_wg_quick(text, options);
    if (const auto defect = defect_of(parsed, options); !defect.empty())
        return "failed " + defect;
    if (parsed.accepted)
        return apply(client, parsed.declaration);
    return "refused " + to_string(parsed.declaration.problems.at(0));
}

std::string show(Client& client, const WgQuickOptions& options) {
    const auto live = client.devices().get(options.device);
    if (!live)
        return "failed " + live.error().to_string();
    std::ofstream(options.file) << to_wg_quick(*live).view();
    return "written";
}

int run(const std::string& device) {
    auto client = Client::open();
    if (!client) {
        std::cerr << client.error().to_string() << '\n';
        return 1;
    }
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string what;
        WgQuickOptions options{.device = device};
        words >> what >> options.file;
        options.dialect = what == "wg" ? Dialect::wg : Dialect::wg_quick;
        std::cout << (what == "showconf" ? show(*client, options) : answer(*client, options))
                  << std::endl;
    }
    return 0;
}

} // namespace
} // namespace wgnl

int main(int argc, char** argv) { return argc == 2 ? wgnl::run(argv[1]) : 2; }
