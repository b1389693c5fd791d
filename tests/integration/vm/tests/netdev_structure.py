# SPDX-License-Identifier: LGPL-2.1-or-later
"""Written cases: syntax, folders, drop-ins, masks, conditions, and what two sections both claim."""

from netdev_case import (DROPIN, NETWORK, Difference, Null, Unreadable, case, device, elsewhere,
                         peer)

MAIN = f"{NETWORK}/$dev.netdev"
WHOLE = device(peer("a", "AllowedIPs=10.0.0.1/32"), wireguard="ListenPort=$port")
OTHER = device(peer("c"), wireguard="FirewallMark=3")
FOLDERS = {"etc": NETWORK, "run": "/run/systemd/network", "local": "/usr/local/lib/systemd/network",
           "usr": "/usr/lib/systemd/network"}


def text(name, changed, differs=None):
    return elsewhere(name, {MAIN: changed}, differs)


def before(line):
    """The whole file with something before the section of the peer."""
    return WHOLE.replace("[WireGuardPeer]", f"{line}\n[WireGuardPeer]")


SYNTAX = [
    text("carriage-returns", WHOLE.replace("\n", "\r\n")),
    text("byte-order-mark", "\ufeff" + WHOLE),
    text("byte-order-mark-and-comment", "\ufeff# a comment\n" + WHOLE),
    text("no-final-newline", WHOLE.rstrip("\n")),
    text("nul-as-line-end", WHOLE.replace("ListenPort=$port\n", "ListenPort=$port\0FirewallMark=4\n")),
    text("comments", "# one\n;two\n" + WHOLE.replace("[WireGuard]", "  # three\n[WireGuard]\n; four")),
    text("continued", WHOLE.replace("AllowedIPs=", "AllowedIPs=\\\n10.0.0.2 \\\n   ")),
    text("comment-in-a-continued-line", WHOLE.replace("AllowedIPs=", "AllowedIPs=\\\n# comment\n10.9.9.9 \\\n")),
    text("continued-at-the-end", WHOLE.rstrip("\n") + " \\"),
    text("two-backslashes", WHOLE.replace("10.0.0.1/32", "10.0.0.1/32 \\\\\n"),
         Difference("a word of `AllowedIPs=`", "device port=$port; a allowed=10.0.0.1/32",
                    "device port=$port")),
    text("spaces-around-equals", WHOLE.replace("=", " = ").replace("[WireGuard]", "  [WireGuard]  ")),
    text("spaces-in-header", WHOLE.replace("[WireGuardPeer]", "[ WireGuardPeer ]")),
    text("key-in-lower-case", WHOLE.replace("ListenPort", "listenport")),
    text("no-equals", before("ListenPort")),
    text("not-utf-8", before("X-Comment=\udcff")),
    text("not-utf-8-in-a-comment", before("# \udcff")),
    text("no-end-of-header", before("[WireGuard")),
    text("header-with-quotes", before('[Wire"Guard]')),
    text("header-with-backslash", before("[Wire\\Guard]")),
    text("empty-header", before("[]")),
    text("unknown-section", before("[Colours]\nRed=1\nListenPort=5")),
    text("x-section", before("[X-Colours]\nRed=1\nListenPort=5")),
    text("assignment-before-sections", "ListenPort=5\n" + WHOLE),
    text("sections-in-another-order", peer("a") + "[WireGuard]\nPrivateKey=$private\n"
         "ListenPort=$port\n" + peer("b") + "[NetDev]\nKind=wireguard\nName=$dev\n"),
    text("no-kind", WHOLE.replace("Kind=wireguard\n", "")),
    text("no-wireguard-section", "[NetDev]\nName=$dev\nKind=wireguard\n" + peer("a")),
    text("no-peers", device()),
    text("only-a-peer-header", device("[WireGuardPeer]\n", peer("b"))),
    text("forty-peers", device(*(peer(None, f"PublicKey={'ABCDEFGH'[n % 8]}{'IJKLM'[n // 8]}"
                                      + "A" * 41 + "=", f"AllowedIPs=10.0.{n}.0/24, fd00:0:0:{n:x}::/64",
                                      f"Endpoint=192.0.2.{n}:51820") for n in range(40)))),
    text("five-hundred-prefixes", device(peer("a", *(f"AllowedIPs=10.{n // 250}.{n % 250}.0/24"
                                                     for n in range(500))), peer("b"))),
]

MASKED = [
    elsewhere("empty-file", {MAIN: ""}),
    elsewhere("null-link", {MAIN: Null}),
    *(elsewhere(f"folder-{name}", {f"{folder}/$dev.netdev": WHOLE})
      for name, folder in FOLDERS.items()),
    elsewhere("etc-over-run", {MAIN: WHOLE, f"{FOLDERS['run']}/$dev.netdev": OTHER}),
    elsewhere("run-over-local", {f"{FOLDERS['run']}/$dev.netdev": WHOLE,
                                 f"{FOLDERS['local']}/$dev.netdev": OTHER}),
    elsewhere("local-over-usr", {f"{FOLDERS['local']}/$dev.netdev": WHOLE,
                                 f"{FOLDERS['usr']}/$dev.netdev": OTHER}),
    elsewhere("empty-over-usr", {MAIN: "", f"{FOLDERS['usr']}/$dev.netdev": WHOLE}),
    elsewhere("null-over-usr", {MAIN: Null, f"{FOLDERS['usr']}/$dev.netdev": WHOLE}),
    elsewhere("null-in-usr", {MAIN: WHOLE, f"{FOLDERS['usr']}/$dev.netdev": Null}),
    elsewhere("spaces-over-usr", {MAIN: "\n", f"{FOLDERS['usr']}/$dev.netdev": WHOLE}),
    elsewhere("hidden", {f"{NETWORK}/.$dev.netdev": WHOLE}),
    elsewhere("another-suffix", {f"{NETWORK}/$dev.netdev.bak": WHOLE}),
    elsewhere("unreadable", {MAIN: Unreadable(WHOLE)}),
    elsewhere("two-files-one-name", {f"{NETWORK}/1-$dev.netdev": WHOLE,
                                     f"{NETWORK}/2-$dev.netdev": OTHER}),
    elsewhere("two-files-one-name-in-two-folders", {f"{FOLDERS['usr']}/1-$dev.netdev": WHOLE,
                                                    f"{NETWORK}/2-$dev.netdev": OTHER}),
    elsewhere("default-credential", {f"{NETWORK}/differential.netdev": device(peer("a"), key="")}),
]

DROPPED = "[WireGuard]\nFirewallMark=5\n" + peer("b", "AllowedIPs=10.0.0.2/32")


def dropped(name, files, differs=None, main=WHOLE):
    return elsewhere(f"dropin-{name}", {MAIN: main, **files}, differs)


DROPINS = [
    *(dropped(name, {f"{folder}/$dev.netdev.d/x.conf": DROPPED}) for name, folder in FOLDERS.items()),
    dropped("order", {f"{DROPIN}/2.conf": "[WireGuard]\nFirewallMark=2\n",
                      f"{DROPIN}/10.conf": "[WireGuard]\nFirewallMark=10\n"}),
    dropped("order-over-folders", {f"{DROPIN}/1.conf": "[WireGuard]\nFirewallMark=1\n",
                                   f"{FOLDERS['usr']}/$dev.netdev.d/2.conf":
                                   "[WireGuard]\nFirewallMark=2\n"}),
    dropped("etc-hides-usr", {f"{DROPIN}/1.conf": "[WireGuard]\nFirewallMark=1\n",
                              f"{FOLDERS['usr']}/$dev.netdev.d/1.conf": DROPPED}),
    dropped("null-hides-usr", {f"{DROPIN}/1.conf": Null,
                               f"{FOLDERS['usr']}/$dev.netdev.d/1.conf": DROPPED}),
    dropped("empty-hides-usr", {f"{DROPIN}/1.conf": "",
                                f"{FOLDERS['run']}/$dev.netdev.d/1.conf": DROPPED}),
    dropped("another-suffix", {f"{DROPIN}/1.netdev": DROPPED}),
    dropped("hidden", {f"{DROPIN}/.1.conf": DROPPED}),
    dropped("overrides-the-port", {f"{DROPIN}/1.conf": "[WireGuard]\nListenPort=\n"}),
    dropped("overrides-the-key", {f"{DROPIN}/1.conf": "[WireGuard]\nPrivateKey=$other\n"}),
    dropped("gives-the-key", {f"{DROPIN}/1.conf": "[WireGuard]\nPrivateKey=$private\n"},
            main=WHOLE.replace("PrivateKey=$private\n", "")),
    dropped("gives-the-name", {f"{DROPIN}/1.conf": "[NetDev]\nName=$dev\n"},
            main=WHOLE.replace("Name=$dev\n", "")),
    dropped("gives-the-mtu", {f"{DROPIN}/1.conf": "[NetDev]\nMTUBytes=1300\n"}),
    dropped("has-the-same-peer", {f"{DROPIN}/1.conf": peer("a", "AllowedIPs=10.0.0.9/32",
                                                           "PersistentKeepalive=9")}),
    dropped("has-the-same-prefix", {f"{DROPIN}/1.conf": peer("b", "AllowedIPs=10.0.0.1/32")}),
    dropped("has-a-mistake", {f"{DROPIN}/1.conf": peer("b", "PersistentKeepalive=foo")}),
    dropped("refused", {f"{DROPIN}/1.conf": "[WireGuard\nFirewallMark=5\n"}),
    dropped("unreadable", {f"{DROPIN}/1.conf": Unreadable(DROPPED)}),
    dropped("condition-false", {f"{DROPIN}/1.conf": "[Match]\nHost=somewhere-else\n" + DROPPED}),
    dropped("condition-reset", {f"{DROPIN}/1.conf": "[Match]\nHost=\n"},
            main=WHOLE.replace("[NetDev]", "[Match]\nHost=somewhere-else\n[NetDev]")),
    dropped("of-a-masked-file", {f"{DROPIN}/1.conf": WHOLE}, main=Null),
]

CONDITIONS = [case(f"match-{name}", peer("a"), match=lines) for name, lines in [
    ("host-other", "Host=somewhere-else"),
    ("host-reset", "Host=somewhere-else\nHost="),
    ("architecture", "Architecture=x86-64"),
    ("architecture-other", "Architecture=arm64"),
    ("architecture-unknown", "Architecture=pdp11"),
    ("kernel", "KernelVersion=>=5.6"),
    ("kernel-space", "KernelVersion=>= 5.6"),
    ("kernel-two-and-one-fails", "KernelVersion=>=5.6 <6"),
    ("kernel-lone-sign", "KernelVersion=>="),
    ("kernel-lone-sign-not", "KernelVersion=!>="),
    ("kernel-quoted", 'KernelVersion=">= 5.6" "!= 4"'),
    ("command-line", "KernelCommandLine=root"),
    ("command-line-value", "KernelCommandLine=root=/dev/nowhere"),
    ("credential", "Credential=network.wireguard.named"),
    ("credential-missing", "Credential=network.wireguard.missing"),
    ("credential-not", "Credential=!network.wireguard.missing"),
    ("two", "Host=*\nArchitecture=arm64"),
    ("unknown-key", "Colour=red"),
    ("of-a-link", "Name=eth0"),
]]

KEPT_PREFIX = "a prefix of a section with a mistake"
KEPT_KEY = "a public key of a section with a mistake"
CLAIMS = [case(f"claim-{name}", *peers, differs=differs) for name, peers, differs in [
    ("prefix", [peer("a", "AllowedIPs=10.0.0.0/24"), peer("b", "AllowedIPs=10.0.0.0/24")], None),
    ("prefix-with-host-bits", [peer("a", "AllowedIPs=10.0.0.7/24"),
                               peer("b", "AllowedIPs=10.0.0.9/24 fd00::1")], None),
    ("prefix-of-three", [peer(c, "AllowedIPs=10.0.0.0/24, fd00::/64") for c in "abc"], None),
    ("prefix-crosswise", [peer("a", "AllowedIPs=10.0.0.1 10.0.0.2"),
                          peer("b", "AllowedIPs=10.0.0.2 10.0.0.3"),
                          peer("c", "AllowedIPs=10.0.0.3 10.0.0.1")], None),
    ("key", [peer("a", "AllowedIPs=10.0.0.1"), peer("a", "AllowedIPs=10.0.0.2")], None),
    ("key-and-settings", [peer("a", "PersistentKeepalive=5", "Endpoint=192.0.2.1:1"),
                          peer("a", "PersistentKeepalive=9", "Endpoint=192.0.2.2:2")], None),
    ("key-and-what-only-the-later-has",
     [peer("a"), peer("a", "Endpoint=192.0.2.2:2", "PresharedKey=$psk1",
                      "PersistentKeepalive=9")],
     Difference("a public key in two sections", "device; a endpoint=192.0.2.2:2", "device; a")),
    ("key-of-three", [peer("a", f"AllowedIPs=10.0.0.{n}") for n in (1, 2, 3)], None),
    ("prefix-of-a-repeated-key", [peer("a", "AllowedIPs=10.0.0.1"),
                                  peer("a", "AllowedIPs=10.0.0.2"),
                                  peer("b", "AllowedIPs=10.0.0.2")], None),
    ("prefix-of-a-held-peer",
     [peer("a", "AllowedIPs=10.0.0.1", "PersistentKeepalive=foo"),
      peer("b", "AllowedIPs=10.0.0.1")],
     Difference(KEPT_PREFIX, "device; b allowed=10.0.0.1/32", "device; b")),
    ("key-of-a-held-peer",
     [peer("a", "AllowedIPs=10.0.0.1", "PersistentKeepalive=foo"),
      peer("a", "AllowedIPs=10.0.0.2")],
     Difference(KEPT_KEY, "device; a allowed=10.0.0.2/32", "device")),
]]

WIDE = "a prefix shorter than /8 (IPv6: /16) with `RouteTable=main`"
ROUTES = [case(f"route-{name}", *peers, wireguard=lines, differs=differs)
          for name, lines, peers, differs in [
    ("main", "RouteTable=main", [peer("a", "AllowedIPs=$v4.0/24, $v6::/64")], None),
    ("default", "RouteTable=default", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("number", "RouteTable=1234", [peer("a", "AllowedIPs=$v4.0/24, $v6::/64")], None),
    ("hexadecimal", "RouteTable=0x4d2", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("name", "RouteTable=differential", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("name-that-is-none", "RouteTable=nowhere", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("junk-behind", "RouteTable=1234\nRouteTable=4294967296",
     [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("off-behind", "RouteTable=main\nRouteTable=off", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("empty-behind", "RouteTable=main\nRouteTable=", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("metric", "RouteTable=main\nRouteMetric=77", [peer("a", "AllowedIPs=$v4.0/24 $v6::/64")],
     None),
    ("metric-junk-behind", "RouteTable=main\nRouteMetric=77\nRouteMetric=junk",
     [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("metric-empty-behind", "RouteTable=main\nRouteMetric=77\nRouteMetric=",
     [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("metric-without-table", "RouteMetric=77", [peer("a", "AllowedIPs=$v4.0/24")], None),
    ("of-one-peer", "", [peer("a", "AllowedIPs=$v4.0/24", "RouteTable=main"),
                         peer("b", "AllowedIPs=$v4.7/32")], None),
    ("peer-over-device", "RouteTable=main\nRouteMetric=5",
     [peer("a", "AllowedIPs=$v4.0/25", "RouteTable=1234", "RouteMetric=6"),
      peer("b", "AllowedIPs=$v4.128/25"), peer("c", "AllowedIPs=$v6::/64", "RouteMetric=7")], None),
    ("not-of-one-peer", "RouteTable=main", [peer("a", "AllowedIPs=$v4.0/25", "RouteTable=off"),
                                            peer("b", "AllowedIPs=$v4.128/25")], None),
    ("peer-takes-back", "RouteTable=main",
     [peer("a", "AllowedIPs=$v4.0/25", "RouteTable=1234", "RouteTable=", "RouteMetric=4",
           "RouteMetric=")], None),
    ("of-a-peer-with-a-mistake", "RouteTable=main",
     [peer("a", "AllowedIPs=$v4.0/25", "RouteTable=junk"), peer("b", "AllowedIPs=$v4.128/25")],
     None),
    ("host-bits", "RouteTable=main", [peer("a", "AllowedIPs=$v4.77/24")], None),
    ("nested", "RouteTable=main", [peer("a", "AllowedIPs=$v4.0/24"),
                                   peer("b", "AllowedIPs=$v4.128/25 $v4.129")], None),
    ("twice", "RouteTable=main", [peer("a", "AllowedIPs=$v4.0/24"),
                                  peer("b", "AllowedIPs=$v4.0/24")], None),
    ("everything-elsewhere", "RouteTable=4321", [peer("a", "AllowedIPs=0.0.0.0/0 ::/0")], None),
    ("everything", "RouteTable=main\nRouteMetric=4000", [peer("a", "AllowedIPs=0.0.0.0/0")],
     Difference(WIDE, "device; a allowed=0.0.0.0/0; route 0.0.0.0/0 table=254 metric=4000",
                "device; a allowed=0.0.0.0/0")),
]]

ALL = ROUTES + SYNTAX + MASKED + DROPINS + CONDITIONS + CLAIMS
