# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for polkit on the private bus: says yes to some actions, and keeps what it was asked.

As a program: polkit.py ADDRESS ACTION… serves until it is ended; it prints a line per question.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.PolicyKit1"
PATH = "/org/freedesktop/PolicyKit1/Authority"


class Authority(dbus.service.Object):
    def __init__(self, bus, allowed):
        super().__init__(bus, PATH)
        self.allowed = allowed

    @dbus.service.method(NAME + ".Authority", in_signature="(sa{sv})sa{ss}us",
                         out_signature="(bba{ss})")
    def CheckAuthorization(self, subject, action, _details, flags, _cancellation):
        question = {"subject": str(subject[1]["name"]), "action": str(action), "flags": int(flags)}
        print(json.dumps(question), flush=True)
        return action in self.allowed, action not in self.allowed, dbus.Dictionary({}, "ss")


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(sys.argv[1])
    authority = Authority(bus, sys.argv[2:])
    bus.request_name(NAME)
    print("ready", flush=True)
    GLib.MainLoop().run()
    del authority


if __name__ == "__main__":
    main()
