// SPDX-License-Identifier: LGPL-2.1-or-later
// Profiles of NetworkManager, read and written by the helper of its plugin: this command never
// links GLib.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

#include "reader.hpp"
#include "writer.hpp"

namespace wgnl::cli {

class ProfileHelper {
public:
    explicit ProfileHelper(std::filesystem::path program) : program_(std::move(program)) {}

    /// A key file, NAME.nmconnection.
    Result<FileReading> read_file(const std::filesystem::path& path);
    /// A profile that NetworkManager has, by UUID or by name. not_found, with names like it.
    Result<FileReading> read_profile(const std::string& name);
    /// A key file with a UUID of its own, named after the new file.
    Result<WrittenFiles> write_file(const Content& content, const std::filesystem::path& path);

private:
    /// What it prints; its own words if it fails, unsupported if it is not installed.
    Result<SecretText> run(const std::string& verb, const std::string& argument,
                           std::string_view input) const;

    std::filesystem::path program_;
};

// What the helper prints and reads: a line of JSON without secrets, then the bytes that hold them.

/// protocol if it is none.
Result<FileReading> reading_in(std::string_view text);
/// The helper's part of it: the text of the file, and what that does not say.
Result<WrittenFiles> files_in(std::string_view text, const std::filesystem::path& path);
SecretText message_of(const Content& content);

} // namespace wgnl::cli
