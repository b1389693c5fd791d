# SPDX-License-Identifier: LGPL-2.1-or-later
"""`wgnl --netns`: devices in two namespaces that have nothing else, sockets in a third."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import DEADLINE, Keys, Namespace

RECORDS = pathlib.Path("/run/wgnl")


def wgnl(*words):
    """Exit status and all that it says."""
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "cli/wgnl"
    done = subprocess.run([program, *[str(word) for word in words]], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
    return done.returncode, done.stdout


class Side:
    """One end of the tunnel; its namespace has a loopback and what wgnl makes."""

    def __init__(self, number, folder, name):
        self.namespace, self.keys, self.name = Namespace(), Keys(), name
        self.port, self.address = 53000 + number, f"10.78.0.{number}"
        self.file = folder / f"side{number}.json"

    def write(self, other):
        peer = {"public_key": other.keys.public, "endpoint": f"127.0.0.1:{other.port}",
                "allowed_ips": [f"{other.address}/32"]}
        self.file.write_text(json.dumps({
            "version": 1, "device": self.name, "mode": "own", "private_key": self.keys.private,
            "listen_port": self.port, "addresses": [f"{self.address}/24"], "peers": [peer]}))
        self.file.chmod(0o600)


@pytest.fixture
def records():
    """What the test leaves there goes."""
    before = set(RECORDS.glob("netns-*"))
    yield
    for folder in set(RECORDS.glob("netns-*")) - before:
        shutil.rmtree(folder)


@pytest.fixture
def birthplace():
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def sides(folder, device, records):
    made = [Side(number, folder, f"{device}{number}") for number in (1, 2)]
    for side, other in zip(made, reversed(made)):
        side.write(other)
    yield made
    for side in made:
        side.namespace.close()


def test_a_tunnel_is_the_only_way_out(sides, birthplace):
    for side in sides:
        status, said = wgnl("--netns", side.namespace.name, "apply", "--sockets-netns",
                            birthplace.name, side.file)
        assert status == 0, said
        assert side.namespace.exists(side.name) and not birthplace.exists(side.name)
    one, two = sides
    one.namespace.ping(two.address, 2)

    status, said = wgnl("show", one.name, "--json", "--netns", f"/run/netns/{one.namespace.name}")
    assert status == 0, said
    shown = json.loads(said)
    assert shown["mode"] == "own" and shown["backend"] == "userspace"
    assert shown["peers"][0]["last_handshake_usec"] > 0
    for side in sides:
        assert wgnl("diff", "--netns", side.namespace.name, side.file)[0] == 0


def test_a_namespace_that_is_not_there_is_said(sides):
    status, said = wgnl("--netns", "wgnl-none", "apply", sides[0].file)
    assert status == 1 and "ip netns list" in said
