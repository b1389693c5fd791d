# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for polkit on the private bus: says yes to some actions, and keeps what it was asked.

As a program: polkit.py [--hold] ADDRESS ACTION… serves until it is ended; it prints a line per question.
With --hold it answers none before SIGUSR1.
"""
import json
import signal
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.PolicyKit1"
PATH = "/org/freedesktop/PolicyKit1/Authority"


class Authority(dbus.service.Object):
    def __init__(self, bus, allowed, hold):
        super().__init__(bus, PATH)
        self.allowed = allowed
        self.held = [] if hold else None

    @dbus.service.method(NAME + ".Authority", in_signature="(sa{sv})sa{ss}us",
                         out_signature="(bba{ss})", async_callbacks=("answer", "_refuse"))
    def CheckAuthorization(self, subject, action, _details, flags, _cancellation, answer, _refuse):
        question = {"subject": str(subject[1]["name"]), "action": str(action), "flags": int(flags)}
        print(json.dumps(question), flush=True)
        yes = action in self.allowed
        if self.held is not None:
            self.held.append((answer, yes))
        else:
            self.decide(answer, yes)

    @staticmethod
    def decide(answer, yes):
        answer((yes, not yes, dbus.Dictionary({}, "ss")))

    def release(self):
        held, self.held = self.held, None
        for answer, yes in held or []:
            self.decide(answer, yes)
        print("released", flush=True)
        return True


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    hold = sys.argv[1] == "--hold"
    address, *actions = sys.argv[1 + hold:]
    bus = dbus.bus.BusConnection(address)
    authority = Authority(bus, actions, hold)
    bus.request_name(NAME)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGUSR1, authority.release)
    print("ready", flush=True)
    GLib.MainLoop().run()
    del authority


if __name__ == "__main__":
    main()
