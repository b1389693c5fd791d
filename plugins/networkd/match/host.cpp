// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking the running machine who it is, and reading /sys/firmware, /sys/class/dmi and the device
// tree.
#include "networkd/match/host.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "networkd/files/text.hpp"
#include "networkd/match/version.hpp"

namespace wgnl::networkd {
namespace {

std::string line_of(const std::string& path) {
    constexpr std::size_t limit = 65536;
    auto file = read_file(path, limit);
    return std::string(trimmed(file.text.view(), whitespace));
}

/// The value of TAGS= in a file of shell assignments, cut at its colons.
std::vector<std::string> tags_of(std::string_view machine_info) {
    std::vector<std::string> tags;
    for (auto line : split(machine_info, "\n")) {
        line = trimmed(line, whitespace);
        if (!line.starts_with("TAGS="))
            continue;
        auto words = quoted_words(line.substr(std::string_view("TAGS=").size()));
        tags.clear();
        if (words && words->size() == 1)
            for (auto tag : split(words->front(), ":"))
                tags.emplace_back(tag);
    }
    return tags;
}

std::string without_dashes(std::string text) {
    std::erase(text, '-');
    return text;
}

std::vector<std::string> find_credential_folders() {
    std::vector<std::string> folders;
    for (const char* variable : {"CREDENTIALS_DIRECTORY", "ENCRYPTED_CREDENTIALS_DIRECTORY"})
        if (const char* folder = ::secure_getenv(variable); folder != nullptr && *folder == '/')
            folders.emplace_back(folder);
    return folders;
}

/// A folder that may not be looked into has nothing for us.
bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// As systemd's credential_name_valid(): one plain file name.
bool is_credential_name(std::string_view name) {
    constexpr std::size_t longest = 255;
    auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; };
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::ranges::all_of(name, plain);
}

/// "NAME(ARGUMENT)" for that name; absent if it is another one.
std::optional<std::string_view> argument_of(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.substr(name.size()).starts_with('('))
        return std::nullopt;
    text.remove_prefix(name.size() + 1);
    return text.ends_with(')') ? text.substr(0, text.size() - 1) : std::string_view{};
}

bool is_compatible(std::string_view wanted, const std::string& kernel_files) {
    auto names = read_kernel_file(kernel_files + "/proc/device-tree/compatible");
    if (!names || wanted.empty())
        return false;
    auto all = split(*names, std::string_view("\0", 1));
    return std::ranges::find(all, wanted) != all.end();
}

std::optional<bool> field_fits(std::string_view text, const std::string& kernel_files) {
    auto [field, comparison] = split_expression(text);
    const bool is_name = !field.empty() && !field.contains('/') && field != "." && field != "..";
    if (!is_name || comparison.empty())
        return std::nullopt;
    auto path = kernel_files + "/sys/class/dmi/id/" + std::string(field);
    auto value = read_kernel_file(path);
    if (!value)
        return errno == ENOENT ? std::optional(false) : std::nullopt;
    return version_fits(comparison, std::string(trimmed(*value, whitespace)));
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

std::optional<std::string> read_kernel_file(const std::string& path) {
    std::string text;
    std::array<char, 4096> piece{};
    FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr)
        return std::nullopt;
    while (auto count = std::fread(piece.data(), 1, piece.size(), file))
        text.append(piece.data(), count);
    // What a driver refuses to show is refused at the first read, not at the opening.
    const int error = std::ferror(file) != 0 ? errno : 0;
    std::fclose(file);
    errno = error;
    return error == 0 ? std::optional(std::move(text)) : std::nullopt;
}

Host Host::current(const Root& root, SystemdQuery ask_systemd) {
    Host host;
    utsname system{};
    if (::uname(&system) == 0) {
        host.name = system.nodename;
        host.kernel_release = system.release;
        host.architecture = architecture_name(system.machine);
    }
    host.machine_id = line_of(root / "/etc/machine-id");
    host.boot_id = without_dashes(std::string(
        trimmed(read_kernel_file("/proc/sys/kernel/random/boot_id").value_or(""), whitespace)));
    if (auto line = read_kernel_file("/proc/cmdline"))
        host.kernel_command_line = trimmed(*line, whitespace);
    host.tags = tags_of(read_file(root / "/etc/machine-info").text.view());
    host.credential_folders = find_credential_folders();
    if (root.prefix().empty()) {
        host.kernel_files = "";
        host.ask_systemd = std::move(ask_systemd);
    }
    return host;
}

std::optional<std::string> Host::virtualization() const {
    return ask_systemd ? ask_systemd("Virtualization") : std::nullopt;
}

std::optional<unsigned> Host::systemd_version() const {
    auto text = ask_systemd ? ask_systemd("Version") : std::nullopt;
    std::string_view rest = text ? *text : std::string_view{};
    return take_number<unsigned>(rest);
}

void Host::look_into_stores(const Root& root) {
    constexpr std::array<std::string_view, 4> stores{
        "/etc/credstore", "/run/credstore", "/usr/local/lib/credstore", "/usr/lib/credstore"};
    credential_folders = {root / "/run/credentials/@system"};
    sealed_folders = {root / "/run/credentials/@encrypted"};
    for (auto store : stores) {
        credential_folders.push_back(root / store);
        sealed_folders.push_back((root / store) + ".encrypted");
    }
}

std::optional<std::string> Host::sealed_credential(std::string_view wanted) const {
    if (sealed_folders.empty() || !is_credential_name(wanted))
        return std::nullopt;
    for (const auto& folder : sealed_folders)
        if (auto path = folder + "/" + std::string(wanted); is_there(path))
            return fmt::format("the credential {} is encrypted, and only the service that gets it "
                               "reads it",
                               path);
    for (const auto& folder : credential_folders)
        if (::access(folder.c_str(), F_OK) == 0 && ::access(folder.c_str(), X_OK) != 0)
            return fmt::format("credentials are not for you to read: only root can look into {}",
                               folder);
    return std::nullopt;
}

std::optional<std::string> Host::credential(std::string_view wanted) const {
    if (!is_credential_name(wanted))
        return std::nullopt;
    for (const auto& folder : credential_folders) {
        auto path = folder + "/" + std::string(wanted);
        if (is_there(path))
            return path;
    }
    return std::nullopt;
}

std::optional<bool> firmware_is(std::string_view wanted, const std::string& kernel_files) {
    if (wanted == "device-tree")
        return is_there(kernel_files + "/sys/firmware/devicetree");
    if (wanted == "uefi") // the one that is seen in a container is the host's
        return is_there(kernel_files + "/sys/firmware/efi") &&
               !is_there(kernel_files + "/run/systemd/container");
    if (auto name = argument_of(wanted, "device-tree-compatible"))
        return is_compatible(*name, kernel_files);
    if (auto field = argument_of(wanted, "smbios-field"))
        return field_fits(*field, kernel_files);
    return false;
}

} // namespace wgnl::networkd
