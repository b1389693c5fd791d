# SPDX-License-Identifier: LGPL-2.1-or-later
"""A profile that NetworkManager shows to one user alone is shown to that user and root alone here.

GNOME Settings makes such profiles (connection.permissions). Everything that the bus says of one, by
whatever member, is searched for what only its user may see.
"""
import json
import os
import subprocess

import dbus
import pytest
from caller import DEVICE, MANAGER, PEER, ROOT
from command import NOBODY, wgnl
from conftest import Keys
from nm_stand_in import Profile
from test_nm import Tunnel, adapter, manager, peer  # noqa: F401 fixtures
from test_wgnld import sync

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
OWNER, OTHER = "games", "daemon"
FOLLOW = """import sys, caller
mine = caller.Caller(sys.argv[1])
mine.subscribe(sys.argv[2], 1000000)
print(mine.connection.get_unique_name(), flush=True)
sys.stdin.read()"""
ENDPOINT = "203.0.113.50:51820"


class PrivateProfile(Profile):
    permissions = [f"user:{OWNER}:"]

    def settings(self):
        made = super().settings()
        if self.permissions:
            made["connection"]["permissions"] = dbus.Array(self.permissions, signature="s")
        return made


class PrivateTunnel(Tunnel):
    """Its peer has a name, an endpoint that is not written, and a preshared key that is missed."""

    def __init__(self, manager, bus, here, device, peer):  # noqa: F811
        super().__init__(manager, bus, here, device, peer)
        named = PrivateProfile(device, self.keys.private, {
            "public-key": peer.public, "allowed-ips": ["10.66.0.0/16"], "endpoint": ENDPOINT,
            "preshared-key-flags": 1})
        named.id = "the clinic"
        self.profile = manager.add(named)

    def secrets(self):
        """What only its user may see."""
        return {"profile": self.profile.path, "name": "the clinic", "key": self.keys.public,
                "peer": self.peer.public, "escaped": self.peer.public[:20].replace("+", "_2b")
                .replace("/", "_2f"), "endpoint": ENDPOINT, "prefix": "10.66.0.0"}


@pytest.fixture
def clinic(manager, bus, here, device, peer):  # noqa: F811
    return PrivateTunnel(manager, bus, here, device, peer)


def as_user(user):
    return (*NOBODY[:1], f"--reuid={user}", *NOBODY[2:])


def asked(wgnld, user, *request):
    """The answer as text, or the name and the text of the error."""
    return wgnld.caller_as(user, "answer", *request)


def everything(wgnld, bus, user, device, peer_path, key):
    """Every question that there is."""
    path = str(wgnld.path(device))
    questions = [("objects",), ("get_all", ROOT, MANAGER), ("get_all", path, DEVICE),
                 ("get_all", peer_path, PEER), ("manager", "ListDevices"),
                 ("manager", "GetDevice", device), ("subscribe", path, 1_000_000)]
    questions += [("call", where, INTROSPECTABLE, "Introspect")
                  for where in (ROOT, f"{ROOT}/device", path, peer_path)]
    questions += [("call", path, DEVICE, member, *arguments) for member, arguments in (
        ("ListPeers", []), ("GetPeer", [key]), ("GetCounters", []), ("Reconcile", []))]
    questions += [("get", where, interface, str(name)) for where, interface in (
        (path, DEVICE), (peer_path, PEER)) for name in wgnld.root.get_all(where, interface)]
    answers = wgnld.caller_as(user, "answers", *questions)
    said = {str(question): answer for question, answer in zip(questions, answers)}
    for words in (["status"], ["status", "--json"], ["show", device], ["metrics"], ["list"]):
        done = wgnl(bus, *words, user=as_user(user))
        said[" ".join(words)] = done.stdout + done.stderr
    return said


def leaks(said, secrets):
    """What of the secrets stands where; a question that names one is no answer that does."""
    return [(question, what) for question, answer in said.items()
            for what, secret in secrets.items()
            if secret in answer.replace("\\u002f", "/") and secret not in question]


def broadcasts(bus):
    return {f"{number} {message['path']}": json.dumps(message["payload"]) + message["path"]
            for number, message in enumerate(bus.heard)
            if message["type"] == "signal" and not message.get("destination")
            and str(message.get("interface", "")).startswith(("org.wgnl", "org.freedesktop.DBus"))
            and "/org/wgnl" in json.dumps(message)}


def until_declared(bus, wgnld, tunnel):
    bus.until(lambda: wgnld.device(tunnel.name, "Origin") == tunnel.profile.path, "it is declared")
    bus.until(lambda: tunnel.live(), "its peer is there")
    path = str(wgnld.peer_path(tunnel.name, tunnel.peer.public))
    bus.until(lambda: wgnld.device(tunnel.name, "PeerCount") == 1, "its peer is on the bus")
    return path


def test_what_one_user_may_see_is_shown_to_nobody_else(adapter, wgnld, bus, clinic):  # noqa: F811
    clinic.activate()
    adapter.start()
    path = until_declared(bus, wgnld, clinic)

    said = everything(wgnld, bus, OTHER, clinic.name, path, clinic.peer.public)
    secrets = clinic.secrets()
    assert not leaks(said, secrets)
    clinic.edit(**{"allowed-ips": ["10.66.0.0/16", "10.67.0.0/16"]})
    bus.until(lambda: "10.67.0.0/16" in clinic.live()[1], "an edit is live")
    assert not leaks(broadcasts(bus), secrets)


def test_its_user_and_root_see_it(adapter, wgnld, bus, clinic):  # noqa: F811
    clinic.activate()
    adapter.start()
    path = until_declared(bus, wgnld, clinic)

    key = clinic.peer.public
    seen = everything(wgnld, bus, OWNER, clinic.name, path, key)
    root = everything(wgnld, bus, "root", clinic.name, path, key)
    for said in (seen, root):
        for question in (("objects",), ("get_all", path, PEER),
                         ("call", wgnld.path(clinic.name), DEVICE, "ListPeers")):
            assert key in said[str(question)]
        assert ENDPOINT in said[str(("get_all", path, PEER))]
        assert clinic.profile.path in said[str(("get", wgnld.path(clinic.name), DEVICE, "Origin"))]
        assert key in said["status --json"]
        assert said[str(("subscribe", wgnld.path(clinic.name), 1_000_000))] == "null"


@pytest.mark.parametrize("permissions", [["user:no-such-user:"], ["group:games:"], ["user::"]])
def test_a_permission_that_names_nobody_opens_it_to_nobody(adapter, wgnld, bus,  # noqa: F811
                                                           clinic, permissions):
    clinic.profile.permissions = permissions
    clinic.activate()
    adapter.start()
    path = until_declared(bus, wgnld, clinic)

    for user in (OWNER, OTHER):
        assert not leaks(everything(wgnld, bus, user, clinic.name, path, clinic.peer.public),
                         clinic.secrets())


def test_permissions_that_come_and_go_are_followed(adapter, wgnld, bus, clinic):  # noqa: F811
    clinic.profile.permissions = []
    clinic.activate()
    adapter.start()
    path = until_declared(bus, wgnld, clinic)
    assert clinic.peer.public in asked(wgnld, OTHER, "get_all", path, PEER)

    clinic.profile.permissions = [f"user:{OWNER}:"]
    clinic.edit()
    bus.until(lambda: "AccessDenied" in asked(wgnld, OTHER, "get_all", path, PEER), "it is hidden")
    assert clinic.peer.public in asked(wgnld, OWNER, "get_all", path, PEER)
    assert not leaks(everything(wgnld, bus, OTHER, clinic.name, path, clinic.peer.public),
                     clinic.secrets())

    clinic.profile.permissions = []
    clinic.edit()
    bus.until(lambda: clinic.peer.public in asked(wgnld, OTHER, "get_all", path, PEER),
              "it is shown again")


def test_a_declaration_names_its_viewers(wgnld, bus, here, device):
    """Whoever declares, not NetworkManager's adapter alone."""
    key = Keys()
    here.wireguard(device, Keys())
    wgnld.declare(sync(device, [{"public_key": key.public}], private=True, viewers=[OWNER]))
    path = wgnld.peer_path(device, key.public)
    bus.until(lambda: wgnld.device(device, "PeerCount") == 1, "its peer is on the bus")

    assert key.public in asked(wgnld, OWNER, "get_all", path, PEER)
    assert "AccessDenied" in asked(wgnld, OTHER, "get_all", path, PEER)
    wgnld.declare(sync(device, [{"public_key": key.public}], private=True, viewers=[OTHER]))
    assert "AccessDenied" in asked(wgnld, OWNER, "get_all", path, PEER)
    wgnld.declare(sync(device, [{"public_key": key.public}], viewers=[OWNER]))
    assert key.public in asked(wgnld, OWNER, "get_all", path, PEER)
    assert "AccessDenied" in asked(wgnld, OTHER, "get_all", path, PEER), "it is private without a word"


def test_counters_of_a_device_that_turns_private_go_to_nobody_else(wgnld, bus, here, device):
    here.wireguard(device, Keys())
    wgnld.declare(sync(device, []))
    path = wgnld.path(device)
    follower = subprocess.Popen([*as_user(OTHER), "/usr/bin/python3", "-B", "-c", FOLLOW, bus.address,
                                 path], env={**os.environ, "PYTHONPATH": str(wgnld.folder)},
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    name = follower.stdout.readline().strip()
    bus.until(lambda: counters_to(bus, name), "it gets counters")

    wgnld.declare(sync(device, [], private=True))
    before = len(counters_to(bus, name))
    wgnld.root.subscribe(path, 1_000_000)
    mine = str(wgnld.root.connection.get_unique_name())
    bus.until(lambda: len(counters_to(bus, mine)) >= 2, "root gets them, twice as long as it takes")
    assert len(counters_to(bus, name)) == before
    follower.communicate("")
    assert follower.returncode == 0


def counters_to(bus, client):
    return [message for message in bus.heard if message["type"] == "signal"
            and message.get("member") == "Counters" and message.get("destination") == client]
