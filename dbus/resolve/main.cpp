// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl-resolve: parse arguments, build, run.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <optional>

#include "base/text.hpp"
#include "sd/introspect.hpp"
#include "service.hpp"

namespace {

constexpr const char* usage =
    "wgnl-resolve [--idle SECONDS] [--deadline SECONDS]\n"
    "\n"
    "Resolves the host names of WireGuard endpoints for wgnld.\n"
    "\n"
    "  --idle SECONDS           end after this long without a question (default 60)\n"
    "  --deadline SECONDS       longest wait for an answer (default 15)\n"
    "  --bus-introspect=KIND    print the interface of resolver\n"
    "  --version                print the version\n"
    "  --help                   print this\n";

constexpr int usage_error = 2;

std::optional<std::chrono::nanoseconds> seconds(const char* text) {
    constexpr unsigned longest = 86400;
    const auto number = wgnl::whole_number<unsigned>(text).value_or(0);
    if (number == 0 || number > longest)
        return std::nullopt;
    return std::chrono::seconds(number);
}

int introspect(const char* kind) {
    if (std::strcmp(kind, "resolver") != 0)
        return std::fputs(usage, stderr), usage_error;
    const auto xml = wgnl::sd::introspect(wgnl::resolve::interface_name, wgnl::resolve::vtable());
    std::fputs(xml ? xml->c_str() : (xml.error().to_string() + "\n").c_str(),
               xml ? stdout : stderr);
    return xml ? 0 : 1;
}

int run(const wgnl::resolve::Options& options) {
    const auto service = wgnl::resolve::Service::open(options);
    if (!service) {
        std::fprintf(stderr, "wgnl-resolve: %s\n", service.error().to_string().c_str());
        return 1;
    }
    const int status = (*service)->run();
    if ((*service)->works()) // a look-up cannot be broken off
        std::_Exit(status);
    return status;
}

} // namespace

int main(int argc, char** argv) {
    static const option known[] = {{"idle", required_argument, nullptr, 'i'},
                                   {"deadline", required_argument, nullptr, 'd'},
                                   {"bus-introspect", required_argument, nullptr, 'b'},
                                   {"version", no_argument, nullptr, 'v'},
                                   {"help", no_argument, nullptr, 'h'},
                                   {}};
    wgnl::resolve::Options options;
    for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        switch (found) {
        case 'i':
        case 'd':
            if (const auto time = seconds(optarg))
                (found == 'i' ? options.idle : options.limits.deadline) = *time;
            else
                return std::fputs(usage, stderr), usage_error;
            break;
        case 'b':
            return introspect(optarg);
        case 'v':
            return std::puts("wgnl-resolve " WGNL_VERSION) < 0;
        case 'h':
            return std::fputs(usage, stdout) < 0;
        default:
            return usage_error;
        }
    }
    if (optind < argc)
        return std::fputs(usage, stderr), usage_error;
    return run(options);
}
