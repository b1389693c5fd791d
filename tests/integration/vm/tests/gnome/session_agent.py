# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in a user's session: a display, programs on it, and calls on the bus of accessibility.

One request a line of JSON on standard input, one answer a line on standard output.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from gi.repository import Gio, GLib

CALL_MILLISECONDS = 60000
ROOT = "/org/a11y/atspi/accessible/root"
SHOWING = 1 << 25
# The list of all panels of Settings: long, and of no use here.
UNWANTED = ("Settings categories",)


def start_display(size):
    """An X server without a screen; returns its name as DISPLAY says it."""
    read, write = os.pipe()
    subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24",
                      "-nolisten", "tcp"], pass_fds=[write], stdin=subprocess.DEVNULL,
                     stdout=sys.stderr)
    os.close(write)
    with os.fdopen(read) as ready:
        return ":" + ready.readline().strip()


def without_animations():
    """As a user may ask for. GTK moves a switch at the end of its animation, whose clock may stand
    still on a display without a compositor: then a switch that was pressed does not move."""
    file = Path.home() / ".config/gtk-4.0/settings.ini"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[Settings]\ngtk-enable-animations=false\n")


class Session:
    """What the requests are about; each of its public functions is one."""

    def __init__(self):
        self._accessibility = None

    @staticmethod
    def variable(name):
        """Of the session's environment."""
        return os.environ[name]

    def start_desktop(self, size):
        """A display and a window manager, and the session's services told of them."""
        without_animations()
        os.environ["DISPLAY"] = start_display(size)
        subprocess.run(["dbus-update-activation-environment", "--systemd", "DISPLAY"], check=True,
                       stdout=sys.stderr)
        subprocess.Popen(["openbox"], stdin=subprocess.DEVNULL, stdout=sys.stderr)
        self._accessibility = self._bus_of_accessibility()
        return os.environ["DISPLAY"]

    @staticmethod
    def _bus_of_accessibility():
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress",
                                    None, None, 0, CALL_MILLISECONDS, None).unpack()[0]
        flags = Gio.DBusConnectionFlags
        return Gio.DBusConnection.new_for_address_sync(
            address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)

    def call(self, name, path, interface, member, signature=None, *arguments):
        """The values that a program of the desktop answers."""
        parameters = GLib.Variant(signature, arguments) if signature else None
        return self._accessibility.call_sync(
            name, path, f"org.a11y.atspi.{interface}", member, parameters, None,
            Gio.DBusCallFlags.NONE, CALL_MILLISECONDS, None).unpack()

    def _children(self, name, path):
        return self.call(name, path, "Accessible", "GetChildren")[0]

    def program(self, title):
        """The bus name of the program with that title, or nothing."""
        for name, path in self._children("org.a11y.atspi.Registry", ROOT):
            arguments = ("org.a11y.atspi.Accessible", "Name")
            if self._get(name, path, *arguments) == title:
                return name
        return None

    def _get(self, name, path, interface, member):
        parameters = GLib.Variant("(ss)", (interface, member))
        return self._accessibility.call_sync(
            name, path, "org.freedesktop.DBus.Properties", "Get", parameters, None,
            Gio.DBusCallFlags.NONE, CALL_MILLISECONDS, None).unpack()[0]

    def look(self, name):
        """Every widget of a program. It describes all that were ever asked for in one answer, so
        only those that nobody has asked for yet are asked for one by one."""
        asked = set()
        while True:
            items = self.call(name, "/org/a11y/atspi/cache", "Cache", "GetItems")[0]
            known = Counter(item[2][1] for item in items)
            new = [item[0] for item in items if known[item[0][1]] < item[4] and item[9][0] & SHOWING
                   and item[6] not in UNWANTED and item[0][1] not in asked]
            if not new:
                return items
            for node in new:
                self._ask_below(*node, asked)

    def _ask_below(self, name, path, asked):
        """A widget may go away between two calls; one that says less than it counts is let be."""
        asked.add(path)
        try:
            children = self._children(name, path)
        except GLib.Error:
            children = []
        for child in children:
            self._ask_below(*child, asked)

    def start(self, argv, environment):
        """A program of the user's, which lives on its own; returns its process id."""
        return subprocess.Popen(argv, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                                stdout=sys.stderr).pid

    def run(self, argv):
        """A program of the user's, to its end: status and what it said."""
        done = subprocess.run(argv, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=300)
        return [done.returncode, done.stdout]


def answer(session, request):
    try:
        return {"value": getattr(session, request[0])(*request[1:])}
    except Exception as error:  # whatever it is, the test shall say it
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    session = Session()
    for line in sys.stdin:
        print(json.dumps(answer(session, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
