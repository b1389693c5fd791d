// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnld: parse arguments, build, run.
#include <cstdio>
#include <getopt.h>
#include <malloc.h>
#include <sysexits.h>

#include "bus/introspection.hpp"
#include "daemon.hpp"

namespace {

constexpr const char* usage =
    "wgnld [--runtime-dir DIR] [--config FILE]\n"
    "\n"
    "Keeps WireGuard devices as they are declared, and shows them on D-Bus.\n"
    "\n"
    "  --runtime-dir DIR       folder of locks and records (default /run/wgnl)\n"
    "  --config FILE           configuration (default /etc/wgnl/wgnld.conf)\n"
    "  --bus-introspect=KIND   print the interface of manager, device or peer\n"
    "  --version               print the version\n"
    "  --help                  print this\n";

constexpr int usage_error = 2;

int introspect(const char* kind) {
    const auto xml = wgnl::daemon::introspect(kind);
    std::fputs(xml ? xml->c_str() : (xml.error().to_string() + "\n").c_str(),
               xml ? stdout : stderr);
    return xml ? 0 : usage_error;
}

int run(const wgnl::daemon::Options& options) {
    const auto daemon = wgnl::daemon::Daemon::open(options);
    if (daemon)
        return (*daemon)->run();
    std::fprintf(stderr, "wgnld: %s\n", daemon.error().to_string().c_str());
    // Of what it begins with only the configuration is somebody's words: no use to begin again.
    return daemon.error().code() == wgnl::Errc::invalid_argument ? EX_CONFIG : 1;
}

/// A declaration is read by one thread, applied by a second and let go by a third: with a heap for
/// each, what one frees is of no use to the others, and every edit leaves more behind. And what an
/// edit passes through is the same each time: it is kept for the next one until wgnld rests (see
/// Rest), since memory that is asked for anew is faulted in page by page.
void share_one_heap() {
    constexpr int largest_threshold = 32 << 20; // of mmap, as far as glibc lets it be raised
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_MMAP_THRESHOLD, largest_threshold);
    ::mallopt(M_TRIM_THRESHOLD, 2 * largest_threshold);
}

} // namespace

int main(int argc, char** argv) {
    share_one_heap();
    static const option known[] = {{"runtime-dir", required_argument, nullptr, 'r'},
                                   {"config", required_argument, nullptr, 'c'},
                                   {"bus-introspect", required_argument, nullptr, 'i'},
                                   {"version", no_argument, nullptr, 'v'},
                                   {"help", no_argument, nullptr, 'h'},
                                   {}};
    wgnl::daemon::Options options;
    for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        switch (found) {
        case 'r':
            options.runtime_dir = optarg;
            break;
        case 'c':
            options.config = optarg;
            break;
        case 'i':
            return introspect(optarg);
        case 'v':
            return std::puts("wgnld " WGNL_VERSION) < 0;
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
