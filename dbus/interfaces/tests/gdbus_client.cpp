// SPDX-License-Identifier: LGPL-2.1-or-later
// A client by GLib's generated proxies: what a program of somebody else would do with a device.
// Usage: gdbus-client DEVICE PEER. Prints what it reads, and ends with the peer's next handshake.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <sys/stat.h>

#include "wgnl_proxies.h"

namespace {

constexpr const char* bus_name = "org.wgnl.WireGuard1";

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <typename T> using Proxy = std::unique_ptr<T, Unref>;

struct Free {
    void operator()(char* text) const { g_free(text); }
};
using Text = std::unique_ptr<char, Free>;

/// Ends the program, with the error's name on the bus.
void stop_if(GError* error, const char* what) {
    if (!error)
        return;
    const Text name(g_dbus_error_get_remote_error(error));
    std::printf("%s: %s\n", what, name ? name.get() : error->message);
    std::exit(1);
}

template <typename T, typename Make> Proxy<T> proxy(Make make, const char* path) {
    GError* error = nullptr;
    Proxy<T> made(
        make(G_BUS_TYPE_SYSTEM, G_DBUS_PROXY_FLAGS_NONE, bus_name, path, nullptr, &error));
    stop_if(error, path);
    return made;
}

Text device_path(const char* name) {
    const auto manager =
        proxy<WgnlManager>(wgnl_manager_proxy_new_for_bus_sync, "/org/wgnl/WireGuard1");
    std::printf("version %s\n", wgnl_manager_get_version(manager.get()));
    GError* error = nullptr;
    char* path = nullptr;
    wgnl_manager_call_get_device_sync(manager.get(), name, &path, nullptr, &error);
    stop_if(error, "GetDevice");
    return Text(path);
}

Text peer_path(WgnlDevice* device, const char* peer) {
    GError* error = nullptr;
    char* path = nullptr;
    wgnl_device_call_get_peer_sync(device, peer, &path, nullptr, &error);
    stop_if(error, "GetPeer");
    return Text(path);
}

void show_snapshot(WgnlDevice* device) {
    GError* error = nullptr;
    GVariant* handle = nullptr;
    GUnixFDList* descriptors = nullptr;
    wgnl_device_call_snapshot_sync(device, nullptr, &handle, &descriptors, nullptr, &error);
    stop_if(error, "Snapshot");
    const int fd = g_unix_fd_list_get(descriptors, g_variant_get_handle(handle), nullptr);
    struct stat status{};
    fstat(fd, &status);
    std::printf("snapshot %s\n", status.st_size > 0 ? "there" : "empty");
    g_variant_unref(handle);
    g_object_unref(descriptors);
    close(fd);
}

void on_handshake(WgnlPeer*, guint64 when, void* loop) {
    std::printf("handshake %s\n", when > 0 ? "there" : "missing");
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3)
        return 2;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const auto path = device_path(argv[1]);
    const auto device = proxy<WgnlDevice>(wgnl_device_proxy_new_for_bus_sync, path.get());
    std::printf("state %s, %u peer\n", wgnl_device_get_state(device.get()),
                wgnl_device_get_peer_count(device.get()));
    show_snapshot(device.get());
    const auto its_path = peer_path(device.get(), argv[2]);
    const auto peer = proxy<WgnlPeer>(wgnl_peer_proxy_new_for_bus_sync, its_path.get());
    std::printf("allowed %s\n", wgnl_peer_get_allowed_ips(peer.get())[0]);
    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    g_signal_connect(peer.get(), "handshake-completed", G_CALLBACK(on_handshake), loop);
    std::printf("listening\n");
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
}
