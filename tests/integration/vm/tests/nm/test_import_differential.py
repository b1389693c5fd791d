# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of differences from NetworkManager's own importer, with the libnm of the machine: the
tests of the host have more files, but one version of it.
"""

import ctypes
import re
from pathlib import Path

import pytest

import nm_differences

PLUGIN = next(Path("/usr/lib").glob("*/NetworkManager/libnm-vpn-plugin-wgnl.so"), None)
# What is new or ours in every profile.
ALWAYS = re.compile(r"'(uuid': <'[0-9a-f-]{36}'|autoconnect': <false)>(, )?"
                    r"|, 'user': {'data': <{'org.wgnl.left-out': '[^']*'}>}")
ALL_SETTINGS = 0


class Failure(ctypes.Structure):
    _fields_ = [("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p)]


class Libnm:
    """As much of it as an import needs."""

    def __init__(self):
        self.library = ctypes.CDLL("libnm.so.0")
        self.glib = ctypes.CDLL("libglib-2.0.so.0")
        for name in ("nm_conn_wireguard_import", "nm_vpn_editor_plugin_import",
                     "nm_vpn_editor_plugin_load", "nm_connection_to_dbus"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.glib.g_variant_print.restype = ctypes.c_char_p
        self.plugin = self.call("nm_vpn_editor_plugin_load", str(PLUGIN).encode(), b"import")

    def call(self, name, *arguments):
        """The pointer that it returns; a failure is raised with its text."""
        failure = ctypes.POINTER(Failure)()
        made = getattr(self.library, name)(*arguments, ctypes.byref(failure))
        if not made:
            raise ValueError(failure.contents.message.decode())
        return ctypes.c_void_p(made)

    def settings(self, profile):
        """All of them, secrets included, as text of GVariant."""
        variant = self.library.nm_connection_to_dbus(profile, ALL_SETTINGS)
        text = self.glib.g_variant_print(ctypes.c_void_p(variant), 0).decode()
        return ALWAYS.sub("", text)

    def theirs(self, path):
        return self.settings(self.call("nm_conn_wireguard_import", path))

    def ours(self, path):
        return self.settings(self.call("nm_vpn_editor_plugin_import", self.plugin, path))


@pytest.fixture(scope="module")
def libnm():
    return Libnm()


@pytest.fixture
def read(tmp_path):
    """What an importer makes of a text; None if it refuses."""
    def with_importer(importer, text):
        path = tmp_path / "wgdiff0.conf"
        path.write_text(text)
        try:
            return importer(str(path).encode())
        except ValueError:
            return None
    return with_importer


@pytest.mark.parametrize("name, text, same", list(nm_differences.cases()), ids=nm_differences.names())
def test_a_difference_is_one_here_too(libnm, read, name, text, same):
    ours, theirs = read(libnm.ours, text), read(libnm.theirs, text)
    assert ours != theirs
    if same is not None:
        assert ours == read(libnm.theirs, same)
    else:
        assert ours is None or theirs is None


def test_a_plain_file_is_read_the_same(libnm, read):
    text = nm_differences.peer("AllowedIPs = 10.0.0.0/8\nEndpoint = vpn.example.org:51820\n"
                               f"PresharedKey = {nm_differences.PEERS[2]}")
    ours = read(libnm.ours, text)
    assert ours and ours == read(libnm.theirs, text)
