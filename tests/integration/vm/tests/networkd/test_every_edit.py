# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every way of editing: what was edited is applied, and nobody else is sent or loses anything."""

import contextlib
import shutil
from pathlib import Path

import pytest

import lab

RUN = Path("/run/systemd/network")
FOLDERS = [lab.NETWORK, RUN, Path("/usr/local/lib/systemd/network"),
           Path("/usr/lib/systemd/network")]
KEYS = Path("/etc/wgnl-keys")


class Guest:
    """A peer that nobody pings."""

    def __init__(self, number):
        self.key, self.prefix = lab.Keys().public, f"10.99.{number}.0/24"

    def section(self, **more):
        lines = {"PublicKey": self.key, "AllowedIPs": self.prefix, **more}
        return "[WireGuardPeer]\n" + "".join(f"{k}={v}\n" for k, v in lines.items())


def put(path, text):
    """Writes a file as an editor does: aside, then in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".aside")
    aside.write_text(text)
    shutil.chown(aside, "root", "systemd-network")
    aside.chmod(0o640)
    aside.rename(path)


class Edits:
    """What wgnld makes of edits, told by its own signal."""

    def __init__(self, device, applied, sets):
        self.device, self.applied, self.sets = device, applied, sets

    def make(self, what, messages, **wanted):
        """Waits for the end of an edit that was just made: these keys of peers have these fields
        then (None: the peer is gone), and so many SET messages were sent for it."""
        while not self.holds(wanted):
            self.applied.next(what)
        lab.eventually(lambda: lab.device_property("InSync", self.device), f"{what}: in sync")
        assert len(self.sets.messages()) == messages, what

    def holds(self, wanted):
        live = lab.dump(self.device)
        return all(key in live and lab.configured(live[key]).items() >= fields.items()
                   if fields is not None else key not in live
                   for key, fields in wanted.items())


@contextlib.contextmanager
def undisturbed(world, device="wg0"):
    """Nothing that is edited meanwhile may lose a ping through a spoke, or touch its peer."""
    lab.eventually(lambda: lab.device_property("InSync", device, check=False), "in sync")
    before = [world.live(spoke) for spoke in world.spokes]
    with lab.Signals("Applied", device) as applied, lab.SetCounter() as sets:
        pings = world.ping(*world.spokes)
        yield Edits(device, applied, sets)
        counted = [ping.finish() for ping in pings]
    assert [count.lost for count in counted] == [0, 0, 0], counted
    for was, spoke, count in zip(before, world.spokes, counted):
        lab.assert_untouched(was, world.live(spoke), count.received)


@pytest.fixture(autouse=True)
def clean():
    yield
    for folder in FOLDERS:
        shutil.rmtree(folder / "wg0.netdev.d", ignore_errors=True)
    shutil.rmtree(KEYS, ignore_errors=True)


def on(guest, **fields):
    return {guest.key: {"allowed": {guest.prefix}, **fields}}


def test_the_content_of_a_preshared_key_file(world):
    guest, first, second, third = Guest(1), lab.genpsk(), lab.genpsk(), lab.genpsk()
    file = KEYS / "guest.psk"
    with undisturbed(world) as edits:
        put(file, first)
        world.hub.write(*world.sections(), guest.section(PresharedKeyFile=file))
        edits.make("the peer", 1, **on(guest, psk=first))
        file.write_text(second)
        edits.make("written in place", 1, **on(guest, psk=second))
        put(file, f"{third}\n")
        edits.make("replaced", 1, **on(guest, psk=third))


def test_the_content_of_the_private_key_file(world):
    """The spokes must learn the new key to go on; that is what a new key means."""
    file, fresh = KEYS / "wg0.key", lab.Keys()
    put(file, world.hub.keys.private)
    text = world.hub.netdev.read_text()
    world.hub.netdev.write_text(text.replace(f"PrivateKey={world.hub.keys.private}",
                                             f"PrivateKeyFile={file}"))
    lab.eventually(lambda: lab.device_property("InSync"), "the same key, elsewhere")
    with lab.SetCounter() as sets:
        put(file, fresh.private)
        lab.eventually(lambda: lab.dump()[None]["public"] == fresh.public, "the new key")
        lab.eventually(lambda: lab.device_property("PublicKey") == fresh.public, "on the bus")
        assert len(sets.messages()) == 1
    assert {s.keys.public for s in world.spokes} == lab.dump().keys() - {None}


def test_a_credential_counts_from_the_next_start_of_the_adapter(world):
    guest, first, second = Guest(1), lab.genpsk(), lab.genpsk()
    unit = Path("/run/systemd/system/wgnl-networkd.service.d/guest.conf")
    put(KEYS / "credential", first)
    put(unit, f"[Service]\nLoadCredential=guest.psk:{KEYS}/credential\n")
    try:
        lab.run("systemctl", "daemon-reload")
        lab.run("systemctl", "restart", "wgnl-networkd")
        with undisturbed(world) as edits:
            world.hub.write(*world.sections(), guest.section(PresharedKey="@guest.psk"))
            edits.make("the peer", 1, **on(guest, psk=first))
            put(KEYS / "credential", second)
            world.hub.write(*world.sections(), guest.section(PresharedKey="@guest.psk",
                                                             PersistentKeepalive=7))
            edits.make("the old credential still", 1, **on(guest, psk=first, keepalive="7"))
            lab.run("systemctl", "restart", "wgnl-networkd")
            edits.make("the new one", 1, **on(guest, psk=second, keepalive="7"))
    finally:
        unit.unlink()
        lab.run("systemctl", "daemon-reload")
        lab.run("systemctl", "restart", "wgnl-networkd")


def test_dropins_of_every_folder(world):
    guests = {folder: Guest(number) for number, folder in enumerate(FOLDERS)}
    dropin = "wg0.netdev.d/50-guest.conf"
    with undisturbed(world) as edits:
        for number, (folder, guest) in enumerate(guests.items()):
            file = folder / f"wg0.netdev.d/{number}.conf"
            put(file, guest.section())
            edits.make(f"{folder}: created", 1, **on(guest))
            put(file, guest.section(PersistentKeepalive=9))
            edits.make(f"{folder}: changed", 1, **on(guest, keepalive="9"))
            file.unlink()
            edits.make(f"{folder}: deleted", 1, **{guest.key: None})
        # One name in two folders: the first folder's counts, and a link to /dev/null hides both.
        low, high = guests[FOLDERS[3]], guests[FOLDERS[0]]
        put(FOLDERS[3] / dropin, low.section())
        edits.make("the last folder's", 1, **on(low))
        put(FOLDERS[0] / dropin, high.section())
        edits.make("the first folder's", 1, **on(high), **{low.key: None})
        (FOLDERS[0] / "wg0.netdev.d/aside").symlink_to("/dev/null")
        (FOLDERS[0] / "wg0.netdev.d/aside").rename(FOLDERS[0] / dropin)
        edits.make("masked", 1, **{high.key: None, low.key: None})


def test_a_folder_of_dropins_is_replaced(world):
    stays, changes, goes = Guest(1), Guest(2), Guest(3)
    folder, fresh = lab.NETWORK / "wg0.netdev.d", lab.NETWORK / "wg0.fresh"
    with undisturbed(world) as edits:
        put(folder / "a.conf", stays.section() + changes.section() + goes.section())
        edits.make("drop-ins", 1, **on(stays), **on(changes), **on(goes))
        put(fresh / "a.conf", stays.section() + changes.section(PersistentKeepalive=5))
        folder.rename(lab.NETWORK / "wg0.old")
        fresh.rename(folder)
        edits.make("another folder", 1, **on(changes, keepalive="5"), **{goes.key: None})
    shutil.rmtree(lab.NETWORK / "wg0.old")


def copy_of_folder(world, target, *sections):
    """The configuration folder in another place, with these sections more in the file."""
    shutil.copytree(lab.NETWORK, target)
    lab.run("chown", "-R", "root:systemd-network", target)
    with open(target / "wg0.netdev", "a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(sections))


def test_the_whole_folder_is_replaced(world):
    guest = Guest(1)
    old, fresh = lab.NETWORK.with_name("network.old"), lab.NETWORK.with_name("network.fresh")
    try:
        with undisturbed(world) as edits:
            copy_of_folder(world, fresh, guest.section())
            lab.NETWORK.rename(old)
            fresh.rename(lab.NETWORK)
            edits.make("the other folder", 1, **on(guest))
            lab.NETWORK.rename(fresh)
            old.rename(lab.NETWORK)
            edits.make("the first one again", 1, **{guest.key: None})
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def turn(link, target):
    """The link leads elsewhere from now on, in one step."""
    aside = link.with_name(link.name + ".aside")
    aside.symlink_to(target)
    aside.rename(link)


def test_links_are_turned_to_another_store(world):
    """As NixOS does: a link for the folder, and links for the files in it."""
    guest, store, current = Guest(1), Path("/etc/store"), Path("/etc/current")
    original = lab.NETWORK.with_name("network.original")
    for generation, sections in (("1", []), ("2", [guest.section()])):
        copy_of_folder(world, store / f"files-{generation}", *sections)
        links = store / generation / "network"
        links.mkdir(parents=True)
        for file in (store / f"files-{generation}").iterdir():
            (links / file.name).symlink_to(file)
    try:
        current.symlink_to(store / "1")
        with undisturbed(world) as edits:
            lab.NETWORK.rename(original)
            lab.NETWORK.symlink_to(current / "network")
            for generation, wanted in (("2", on(guest)), ("1", {guest.key: None})):
                turn(current, store / generation)
                edits.make(f"generation {generation}", 1, **wanted)
            turn(lab.NETWORK, store / "2/network")
            edits.make("the folder's own link", 1, **on(guest))
            turn(store / "2/network/wg0.netdev", store / "files-1/wg0.netdev")
            edits.make("a file's link", 1, **{guest.key: None})
    finally:
        lab.NETWORK.unlink()
        original.rename(lab.NETWORK)
        shutil.rmtree(store)
        current.unlink()


def test_everything_is_generated_again(world):
    """As netplan does: /run/systemd/network goes, and comes back with another peer."""
    guest, other = Guest(1), Guest(2)
    netdev, dropin = RUN / "wg0.netdev", RUN / "wg0.netdev.d/50-other.conf"
    text = world.hub.netdev.read_text()
    try:
        with undisturbed(world) as edits:
            put(netdev, text)
            put(dropin, other.section())
            edits.make("generated", 1, **on(other))
            world.hub.netdev.unlink()
            for seconds in ("3", "4"):
                shutil.rmtree(RUN)
                put(netdev, text + guest.section(PersistentKeepalive=seconds))
                put(dropin, other.section())
                edits.make("generated again", 1, **on(guest, keepalive=seconds), **on(other))
    finally:
        shutil.rmtree(RUN)


@pytest.fixture
def second(world):
    """Another device, which only the tests of vanishing files are about."""
    hub, guests = lab.Hub("wg1", 51821), [Guest(1), Guest(2)]
    hub.write(*(guest.section() for guest in guests))
    lab.run("networkctl", "reload")
    lab.eventually(lambda: Path("/sys/class/net/wg1").exists(), "networkd creates wg1")
    world.settle()
    yield hub, guests
    hub.remove()
    lab.run("networkctl", "reload")
    lab.run("ip", "link", "del", "wg1", check=False)


def test_a_file_is_masked_emptied_or_removed(world, second):
    """Its peers go, those of the other file stay; when it comes back they are there again."""
    hub, guests = second
    gone = {guest.key: None for guest in guests}
    there = {key: fields for guest in guests for key, fields in on(guest).items()}
    ways = {"a link to /dev/null": hub.mask, "empty": lambda: hub.netdev.write_text(""),
            "removed": hub.netdev.unlink}
    with undisturbed(world, "wg1") as edits:
        for what, way in ways.items():
            way()
            lab.eventually(lambda: edits.holds(gone), what)
            assert len(edits.sets.messages()) == 1, what
            hub.write(*(guest.section() for guest in guests))
            lab.eventually(lambda: edits.holds(there), f"{what}, and back")
            assert len(edits.sets.messages()) == 1, what
