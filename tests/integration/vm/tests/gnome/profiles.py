# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager's profiles as it keeps them, and files to import."""

from collections import namedtuple
from pathlib import Path

import lab

Profile = namedtuple("Profile", "uuid type file name")


def profiles():
    """All but the loopback's, by nmcli as root."""
    said = lab.run("nmcli", "--terse", "--escape", "no", "--fields", "UUID,TYPE,FILENAME,NAME",
                   "connection", "show")
    rows = [Profile(*line.split(":", 3)) for line in said.splitlines()]
    return [row for row in rows if row.type != "loopback"]


def delete_all():
    """Whatever a test before has left."""
    for one in profiles():
        lab.run("nmcli", "connection", "delete", one.uuid)


def profile(name):
    """The one with that name."""
    (found,) = [one for one in profiles() if one.name == name]
    return found


def lines(name):
    """What NetworkManager has stored of a profile."""
    return Path(profile(name).file).read_text().splitlines()


def meaning(name):
    """All of it but for what tells a profile from its twin, and for the importer's note of what it
    left out: a file that is written from the profile has no such lines."""
    notes = ("uuid=", "timestamp=", "[user]", "org.wgnl.left-out=")
    return [line for line in lines(name) if line and not line.startswith(notes)]


def value(name, key):
    """One value of a stored profile."""
    return next(line.split("=", 1)[1] for line in lines(name) if line.startswith(f"{key}="))


def quick_file(keys, spoke, keepalive=25):
    """A file of wg-quick for this machine, with one peer."""
    return ("# Office\n[Interface]\n"
            f"PrivateKey = {keys.private}\nAddress = 10.77.0.1/16\nListenPort = 51820\n"
            "PostUp = echo this is not for NetworkManager\n\n[Peer]\n"
            f"PublicKey = {spoke.keys.public}\nPresharedKey = {spoke.psk}\n"
            f"AllowedIPs = {spoke.inside}/32\nEndpoint = {spoke.outside}:51820\n"
            f"PersistentKeepalive = {keepalive}\n")
