// SPDX-License-Identifier: LGPL-2.1-or-later
// Journal entries by sd_journal_sendv, or plain lines.
#include "journal.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <wgnl/declaration.hpp>

#include <wgnl/declaration.hpp>

namespace wgnl::sd {

namespace {

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    if (!stream || fstat(STDERR_FILENO, &status) < 0)
        return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::vector<std::string> lines_of(const LogEntry& entry) {
    std::vector<std::string> lines{
        "MESSAGE=" + shown_text(entry),
        fmt::format("PRIORITY={}", static_cast<int>(entry.priority)),
    };
    if (!entry.message_id.empty())
        lines.push_back(fmt::format("MESSAGE_ID={}", entry.message_id));
    for (const auto& [name, value] : entry.fields)
        lines.push_back(fmt::format("{}={}", name, printable(value)));
    return lines;
}

void send_to_journal(const LogEntry& entry) {
    auto lines = lines_of(entry);
    std::vector<iovec> pieces;
    for (auto& line : lines)
        pieces.push_back({line.data(), line.size()});
    sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
}

} // namespace

std::string shown_text(const LogEntry& entry) {
    return printable(without_keys(entry.text, entry.is_public));
}

void log(const LogEntry& entry) {
    static const bool journal = stderr_is_journal();
    if (journal)
        return send_to_journal(entry);
    const auto line = shown_text(entry) + "\n";
    std::fputs(line.c_str(), stderr);
}

} // namespace wgnl::sd
