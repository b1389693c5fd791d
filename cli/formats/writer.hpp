// SPDX-License-Identifier: LGPL-2.1-or-later
// Writers: how declarations become files of each format. The program registers the formats, so that
// this library knows no adapter.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>
#include <wgnl/wg_quick.hpp>

#include "reader.hpp"
#include "secret_file.hpp"

namespace wgnl::cli {

/// What is to be written.
struct Content {
    Declaration declaration{};
    std::vector<WgQuickLine> wg_quick{}; ///< what only wg-quick carries out
    Title title{};
};

/// Files to be created, and a word on whatever they cannot say.
struct WrittenFiles {
    std::vector<NewFile> files{};
    std::vector<Problem> not_expressible{};
    std::string advice{}; ///< what to do with them next; may be empty
};

/// Writes it for a file of that name; creates nothing yet.
using Writer = std::function<Result<WrittenFiles>(const Content&, const std::filesystem::path&)>;

/// The formats, by the extension of the new file's name.
class Writers {
public:
    /// `extension` with its dot: ".netdev".
    void add(std::string extension, Writer writer);
    /// invalid_argument, naming the formats there are, for any other extension.
    Result<WrittenFiles> write(const Content& content, const std::filesystem::path& path) const;

private:
    std::map<std::string, Writer> writers_{};
};

/// The JSON document of docs/declaration.schema.json.
Result<WrittenFiles> write_json(const Content& content, const std::filesystem::path& path);

/// A configuration of wg-quick(8), which must be named after its device, or after its title: then
/// an import gives it that title again.
Result<WrittenFiles> write_wg_quick(const Content& content, const std::filesystem::path& path);

} // namespace wgnl::cli
