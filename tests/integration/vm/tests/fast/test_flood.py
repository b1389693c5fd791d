# SPDX-License-Identifier: LGPL-2.1-or-later
"""Five hundred random plans around a peer that is never to lose a packet."""

import base64
import json
import os
import random
import re
import subprocess

import pytest

import lab

PLANS = 500
A_ROUND = 2000
DEVICE = "wgflood"


class Flood:
    """Floods of pings, one after the other; each is counted whole."""

    def __init__(self, host):
        self.host, self.sent, self.received, self.process = host, 0, 0, None
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(["ping", "-q", "-f", "-c", str(A_ROUND), "-W", "10", self.host],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def count(self):
        said = self.process.communicate(timeout=300)[0]
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", said).groups()
        self.sent, self.received = self.sent + int(sent), self.received + int(received)

    def go_on(self):
        """Begins the next flood if this one is over."""
        if self.process.poll() is not None:
            self.count()
            self.begin()


class RandomPlans:
    """Declarations that are all valid: a prefix and a key stand on one peer only."""

    def __init__(self, seed, fixed):
        self.random, self.fixed = random.Random(seed), fixed
        self.keys = [base64.b64encode(os.urandom(32)).decode() for _ in range(12)]
        self.prefixes = [f"10.{n}.0.0/16" for n in range(100, 130)]
        self.prefixes += [f"fd00:{n:x}::/64" for n in range(100, 130)]

    def peers(self):
        """The fixed peer with any of the prefixes, and others with some of the rest."""
        free = self.random.sample(self.prefixes, self.random.randint(0, len(self.prefixes)))
        others = [self.peer(key) for key in self.keys if self.random.random() < 0.6]
        fixed = {**self.fixed, "allowed_ips": list(self.fixed["allowed_ips"])}
        for prefix in free:
            self.random.choice([fixed, *others])["allowed_ips"].append(prefix)
        self.random.shuffle(fixed["allowed_ips"])
        return self.random.sample([fixed, *others], len(others) + 1)

    def peer(self, key):
        peer = {"public_key": key, "allowed_ips": []}
        if self.random.random() < 0.5:
            peer["endpoint"] = f"192.0.2.{self.random.randint(1, 9)}:51820"
        if self.random.random() < 0.3:
            peer["persistent_keepalive"] = self.random.choice([0, 25, 300])
        if self.random.random() < 0.3:
            peer["preshared_key"] = base64.b64encode(self.random.randbytes(32)).decode()
        return peer


@pytest.fixture
def spoke(daemons):
    keys = lab.Keys()
    made = lab.Spoke(9, keys.public)
    made.hub_keys = keys
    yield made
    lab.run("ip", "link", "del", DEVICE, check=False)
    made.close()


def apply(file, device, peers):
    file.write_text(json.dumps({**device, "peers": peers}))
    lab.run("wgnl", "apply", file)
    return {each["public_key"]: set(each["allowed_ips"]) for each in peers}


def live():
    return {key: peer["allowed"] for key, peer in lab.dump(DEVICE).items() if key}


def test_five_hundred_plans_lose_nothing(spoke, tmp_path):
    device = {"version": 1, "device": DEVICE, "mode": "own", "listen_port": 51820,
              "private_key": spoke.hub_keys.private, "addresses": ["10.77.0.1/16"]}
    fixed = {"public_key": spoke.keys.public, "allowed_ips": [f"{spoke.inside}/32"],
             "endpoint": f"{spoke.outside}:51820"}
    file = tmp_path / f"{DEVICE}.json"
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    plans = RandomPlans(seed, fixed)
    apply(file, device, [fixed])
    lab.eventually(lambda: ", 10 received" in lab.run(
        "ping", "-n", "-c", "10", "-i", "0.1", "-W", "1", spoke.inside, check=False), "an answer")

    before = lab.dump(DEVICE)[spoke.keys.public]["rx"]
    flood = Flood(spoke.inside)
    for number in range(PLANS):
        flood.go_on()
        wanted = apply(file, device, plans.peers())
        if number % 25 == 0:
            assert live() == wanted
    flood.count()
    assert live() == wanted
    print(f"{PLANS} plans, {flood.sent} pings, {flood.sent - flood.received} lost")
    assert flood.sent >= A_ROUND
    assert flood.received == flood.sent
    assert lab.dump(DEVICE)[spoke.keys.public]["rx"] > before
