# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the importer means to differ from NetworkManager's own: the table of
plugins/nm/import/README.md, with files that show each line of it.

Each file is given with what NetworkManager's importer would have to be given for the same profile,
or None where the importer refuses what NetworkManager's takes.
"""

KEYS = ["xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
        "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=",
        "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA="]
PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
OWN = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
ZERO = "A" * 43 + "="
HEAD = f"[Interface]\nPrivateKey = {PRIVATE}\n"


def interface(line):
    return f"{HEAD}{line}\n"


def peer(line, key=KEYS[0]):
    return f"{HEAD}[Peer]\nPublicKey = {key}\n{line}\n"


def two_peers(first, second, keys=(KEYS[0], KEYS[1])):
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
    "mtu": [("MTU = 1200", None), ("MTU = 70000", None)],
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
    "blanks": [(interface(V4 + "DNS = 10.0.0.1 10.0.0.3"), interface(V4 + "DNS = 10.0.0.1, 10.0.0.3")),
               (interface(V4 + "DNS =\v10.0.0.1"), interface(V4 + "DNS = 10.0.0.1"))],
    "numbers": [(interface("FwMark = 0xffffffff"), None)],  # see test: no text says it to theirs
    "full-tunnel": [(HEAD + V4 + f"DNS = 10.0.0.1, corp.example\n[Peer]\nPublicKey = {KEYS[0]}\n"
                     "AllowedIPs = 0.0.0.0/0\n",
                     HEAD + V4 + f"DNS = 10.0.0.1, ~, corp.example\n[Peer]\nPublicKey = {KEYS[0]}\n"
                     "AllowedIPs = 0.0.0.0/0\n")],
    "prefix-twice": [(two_peers("AllowedIPs = 10.0.0.0/8, 10.1.0.0/16", "AllowedIPs = 10.1.0.0/16"),
                      two_peers("AllowedIPs = 10.0.0.0/8", "AllowedIPs = 10.1.0.0/16"))],
    "peer-twice": [(two_peers("PersistentKeepalive = 5", "AllowedIPs = 10.0.0.0/8", KEYS[:1] * 2),
                    peer("PersistentKeepalive = 5\nAllowedIPs = 10.0.0.0/8"))],
    "own-key": [(two_peers("", "AllowedIPs = 10.0.0.0/8", (KEYS[0], OWN)), peer(""))],
    "zero-keys": [(f"[Interface]\nPrivateKey = {ZERO}\nListenPort = 7\n",
                   "[Interface]\nListenPort = 7\n"),
                  (peer("", ZERO), None)],
    "nothing": [("", None), ("# a comment\n", None), ("[Interface]\n", None)],
    "no-text": [(HEAD + "\0", None)],
    "blanks-in-keys": [("[Inter face]\nAddress = 10.0.0.1/24\n", None)],
}
# Files of libwgnl's corpus that differ, beside those with commands, of which a note is kept.
CORPUS = {
    "quick-caseless": "case", "quick-empty-values": "empty",
    "quick-header-with-blanks": "blanks-in-keys", "quick-key-with-blanks": "blanks-in-keys",
    "wg-allowed-bare": "prefixes", "wg-allowed-comma-last": "empty-prefix",
    "wg-allowed-empty": "empty-prefix", "wg-allowed-host-bits": "prefixes",
    "wg-allowed-length-sign": "nothing-to-read", "wg-allowed-plus": "signs",
    "wg-allowed-plus-again": "signs", "wg-allowed-same-twice": "prefixes", "wg-caseless": "case",
    "wg-empty": "nothing", "wg-endpoint-bad-v6": "hosts", "wg-endpoint-hex-v4": "hosts",
    "wg-endpoint-label-too-long": "hosts", "wg-endpoint-large-octet": "hosts",
    "wg-endpoint-localhost-brackets": "endpoints", "wg-endpoint-port-plus": "numbers",
    "wg-endpoint-port-zeros": "numbers", "wg-endpoint-scope-global": "hosts",
    "wg-endpoint-short-v4": "hosts", "wg-endpoint-v4-brackets": "endpoints",
    "wg-endpoint-v6-bare": "endpoints", "wg-keepalive-off": "case",
    "wg-keepalive-plus": "nothing-to-read", "wg-mark-large-x": "nothing-to-read",
    "wg-mark-largest": "numbers", "wg-mark-leading-zero": "numbers",
    "wg-mark-plus": "nothing-to-read", "wg-nul-in-line": "no-text", "wg-only-comment": "nothing",
    "wg-own-key": "own-key", "wg-own-key-takes-nothing": "own-key", "wg-peer-twice": "peer-twice",
    "wg-peer-twice-emptied": "peer-twice", "wg-port-zero": "nothing",
    "wg-prefix-lost-and-won": "prefix-twice", "wg-prefix-twice": "prefix-twice",
    "wg-preshared-key-zero": "zero-keys", "wg-private-key-zero": "nothing",
    "wg-public-key-zero": "zero-keys", "wg-vertical-blanks": "blanks",
}
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
