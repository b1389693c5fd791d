// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl, the command: joins the verbs with the file formats of this build.
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include <malloc.h>

#include "formats/profile_helper.hpp"
#include "formats/reader.hpp"
#include "program.hpp"
#include "terminal/console.hpp"

#ifdef WGNL_WITH_NETDEV
#include "netdev_reader.hpp"
#endif

namespace {

/// Tests of a build that is not installed say where the helper is.
std::filesystem::path profile_helper() {
    const char* const elsewhere = ::secure_getenv("WGNL_PROFILE_HELPER");
    return elsewhere != nullptr ? elsewhere : WGNL_LIBEXECDIR "/wgnl-nm-profile";
}

/// Whatever was given to the program once is used again, and not handed back and asked for anew:
/// that takes a third of the time of reading a large file, and the command ends soon.
void keep_memory() {
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    ::mallopt(M_TOP_PAD, 1 << 20);
}

} // namespace

int main(int argc, char** argv) {
    using namespace wgnl::cli;
    keep_memory();
    Environment environment{{std::cout, std::cerr, Terminal::detect()}};
    environment.readers.add(".json", read_json_file);
    environment.readers.add(".conf", read_wg_quick_file);
    environment.writers.add(".json", write_json);
    environment.writers.add(".conf", write_wg_quick);
#ifdef WGNL_WITH_NETDEV
    environment.readers.add(".netdev", read_netdev_file);
    environment.readers.add_judge(".netdev", judge_netdev_file);
    environment.writers.add(".netdev", write_netdev_files);
    environment.lists = named_lists;
#endif
    ProfileHelper helper{profile_helper()};
    environment.readers.add(".nmconnection",
                            [&](const auto& path) { return helper.read_file(path); });
    environment.readers.add_named(
        [&](const auto& name) { return helper.read_profile(name.string()); });
    environment.writers.add(".nmconnection", [&](const auto& content, const auto& path) {
        return helper.write_file(content, path);
    });
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto exit = run(environment, arguments);
    std::cout.flush();
    return std::cout ? static_cast<int>(exit) : static_cast<int>(Exit::failed);
}
