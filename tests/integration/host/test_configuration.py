# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same text for wg and for libwgnl: both take it or both refuse it, with the same device after.

The corpus has a file for each rule of the format. Its first line may say how a file differs:
`# differs: WHY` (libwgnl and wg disagree, and why that is meant), `# since: VERSION` (of wg).
"""
import os
import pathlib
import random
import re
import subprocess

import pytest
from a_profile import PEERS, PRIVATE, PUBLIC_OF_PRIVATE, ZERO
from conftest import DEADLINE, TOP, Namespace, end, run

CORPUS = TOP / "libwgnl/fuzz/corpus/wg-quick"
GENERATED = {"wg": 300, "wg-quick": 80}


def wg_version():
    found = re.search(r"v([0-9.]+)", run("wg", "--version"))
    return tuple(int(part) for part in found.group(1).split("."))


def table(dump):
    """`wg show DEVICE dump` with the allowed IPs as sets, and without counters."""
    device, *peers = (line.split("\t") for line in dump.splitlines())
    return device, {
        fields[0]: (fields[1], fields[2], frozenset(fields[3].split(",")), fields[7])
        for fields in peers
    }


class Pair:
    """Two devices: one for wg, one for libwgnl."""

    def __init__(self, namespace, folder, names):
        self.namespace = namespace
        self.folder = folder
        self.theirs, self.ours = names
        for name in names:
            namespace.run("wireguard-go", name)
        program = pathlib.Path(os.environ["WGNL_BUILD"]) / "libwgnl/tests/wg-quick-apply"
        self.process = subprocess.Popen(
            namespace.command(program, self.ours), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def wg(self, *words):
        """The output of wg, or None if it refused."""
        done = subprocess.run(
            self.namespace.command("wg", *words), check=False, timeout=DEADLINE, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "WG_ENDPOINT_RESOLUTION_RETRIES": "0"},
        )
        return done.stdout if done.returncode == 0 else None

    def strip(self, file):
        """What `wg-quick strip` makes of the file, or None if it refused."""
        done = subprocess.run(["wg-quick", "strip", file], check=False, timeout=DEADLINE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            return None
        stripped = self.folder / "stripped.conf"
        stripped.write_bytes(done.stdout)
        return stripped

    def accepted_by_wg(self, dialect, text):
        file = self.folder / "q.conf"
        file.write_bytes(text)
        file = self.strip(file) if dialect == "wg-quick" else file
        return file is not None and self.wg("setconf", self.theirs, file) is not None

    def reset(self):
        """Both devices as they began: two cannot have one port."""
        for name in (self.theirs, self.ours):
            assert self.wg("setconf", name, "/dev/null") is not None

    def answer_of_ours(self, dialect, text):
        """('refused', why) or ('accepted', port)."""
        self.reset()
        (self.folder / "q.conf").write_bytes(text)
        return tuple(self.ask(dialect, self.folder / "q.conf").split(" ", 1))

    def ask(self, what, file):
        self.process.stdin.write(f"{what} {file}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def compare(self, dialect, text):
        """What differs, in words; None if nothing does."""
        self.reset()
        wg_takes_it = self.accepted_by_wg(dialect, text)
        theirs = table(self.wg("show", self.theirs, "dump"))
        answer, detail = self.answer_of_ours(dialect, text)
        if answer not in ("accepted", "refused"):
            return f"{answer}: {detail}"
        if wg_takes_it != (answer == "accepted"):
            return f"wg {'takes' if wg_takes_it else 'refuses'} it, libwgnl: {answer} {detail}"
        return self.difference(theirs, detail) if wg_takes_it else None

    def difference(self, theirs, port):
        ours = table(self.wg("show", self.ours, "dump"))
        if port == "0":  # each device has a random one
            theirs[0][2] = ours[0][2] = "0"
        return None if theirs == ours else f"wg: {theirs}, libwgnl: {ours}"

    def close(self):
        self.process.stdin.close()
        end(self.process)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    namespace = Namespace()
    stem = f"wgc{os.getpid() % 100000}"
    made = Pair(namespace, tmp_path_factory.mktemp("configuration"), (f"{stem}a", f"{stem}b"))
    yield made
    made.close()
    namespace.close()


def corpus():
    return sorted(CORPUS.glob("*.conf"))


def mark_of(text, name):
    found = re.match(rb"# " + name.encode() + rb": (.*)\n", text)
    return found and found.group(1).decode()


@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.stem)
def test_wg_and_libwgnl_read_the_same(pair, file):
    text = file.read_bytes()
    since = mark_of(text, "since")
    if since and tuple(int(part) for part in since.split(".")) > wg_version():
        pytest.skip(f"wg takes this since {since}")
    dialect = "wg-quick" if file.name.startswith("quick-") else "wg"
    difference = pair.compare(dialect, text)
    if mark_of(text, "differs"):
        assert difference is not None
    else:
        assert difference is None


@pytest.mark.parametrize("name", ["wg-whole", "wg-mark-leading-zero", "wg-many-peers"])
def test_a_live_device_is_printed_as_wg_prints_it(pair, name):
    assert pair.answer_of_ours("wg", (CORPUS / f"{name}.conf").read_bytes())[0] == "accepted"
    shown = pair.folder / "shown.conf"
    assert pair.ask("showconf", shown) == "written"
    ours, theirs = shown.read_text(), pair.wg("showconf", pair.ours)
    assert len(ours) == len(theirs)
    # wireguard-go tells its peers in another order each time.
    assert sorted(ours.split("\n[Peer]\n")) == sorted(theirs.split("\n[Peer]\n"))


KEYS = [*PEERS, PUBLIC_OF_PRIVATE]
PREFIXES = ["10.0.0.0/8", "10.1.2.3/16", "10.1.2.3", "0.0.0.0/0", "::/0", "fd00::1/64", "FD00::1"]
VALUES = {
    "interface": {
        "PrivateKey": ([PRIVATE, ZERO], ["", "x", PRIVATE[1:]]),
        "ListenPort": (["51820", "+5", "0070", "0"], ["", "-1", "x", "0x5"]),
        "FwMark": (["off", "OFF", "7", "0x7f", "010"], ["", "-1", "0X7", "4294967296"]),
    },
    "peer": {
        "PublicKey": (KEYS, ["", "x"]),
        "PresharedKey": ([KEYS[1], ZERO], ["", KEYS[1] + "="]),
        "Endpoint": (["192.0.2.1:7", "[2001:db8::1]:8", "2001:db8::2:9", "[fe80::1%lo]:+1"],
                     ["", "192.0.2.1", "[2001:db8::1]", ":7"]),
        "PersistentKeepalive": (["off", "0", "25", "065"], ["", "+1", "65536"]),
    },
    "quick": {
        "Address": (["10.0.0.1/24, fd00::1", ""], []),
        "MTU": (["1400", ""], []),
        "Table": (["off", "auto", "7"], []),
        "DNS": (["10.0.0.1, example.org"], []),
        "PostUp": (["echo a = b; true"], []),
        "SaveConfig": (["true", "FALSE"], ["yes"]),
    },
}


class Generator:
    """Files as people write them: mostly right, in any case and with blanks anywhere."""

    def __init__(self, seed, quick):
        self.random = random.Random(seed)
        self.quick = quick

    def value(self, good_and_bad):
        good, bad = good_and_bad
        return self.random.choice(bad if bad and self.random.random() < 0.02 else good)

    def prefixes(self):
        return ",".join(self.random.choices(PREFIXES, k=self.random.randint(1, 4)))

    def disguise(self, line):
        """The same line to wg."""
        if self.random.random() < 0.2:
            line = line.upper() if "=" not in line else line
        if self.random.random() < 0.2 and not self.quick:
            at = self.random.randint(0, len(line))
            line = line[:at] + self.random.choice([" ", "\t", "\r", "\f"]) + line[at:]
        return line + self.random.choice(["", "", "", " # ListenPort = x", "\r", "\n# Name = a"])

    def setting(self, kind):
        key = self.random.choice([*VALUES[kind], *(["AllowedIPs"] if kind == "peer" else [])])
        value = self.prefixes() if key == "AllowedIPs" else self.value(VALUES[kind][key])
        key = self.random.choice([key, key, key.lower(), key.upper()])
        return f"{key}{self.random.choice(['=', ' = '])}{value}"

    def section(self, kind):
        yield "[Peer]" if kind == "peer" else "[Interface]"
        if kind == "peer" and self.random.random() < 0.99:
            yield f"PublicKey = {self.random.choice(KEYS)}"
        for _ in range(self.random.randint(0, 4)):
            quick = self.quick and kind == "interface" and self.random.random() < 0.5
            yield self.setting("quick" if quick else kind)

    def text(self):
        lines = []
        for kind in self.random.choices(["interface", "peer"], [1, 2], k=self.random.randint(1, 5)):
            lines += self.section(kind)
        if self.random.random() < 0.05:
            lines.insert(self.random.randint(0, len(lines)), self.random.choice(["x", "[x]", "=", "[]"]))
        return "\n".join(map(self.disguise, lines)).encode()


@pytest.mark.parametrize("dialect", GENERATED)
def test_they_read_generated_files_the_same(pair, dialect):
    taken = 0
    for seed in range(GENERATED[dialect]):
        text = Generator(seed, dialect == "wg-quick").text()
        assert pair.compare(dialect, text) is None, f"seed {seed}:\n{text.decode()}"
        taken += pair.answer_of_ours(dialect, text)[0] == "accepted"
    # Both kinds were met.
    assert GENERATED[dialect] // 10 < taken < GENERATED[dialect]


@pytest.fixture
def conf(here, folder, device):
    """A file of wg-quick, and `wgnl` on it in a namespace."""
    file = folder / f"{device}.conf"
    program = pathlib.Path(os.environ["WGNL_BUILD"]) / "cli/wgnl"

    def write(text, verb="apply"):
        file.write_text(text)
        file.chmod(0o600)
        return subprocess.run(here.command(program, verb, file), text=True, check=False,
                              timeout=DEADLINE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    yield write
    here.run("ip", "link", "delete", device, check=False)
    for left in pathlib.Path("/run/wgnl").glob(f"{device}.*"):
        left.unlink()


def test_a_file_of_wg_quick_is_applied_without_any_daemon(conf, here, device):
    interface = f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 10.9.0.1/24\nMTU = 1380\n"
    laptop = f"# laptop\n[Peer]\nPublicKey = {KEYS[0]}\nAllowedIPs = 10.9.0.2/32\n"
    desk = f"# desk\n[Peer]\nPublicKey = {KEYS[1]}\nAllowedIPs = 10.9.0.3/32\n"

    first = conf(f"{interface}PostUp = false\n{laptop}{desk}")
    assert first.returncode == 0, first.stderr
    assert "PostUp= is not carried out" in first.stderr
    assert set(here.dump(device)) == set(KEYS[:2])
    link = here.run("ip", "address", "show", "dev", device)
    assert "mtu 1380" in link and "inet 10.9.0.1/24" in link

    narrow = interface.replace("1380", "1000")
    assert conf(f"{narrow}{laptop}{desk}").stderr == ""
    assert "mtu 1000" in here.run("ip", "address", "show", "dev", device)

    again = conf(f"{narrow}{laptop}{desk}", "diff")
    assert again.returncode == 0, again.stdout
    # The mistake holds its own peer, and the other edit is made.
    edited = conf(f"{interface}{laptop.replace('.2/32', '.7/32')}{desk}Endpoint = nowhere\n")
    assert edited.returncode == 1
    assert "Endpoint=nowhere has no port" in edited.stderr
    assert here.dump(device)[KEYS[0]][2] == "10.9.0.7/32"
    assert here.dump(device)[KEYS[1]][2] == "10.9.0.3/32"
    assert conf(f"{interface}{laptop}").returncode == 0
    assert set(here.dump(device)) == {KEYS[0]}
