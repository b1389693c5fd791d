// SPDX-License-Identifier: LGPL-2.1-or-later
// Other programs, started without a shell.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/types.h>

#include "base/fd.hpp"

namespace wgnl::cli {

/// Which descriptors a program gets beside its own standard ones.
class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

    void give(const UniqueFd& fd, int as) {
        posix_spawn_file_actions_adddup2(&actions_, fd.get(), as);
    }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

/// Starts a program, by its path or as $PATH has it, with these arguments (the first is its own
/// name). Its process, or an errno: ENOENT if it is not there.
std::expected<pid_t, int> start_program(const std::string& program,
                                        std::vector<std::string> arguments,
                                        const FileActions& files);

/// Its exit status; -1 if a signal ended it.
int wait_for_program(pid_t process);

} // namespace wgnl::cli
