# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion in the shells themselves: names are offered as they are, and none is ever run."""
import os
import pty
import select
import shutil
import subprocess
import threading

import dbus
import pytest

from command import wgnl
from conftest import DEADLINE, TOP, Keys
from test_wgnld import Tunnel, own

COMPLETION = TOP / "cli/completion"
# By the letter that is typed before the tabulator key. What would run leaves a file behind.
NAMES = {"a": "a$(touch owned)", "b": "b`touch owned`", "c": "c;touch owned", "d": "d e\'f\"g", "h": "h*?[a]",
         "i": "i\\j", "k": "k{l,m}~", "n": "n&touch owned", "o": "o|touch owned", "q": "q>owned", "s": "s#!t"}
# The command, for whoever completes: it lists these names; all else that it is told goes to a pipe.
STAND_IN = """#!/bin/sh
case $1 in
list) cat "$PLACE/names" ;;
*) printf '%s\\n' "$#" "$@" >"$PLACE/told" ;;
esac
"""
SHELLS = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], f". {COMPLETION}/wgnl.bash"),
    "zsh": (["zsh", "-f", "-i"], f"fpath=({COMPLETION} $fpath); autoload -Uz compinit; compinit -u -D"),
}


@pytest.fixture
def place(tmp_path):
    """A folder with the stand-in and its names."""
    (tmp_path / "wgnl").write_text(STAND_IN)
    (tmp_path / "wgnl").chmod(0o755)
    (tmp_path / "names").write_text("wg0\n" + "".join(f"{name}\n" for name in NAMES.values()))
    (tmp_path / "work").mkdir()
    os.mkfifo(tmp_path / "told")
    return tmp_path


def environment(place):
    return {**os.environ, "PATH": f"{place}:{os.environ['PATH']}", "PLACE": str(place), "HOME": str(place),
            "TERM": "dumb", "LC_ALL": "C.UTF-8"}


class Shell:
    """One on a terminal, and what it tells the stand-in."""

    def __init__(self, place, command):
        self.told = os.open(place / "told", os.O_RDWR | os.O_CLOEXEC)
        self.terminal, inner = pty.openpty()
        self.process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, cwd=place / "work",
                                        env=environment(place), start_new_session=True)
        os.close(inner)
        self.screen = b""
        threading.Thread(target=self.show, daemon=True).start()

    def show(self):
        try:
            while shown := os.read(self.terminal, 4096):
                self.screen += shown
        except OSError:
            pass  # it has ended

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line(self):
        read = b""
        while not read.endswith(b"\n"):
            assert select.select([self.told], [], [], DEADLINE)[0], self.screen.decode(errors="replace")
            read += os.read(self.told, 1)
        return read[:-1].decode()

    def words(self):
        """Of the next command."""
        return [self.line() for _ in range(int(self.line()))]

    def close(self):
        self.process.kill()  # one that somebody types into does not end when asked to
        self.process.wait(DEADLINE)
        os.close(self.terminal)
        os.close(self.told)


@pytest.fixture(params=SHELLS)
def shell(request, place):
    command, set_up = SHELLS[request.param]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    made = Shell(place, command)
    made.type(f"{set_up}\nwgnl ready\n")
    assert made.words() == ["ready"]
    yield made
    made.close()


@pytest.mark.parametrize("before", [["wait", "wg0", "--peer"], ["status"]], ids=["peer", "device"])
def test_a_name_is_typed_as_it_is(shell, place, before):
    for letter, name in NAMES.items():
        shell.type(f"wgnl {' '.join(before)} {letter}\t\n")
        assert shell.words() == [*before, name], shell.screen.decode(errors="replace")
    assert not list((place / "work").iterdir())


@pytest.mark.parametrize("before", ["wait wg0 --peer", "status"], ids=["peer", "device"])
def test_fish_types_a_name_as_it_is(place, before):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    script = f"""source {COMPLETION}/wgnl.fish
        for word in (complete --escape --do-complete 'wgnl {before} ' | string split -f 1 \\t)
            eval printf "'%s\\n'" $word
        end"""
    done = subprocess.run(["fish", "--no-config", "-c", script], env=environment(place), cwd=place / "work",
                          text=True, check=True, capture_output=True, timeout=DEADLINE)
    assert set(NAMES.values()) <= set(done.stdout.splitlines()), done
    assert not list((place / "work").iterdir())


def test_a_name_that_cannot_be_typed_is_left_out(bus, wgnld, there, device):
    tunnel = Tunnel(wgnld, there, device)
    option, plain = Keys(), Keys()
    tunnel.declare({"public_key": option.public, "name": "-x", "allowed_ips": []},
                   {"public_key": plain.public, "name": "a b $(id)", "allowed_ips": []})
    assert set(wgnl(bus, "list", device).stdout.splitlines()) == {"far", option.public, "a b $(id)"}


def test_a_device_is_given_no_name_that_a_shell_would_run(wgnld):
    with pytest.raises(dbus.DBusException, match="which shells do not take for a letter"):
        wgnld.root.declare(own("wg$(id)", Keys(), []))
