// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking the running machine who it is.
#include "networkd/netdev/host.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "networkd/netdev/text.hpp"

namespace wgnl::networkd {
namespace {

std::string line_of(const std::string& path) {
    constexpr std::size_t limit = 65536;
    auto file = read_file(path, limit);
    return std::string(trimmed(file.text.view()));
}

/// /proc files have size 0, which read_file() takes for empty.
std::optional<std::string> read_kernel_command_line() {
    std::array<char, 8192> text{};
    FILE* file = std::fopen("/proc/cmdline", "re");
    if (file == nullptr)
        return std::nullopt;
    auto count = std::fread(text.data(), 1, text.size(), file);
    std::fclose(file);
    return std::string(trimmed({text.data(), count}));
}

std::vector<std::string> find_credential_folders() {
    std::vector<std::string> folders;
    for (const char* variable : {"CREDENTIALS_DIRECTORY", "ENCRYPTED_CREDENTIALS_DIRECTORY"})
        if (const char* folder = ::secure_getenv(variable); folder != nullptr && *folder == '/')
            folders.emplace_back(folder);
    return folders;
}

/// As systemd's credential_name_valid(): one plain file name.
bool is_credential_name(std::string_view name) {
    constexpr std::size_t longest = 255;
    auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; };
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::ranges::all_of(name, plain);
}

} // namespace

std::string_view architecture_name(std::string_view machine) {
    using Row = std::pair<std::string_view, std::string_view>;
    constexpr std::array<Row, 18> names{{{"x86_64", "x86-64"},
                                         {"i686", "x86"},
                                         {"i586", "x86"},
                                         {"i486", "x86"},
                                         {"i386", "x86"},
                                         {"aarch64", "arm64"},
                                         {"aarch64_be", "arm64-be"},
                                         {"armv8l", "arm"},
                                         {"armv7l", "arm"},
                                         {"armv6l", "arm"},
                                         {"riscv64", "riscv64"},
                                         {"riscv32", "riscv32"},
                                         {"ppc64le", "ppc64-le"},
                                         {"ppc64", "ppc64"},
                                         {"ppc", "ppc"},
                                         {"s390x", "s390x"},
                                         {"loongarch64", "loongarch64"},
                                         {"sparc64", "sparc64"}}};
    const auto* row = std::ranges::find(names, machine, &Row::first);
    return row == names.end() ? std::string_view{} : row->second;
}

Host Host::current(const Root& root) {
    Host host;
    utsname system{};
    if (::uname(&system) == 0) {
        host.name = system.nodename;
        host.kernel_release = system.release;
        host.architecture = architecture_name(system.machine);
    }
    host.machine_id = line_of(root / "/etc/machine-id");
    host.kernel_command_line = read_kernel_command_line();
    host.credential_folders = find_credential_folders();
    return host;
}

std::optional<std::string> Host::credential(std::string_view wanted) const {
    if (!is_credential_name(wanted))
        return std::nullopt;
    for (const auto& folder : credential_folders) {
        auto path = folder + "/" + std::string(wanted);
        if (probe_file(path) != FileState::absent)
            return path;
    }
    return std::nullopt;
}

} // namespace wgnl::networkd
