# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data in bulk through a tunnel that is edited meanwhile."""

import hashlib
import os
import socket
import subprocess
import sys
import time

import pytest

import lab

MEGABYTES = 32
PORT = 9000
# In the spoke's namespace: says that it listens, then what came through the tunnel.
RECEIVE = f"""
import hashlib, socket
server = socket.create_server(("", {PORT}))
print("listening", flush=True)
line, _ = server.accept()
digest = hashlib.sha256()
while data := line.recv(65536):
    digest.update(data)
print(digest.hexdigest(), flush=True)
"""


@pytest.fixture
def receiver(world):
    """A program behind the first spoke that waits for data."""
    spoke = world.spokes[0]
    process = subprocess.Popen(["ip", "netns", "exec", spoke.netns, sys.executable, "-c", RECEIVE],
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "listening\n"
    yield process
    process.kill()
    process.wait()


@pytest.mark.smoke
def test_every_byte_arrives_while_another_peer_comes(world, receiver):
    data, half = os.urandom(1 << 20), MEGABYTES // 2
    before, begin = world.live(world.spokes[0])["tx"], time.monotonic()
    with socket.create_connection((world.spokes[0].inside, PORT)) as line:
        for number in range(MEGABYTES):
            if number == half:
                world.hub.write(*world.sections(), "[WireGuardPeer]\nAllowedIPs=10.77.9.9/32\n"
                                f"PublicKey={lab.Keys().public}\n")
            line.sendall(data)
    came = receiver.stdout.readline().strip()
    seconds = time.monotonic() - begin

    print(f"{MEGABYTES * 8.389 / seconds:.0f} Mbit/s through the tunnel")
    assert came == hashlib.sha256(data * MEGABYTES).hexdigest()
    assert world.live(world.spokes[0])["tx"] - before > MEGABYTES << 20
    lab.eventually(lambda: len(lab.dump()) == len(world.spokes) + 2, "the other peer came")
