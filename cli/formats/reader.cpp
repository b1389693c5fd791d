// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry of formats, and the reader of JSON declarations.
#include "reader.hpp"

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "doubts.hpp"
#include "secret_file.hpp"

namespace wgnl::cli {
namespace {

void append(std::vector<Problem>& to, const std::vector<Problem>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// Whatever the format, and whoever reads it: what its routes would do is told, and what is printed
/// of a file shows no key.
Result<FileReading> completed(Result<FileReading> reading) {
    if (!reading)
        return reading;
    IsPublic is_public;
    if (reading->declaration) {
        append(reading->problems, loops_of(*reading->declaration));
        if (!reading->is_led_around)
            append(reading->remarks, default_routes_of(*reading->declaration));
        hide_keys(*reading->declaration);
        is_public = is_peer_of(*reading->declaration);
    }
    hide_keys(reading->problems, is_public);
    hide_keys(reading->not_expressible, is_public);
    hide_keys(reading->remarks, is_public);
    return reading;
}

} // namespace

void Readers::add(std::string extension, Reader reader) {
    readers_.insert_or_assign(std::move(extension), std::move(reader));
}

void Readers::add_judge(std::string extension, Reader reader) {
    judges_.insert_or_assign(std::move(extension), std::move(reader));
}

Result<FileReading> Readers::judge(const std::filesystem::path& name) const {
    const auto found = judges_.find(name.extension().string());
    return found != judges_.end() ? completed(found->second(name)) : read_named(name);
}

void Readers::add_named(Reader reader) { named_ = std::move(reader); }

bool Readers::knows(const std::filesystem::path& path) const {
    return readers_.contains(path.extension().string());
}

Result<FileReading> Readers::read(const std::filesystem::path& path) const {
    const auto found = readers_.find(path.extension().string());
    if (found != readers_.end())
        return completed(found->second(path));
    std::string known;
    for (const auto& [extension, reader] : readers_)
        known += (known.empty() ? "" : ", ") + extension;
    return fail(Errc::invalid_argument, fmt::format("read {}", path.string()),
                fmt::format("the format is told by the name, which must end in one of: {}", known));
}

Result<FileReading> Readers::read_named(const std::filesystem::path& name) const {
    std::error_code unknown;
    if (!named_ || knows(name) || name.has_parent_path() || std::filesystem::exists(name, unknown))
        return read(name);
    auto reading = completed(named_(name));
    if (reading || reading.error().code() == Errc::invalid_argument)
        return reading;
    const auto& error = reading.error();
    const bool was_asked = error.code() == Errc::not_found;
    return fail(error.code(), error.operation(),
                fmt::format("there is no such file, and {}{}",
                            was_asked ? "" : "no profile can be read: ", error.detail()));
}

Result<FileReading> read_json_file(const std::filesystem::path& path) {
    const auto file = read_secret_file(path);
    if (!file)
        return std::unexpected{file.error()};
    auto declaration = parse_declaration(file->text.view());
    if (!declaration)
        return std::unexpected{declaration.error()};
    if (declaration->location.empty())
        declaration->location = {path.string()};
    auto problems = declaration->problems;
    return FileReading{std::move(*declaration), std::move(problems)};
}

} // namespace wgnl::cli
