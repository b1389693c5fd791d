// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl-nm-profile: profiles of NetworkManager for wgnl(1), which never links GLib itself.
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "base/io.hpp"
#include "nm/helper/verbs.hpp"

namespace {

using namespace wgnl;
using namespace wgnl::nm;

constexpr const char* usage = "This program is started by wgnl(1): wgnl convert, wgnl check.\n"
                              "wgnl-nm-profile read NAME|UUID\n"
                              "wgnl-nm-profile read-file FILE\n"
                              "wgnl-nm-profile write NAME\n";

/// Exit codes, which tell the command what kind of failure it was.
enum Exit : int { done = 0, failed = 1, misused = 2, invalid = 3, missing = 4, denied = 5 };

Exit exit_of(Errc code) {
    switch (code) {
    case Errc::invalid_argument:
        return invalid;
    case Errc::not_found:
        return missing;
    case Errc::permission_denied:
        return denied;
    default:
        return failed;
    }
}

Result<SecretText> write_what_comes(const std::string& name) {
    const auto message = read_all(STDIN_FILENO, "read standard input");
    if (!message)
        return std::unexpected{message.error()};
    return written(message->view(), name);
}

using Verb = std::function<Result<SecretText>(const std::string&)>;

const std::map<std::string, Verb, std::less<>>& verbs() {
    static const std::map<std::string, Verb, std::less<>> known{
        {"read", about_known}, {"read-file", about_file}, {"write", write_what_comes}};
    return known;
}

int complain(const Error& error) {
    // The command says itself what it tried.
    std::fputs((error.detail() + '\n').c_str(), stderr);
    return exit_of(error.code());
}

int run(const Verb& verb, const std::string& argument) {
    if (::isatty(STDOUT_FILENO) != 0) {
        std::fputs("wgnl-nm-profile: what it prints may hold keys, and is for a pipe only\n",
                   stderr);
        return misused;
    }
    const auto message = verb(argument);
    if (!message)
        return complain(message.error());
    const auto printed = write_all(STDOUT_FILENO, message->view(), "write standard output");
    return printed ? done : complain(printed.error());
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto verb = arguments.size() == 2 ? verbs().find(arguments[0]) : verbs().end();
    if (verb == verbs().end()) {
        std::fputs(usage, stderr);
        return misused;
    }
    return run(verb->second, arguments[1]);
}
