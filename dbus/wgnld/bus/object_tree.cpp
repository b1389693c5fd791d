// SPDX-License-Identifier: LGPL-2.1-or-later
// One object after the other, as long as nothing is announced meanwhile.
#include "object_tree.hpp"

#include <algorithm>

#include "answers/bus_errors.hpp"
#include "objects.hpp"
#include "sd/bus_names.hpp"

namespace wgnl::daemon {

namespace {

/// One object with its one interface.
int append_object(sd_bus_message* reply, const std::string& path, const char* interface,
                  const Target& target) {
    int result = sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}");
    if (result >= 0)
        result = sd_bus_message_append(reply, "o", path.c_str());
    if (result >= 0)
        result = sd_bus_message_open_container(reply, 'a', "{sa{sv}}");
    if (result >= 0)
        result = sd_bus_message_open_container(reply, 'e', "sa{sv}");
    if (result >= 0)
        result = sd_bus_message_append(reply, "s", interface);
    if (result >= 0)
        result = append_all(reply, target);
    for (int open = 3; result >= 0 && open > 0; --open)
        result = sd_bus_message_close_container(reply);
    return result;
}

} // namespace

int ObjectTree::begin() {
    ++attempts_;
    announced_ = service_.announcements().count();
    names_.clear();
    next_ = 0;
    for (const auto& listed : service_.listing().objects())
        names_.push_back({listed.device->name(),
                          listed.peer ? std::optional(listed.peer->key()) : std::nullopt});
    sd_bus_message* made = nullptr;
    const int result = sd_bus_message_new_method_return(message_.get(), &made);
    reply_.reset(made);
    return result < 0 ? result : sd_bus_message_open_container(made, 'a', "{oa{sa{sv}}}");
}

/// What is gone meanwhile was announced.
int ObjectTree::write_one(const Name& name) {
    const auto* device = service_.manager().find(name.device);
    const Target target{&service_, device,
                        device && name.peer ? device->peers().find(*name.peer) : nullptr};
    if (!device || (name.peer && !target.peer))
        return 0;
    return name.peer ? append_object(reply_.get(), path_of(name.device, *name.peer), peer_interface,
                                     target)
                     : append_object(reply_.get(), path_of(name.device), device_interface, target);
}

int ObjectTree::write(std::size_t objects) {
    const auto end = next_ + std::min(objects, names_.size() - next_);
    int result = 0;
    while (result >= 0 && next_ < end)
        result = write_one(names_[next_++]);
    return result;
}

int ObjectTree::write_some() {
    int result = 0;
    if (!reply_ || (announced_ != service_.announcements().count() && attempts_ < most_attempts))
        result = begin();
    if (result >= 0)
        result = write(attempts_ < most_attempts ? piece : SIZE_MAX);
    if (result < 0 || !is_whole())
        return result;
    result = sd_bus_message_close_container(reply_.get());
    return result < 0 ? result : sd_bus_send(nullptr, reply_.get(), nullptr);
}

bool ObjectTree::go_on() {
    const auto asking = service_.access().asked_by(message_.get());
    const int result = write_some();
    if (result < 0)
        reply_error(message_.get(), kernel_error,
                    Error::from_errno(-result, "list the objects").to_string());
    return result < 0 || is_whole();
}

} // namespace wgnl::daemon
