// SPDX-License-Identifier: LGPL-2.1-or-later
// A configuration file of bounded size.
#include "nm/import/file_reader.hpp"

#include "nm/io/regular_file.hpp"

namespace wgnl::nm {

Result<SecretText> read_configuration(const std::string& path, std::size_t largest) {
    auto file = read_regular_file(path, "read the file", largest);
    if (!file) {
        return std::unexpected{file.error()};
    }
    return std::move(file->text);
}

} // namespace wgnl::nm
