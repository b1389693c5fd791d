// SPDX-License-Identifier: LGPL-2.1-or-later
// An ended connection is shut down, which libmicrohttpd takes for one that its client has closed.
#include "connections.hpp"

#include <iterator>
#include <memory>

#include <sys/socket.h>

#include "sd/loop.hpp"

namespace wgnl::cli {

void Connections::notify(void* self, MHD_Connection* connection, void** place,
                         MHD_ConnectionNotificationCode what) noexcept {
    auto& connections = *static_cast<Connections*>(self);
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        return connections.opened(connection, place);
    const std::unique_ptr<Place> its(static_cast<Place*>(*place));
    *place = nullptr;
    // It is in either list; a splice of one element takes it out of the one that it is in.
    std::list<Open> closed;
    if (its)
        closed.splice(closed.begin(), (*its)->fd < 0 ? connections.ended_ : connections.open_,
                      *its);
}

void Connections::opened(MHD_Connection* connection, void** place) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!info)
        return;
    if (open_.size() >= most_)
        end_oldest();
    open_.push_back({info->connect_fd, sd::boottime_now() + time_});
    *place = new Place(std::prev(open_.end()));
}

/// It keeps its place, by which its end is told: an iterator lives on in the other list.
void Connections::end_oldest() {
    auto& oldest = open_.front();
    shutdown(oldest.fd, SHUT_RDWR);
    oldest.fd = -1;
    ended_.splice(ended_.end(), open_, open_.begin());
}

void Connections::end_late(Moment now) {
    while (!open_.empty() && open_.front().deadline <= now)
        end_oldest();
}

std::optional<Connections::Moment> Connections::next_deadline() const {
    if (open_.empty())
        return std::nullopt;
    return open_.front().deadline;
}

} // namespace wgnl::cli
