// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting and waiting.
#include "process.hpp"

#include <cerrno>

#include <sys/wait.h>
#include <unistd.h>

namespace wgnl::cli {

std::expected<pid_t, int> start_program(const std::string& program,
                                        std::vector<std::string> arguments,
                                        const FileActions& files) {
    std::vector<char*> words;
    for (auto& argument : arguments)
        words.push_back(argument.data());
    words.push_back(nullptr);
    pid_t process{};
    const int error =
        ::posix_spawnp(&process, program.c_str(), files.get(), nullptr, words.data(), environ);
    if (error != 0)
        return std::unexpected{error};
    return process;
}

int wait_for_program(pid_t process) {
    int status{};
    while (::waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace wgnl::cli
