# SPDX-License-Identifier: LGPL-2.1-or-later
"""Gives the same files to networkd alone and to wgnl alone, and says what each made of them."""

import json
import shutil
import time
from pathlib import Path
from string import Template

import lab
from key_files import KeyServer, readable_by_networkd
from netdev_case import KEYS, OWN, PEERS, PRESHARED, PRIVATE

FOLDER = Path("/etc/systemd/network")
SHARED_NETWORK = FOLDER / "wgd.network"
# Behind the files of all cases.
LAST, LAST_DEVICE = FOLDER / "zz-last.netdev", "wgd-last"
ADOPT = Path("/etc/wgnl/networkd.conf")
CREDENTIALS = Path("/run/credstore")
NAMES = {key: name for names in (PEERS, PRESHARED, PRIVATE) for name, key in names.items()}
USUAL_MTU = 1420
# Numbers of route protocols (networkd's and wgnl's) and of the table that ip(8) does not print.
STATIC, OURS, MAIN = "4", "87", "254"
EVERYTHING = {"-4": "0.0.0.0/0", "-6": "::/0"}
TABLE_NAMES = Path("/etc/systemd/networkd.conf.d/differential.conf")
# So many devices wgnl gets at a time.
BATCH = 60
# What the kernel chooses itself, and what it shows before.
CHOSEN_PORTS = {0, *range(32768, 61000)}


def write_keys():
    """Key files of every sort; returns the sockets' servers."""
    folder = Path(KEYS)
    folder.mkdir(exist_ok=True)
    private, zero = PRIVATE["private"], "A" * 43 + "="
    texts = {"private": private + "\n", "psk1": PRESHARED["psk1"] + "\n", "a": PEERS["a"] + "\n",
             "lines": "\n".join([" ", *(private[n:n + 8] + "\t" for n in range(0, 44, 8)), "", ""]),
             "empty": "", "short": "c2hvcnQ=\n", "long": private[:-1] + "AAAA\n",
             "junk": "not a key at all\n", "zero": zero + "\n"}
    for name, text in texts.items():
        readable_by_networkd(folder / name, text)
    (folder / "root").write_text(private)
    (folder / "root").chmod(0o600)
    (folder / "link").symlink_to(folder / "private")
    servers = [KeyServer(folder / "socket", private), KeyServer(folder / "psk-socket", PRESHARED["psk1"])]
    deaf = KeyServer(folder / "deaf", "")
    deaf.shutdown()
    deaf.server_close()
    return servers


def write_credentials():
    CREDENTIALS.mkdir(mode=0o700, exist_ok=True)
    values = {"named": PRIVATE["private"], "psk": PRESHARED["psk1"], "public": PEERS["a"],
              "endpoint": "192.0.2.77:7777", "junk": "junk",
              "private.differential": PRIVATE["private"]}
    for name, value in values.items():
        (CREDENTIALS / f"network.wireguard.{name}").write_text(value)
    return [CREDENTIALS / f"network.wireguard.{name}" for name in values]


def devices():
    """The names of the devices of all cases that exist."""
    return sorted(path.name for path in Path("/sys/class/net").glob("wgd*"))


def shown(key):
    return NAMES.get(key, "own" if key == OWN["own"] else key)


def device_words(line, mtu):
    """What of a device differs from a plain one with the key "private"."""
    _, private, _, port, mark = line
    if shown(private) != "private":
        yield f"key={shown(private)}"
    if int(port) not in CHOSEN_PORTS:
        yield f"port={port}"
    if mark != "off":
        yield f"mark={mark}"
    if mtu != USUAL_MTU:
        yield f"mtu={mtu}"


def peer_words(line):
    _, _, psk, endpoint, allowed, _, _, _, keepalive = line
    if allowed != "(none)":
        yield "allowed=" + ",".join(sorted(allowed.split(",")))
    if endpoint != "(none)":
        yield f"endpoint={endpoint}"
    if keepalive != "off":
        yield f"keepalive={keepalive}"
    if psk != "(none)":
        yield f"psk={shown(psk)}"


def routes():
    """{device: ["route …"]} without those that the kernel makes, and without who made them."""
    seen = {}
    for family in ("-4", "-6"):
        listed = lab.run("ip", "-N", "-j", family, "route", "show", "table", "all")
        for route in json.loads(listed or "[]"):
            if route["protocol"] in (STATIC, OURS):
                net = EVERYTHING[family] if route["dst"] == "default" else route["dst"]
                words = ["route", net, f"table={route.get('table', MAIN)}"]
                words += [f"metric={route['metric']}"] if route.get("metric") else []
                seen.setdefault(route.get("dev"), []).append(" ".join(words))
    return {device: sorted(all_of_it) for device, all_of_it in seen.items()}


def dump():
    """{device: ["device …", "a …", …]}: everything that a file decides, peers in one order."""
    mtu = {link["ifname"]: link["mtu"] for link in json.loads(lab.run("ip", "-j", "link"))}
    seen = {}
    for line in (text.split("\t") for text in lab.run("wg", "show", "all", "dump").splitlines()):
        if len(line) == 5:
            seen[line[0]] = ["device", []]
            seen[line[0]][0] = " ".join(["device", *device_words(line, mtu.get(line[0]))])
        else:
            seen[line[0]][1].append(" ".join([shown(line[1]), *peer_words(line)]))
    led = routes()
    return {name: "; ".join([head, *sorted(peers), *led.get(name, [])])
            for name, (head, peers) in seen.items()
            if name.startswith("wgd") and name != LAST_DEVICE}


def settled(undone, deadline=lab.DEADLINE):
    """The dump, once nothing is undone and nothing changed for a while. (Nothing announces that,
    and asking more often would take the time that the answer needs.)"""
    end, before, after = time.monotonic() + deadline, None, dump()
    while before != after or undone():
        assert time.monotonic() < end, f"not within {deadline} s: {undone()}"
        time.sleep(2)
        before, after = after, dump()
    return after


def networkd_undone():
    """It takes the files in the order of their names: the last one is there, and it is through with
    every link."""
    if LAST_DEVICE not in devices():
        return [LAST_DEVICE]
    return [name for name in devices() if not is_settled(name)]


def is_settled(name):
    index = Path(f"/sys/class/net/{name}/ifindex").read_text().strip()
    state = Path(f"/run/systemd/netif/links/{index}")
    return state.exists() and any(f"ADMIN_STATE={word}\n" in state.read_text()
                                  for word in ("configured", "unmanaged"))


def wgnl_undone():
    """It takes the files in the same order, and one device after the other."""
    there = LAST_DEVICE in devices() and lab.device_property("InSync", LAST_DEVICE)
    return [] if there else [LAST_DEVICE]


def remove_devices():
    """All in one go: one by one each would wait for the kernel's grace period."""
    names = devices()
    if not names:
        return
    lab.run("ip", "-batch", "-", stdin="".join(f"link set {n} group 77\n" for n in names))
    lab.run("ip", "link", "delete", "group", "77", check=False)
    lab.eventually(lambda: not devices(), "the devices are gone")


class QuietMachine:
    """Udev without rules: hundreds of devices would cost more there than in both readers."""

    def __init__(self):
        folder = Path("/run/udev/rules.d")
        folder.mkdir(parents=True, exist_ok=True)
        self._masks = [folder / rules.name for rules in Path("/usr/lib/udev/rules.d").iterdir()]
        self._masks = [mask for mask in self._masks if not mask.exists()]
        for mask in self._masks:
            mask.symlink_to("/dev/null")
        lab.run("udevadm", "control", "--reload")

    def close(self):
        for mask in self._masks:
            mask.unlink()
        lab.run("udevadm", "control", "--reload")


def networkd(action):
    lab.run("systemctl", *action, "systemd-networkd.service", "systemd-networkd.socket")


class TwoReaders:
    """Runs both over all cases; `networkd` and `wgnl` are what they made of them."""

    def __init__(self, cases):
        OWN["own"] = lab.run("wg", "pubkey", stdin=PRIVATE["private"]).strip()
        self._names = {case.name: case.names(index) for index, case in enumerate(cases)}
        self._cases, self._written = list(enumerate(cases)), []
        self._quiet = QuietMachine()
        lab.run("systemctl", "stop", "wgnl-networkd", "wgnld")
        self._servers = write_keys()
        self._made = [*write_credentials(), SHARED_NETWORK, ADOPT, LAST, TABLE_NAMES]
        LAST.write_text(f"[NetDev]\nName={LAST_DEVICE}\nKind=wireguard\n"
                        f"[WireGuard]\nPrivateKey={PRIVATE['private']}\n")
        TABLE_NAMES.parent.mkdir(exist_ok=True)
        TABLE_NAMES.write_text("[Network]\nRouteTable=differential:5678\n")
        ADOPT.parent.mkdir(exist_ok=True)
        ADOPT.write_text("Adopt=yes\n")

    def run(self):
        self.networkd = self._ask_networkd()
        self.wgnl = {}
        for begin in range(0, len(self._cases), BATCH):
            self.wgnl |= self._ask_wgnl(self._cases[begin:begin + BATCH])

    def _ask_networkd(self):
        self._write(self._cases)
        # Only of links that it manages networkd sets routes.
        routed = " ".join(self.name(case) for _, case in self._cases if case.has("RouteTable="))
        SHARED_NETWORK.write_text(f"[Match]\nName={routed}\n[Link]\nRequiredForOnline=no\n"
                                  "[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n")
        networkd(["restart"])
        seen = settled(networkd_undone)
        networkd(["mask", "--runtime", "--now"])
        self._forget()
        return seen

    def _ask_wgnl(self, cases):
        self._write(cases)
        lab.run("systemctl", "start", "wgnld", "wgnl-networkd")
        seen = settled(wgnl_undone)
        lab.run("systemctl", "stop", "wgnl-networkd", "wgnld")
        self._forget()
        return seen

    def _write(self, cases):
        for index, case in cases:
            self._written += case.write(index)

    def _forget(self):
        """Neither files nor devices nor what anybody remembers of them stay."""
        remove_devices()
        for path in self._written:
            path.unlink()
            if path.parent.name.endswith(".netdev.d") and not any(path.parent.iterdir()):
                path.parent.rmdir()
        self._written = []
        for left in (*Path("/run/wgnl").glob("wgd*"), Path("/run/wgnl-networkd/claims")):
            left.unlink(missing_ok=True)

    def close(self):
        lab.run("systemctl", "stop", "wgnl-networkd", "wgnld")
        self._forget()
        for path in self._made:
            path.unlink(missing_ok=True)
        for server in self._servers:
            server.shutdown()
            server.server_close()
        shutil.rmtree(KEYS, ignore_errors=True)
        self._quiet.close()
        networkd(["unmask", "--runtime"])
        networkd(["start"])
        lab.run("systemctl", "start", "wgnld", "wgnl-networkd")

    def name(self, case):
        return self._names[case.name]["dev"]

    def expected(self, case, text):
        """An expectation as a dump shows it: every case has its own port."""
        return Template(text).substitute(self._names[case.name])
