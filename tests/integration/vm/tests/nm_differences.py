# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the importer means to differ from NetworkManager's own: the table of
plugins/nm/import/README.md, with files that show each line of it.

Each file is given with what NetworkManager's importer would have to be given for the same profile,
or None where the importer refuses what NetworkManager's takes.
"""

from a_profile import PEERS, PRIVATE, PUBLIC_OF_PRIVATE, ZERO

HEAD = f"[Interface]\nPrivateKey = {PRIVATE}\n"


def interface(line):
    return f"{HEAD}{line}\n"


def peer(line, key=PEERS[0], lines=""):
    return f"{HEAD}{lines}[Peer]\nPublicKey = {key}\n{line}\n"


def two_peers(first, second, keys=(PEERS[0], PEERS[1])):
    return peer(first, keys[0]) + f"[Peer]\nPublicKey = {keys[1]}\n{second}\n"


# Lines of [Interface] and of [Peer], by the name of their difference.
INTERFACE_LINES = {
    "blanks": [("Address = 10.0.0.1/24 fd00::1/64", "Address = 10.0.0.1/24, fd00::1/64")],
    "case": [("SaveConfig = True", "SaveConfig = true"), ("FwMark = OFF", "FwMark = off")],
    "empty": [("MTU =", ""), ("Table =", "Table = auto")],
    "numbers": [("FwMark = 010", "FwMark = 10")],
    "table-names": [("Table = main", "Table = 254"), ("Table = default", "Table = 253"),
                    ("Table = local", "Table = 255")],
    "nothing-to-read": [("FwMark = +1", None), ("FwMark = 0X10", None)],
    "mtu": [("MTU = 67", None), ("MTU = 70000", None)],
    "table-zero": [("Table = 0", None)],
    "name-server": [("DNS = 10.0.0.300", None), ("DNS = fe80::1%lo", None), ("DNS = a;b", None)],
    "blanks-in-keys": [("Addr ess = 10.0.0.1/24", None)],
}
PEER_LINES = {
    "case": [("PersistentKeepalive = OFF", "PersistentKeepalive = off")],
    "numbers": [("Endpoint = 192.0.2.1:+7", "Endpoint = 192.0.2.1:7"),
                ("Endpoint = 192.0.2.1:007", "Endpoint = 192.0.2.1:7")],
    "signs": [("AllowedIPs = +10.1.0.0/16, +10.2.0.0/16", "AllowedIPs = 10.1.0.0/16, 10.2.0.0/16"),
              ("AllowedIPs = +10.1.0.0/16, -10.1.0.0/16", "")],
    "prefixes": [("AllowedIPs = 10.0.0.1, fd00::1", "AllowedIPs = 10.0.0.1/32, fd00::1/128"),
                 ("AllowedIPs = 10.0.0.1/8", "AllowedIPs = 10.0.0.0/8"),
                 ("AllowedIPs = 10.0.0.0/8, 10.0.0.0/8", "AllowedIPs = 10.0.0.0/8")],
    "zero-keys": [(f"PresharedKey = {ZERO}", "")],
    "endpoints": [("Endpoint = 2001:db8::1:7", "Endpoint = [2001:db8::1]:7"),
                  ("Endpoint = [192.0.2.1]:7", "Endpoint = 192.0.2.1:7")],
    "empty-prefix": [("AllowedIPs =", None), ("AllowedIPs = 10.0.0.0/8,", None)],
    "hosts": [("Endpoint = 192.0.2.256:7", None), ("Endpoint = 127.1:7", None),
              ("Endpoint = [2001:db8:::1]:7", None), ("Endpoint = a_;b:7", None)],
    "nothing-to-read": [("PersistentKeepalive = +1", None), ("AllowedIPs = 10.0.0.0/+8", None)],
}
V4 = "Address = 10.0.0.2/24\n"
# Whole files.
FILES = {
    "blanks": [(interface(V4 + "DNS = 10.0.0.1 10.0.0.3"),
                interface(V4 + "DNS = 10.0.0.1, 10.0.0.3")),
               (interface(V4 + "DNS =\v10.0.0.1"), interface(V4 + "DNS = 10.0.0.1"))],
    "numbers": [(interface("FwMark = 0xffffffff"), None)],  # see test: no text says it to theirs
    "full-tunnel": [(peer("AllowedIPs = 0.0.0.0/0", lines=V4 + "DNS = 10.0.0.1, corp.example\n"),
                     peer("AllowedIPs = 0.0.0.0/0",
                          lines=V4 + "DNS = 10.0.0.1, ~, corp.example\n"))],
    "prefix-twice": [(two_peers("AllowedIPs = 10.0.0.0/8, 10.1.0.0/16", "AllowedIPs = 10.1.0.0/16"),
                      two_peers("AllowedIPs = 10.0.0.0/8", "AllowedIPs = 10.1.0.0/16"))],
    "peer-twice": [(two_peers("PersistentKeepalive = 5", "AllowedIPs = 10.0.0.0/8", PEERS[:1] * 2),
                    peer("PersistentKeepalive = 5\nAllowedIPs = 10.0.0.0/8"))],
    "own-key": [(two_peers("", "AllowedIPs = 10.0.0.0/8", (PEERS[0], PUBLIC_OF_PRIVATE)),
                 peer(""))],
    "zero-keys": [(f"[Interface]\nPrivateKey = {ZERO}\nListenPort = 7\n",
                   "[Interface]\nListenPort = 7\n"),
                  (peer("", ZERO), None)],
    "nothing": [("", None), ("# a comment\n", None), ("[Interface]\n", None)],
    "no-text": [(HEAD + "\0", None)],
    "blanks-in-keys": [("[Inter face]\nAddress = 10.0.0.1/24\n", None)],
}
# Files of libwgnl's corpus that differ, beside those with commands, of which a note is kept.
FILES_OF_CORPUS = {
    "blanks": "wg-vertical-blanks",
    "blanks-in-keys": "quick-header-with-blanks quick-key-with-blanks",
    "case": "quick-caseless wg-caseless wg-keepalive-off",
    "empty": "quick-empty-values",
    "empty-prefix": "wg-allowed-comma-last wg-allowed-empty",
    "endpoints": "wg-endpoint-localhost-brackets wg-endpoint-v4-brackets wg-endpoint-v6-bare",
    "hosts": "wg-endpoint-bad-v6 wg-endpoint-hex-v4 wg-endpoint-label-too-long "
             "wg-endpoint-large-octet wg-endpoint-scope-global wg-endpoint-short-v4",
    "no-text": "wg-nul-in-line",
    "nothing": "wg-empty wg-only-comment wg-port-zero wg-private-key-zero",
    "nothing-to-read": "wg-allowed-length-sign wg-keepalive-plus wg-mark-large-x wg-mark-plus",
    "numbers": "wg-endpoint-port-plus wg-endpoint-port-zeros wg-mark-largest wg-mark-leading-zero",
    "own-key": "wg-own-key wg-own-key-takes-nothing",
    "peer-twice": "wg-peer-twice wg-peer-twice-emptied",
    "prefix-twice": "wg-prefix-lost-and-won wg-prefix-twice",
    "prefixes": "wg-allowed-bare wg-allowed-host-bits wg-allowed-same-twice",
    "signs": "wg-allowed-plus wg-allowed-plus-again",
    "zero-keys": "wg-preshared-key-zero wg-public-key-zero",
}
CORPUS = {file: name for name, files in FILES_OF_CORPUS.items() for file in files.split()}
# Not of a text, but of the name of its file and of what is asked for with every profile.
OF_THE_PROFILE = {"file-name", "autoconnect", "left-out"}


def cases():
    """(name, text, text of the same profile or None)."""
    for lines, around in ((INTERFACE_LINES, interface), (PEER_LINES, peer)):
        for name, pairs in lines.items():
            for ours, theirs in pairs:
                yield name, around(ours), None if theirs is None else around(theirs)
    for name, pairs in FILES.items():
        for ours, theirs in pairs:
            yield name, ours, theirs


def names():
    """A short name for each of the cases."""
    return [f"{name}-{number}" for number, (name, _, _) in enumerate(cases())]
