// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts wireguard-go so that it belongs to nobody.
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <wgnl/text.hpp>

#include "backend.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "protocol.hpp"
#include "socket.hpp"

namespace wgnl {
namespace {

constexpr const char* program = "wireguard-go";
constexpr std::chrono::milliseconds start_limit{10'000};
constexpr std::size_t most_output = 16 * 1024;

struct Pipe {
    UniqueFd read{};
    UniqueFd write{};
};

Result<Pipe> make_pipe(const std::string& operation) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) < 0)
        return std::unexpected(Error::from_errno(errno, operation));
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// What the program starts with: a session and signals of its own, and none of our files. The
/// daemon that it leaves behind has its output on /dev/null, unless LOG_LEVEL is set.
class SpawnSettings {
public:
    explicit SpawnSettings(int output) {
        posix_spawnattr_init(&attributes_);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes_, &signals);
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes_, &signals);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF);
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        posix_spawn_file_actions_addchdir_np(&actions_, "/");
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    const posix_spawnattr_t* attributes() const { return &attributes_; }
    const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawnattr_t attributes_{};
    posix_spawn_file_actions_t actions_{};
};

/// Nothing of our environment but the search path.
Result<pid_t> spawn(const std::string& name, int output, const std::string& operation) {
    const char* search = std::getenv("PATH");
    std::string path = fmt::format("PATH={}", search ? search : "/usr/sbin:/usr/bin:/sbin:/bin");
    std::string interface = name;
    std::string own_name = program;
    std::array<char*, 2> environment{path.data(), nullptr};
    std::array<char*, 3> arguments{own_name.data(), interface.data(), nullptr};
    const SpawnSettings settings(output);
    pid_t pid = 0;
    const int errnum = posix_spawnp(&pid, program, settings.actions(), settings.attributes(),
                                    arguments.data(), environment.data());
    if (errnum == ENOENT)
        return fail(Errc::unsupported, operation,
                    "wireguard-go is not installed: install it (package wireguard-go)", errnum);
    if (errnum != 0)
        return std::unexpected(Error::from_errno(errnum, operation));
    return pid;
}

bool ended_in_time(pid_t pid) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd entry{process.get(), POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&entry, 1, static_cast<int>(start_limit.count()));
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/// Its exit status; 0 if the caller's process lets the system reap its children.
int reap(pid_t pid) {
    int status = 0;
    pid_t done = 0;
    do
        done = ::waitpid(pid, &status, 0);
    while (done < 0 && errno == EINTR);
    return done < 0 ? 0 : status;
}

std::string beginning_of(int fd) {
    std::string output(most_output, '\0');
    const ssize_t size = ::read(fd, output.data(), output.size());
    output.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return output;
}

/// The program's own words: its last line, after a banner and a time stamp.
std::string last_line(std::string_view output) {
    while (output.ends_with('\n'))
        output.remove_suffix(1);
    const auto start = output.rfind('\n');
    const auto line = start == output.npos ? output : output.substr(start + 1);
    return line.empty() ? "it failed without a word" : excerpt(line, 300);
}

bool is_served(std::string_view directory, std::string_view name) {
    return UserspaceSocket::connect(directory, name, "look for the device").has_value();
}

/// What a program that was killed leaves behind: a socket on which nobody listens. Another one may
/// stumble over it. Only the very one that was tried is removed.
void remove_stale_socket(std::string_view directory, std::string_view name) {
    const std::string path = fmt::format("{}/{}.sock", directory, name);
    struct stat before{};
    struct stat after{};
    if (::lstat(path.c_str(), &before) < 0 || !S_ISSOCK(before.st_mode))
        return;
    const auto socket = UserspaceSocket::connect(directory, name, "look for the device");
    if (socket || socket.error().errnum() != ECONNREFUSED)
        return;
    if (::lstat(path.c_str(), &after) == 0 && before.st_ino == after.st_ino &&
        before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
        before.st_ctim.tv_nsec == after.st_ctim.tv_nsec)
        ::unlink(path.c_str());
}

/// A program whose link was deleted still serves its socket while it ends, and another one refuses
/// to start until then. One that does not end is left to tell so itself.
void await_departure(const std::string& directory, std::string_view name) {
    const UniqueFd notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    ::inotify_add_watch(notify.get(), directory.c_str(), IN_DELETE);
    const auto deadline = std::chrono::steady_clock::now() + start_limit;
    while (is_served(directory, name)) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd entry{notify.get(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0)
            return;
        std::array<char, 4096> events;
        if (::read(notify.get(), events.data(), events.size()) < 0)
            return;
    }
}

Result<void> await_daemon(pid_t pid, int output, const std::string& operation) {
    if (!ended_in_time(pid)) {
        ::kill(pid, SIGKILL);
        reap(pid);
        return fail(Errc::system, operation, "wireguard-go did not come up in 10 s", ETIMEDOUT);
    }
    if (reap(pid) == 0)
        return {};
    return fail(Errc::system, operation,
                fmt::format("wireguard-go: {}", last_line(beginning_of(output))));
}

} // namespace

Result<void> start_userspace(std::string_view directory, std::string_view name) {
    const std::string operation = fmt::format("start wireguard-go for {}", name);
    if (auto checked = check_device_name(name); !checked)
        return checked;
    const std::string device(name);
    if (if_nametoindex(device.c_str()) != 0)
        return std::unexpected(Error::from_errno(EEXIST, operation));
    await_departure(std::string(directory), name);
    remove_stale_socket(directory, name);
    auto pipe = make_pipe(operation);
    if (!pipe)
        return std::unexpected(std::move(pipe).error());
    const auto pid = spawn(device, pipe->write.get(), operation);
    if (!pid)
        return std::unexpected(pid.error());
    // It leaves its daemon with the socket already open: connections wait there until they are
    // taken.
    if (auto started = await_daemon(*pid, pipe->read.get(), operation); !started)
        return started;
    auto socket = UserspaceSocket::connect(directory, name, operation);
    if (!socket)
        return std::unexpected(std::move(socket).error());
    const auto answer = socket->exchange(userspace_get_request, name);
    return answer ? Result<void>{} : std::unexpected(answer.error());
}

} // namespace wgnl
