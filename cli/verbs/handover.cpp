// SPDX-License-Identifier: LGPL-2.1-or-later
// The drop-in that systemd-networkd passes over, and the snippet that keeps NetworkManager away.
#include "handover.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "base/ini.hpp"
#include "base/io.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> networkd_folders{
    "/etc/systemd/network", "/run/systemd/network", "/usr/local/lib/systemd/network",
    "/usr/lib/systemd/network"};
constexpr std::array<std::string_view, 3> network_manager_files{
    "usr/lib/systemd/system/NetworkManager.service", "lib/systemd/system/NetworkManager.service",
    "usr/sbin/NetworkManager"};

bool in_networkds_folders(const fs::path& file) {
    return std::ranges::find(networkd_folders, file.parent_path().string()) !=
           networkd_folders.end();
}

std::string operation_of(std::string_view verb, const std::string& name) {
    return fmt::format("{} {}", verb, name);
}

/// Why a device cannot be handed over, whichever way.
Result<void> check_declared(std::string_view verb, const std::string& name,
                            const DeviceView* device) {
    const auto operation = operation_of(verb, name);
    if (!device)
        return fail(Errc::not_found, operation,
                    fmt::format("there is no such device, and no file that wgnl-networkd has read "
                                "declares it; \"wgnl status\" lists what there is"));
    if (device->source == "networkd")
        return {};
    if (device->source.empty())
        return fail(Errc::invalid_argument, operation,
                    "nobody has declared it to wgnld: only devices of .netdev files are handed "
                    "over; write one into /etc/systemd/network, and see that wgnl-networkd runs");
    return fail(Errc::invalid_argument, operation,
                fmt::format("it is declared by {} ({}): only devices of .netdev files are handed "
                            "over; change it there",
                            device->source, device->origin));
}

/// Whether a line "Name=DEVICE" stands in [NetDev]; the last one of that key counts.
bool declares(const IniFile& file, std::string_view device) {
    bool found = false;
    for (const auto& section : file.sections())
        for (const auto& assignment : section.assignments)
            if (section.name == "NetDev" && assignment.key == "Name")
                found = assignment.value == device;
    return found;
}

/// The origin is the word of an adapter, and root is to write a file beside it: what that one says
/// is looked at first. Who may not read it may not write there either.
Result<void> check_origin(const DeviceView& device, const HandoverPlace& place) {
    const auto path = place.root / fs::path(device.origin).relative_path();
    auto text = read_regular_file(path.string(), largest_text, "read " + path.string());
    const bool is_netdev = path.extension() == ".netdev";
    if (is_netdev && !text && text.error().errnum() == EACCES)
        return {};
    if (is_netdev && text && declares(IniFile::parse(*std::move(text)), device.name))
        return {};
    return fail(Errc::invalid_argument, operation_of("adopt", device.name),
                fmt::format("{} is said to declare it, and is no .netdev file with Name={} in "
                            "[NetDev]; nothing is written beside it",
                            device.origin, device.name));
}

Result<void> check_sync(const DeviceView& device, const HandoverPlace& place) {
    const auto operation = operation_of("adopt", device.name);
    if (device.mode == "observe")
        return fail(
            Errc::invalid_argument, operation,
            fmt::format("{} says Mode=observe in [X-Wgnl]; remove that line first", device.origin));
    if (!in_networkds_folders(device.origin))
        return fail(Errc::invalid_argument, operation,
                    fmt::format("{} is in no folder of systemd-networkd", device.origin));
    return check_origin(device, place);
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::string dropin_text(const std::string& device) {
    return fmt::format(
        "# Written by \"wgnl adopt {0}\", removed by \"wgnl release {0}\".\n"
        "# systemd-networkd has no such credential and passes the file over, so that\n"
        "# {0} belongs to wgnl, and its sessions live on whatever networkd does.\n"
        "[Match]\nCredential=wgnl.own\n",
        device);
}

std::string snippet_text(const std::string& device) {
    return fmt::format("# Written by \"wgnl adopt {0}\", removed by \"wgnl release {0}\".\n"
                       "[keyfile]\nunmanaged-devices+=interface-name:{0}\n",
                       device);
}

/// What else makes wgnl the owner, where our own drop-in is not there.
std::string other_reason(const DeviceView& device) {
    if (!in_networkds_folders(device.origin))
        return fmt::format("its file {} is one that systemd-networkd never reads; move it to "
                           "/etc/systemd/network instead",
                           device.origin);
    return fmt::format("\"wgnl adopt\" did not write what makes it so: either Credential=wgnl.own "
                       "stands in {0} or another drop-in of it (remove it there), or "
                       "/etc/wgnl/networkd.conf says Adopt=yes and systemd-networkd is not enabled "
                       "(\"systemctl enable --now systemd-networkd\")",
                       device.origin);
}

Result<void> failed(const std::string& operation, const fs::path& path, int errnum) {
    auto why = Error::from_errno(errnum, operation);
    const bool denied = errnum == EACCES || errnum == EPERM;
    return fail(why.code(), operation,
                fmt::format("{}: {}{}", path.string(), why.detail(),
                            denied ? "; run this command as root" : ""),
                errnum);
}

Result<void> write(const FileStep& step, const std::string& operation) {
    std::error_code error;
    fs::create_directories(step.path.parent_path(), error);
    if (error)
        return failed(operation, step.path.parent_path(), error.value());
    auto aside = step.path;
    aside += ".new";
    errno = 0;
    std::ofstream file(aside, std::ios::trunc);
    file << step.text << std::flush;
    if (!file)
        return failed(operation, aside, errno == 0 ? EIO : errno);
    fs::rename(aside, step.path, error);
    return error ? failed(operation, step.path, error.value()) : Result<void>{};
}

Result<void> remove(const FileStep& step, const std::string& operation) {
    std::error_code error;
    fs::remove(step.path, error);
    if (error)
        return failed(operation, step.path, error.value());
    const auto folder = step.path.parent_path();
    if (folder.string().ends_with(".netdev.d") && fs::is_empty(folder, error))
        fs::remove(folder, error);
    return {};
}

} // namespace

bool HandoverPlace::has_network_manager() const {
    return std::ranges::any_of(network_manager_files,
                               [&](std::string_view file) { return is_there(root / file); });
}

fs::path HandoverPlace::dropin_of(const DeviceView& device) const {
    const auto folder = fs::path(device.origin).filename().string() + ".d";
    return root / "etc/systemd/network" / folder / "wgnl-own.conf";
}

fs::path HandoverPlace::snippet_of(const std::string& device) const {
    return root / "etc/NetworkManager/conf.d" / fmt::format("wgnl-own-{}.conf", device);
}

Result<std::vector<FileStep>> adoption_of(const std::string& name, const DeviceView* device,
                                          const HandoverPlace& place) {
    if (auto declared = check_declared("adopt", name, device); !declared)
        return std::unexpected{declared.error()};
    if (device->mode == "own")
        return std::vector<FileStep>{};
    if (auto sync = check_sync(*device, place); !sync)
        return std::unexpected{sync.error()};
    std::vector<FileStep> steps{{place.dropin_of(*device), dropin_text(name)}};
    if (place.has_network_manager())
        steps.push_back({place.snippet_of(name), snippet_text(name)});
    return steps;
}

Result<std::vector<FileStep>> release_of(const std::string& name, const DeviceView* device,
                                         const HandoverPlace& place) {
    if (auto declared = check_declared("release", name, device); !declared)
        return std::unexpected{declared.error()};
    if (device->mode != "own")
        return std::vector<FileStep>{};
    std::vector<FileStep> steps{{place.dropin_of(*device), {}}};
    if (!is_there(steps[0].path))
        return fail(Errc::invalid_argument, operation_of("release", name), other_reason(*device));
    if (const auto snippet = place.snippet_of(name); is_there(snippet))
        steps.push_back({snippet, {}});
    return steps;
}

void print_steps(std::ostream& out, const std::vector<FileStep>& steps) {
    for (const auto& step : steps) {
        out << (step.text.empty() ? "would remove " : "would write ")
            << printable(step.path.string()) << '\n';
        for (std::size_t at = 0; at < step.text.size();) {
            const auto end = step.text.find('\n', at);
            out << "    " << step.text.substr(at, end - at) << '\n';
            at = end + 1;
        }
    }
}

Result<void> carry_out(const std::vector<FileStep>& steps, const std::string& operation) {
    for (const auto& step : steps)
        if (auto done = step.text.empty() ? remove(step, operation) : write(step, operation); !done)
            return done;
    return {};
}

} // namespace wgnl::cli
