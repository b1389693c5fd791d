// SPDX-License-Identifier: LGPL-2.1-or-later
// Journal entries by GLib; datagrams to the service manager.
#include "nm/service/journal.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "common/logged_problems.hpp"

namespace wgnl::nm {
namespace {

GLogField field(const char* name, const char* value) { return {name, value, -1}; }

void send(Severity severity, const std::string& text, const std::string& device,
          const char* message_id) {
    static const bool journal = g_log_writer_is_journald(STDERR_FILENO) != 0;
    auto line = printable(text);
    if (!journal) {
        std::fprintf(stderr, "%s\n", line.c_str());
        return;
    }
    const auto priority = std::to_string(adapter::syslog_priority(severity));
    std::vector<GLogField> fields{field("MESSAGE", line.c_str()),
                                  field("PRIORITY", priority.c_str()),
                                  field("SYSLOG_IDENTIFIER", "wgnl-nm")};
    if (!device.empty())
        fields.push_back(field("WGNL_DEVICE", device.c_str()));
    if (message_id != nullptr)
        fields.push_back(field("MESSAGE_ID", message_id));
    g_log_writer_journald(G_LOG_LEVEL_MESSAGE, fields.data(), fields.size(), nullptr);
}

} // namespace

void log(Severity severity, const std::string& text, const std::string& device) {
    send(severity, without_keys(text), device, nullptr);
}

void log(const Problem& problem, const std::string& device, const IsPublic& is_public) {
    send(problem.severity, without_keys(to_string(problem), is_public), device,
         adapter::configuration_problem_id);
}

void tell_manager(const std::string& state) {
    const char* path = ::secure_getenv("NOTIFY_SOCKET");
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path == nullptr || (*path != '/' && *path != '@') ||
        std::strlen(path) >= sizeof address.sun_path)
        return;
    std::memcpy(address.sun_path, path, std::strlen(path));
    if (*path == '@')
        address.sun_path[0] = '\0';
    auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return;
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), length);
}

std::optional<std::uint32_t> watchdog_milliseconds() {
    const std::string_view text(
        ::secure_getenv("WATCHDOG_USEC") == nullptr ? "" : ::secure_getenv("WATCHDOG_USEC"));
    const auto microseconds = whole_number<std::uint64_t>(text).value_or(0);
    if (microseconds < 2000)
        return std::nullopt;
    return static_cast<std::uint32_t>(microseconds / 2000);
}

} // namespace wgnl::nm
