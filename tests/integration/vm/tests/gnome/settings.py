# SPDX-License-Identifier: LGPL-2.1-or-later
"""GNOME Settings' network panel, as its user works with it."""

import re
import time

import lab
from desktop import DEADLINE, PAUSE

PROGRAM = "gnome-control-center"
# No portal: it draws its own file chooser. No graphics processor: cairo draws.
ENVIRONMENT = {"GSK_RENDERER": "cairo", "GDK_BACKEND": "x11", "GTK_A11Y": "atspi",
               "GDK_DEBUG": "no-portals"}
OUR_ROW = "WireGuard file…"
GNOMES_ROW = "WireGuard"
IMPORT_ROW = "Import from file…"
# A switch that has not moved by then was replaced by another while it was pressed.
AGAIN_SECONDS = lab.DEADLINE / 10


class Settings:
    """The window of GNOME Settings on a desktop, at its network panel."""

    def __init__(self, desktop):
        self.desktop = desktop
        desktop.start(PROGRAM, "network", **ENVIRONMENT)
        desktop.find("button", "Add VPN")

    def gone(self, role, name):
        """Waits until there is no such widget any more."""
        lab.eventually(lambda: not self.desktop.look().find(role, name), f"{role} {name} is gone",
                       DEADLINE)

    def add_vpn(self):
        """Opens the list of ways to add a VPN; returns its window."""
        self.desktop.press(self.desktop.find("button", "Add VPN"))
        window = self.desktop.find("frame", "Add VPN")
        self.desktop.find("list item", IMPORT_ROW, below=window)
        return window

    def way(self, name):
        """Opens the list and takes one of the ways: rows have no action, the mouse takes them."""
        window = self.add_vpn()
        self.desktop.click(self.desktop.find("list item", name, below=window))

    def choose(self, file):
        """In the file chooser: takes that file of the user's home."""
        chooser = self.desktop.find("dialog", "Select file to import")
        self._select("table row", re.compile("^" + re.escape(file.name)), chooser)
        self.desktop.picture(f"chooser {file.name}")
        self.desktop.press(self.desktop.find("button", "Open", below=chooser))

    def save_import(self):
        """The editor of what was imported: takes it as it is."""
        self.desktop.find("page tab", "WireGuard")
        self.page("WireGuard")
        self.desktop.picture("imported, before Add")
        self.desktop.press(self.desktop.find("button", "Add"))
        self.gone("frame", "Add VPN")

    def import_file(self, way, file):
        """From the list of ways to a saved profile."""
        self.way(way)
        self.choose(file)
        self.save_import()
        name = file.name.removesuffix(".conf")
        self.desktop.find("check box", name)
        self.desktop.picture(f"listed {name}")

    def page(self, name):
        """Turns an editor to a page."""
        self._select("page tab", name)

    def _select(self, role, name, below=None):
        """Clicks something until it is selected: the first click may come before it listens."""
        def selected():
            found = self.desktop.find(role, name, below=below)
            if "selected" in found.states:
                return True
            self.desktop.click(found)
            return False
        lab.eventually(selected, f"{role} {name} is selected", DEADLINE)

    def switch(self, name, on, done):
        """Moves the switch of a profile, as often as it takes until that came of it: Settings makes
        its rows anew now and then. A press on the one before is lost, and a new one may not show yet
        what is."""
        def is_so():
            return ("checked" in self.desktop.find("check box", name).states) == on

        def pass_while(condition):
            again = time.monotonic() + AGAIN_SECONDS
            while time.monotonic() < again and condition():
                time.sleep(PAUSE)
        end = time.monotonic() + DEADLINE
        while not done():
            assert time.monotonic() < end, f"the switch of {name} does not work"
            if not is_so():
                self.desktop.press(self.desktop.find("check box", name))
                pass_while(lambda: not is_so())
            pass_while(lambda: is_so() and not done())

    def options(self, name):
        """Opens the editor of a profile; returns its window."""
        row = self.desktop.find("list item", name)
        self.desktop.press(self.desktop.find("button", "VPN Options", below=row))
        return self.desktop.find("frame", name)

    def set_keepalive(self, seconds):
        """On the editor's page WireGuard, in the options of the only peer. They come up in a
        window of their own, without actions."""
        self.page("WireGuard")
        self.desktop.click(self.desktop.find("toggle button", re.compile("^Options")))
        field = self.desktop.find("spin button", "Persistent keepalive")
        self.desktop.picture("options of the peer")
        self.desktop.click(field, 0.2)
        self.desktop.key("ctrl+a")
        self.desktop.type(str(seconds))
        self.desktop.key("Tab")
        self.desktop.picture("another keepalive")
        seen = self.desktop.look()
        self.desktop.click(max(seen.find("button", "Apply"), key=seen.depth))
        self.gone("spin button", "Persistent keepalive")

    def apply(self, window):
        """Stores what the editor has."""
        def sensitive():
            buttons = self.desktop.look().find("button", "Apply", below=window)
            return next((one for one in buttons if "sensitive" in one.states), None)
        self.desktop.press(lab.eventually(sensitive, "Apply can be pressed", DEADLINE))
        self.gone("frame", window.name)

    def remove(self, name):
        """Deletes a profile."""
        window = self.options(name)
        self.page("Details")
        self.desktop.press(self.desktop.find("button", re.compile("^Remove VPN"), below=window))
        self.desktop.press(self.desktop.find("button", "Forget", below=window))
        self.gone("check box", name)
