// SPDX-License-Identifier: LGPL-2.1-or-later
// Readers: how files of each format become declarations. The program registers the formats, so
// that this library knows no adapter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>
#include <wgnl/wg_quick.hpp>

namespace wgnl::cli {

/// What the owner of a device that is not wgnl's gives it, by files of its own.
struct OwnersPart {
    std::vector<InterfaceAddress> addresses{};
    std::optional<std::uint32_t> mtu{};
};

/// What people call it, where that is not the device's name.
struct Title {
    std::string text{};       ///< empty: it has none
    bool names_device{false}; ///< importing a file of that name makes the same device name of it
};

/// What a file says.
struct FileReading {
    /// Absent if the file declares no WireGuard device for this machine.
    std::optional<Declaration> declaration{};
    std::vector<Problem> problems{}; ///< all, also those of the declaration
    /// For `convert`, which carries over what is written, whoever applies it.
    std::optional<OwnersPart> owners_part{};
    std::vector<Problem> not_expressible{}; ///< for `convert`: what the declaration does not hold
    /// What only wg-quick carries out, or whoever owns the device: name servers, commands, the
    /// table as it is written.
    std::vector<WgQuickLine> wg_quick{};
    /// For `convert`: the declaration where files beside it do with it what wg-quick does by
    /// itself; without the owner's part. Absent: it is `declaration`.
    std::optional<Declaration> as_wg_quick{};
    /// For `convert` to a format that does nothing by itself, and so passes over `as_wg_quick` and
    /// what `wg_quick` then holds: what the declaration does not hold.
    std::vector<Problem> not_declared{};
    /// For whoever applies it, and not for `convert`: what nobody carries out, what may go wrong.
    std::vector<Problem> remarks{};
    /// Why the caller was not given the keys, without which nothing is converted; empty: they are
    /// here, as far as there are any.
    std::string without_keys{};
    Title title{};
    /// Whoever read it has compared its port with those of its neighbours.
    bool compares_ports{false};
    /// Whoever owns the device sets default routes so that its own packets get out.
    bool is_led_around{false};
};

/// A note for each line that a declaration does not hold and wgnl does not carry out.
std::vector<Problem> not_carried_out(const std::vector<WgQuickLine>& lines);

/// Reads one file. An error means that there is nothing to go on: `invalid_argument` if the content
/// is to blame, anything else if the file could not be read.
using Reader = std::function<Result<FileReading>(const std::filesystem::path&)>;

/// The formats, by the extension of the file's name.
class Readers {
public:
    /// `extension` with its dot: ".netdev".
    void add(std::string extension, Reader reader);
    /// For `check`, where whoever applies the file is another user than who asks.
    void add_judge(std::string extension, Reader reader);
    /// For names of what is no file.
    void add_named(Reader reader);
    bool knows(const std::filesystem::path& path) const;
    /// invalid_argument, naming the formats there are, for any other extension.
    Result<FileReading> read(const std::filesystem::path& path) const;
    /// The same, or what has that name where it is no file of a known format.
    Result<FileReading> read_named(const std::filesystem::path& name) const;
    /// The same for who asks whether the file will be taken by whoever applies it.
    Result<FileReading> judge(const std::filesystem::path& name) const;

private:
    std::map<std::string, Reader> readers_{};
    std::map<std::string, Reader> judges_{};
    Reader named_{};
};

/// Reads the JSON document of docs/declaration.schema.json.
Result<FileReading> read_json_file(const std::filesystem::path& path);

/// Reads a configuration of wg-quick(8), "wg0.conf", in mode own: nobody else creates the device.
/// What only wg-quick would carry out is in `wg_quick`, and a remark each. A file that is not named
/// after a device declares none, and a warning says so: NetworkManager's import takes it.
Result<FileReading> read_wg_quick_file(const std::filesystem::path& path);

} // namespace wgnl::cli
