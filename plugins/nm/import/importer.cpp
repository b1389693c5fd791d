// SPDX-License-Identifier: LGPL-2.1-or-later
// From a path to a profile. Asks the kernel which names are in use, and nobody else: this runs in
// the middle of other people's user interfaces.
#include "nm/import/importer.hpp"

#include <memory>

#include <net/if.h>

#include "base/io.hpp"

namespace wgnl::nm {
namespace {

struct FreeNames {
    void operator()(struct if_nameindex* list) const noexcept { ::if_freenameindex(list); }
};

Names names_in_use() {
    const std::unique_ptr<struct if_nameindex, FreeNames> list(::if_nameindex());
    Names names;
    for (const auto* entry = list.get(); entry != nullptr && entry->if_name != nullptr; ++entry)
        names.insert(entry->if_name);
    return names;
}

std::string base_name(const std::string& path) {
    return printable(std::string_view(path).substr(path.rfind('/') + 1)); // npos + 1 is 0
}

} // namespace

Result<WrittenProfile> import_file(const std::string& path) {
    const auto text = read_regular_file(path, largest_configuration, "read the file");
    if (!text)
        return std::unexpected{text.error()};
    const auto parsed =
        parse_wg_quick(text->view(), {.file = base_name(path), .all_or_nothing = true});
    return profile_of(parsed, {.id = profile_name_of(path), .taken_names = names_in_use()});
}

} // namespace wgnl::nm
