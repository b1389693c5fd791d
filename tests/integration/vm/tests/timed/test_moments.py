# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that are gone, empty or unreadable for a moment: not one peer is touched."""

import shutil
from pathlib import Path

import pytest

import lab

RUN = Path("/run/systemd/network")
KEYS = Path("/etc/wgnl-keys")
DROPINS = lab.NETWORK / "wg0.netdev.d"
DROPIN = DROPINS / "50-guest.conf"
PSK = KEYS / "guest.psk"
PRIVATE = KEYS / "wg0.key"
MAIN = lab.NETWORK / "wg0.netdev"
# The adapter is no member of the group that these modes leave in.
CLOSED, OPEN = 0o600, 0o640


def aside(path):
    return path.with_name(path.name + ".aside")


def gone(path):
    path.rename(aside(path))
    return lambda: aside(path).rename(path)


def emptied(path):
    text = path.read_text()
    path.write_text("")
    return lambda: path.write_text(text)


def unreadable(path):
    path.chmod(CLOSED)
    return lambda: path.chmod(OPEN)


def closed(folder):
    folder.chmod(0o700)
    return lambda: folder.chmod(0o755)


def half_written(path):
    """What a crash of an editor leaves: the beginning of [NetDev]."""
    text = path.read_text()
    path.write_text(text[:15])
    return lambda: path.write_text(text)


MOMENTS = {
    "the file is gone": lambda: gone(MAIN),
    "the file is empty": lambda: emptied(MAIN),
    "the file is unreadable": lambda: unreadable(MAIN),
    "the file is cut": lambda: half_written(MAIN),
    "the drop-in is gone": lambda: gone(DROPIN),
    "the drop-in is empty": lambda: emptied(DROPIN),
    "the drop-in is unreadable": lambda: unreadable(DROPIN),
    "the folder of drop-ins is gone": lambda: gone(DROPINS),
    "the folder of drop-ins is closed": lambda: closed(DROPINS),
    "the folder is gone": lambda: gone(lab.NETWORK),
    "the folder is closed": lambda: closed(lab.NETWORK),
    "the preshared key is gone": lambda: gone(PSK),
    "the preshared key is empty": lambda: emptied(PSK),
    "the preshared key is unreadable": lambda: unreadable(PSK),
    "the private key is gone": lambda: gone(PRIVATE),
    "the private key is empty": lambda: emptied(PRIVATE),
    "the private key is unreadable": lambda: unreadable(PRIVATE),
    "the folder of keys is closed": lambda: closed(KEYS),
}


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    shutil.chown(path, "root", "systemd-network")
    path.chmod(OPEN)


class Witness:
    """A file for a device that nobody creates: when wgnld knows it, the adapter has looked."""

    def __init__(self):
        self.count = 0

    def see(self):
        self.count += 1
        name = f"wgsee{self.count}"
        file = RUN / f"{name}.netdev"
        put(file, f"[NetDev]\nName={name}\nKind=wireguard\n[WireGuard]\n"
                  f"PrivateKey={lab.Keys().private}\n")
        lab.eventually(lambda: name in lab.run("wgnl", "status"), f"the adapter sees {name}")
        file.unlink()


@pytest.fixture
def guarded(world):
    """The hub with its key in a file, and one more peer, in a drop-in, with its key in a file."""
    psk, guest = lab.genpsk(), lab.Keys().public
    put(PRIVATE, world.hub.keys.private)
    put(PSK, psk)
    put(DROPIN, f"[WireGuardPeer]\nPublicKey={guest}\nAllowedIPs=10.99.0.0/24\n"
                f"PresharedKeyFile={PSK}\n")
    text = world.hub.netdev.read_text()
    world.hub.netdev.write_text(text.replace(f"PrivateKey={world.hub.keys.private}",
                                             f"PrivateKeyFile={PRIVATE}"))
    lab.eventually(lambda: lab.dump().get(guest, {}).get("psk") == psk, "the guest")
    yield guest
    shutil.rmtree(DROPINS, ignore_errors=True)
    shutil.rmtree(KEYS, ignore_errors=True)


def test_nobody_notices_what_is_back_in_time(world, guarded):
    witness = Witness()
    before = {key: lab.configured(peer) for key, peer in lab.dump().items() if key}
    private, live = lab.dump()[None]["private"], [world.live(spoke) for spoke in world.spokes]
    pings = world.ping(*world.spokes, interval=0.1)
    with lab.SetCounter() as sets:
        for what, happens in MOMENTS.items():
            back = happens()
            try:
                witness.see()
                now = lab.dump()
                assert {k: lab.configured(p) for k, p in now.items() if k} == before, what
            finally:
                back()
            witness.see()
            lab.eventually(lambda: lab.device_property("InSync"), f"{what}, and is back")
            assert sets.messages() == [], what
    counted = [ping.finish() for ping in pings]

    after = lab.dump()
    assert {key: lab.configured(peer) for key, peer in after.items() if key} == before
    assert after[None]["private"] == private
    print(f"{len(MOMENTS)} moments; pings: {counted}")
    assert [count.lost for count in counted] == [0, 0, 0], counted
    for was, spoke, count in zip(live, world.spokes, counted):
        lab.assert_untouched(was, world.live(spoke), count.received)


def test_what_stays_away_is_believed_after_five_seconds(world, guarded):
    """A drop-in first, then the file."""
    gone(DROPIN)
    lab.eventually(lambda: guarded not in lab.dump(), "the drop-in's peer goes")
    assert {spoke.keys.public for spoke in world.spokes} == lab.dump().keys() - {None}
    aside(DROPIN).unlink()
    gone(MAIN)
    lab.eventually(lambda: lab.dump().keys() == {None}, "every peer goes")
    aside(MAIN).unlink()
