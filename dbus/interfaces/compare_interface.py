#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares a written D-Bus interface with what the daemon introspects to.

Usage: compare_interface.py WGNLD KIND FILE.xml
"""
import difflib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"


def arguments(member, default):
    return [
        "%s %s %s" % (arg.get("direction", default), arg.get("type"), arg.get("name"))
        for arg in member.findall("arg")
    ]


def annotations(member):
    # UNPRIVILEGED is what sd-bus says of every method here: not a promise to clients; the other
    # is for GLib's generator alone.
    return sorted(
        "%s=%s" % (a.get("name"), a.get("value"))
        for a in member.findall("annotation")
        if not a.get("name").startswith(("org.freedesktop.systemd1", "org.gtk.GDBus"))
    )


def lines_of(interface):
    lines = []
    for member in interface:
        if member.tag == "property":
            signature = ["%s %s" % (member.get("type"), member.get("access"))]
        else:
            signature = arguments(member, "out" if member.tag == "signal" else "in")
        head = "%s %s" % (member.tag, member.get("name"))
        lines.append("%s: %s" % (head, "; ".join(signature + annotations(member))))
    return sorted(lines)


def find_interface(tree, name):
    for interface in tree.iter("interface"):
        if interface.get("name") == name:
            return interface
    sys.exit("the daemon does not introspect to %s" % name)


def main():
    daemon, kind, path = sys.argv[1:]
    written = ElementTree.parse(path).getroot().find("interface")
    output = subprocess.run(
        [daemon, "--bus-introspect=" + kind], check=True, capture_output=True, text=True
    ).stdout
    exported = find_interface(ElementTree.fromstring(output), written.get("name"))
    difference = list(
        difflib.unified_diff(
            lines_of(written), lines_of(exported), path, "what the daemon exports", lineterm=""
        )
    )
    print("\n".join(difference))
    sys.exit(1 if difference else 0)


if __name__ == "__main__":
    main()
