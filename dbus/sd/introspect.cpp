// SPDX-License-Identifier: LGPL-2.1-or-later
// Introspection without a bus daemon: two connections of this process talk to each other.
#include "introspect.hpp"

#include <cerrno>

#include <sys/socket.h>
#include <systemd/sd-id128.h>

#include "bus.hpp"

namespace wgnl::sd {

namespace {

/// One end of a private connection.
int open_end(BusHandle& bus, int fd, bool server) {
    sd_bus* made = nullptr;
    int result = sd_bus_new(&made);
    bus.reset(made);
    if (result >= 0)
        result = sd_bus_set_fd(made, fd, fd);
    if (result >= 0 && server)
        result = sd_bus_set_server(made, 1, sd_id128_t{});
    return result < 0 ? result : sd_bus_start(made);
}

struct Pair {
    BusHandle server;
    BusHandle client;
};

Result<Pair> open_pair() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return std::unexpected(Error::from_errno(errno, "open a socket pair"));
    Pair pair;
    int result = open_end(pair.server, ends[0], true);
    if (result >= 0)
        result = open_end(pair.client, ends[1], false);
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, "connect to ourselves"));
    return pair;
}

/// Lets both ends work until the answer is there.
void exchange(Pair& pair, const bool& answered) {
    while (!answered) {
        const int served = sd_bus_process(pair.server.get(), nullptr);
        const int read = sd_bus_process(pair.client.get(), nullptr);
        if (served < 0 || read < 0)
            return;
    }
}

} // namespace

Result<std::string> introspect(const char* interface, const sd_bus_vtable* table) {
    auto pair = open_pair();
    if (!pair)
        return std::unexpected(pair.error());
    sd_bus_add_object_vtable(pair->server.get(), nullptr, "/object", interface, table, nullptr);
    std::string xml;
    bool answered = false;
    auto question = method_call(pair->client.get(), nullptr, "/object",
                                "org.freedesktop.DBus.Introspectable", "Introspect");
    if (!question)
        return std::unexpected(question.error());
    const auto pending = call(pair->client.get(), question->get(), [&](sd_bus_message* answer) {
        const char* text = nullptr;
        if (sd_bus_message_read(answer, "s", &text) >= 0)
            xml = text;
        answered = true;
    });
    if (!pending)
        return std::unexpected(pending.error());
    exchange(*pair, answered);
    return xml;
}

} // namespace wgnl::sd
