# SPDX-License-Identifier: LGPL-2.1-or-later
"""Five hundred random plans around a peer that is never to lose a packet."""

import base64
import json
import os
import random
import re
import subprocess
from pathlib import Path

import pytest

import lab

PLANS = 500
# So many plans go through the library in one process, then one through the command.
BY_THE_COMMAND = 25
APPLY_MANY = Path(__file__).parents[2] / "apply-many"
A_ROUND = 2000
DEVICE = "wgflood"


def answers():
    """How many pings of this machine were answered so far."""
    names, counts = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Icmp: ")]
    return int(counts[names.index("InEchoReps")])


class Flood:
    """Floods of pings, one after the other; each is counted whole. Nobody else pings meanwhile."""

    def __init__(self, host):
        self.host, self.sent, self.process, self._before = host, 0, None, answers()
        self.begin()

    def lost(self):
        """What was never answered. The last one of a flood may be answered after ping has ended."""
        return self.sent - (answers() - self._before)

    def begin(self):
        self.process = subprocess.Popen(["ping", "-q", "-f", "-c", str(A_ROUND), "-W", "10", self.host],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def count(self):
        said = self.process.communicate(timeout=lab.DEADLINE)[0]
        self.sent += int(re.search(r"(\d+) packets transmitted", said)[1])

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


class Applying:
    """The device, brought to one set of peers after the other."""

    def __init__(self, file, device):
        self.file, self.device, self.entries = file, device, 0
        self.process = subprocess.Popen([APPLY_MANY], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def through_the_library(self, peers):
        """Applies them; returns the prefixes that each is to have."""
        print(json.dumps({**self.device, "peers": peers}), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        assert answer.isdigit(), answer
        self.entries += int(answer)
        return wanted(peers)

    def through_the_command(self, peers):
        self.file.write_text(json.dumps({**self.device, "peers": peers}))
        lab.run("wgnl", "apply", self.file)
        return wanted(peers)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(lab.DEADLINE) == 0


def wanted(peers):
    return {each["public_key"]: set(each["allowed_ips"]) for each in peers}


def live():
    return {key: peer["allowed"] for key, peer in lab.dump(DEVICE).items() if key}


def test_five_hundred_plans_lose_nothing(spoke, tmp_path):
    device = {"version": 1, "device": DEVICE, "mode": "own", "listen_port": 51820,
              "private_key": spoke.hub_keys.private, "addresses": ["10.77.0.1/16"]}
    fixed = {"public_key": spoke.keys.public, "allowed_ips": [f"{spoke.inside}/32"],
             "endpoint": f"{spoke.outside}:51820"}
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    plans = RandomPlans(seed, fixed)
    applying = Applying(tmp_path / f"{DEVICE}.json", device)
    applying.through_the_command([fixed])
    lab.eventually(lambda: ", 10 received" in lab.run(
        "ping", "-n", "-c", "10", "-i", "0.1", "-W", "1", spoke.inside, check=False), "an answer")

    before = lab.dump(DEVICE)[spoke.keys.public]["rx"]
    flood = Flood(spoke.inside)
    for number in range(1, PLANS + 1):
        flood.go_on()
        applying.through_the_library(plans.peers())
        if number % BY_THE_COMMAND == 0:
            declared = applying.through_the_command(plans.peers())
            assert live() == declared
    flood.count()
    applying.close()
    assert applying.entries > PLANS
    assert flood.sent >= A_ROUND
    lab.eventually(lambda: flood.lost() == 0, "every ping is answered")
    print(f"{PLANS} plans with {applying.entries} entries, {flood.sent} pings")
    assert lab.dump(DEVICE)[spoke.keys.public]["rx"] > before
