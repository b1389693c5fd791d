// SPDX-License-Identifier: LGPL-2.1-or-later
// Owning pointers for libsystemd's reference-counted objects.
#pragma once

#include <memory>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

namespace wgnl::sd {

template <auto release> struct Releaser {
    template <typename T> void operator()(T* object) const noexcept { release(object); }
};
template <typename T, auto release> using Handle = std::unique_ptr<T, Releaser<release>>;

using BusHandle = Handle<sd_bus, sd_bus_flush_close_unref>;
using CredsHandle = Handle<sd_bus_creds, sd_bus_creds_unref>;
using EventHandle = Handle<sd_event, sd_event_unref>;
using MessageHandle = Handle<sd_bus_message, sd_bus_message_unref>;
using SlotHandle = Handle<sd_bus_slot, sd_bus_slot_unref>;
using SourceHandle = Handle<sd_event_source, sd_event_source_disable_unref>;
using TrackHandle = Handle<sd_bus_track, sd_bus_track_unref>;
static_assert(sizeof(BusHandle) == sizeof(void*));

} // namespace wgnl::sd
