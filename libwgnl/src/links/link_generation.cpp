// SPDX-License-Identifier: LGPL-2.1-or-later
// Telling a network device from a later one of the same name and index.
#include <array>
#include <string>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "layer.hpp"

namespace wgnl {
namespace {

UniqueFd open_folder(int directory, const char* path) {
    return UniqueFd(openat(directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool has_index(int folder, const std::string& device, std::uint32_t ifindex) {
    const UniqueFd file(openat(folder, (device + "/ifindex").c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 16> text{};
    const auto size = read(file.get(), text.data(), text.size());
    std::string_view shown(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return take_number<std::uint32_t>(shown) == ifindex;
}

} // namespace

std::uint64_t link_generation_of(std::string_view name, std::uint32_t ifindex, int folder) {
    const std::string device(name);
    struct stat status{};
    if (fstatat(folder, device.c_str(), &status, 0) != 0 || !has_index(folder, device, ifindex))
        return 0;
    return status.st_ino;
}

UniqueFd open_sysfs(std::string_view root) {
    return open_folder(AT_FDCWD, (std::string(root) + "/class/net").c_str());
}

UniqueFd mount_sysfs() {
    const UniqueFd context(fsopen("sysfs", FSOPEN_CLOEXEC));
    if (!context || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return {};
    const UniqueFd root(
        fsmount(context.get(), FSMOUNT_CLOEXEC,
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    return root ? open_folder(root.get(), "class/net") : UniqueFd();
}

std::uint64_t LinkLayer::sysfs_generation(std::string_view name, std::uint32_t ifindex) {
    return wgnl::link_generation_of(name, ifindex, open_sysfs().get());
}

} // namespace wgnl
