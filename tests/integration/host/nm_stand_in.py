# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands in for NetworkManager on a private bus: its objects, its profiles with their secrets.

The real one makes WireGuard devices with the kernel's module alone, which a host may lack; beside
the real one the same program is tested in the machine.
"""
import itertools
import threading

import dbus
import dbus.lowlevel
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

from patience import DEADLINE

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop"
MANAGER = f"{ROOT}/NetworkManager"
PROFILE = f"{NM}.Settings.Connection"
ACTIVE = f"{NM}.Connection.Active"
DEVICE = f"{NM}.Device"
WIREGUARD = f"{NM}.Device.WireGuard"
MANAGED = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
ACTIVATING, ACTIVATED, DEACTIVATING = 1, 2, 3
EXTERNAL = 0x80


class Refusal(dbus.DBusException):
    _dbus_error_name = f"{PROFILE}.PermissionDenied"


class NoSecrets(dbus.DBusException):
    _dbus_error_name = f"{NM}.AgentManager.NoSecrets"


def dictionary(values):
    return dbus.Dictionary(values, signature="sv")


class Exported(dbus.service.Object):
    """Any of its objects; each answers what its interfaces have."""

    def __init__(self, bus, path, stand_in):
        super().__init__(bus, path)
        self.stand_in = stand_in

    @dbus.service.method(MANAGED, out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        if self.stand_in.not_yet > 0:
            self.stand_in.not_yet -= 1
            raise Refusal("nothing to show yet")
        return dbus.Dictionary({dbus.ObjectPath(path): interfaces_of(interfaces)
                                for path, interfaces in self.stand_in.objects.items()},
                               signature="oa{sa{sv}}")

    @dbus.service.method(PROFILE, out_signature="a{sa{sv}}")
    def GetSettings(self):
        return self.stand_in.profile_at(self.__dbus_object_path__).settings()

    @dbus.service.method(PROFILE, in_signature="s", out_signature="a{sa{sv}}")
    def GetSecrets(self, _):
        """Merges what it answers into the profile, as the real one does, and announces that."""
        profile = self.stand_in.profile_at(self.__dbus_object_path__)
        secrets = profile.secrets()
        if profile.meanwhile:
            edit, profile.meanwhile = profile.meanwhile, None
            edit()
            self.Updated()
        if self.stand_in.has_echo:
            self.Updated()
        return secrets

    @dbus.service.method(PROFILE)
    def Delete(self):
        """What nobody here may call."""

    @dbus.service.signal(PROFILE)
    def Updated(self):
        pass

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    @dbus.service.signal(MANAGED, signature="oa{sa{sv}}")
    def InterfacesAdded(self, path, interfaces):
        pass

    @dbus.service.signal(MANAGED, signature="oas")
    def InterfacesRemoved(self, path, interfaces):
        pass


def interfaces_of(interfaces):
    return dbus.Dictionary({name: dictionary(values) for name, values in interfaces.items()},
                           signature="sa{sv}")


class Profile:
    """A native profile; peers are dictionaries by the names of NetworkManager's attributes."""

    numbers = itertools.count(1)

    def __init__(self, device, private_key, *peers):
        number = next(self.numbers)
        self.path = f"{MANAGER}/Settings/{number}"
        self.uuid = f"00000000-0000-4000-8000-{number:012}"
        self.id, self.device, self.type = f"tests {number}", device, "wireguard"
        self.wireguard = {"private-key": private_key}
        self.peers = [dict(peer) for peer in peers]
        self.user, self.ipv4 = {}, {"method": "disabled"}
        self.refuses_secrets = False
        self.agent_is_silent = False
        self.meanwhile = None  # an edit while it is being asked for

    TYPES = {"fwmark": dbus.UInt32, "listen-port": dbus.UInt32, "mtu": dbus.UInt32,
             "private-key-flags": dbus.UInt32, "preshared-key-flags": dbus.UInt32,
             "persistent-keepalive": dbus.UInt32,
             "allowed-ips": lambda words: dbus.Array(words, signature="s")}

    def typed(self, values):
        return dictionary({name: self.TYPES.get(name, lambda same: same)(value)
                           for name, value in values.items()})

    def settings(self):
        peers = [self.typed({name: value for name, value in peer.items()
                             if name != "preshared-key"}) for peer in self.peers]
        wireguard = self.typed({name: value for name, value in self.wireguard.items()
                                if name != "private-key"})
        wireguard["peers"] = dbus.Array(peers, signature="a{sv}")
        made = {"connection": dictionary({"id": self.id, "uuid": self.uuid, "type": self.type,
                                          "interface-name": self.device}),
                self.type: wireguard, "ipv4": dictionary(self.ipv4),
                "ipv6": dictionary({"method": "disabled"})}
        if self.user:
            made["user"] = dictionary({"data": dbus.Dictionary(self.user, signature="ss")})
        return made

    def secrets(self):
        if self.refuses_secrets:
            raise Refusal("Insufficient privileges")
        if self.agent_is_silent:  # as 1.52 answers where an agent would have to, for all of them
            raise NoSecrets("No agents were available for this request.")
        secrets = {"peers": dbus.Array(
            [self.typed({name: value for name, value in peer.items()
                         if name in ("public-key", "preshared-key")}) for peer in self.peers],
            signature="a{sv}")}
        if self.wireguard.get("private-key"):
            secrets["private-key"] = self.wireguard["private-key"]
        return {"wireguard": dictionary(secrets)}


class StandIn:
    """Owns NetworkManager's name from start() to stop(); what it knows outlives that."""

    def __init__(self, address):
        self.address, self.profiles = address, {}
        self.objects = {MANAGER: {NM: {"Startup": False}}}
        self.not_yet = 0  # how often it refuses to show them
        self.has_echo = True
        self.numbers = itertools.count(1)
        self.bus, self.exported = None, {}
        self.loop = GLib.MainLoop()
        self.thread = threading.Thread(target=self.loop.run, daemon=True)
        self.thread.start()

    def inside(self, action):
        """Runs it in the thread that serves the bus."""
        done, result = threading.Event(), []

        def once():
            try:
                result.append((True, action()))
            except Exception as error:  # pylint: disable=broad-except
                result.append((False, error))
            done.set()
            return False
        GLib.idle_add(once)
        assert done.wait(DEADLINE)
        good, value = result[0]
        if not good:
            raise value
        return value

    def start(self):
        self.inside(self._start)

    def _start(self):
        self.bus = dbus.bus.BusConnection(self.address, mainloop=DBusGMainLoop())
        for path in [ROOT, *self.objects, *self.profiles]:
            self._export(path)
        self.name = dbus.service.BusName(NM, self.bus)

    def _export(self, path):
        if self.bus and path not in self.exported:
            self.exported[path] = Exported(self.bus, path, self)

    def stop(self):
        self.inside(self._stop)

    def _stop(self):
        for exported in self.exported.values():
            exported.remove_from_connection()
        del self.name  # gives it back
        self.bus.close()
        self.bus, self.exported = None, {}

    def close(self):
        if self.bus:
            self.stop()
        self.loop.quit()
        self.thread.join(DEADLINE)

    def profile_at(self, path):
        return self.profiles[path]

    def add(self, profile):
        def act():
            self.profiles[profile.path] = profile
            self._export(profile.path)
        self.inside(act)
        return profile

    def edited(self, profile):
        self.inside(lambda: self.bus and self.exported[profile.path].Updated())

    def change(self, path, interface, **properties):
        def act():
            self.objects[path][interface].update(properties)
            if self.bus:
                self.exported[path].PropertiesChanged(
                    interface, dictionary(properties), dbus.Array([], signature="s"))
        self.inside(act)

    def appear(self, path, interfaces):
        def act():
            self.objects[path] = interfaces
            self._export(path)
            if self.bus:
                self.exported[ROOT].InterfacesAdded(path, interfaces_of(interfaces))
        self.inside(act)

    def vanish(self, path):
        def act():
            names = list(self.objects.pop(path))
            if self.bus:
                self.exported.pop(path).remove_from_connection()
                self.exported[ROOT].InterfacesRemoved(path, dbus.Array(names, signature="s"))
        self.inside(act)

    def babble(self):
        """Signals of the right names that hold anything."""
        def act():
            for path, interface, member, *values in (
                    (ROOT, MANAGED, "InterfacesAdded"), (ROOT, MANAGED, "InterfacesAdded", "x", 1),
                    (ROOT, MANAGED, "InterfacesRemoved", dbus.ObjectPath("/x")),
                    (ROOT, MANAGED, "Unheard", 3), (MANAGER, PROPERTIES, "PropertiesChanged", NM),
                    (MANAGER, PROPERTIES, "PropertiesChanged", NM, "x", 2)):
                message = dbus.lowlevel.SignalMessage(path, interface, member)
                message.append(*values)
                self.bus.send_message(message)
        self.inside(act)

    def device(self, name, fwmark=0):
        """The object of a device; the device itself is somebody else's."""
        path = f"{MANAGER}/Devices/{next(self.numbers)}"
        self.appear(path, {DEVICE: {"Interface": name},
                           WIREGUARD: {"FwMark": dbus.UInt32(fwmark),
                                       "ListenPort": dbus.UInt16(0)}})
        return path

    def activate(self, profile, device, state=ACTIVATED, flags=0):
        """A new active connection of the profile on this device's object."""
        path = f"{MANAGER}/ActiveConnection/{next(self.numbers)}"
        self.appear(path, {ACTIVE: {
            "Connection": dbus.ObjectPath(profile.path), "Type": profile.type,
            "State": dbus.UInt32(state), "StateFlags": dbus.UInt32(flags),
            "Devices": dbus.Array([dbus.ObjectPath(device)], signature="o")}})
        return path

    def set_state(self, active, state):
        self.change(active, ACTIVE, State=dbus.UInt32(state))

    def start_up(self, starting):
        self.change(MANAGER, NM, Startup=starting)
