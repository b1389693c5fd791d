#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plugin as a file: one symbol comes out, and it brings no user interface into a process."""
import re
import subprocess
import sys


def output_of(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def main(plugin):
    defined = [line.split()[-1] for line in
               output_of("nm", "--dynamic", "--defined-only", plugin).splitlines()]
    assert defined == ["nm_vpn_editor_plugin_factory"], defined
    dynamic = output_of("readelf", "--dynamic", "--wide", plugin)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    assert "libnm.so.0" in needed, needed
    assert not [name for name in needed if re.search(r"gtk|gdk|libnma|systemd", name)], needed
    assert "NODELETE" in dynamic, dynamic


if __name__ == "__main__":
    main(sys.argv[1])
