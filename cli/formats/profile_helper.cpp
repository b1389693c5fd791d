// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts the helper: its input in memory that has no name, what it prints through a pipe.
#include "profile_helper.hpp"

#include <array>
#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/io.hpp"
#include "base/memfd.hpp"
#include "process.hpp"

namespace wgnl::cli {
namespace {

/// NetworkManager loads what lies there.
constexpr const char* folder = "/etc/NetworkManager/system-connections";
constexpr const char* program_name = "wgnl-nm-profile";

struct Pipe {
    UniqueFd read{};
    UniqueFd write{};
};

Result<Pipe> open_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return std::unexpected{Error::from_errno(errno, "create a pipe")};
    return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

/// As the helper's exit codes tell it.
Errc code_of(int status) {
    switch (status) {
    case 3:
        return Errc::invalid_argument;
    case 4:
        return Errc::not_found;
    case 5:
        return Errc::permission_denied;
    default:
        return Errc::system;
    }
}

std::string words_in(const UniqueFd& memory) {
    if (::lseek(memory.get(), 0, SEEK_SET) != 0)
        return {};
    const auto text = read_all(memory.get(), "read memory");
    std::string words{text ? text->view() : ""};
    while (words.ends_with('\n'))
        words.pop_back();
    return words;
}

} // namespace

Result<SecretText> ProfileHelper::run(const std::string& verb, const std::string& argument,
                                      std::string_view input) const {
    const auto operation = fmt::format("{} {}", verb == "write" ? "write" : "read", argument);
    const auto in = seal(input, program_name);
    const auto said = create_memfd(program_name);
    auto out = open_pipe();
    if (!in || !said || !out)
        return std::unexpected{!in ? in.error() : !said ? said.error() : out.error()};
    FileActions files;
    files.give(*in, STDIN_FILENO);
    files.give(out->write, STDOUT_FILENO);
    files.give(*said, STDERR_FILENO);
    const auto process = start_program(program_.string(), {program_name, verb, argument}, files);
    if (!process)
        return process.error() == ENOENT
                   ? fail(Errc::unsupported, operation,
                          fmt::format("profiles of NetworkManager need {}, which is not there; "
                                      "install network-manager-wgnl",
                                      program_.string()))
                   : std::unexpected{Error::from_errno(process.error(), program_.string())};
    out->write.reset();
    auto printed = read_all(out->read.get(), operation);
    out->read.reset();
    const auto status = wait_for_program(*process);
    if (status != 0) {
        const auto words = words_in(*said);
        return fail(code_of(status), operation,
                    words.empty() ? fmt::format("{} ended with status {}", program_name, status)
                                  : words);
    }
    return printed;
}

Result<FileReading> ProfileHelper::read_file(const std::filesystem::path& path) {
    const auto message = run("read-file", path.string(), {});
    if (!message)
        return std::unexpected{message.error()};
    return reading_in(message->view());
}

Result<FileReading> ProfileHelper::read_profile(const std::string& name) {
    const auto message = run("read", name, {});
    if (!message)
        return std::unexpected{message.error()};
    return reading_in(message->view());
}

Result<WrittenFiles> ProfileHelper::write_file(const Content& content,
                                               const std::filesystem::path& path) {
    const auto message = run("write", path.stem().string(), message_of(content).view());
    if (!message)
        return std::unexpected{message.error()};
    auto written = files_in(message->view(), path);
    if (written)
        written->advice =
            fmt::format("to load it, as root: install -m 600 '{0}' {1}/ && nmcli connection load "
                        "'{1}/{2}'",
                        path.string(), folder, path.filename().string());
    return written;
}

} // namespace wgnl::cli
