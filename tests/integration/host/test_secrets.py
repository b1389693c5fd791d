# SPDX-License-Identifier: LGPL-2.1-or-later
"""No secret survives: the memory of a process holds no key any more when it has done its work."""
import json
import os
import pathlib
import subprocess

import pytest

import memory
from conftest import DEADLINE, Keys, run

BUILD = pathlib.Path(os.environ["WGNL_BUILD"])
pytestmark = pytest.mark.skipif("ASAN_OPTIONS" in os.environ,
                                reason="a sanitizer keeps copies of what lies on the stack")
PEERS = 40  # enough for vectors to grow, and for more than one buffer


@pytest.fixture
def secrets():
    """Keys by name: the device's own, and the preshared key of each peer."""
    keys = {"private key": run("wg", "genkey")}
    keys.update({f"preshared key {number}": run("wg", "genpsk") for number in range(PEERS)})
    return keys


@pytest.fixture
def files(here, device, folder, secrets):
    """Files, by form, that declare one device which somebody else runs."""
    here.wireguard(device, Keys())
    peers = [{"public_key": Keys().public, "preshared_key": secrets[f"preshared key {number}"],
              "allowed_ips": [f"10.0.{number}.0/24"]} for number in range(PEERS)]
    document = {"version": 1, "device": device, "private_key": secrets["private key"],
                "peers": peers}
    sections = [f"[Peer]\nPublicKey = {peer['public_key']}\nAllowedIPs = {peer['allowed_ips'][0]}\n"
                f"PresharedKey = {peer['preshared_key']}\n" for peer in peers]
    json_file, configuration = folder / "declaration.json", folder / f"{device}.conf"
    json_file.write_text(json.dumps(document))
    configuration.write_text(f"[Interface]\nPrivateKey = {secrets['private key']}\n"
                             + "".join(sections))
    return {"json": json_file, "document": json_file, "configuration": configuration}


class Waiting:
    """The program that applies, lets go, and waits."""

    def __init__(self, here, folder, *words):
        program = BUILD / "libwgnl/tests/secrets/apply-and-wait"
        form, path, *more = words
        self.process = subprocess.Popen(
            here.command(program, form, path, folder / "store", *more), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "applied\n"

    def core(self, folder):
        run("gcore", "-a", "-o", folder / "core", self.process.pid)
        path = folder / f"core.{self.process.pid}"
        return memory.of_core(path)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(DEADLINE) == 0


def test_a_key_that_is_kept_is_found(here, folder, files, secrets):
    waiting = Waiting(here, folder, "json", files["json"], "keep")

    for found in (memory.traces(waiting.core(folder), secrets),
                  memory.traces(memory.of_process(waiting.process.pid), secrets)):
        assert any("private key: first half, raw" in trace for trace in found)
        assert any("private key: second half, raw" in trace for trace in found)
        assert not any("preshared" in trace for trace in found)
    waiting.close()


@pytest.mark.parametrize("form", ["json", "document", "configuration"])
def test_nothing_is_left_of_the_keys_that_the_library_applied(here, folder, files, secrets, form):
    waiting = Waiting(here, folder, form, files[form])

    assert memory.traces(waiting.core(folder), secrets) == []
    waiting.close()


@pytest.mark.parametrize("verb", ["apply", "diff"])
def test_nothing_is_left_of_them_when_the_command_ends(here, folder, files, secrets, device, verb):
    records = folder / "records"
    records.mkdir()
    own_records = f"mkdir -p /run/wgnl && mount --bind {records} /run/wgnl && exec \"$@\""
    status, blocks = memory.at_the_end(
        here.command("sh", "-c", own_records, "sh", BUILD / "cli/wgnl", verb, files["json"]))

    assert status == (0 if verb == "apply" else 3)
    assert len(blocks) > 10
    taken = secrets["private key"] in here.run("wg", "show", device, "private-key")
    assert taken == (verb == "apply")
    assert memory.traces(blocks, secrets) == []
