# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plan of the house: parts, the rooms in them, and what may use what. `script/lint-laws` holds the
tree to it, `script/house` measures by it."""

import os
import re
from pathlib import Path

# Part of the tree -> parts whose headers it may include: an arrow only points down.
PARTS = {
    "base": set(),
    "libwgnl": {"base"},
    "dbus/sd": {"base", "libwgnl"},
    "dbus/wgnld": {"base", "libwgnl", "dbus/sd"},
    "dbus/resolve": {"base", "libwgnl", "dbus/sd"},
    "plugins/common": {"libwgnl"},
    "plugins/networkd": {"base", "libwgnl", "dbus/sd", "plugins/common"},
    "plugins/nm": {"base", "libwgnl", "plugins/common"},
    "cli": {"base", "libwgnl", "dbus/sd"},
}
# Part -> single headers of parts which it may not use as a whole: what of libwgnl has nothing to do
# with WireGuard; what of the kit for sd-bus knows no bus, for an adapter that speaks GDBus.
SINGLE = {
    "base": {"wgnl/error.hpp", "wgnl/key.hpp", "wgnl/secret_text.hpp"},
    "plugins/nm": {"sd/journal.hpp"},
}
# A program joins features that know nothing of one another.
PROGRAMS = {"cli/main.cpp": {"plugins/networkd"}, "cli/netdev_reader.cpp": {"plugins/networkd"}}

# Folder with rooms -> its rooms, from the ground up: a room may use those before it. "." is what lies
# in the folder itself, on top of them.
ROOMS = {
    "libwgnl/src": ["values", "json", "declaration", "record", "wgquick", "peerlist", "plan", "codec",
                    "netlink", "links", "userspace", "client", "handshake", "reconcile", "."],
    "dbus/wgnld": ["model", "handshake", "endpoints", "host", "worker", "control", "answers", "bus",
                   "."],
    "plugins/networkd": ["files", "match", "lists", "network", "netdev", "systemd", "service", "."],
    "plugins/nm": ["profile", "service", "helper", "import", "."],
    "cli": ["terminal", "formats", "source", "output", "metrics", "verbs", "."],
}
# Public header of libwgnl -> the room that keeps its promises.
PUBLIC = {
    "address": "values", "addressing": "client", "amnezia": "wgquick", "client": "client",
    "declaration": "declaration", "device": "values", "devices": "client", "error": "values",
    "handshake_socket": "handshake", "key": "values", "link_monitor": "links", "links": "client",
    "network_namespace": "netlink", "peer_list": "peerlist", "plan": "plan",
    "reconcile": "reconcile", "record": "record", "route": "values", "secret_text": "values", "slips": "values", "state": "values",
    "text": "values", "wg_quick": "wgquick",
}
# First folder of an include -> the part that it means.
PREFIXES = {"base/": "base", "sd/": "dbus/sd", "wgnld/": "dbus/wgnld", "common/": "plugins/common",
            "networkd/": "plugins/networkd", "nm/": "plugins/nm"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(lines):
    """Each include as (number of the line, '<' or '"', target)."""
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if found:
            yield number, *found.groups()


def part_of(path):
    """The part of the tree that a path lies in, or None."""
    return next((part for part in PARTS if path.startswith(part + "/")), None)


def beside(path, target):
    """The path that an include means if it is meant from the folder of the file."""
    return os.path.normpath(Path(path).parent / target)


def included_part(path, kind, target):
    """The part whose header `target` is, as seen from the file at `path`."""
    if target in SINGLE.get(part_of(path), ()):
        return part_of(path)
    if target.startswith("wgnl/"):
        return "libwgnl"
    named = next((part for prefix, part in PREFIXES.items() if target.startswith(prefix)), None)
    return named if named or kind != '"' else part_of(beside(path, target))


def house_of(path):
    """The folder with rooms that a source file lies in, or None; tests may use every room."""
    if "/tests/" in path or "/fuzz/" in path:
        return None
    return next((house for house in ROOMS if path.startswith(house + "/")), None)


def room_of(house, path):
    """The room of a path in a house, "." for none."""
    room, slash, _ = path[len(house) + 1:].partition("/")
    return room if slash else "."


def included_room(house, path, kind, target):
    """The room of the same house whose header `target` is, or None; "?" is that of a public header
    which PUBLIC does not have."""
    if house == "libwgnl/src" and target.startswith("wgnl/"):
        return PUBLIC.get(target[len("wgnl/"):].removesuffix(".hpp"), "?")
    if kind != '"':
        return None
    if Path(beside(path, target)).is_file():
        return room_of(house, beside(path, target))
    prefix = next((prefix for prefix, part in PREFIXES.items() if part == house), "")
    inside = f"{house}/{target.removeprefix(prefix)}"
    return room_of(house, inside) if Path(inside).is_file() else None


def arrows(path, lines):
    """Each step out of a room: (number of the line, house, from, to, target)."""
    house = house_of(path)
    if house is None:
        return
    room = room_of(house, path)
    for number, kind, target in includes(lines):
        other = included_room(house, path, kind, target)
        if other is not None and other != room:
            yield number, house, room, other, target


def goes_up(house, room, other):
    """Whether a step from one room to another breaks the order; unknown rooms do."""
    order = ROOMS[house]
    return room not in order or other not in order or order.index(other) > order.index(room)
