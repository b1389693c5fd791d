# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signed lists of peers, from the file to the device: the real adapter, the real daemon, and signatures of
ssh-keygen. Whatever a store does, a list that does not count changes nothing, and is told."""
import os
import shutil
import subprocess

import pytest
from command import program
from conftest import Keys, end, run

NETDEV = """[NetDev]
Name={device}
Kind=wireguard
[WireGuard]
PrivateKey={key}
[X-Wgnl]
Peers=/lists/office.peers
PeersSigner={signer}
PeersWithin=10.7.0.0/16
"""


class Signer:
    """A key of OpenSSH, and lists that it signs."""

    def __init__(self, folder, name):
        self.key = folder / name
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.key)
        self.public = self.key.with_name(f"{name}.pub").read_text().strip()

    def list(self, serial, peers, name="office", until="2100-01-01T00:00:00Z", scope="wgnl-peers"):
        """A list of these keys: peer N has 10.7.0.N."""
        text = f"[X-PeerList]\nName={name}\nSerial={serial}\nNotAfter={until}\n" + "".join(
            f"[WireGuardPeer]\nPublicKey={key}\nAllowedIPs=10.7.0.{number}/32\n"
            for number, key in enumerate(peers, 1))
        file = self.key.with_name("text")
        file.write_text(text)
        signature = file.with_name("text.sig")
        signature.unlink(missing_ok=True)
        run("ssh-keygen", "-Y", "sign", "-f", self.key, "-n", scope, file)
        return text + signature.read_text()


class Node:
    """A device whose peers a list names, and the adapter that reads it."""

    def __init__(self, bus, wgnld, here, folder, device, signer):
        self.bus, self.wgnld, self.here, self.device = bus, wgnld, here, device
        self.root, self.state = folder / "root", folder / "state"
        self.keys, self.process = Keys(), None
        self.file = self.root / "lists/office.peers"
        self.file.parent.mkdir(parents=True)
        self.state.mkdir()
        netdev = self.root / f"etc/systemd/network/{device}.netdev"
        netdev.parent.mkdir(parents=True)
        netdev.write_text(NETDEV.format(device=device, key=self.keys.private, signer=signer.public))
        netdev.chmod(0o640)
        here.wireguard(device, self.keys)

    def start(self):
        self.process = subprocess.Popen(
            [program("plugins/networkd/wgnl-networkd"), "--root", self.root],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address,
                 "STATE_DIRECTORY": str(self.state)})

    def stop(self):
        if self.process:
            end(self.process)

    def put(self, value):
        """As carriers do: by a rename."""
        fresh = self.file.with_name("fresh")
        fresh.write_text(value)
        fresh.rename(self.file)

    def peers(self):
        return set(self.here.dump(self.device))

    def until_peers(self, keys):
        self.bus.until(lambda: self.peers() == set(keys), f"the peers are {keys}")

    def until_told(self, what):
        self.bus.until(lambda: any(what in text for _, _, text in self.wgnld.device(self.device, "Problems")),
                       what)

    def until_well(self):
        self.bus.until(lambda: not self.wgnld.device(self.device, "Problems"), "nothing is wrong")


@pytest.fixture
def signer(tmp_path):
    return Signer(tmp_path, "alice")


@pytest.fixture
def node(bus, wgnld, here, folder, device, signer):
    made = Node(bus, wgnld, here, folder, device, signer)
    yield made
    made.stop()


A, B, C = (f"{letter * 42}0=" for letter in "abc")


def test_a_list_becomes_peers_and_nothing_that_a_store_does_takes_them(node, signer, tmp_path):
    first = signer.list(1, [A, B])
    node.put(first)
    node.start()
    node.until_peers([A, B])
    node.until_well()
    assert node.here.dump(node.device)[B][2] == "10.7.0.2/32"

    node.put(signer.list(3, [A, C]))
    node.until_peers([A, C])

    good = signer.list(5, [A])
    node.put(good)
    node.until_peers([A])
    node.until_well()

    stranger = Signer(tmp_path, "mallory")
    for value, told in [
            (first, "it is an older list: its Serial= is 1, and 5 was here already"),
            (signer.list(5, [A, B]), "another list of the same Serial=5"),
            (signer.list(6, [A, B]).replace("10.7.0.2", "10.7.0.3"), "the signature is not of this text"),
            (signer.list(6, [A, B])[:-40], "it was cut"),
            (signer.list(6, [A, B], name="lab"), "it is the list lab, and not office"),
            (signer.list(6, [A, B], until="2020-01-01T00:00:00Z"), "it expired at 2020-01-01"),
            (signer.list(6, [A, B], scope="file"), "the signature is made for file"),
            (stranger.list(6, [A, B]), "none of the keys that may sign it"),
            ("", "the file is empty")]:
        node.put(value)
        node.until_told(told)
        assert node.peers() == {A}, told

    node.file.unlink()
    node.until_told("there is no such file; the peers of serial 5 stay")
    assert node.peers() == {A}

    node.put(good)
    node.until_well()
    node.put(signer.list(7, [A, B]))
    node.until_peers([A, B])


def test_a_machine_without_its_store_has_its_peers(node, signer, folder):
    """A start from nothing but what was kept: no file of a list, no record, a device without peers."""
    node.put(signer.list(4, [A, B]))
    node.start()
    node.until_peers([A, B])
    node.until_well()
    node.stop()
    node.wgnld.stop()
    node.here.run("ip", "link", "delete", node.device)
    shutil.rmtree(folder / "run")
    node.file.unlink()

    node.here.wireguard(node.device, node.keys)
    node.wgnld.start()
    node.start()

    node.until_peers([A, B])
    node.until_told("there is no such file; the peers of serial 4 stay")
    node.put(signer.list(3, [A]))
    node.until_told("it is an older list")
    assert node.peers() == {A, B}


def test_a_list_that_cannot_be_kept_counts_and_is_told_until_it_is(node, signer):
    node.state.rmdir()
    node.put(signer.list(4, [A, B]))
    node.start()
    node.until_peers([A, B])
    node.until_told("the list of serial 4 cannot be kept")

    node.state.mkdir()

    node.until_well()
    assert (node.state / f"{node.device}:office.peers").read_text() == node.file.read_text()


def test_a_peer_outside_of_the_limit_is_kept_out_and_named(node, signer):
    text = signer.list(1, [A, B])
    assert "10.7.0.2/32" in text
    file = signer.key.with_name("text")
    file.write_text(file.read_text().replace("10.7.0.2/32", "0.0.0.0/0"))
    file.with_name("text.sig").unlink()
    run("ssh-keygen", "-Y", "sign", "-f", signer.key, "-n", "wgnl-peers", file)
    node.put(file.read_text() + file.with_name("text.sig").read_text())
    node.start()

    node.until_told("AllowedIPs=0.0.0.0/0 is outside of PeersWithin=; the peer is kept out")
    node.until_peers([A])


@pytest.fixture
def shown(folder, device, signer):
    """`wgnl peers show` as root sees it, with these folders in place of the machine's."""
    network, kept = folder / "network", folder / "kept"
    for made in (network, kept):
        made.mkdir()
    list_ = folder / "office.peers"
    text = NETDEV.format(device=device, key=Keys().private, signer=signer.public)
    (network / f"{device}.netdev").write_text(text.replace("/lists/office.peers", str(list_)))
    script = ("mount --bind {0} /etc/systemd/network && mkdir -p /var/lib/wgnl-networkd && "
              "mount --bind {1} /var/lib/wgnl-networkd && exec {2} peers show {3}")
    os.makedirs("/etc/systemd/network", exist_ok=True)

    def show(*words):
        return subprocess.run(
            ["unshare", "--mount", "bash", "-c", script.format(network, kept, program(), " ".join(words))],
            capture_output=True, text=True, check=False)

    show.list, show.kept = list_, kept / f"{device}:office.peers"
    return show


def test_the_command_shows_what_counts_and_why(shown, signer, device):
    shown.list.write_text(signer.list(7, [A, B]))
    said = shown()
    assert said.returncode == 0, said.stderr
    assert f"{device}  office  serial 7, not after 2100-01-01T00:00:00Z, 2 peers, 0 kept out" in said.stdout
    fingerprint = run("ssh-keygen", "-l", "-f", f"{signer.key}.pub").split()[1]
    assert f"signed by {fingerprint}" in said.stdout

    shown.kept.write_text(signer.list(9, [A]))
    said = shown(device)
    assert "serial 9" in said.stdout and "as it was kept" in said.stdout
    assert "it is an older list: its Serial= is 7, and 9 was here already" in said.stdout

    none = shown("wg-nowhere")
    assert none.returncode == 1 and "no file declares wg-nowhere" in none.stderr
