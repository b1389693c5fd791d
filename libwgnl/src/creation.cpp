// SPDX-License-Identifier: LGPL-2.1-or-later
// Telling a network device from a later one of the same name and index.
#include "creation.hpp"

#include <fstream>
#include <string>

#include <sys/stat.h>

namespace wgnl {
namespace {

bool has_index(const std::string& device, std::uint32_t ifindex) {
    std::uint32_t shown = 0;
    return std::ifstream(device + "/ifindex") >> shown && shown == ifindex;
}

} // namespace

std::uint64_t creation_of(std::string_view name, std::uint32_t ifindex, std::string_view folder) {
    const std::string device = std::string(folder) + "/" + std::string(name);
    struct stat status{};
    if (stat(device.c_str(), &status) != 0 || !has_index(device, ifindex))
        return 0;
    return status.st_ino;
}

} // namespace wgnl
