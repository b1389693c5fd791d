# SPDX-License-Identifier: LGPL-2.1-or-later
"""Written cases: every key of the sections, good and bad, once each."""

from netdev_case import Difference, case, peer

DEVICE = "device"


def table(prefix, make, rows):
    """One case for each row: name, lines, and perhaps a difference."""
    return [make(f"{prefix}-{row[0]}", row[1], row[2] if len(row) > 2 else None) for row in rows]


def netdev_lines(name, lines, differs):
    return case(name, peer("a"), netdev=lines, differs=differs)


def wireguard_lines(name, lines, differs):
    return case(name, peer("a"), wireguard=lines, differs=differs)


def key_lines(name, lines, differs):
    return case(name, peer("a"), key=lines, differs=differs)


def peer_lines(name, lines, differs):
    """Behind the peer there is another one, which no mistake may touch."""
    return case(name, peer("a", lines), peer("b", "AllowedIPs=10.99.0.0/16"), differs=differs)


OTHER = "b allowed=10.99.0.0/16"


def held(row, networkd):
    """networkd goes on with something, wgnl leaves the peer as it is."""
    return Difference(row, f"{DEVICE}; {networkd}; {OTHER}", f"{DEVICE}; {OTHER}")


def taken(row, wgnl):
    return Difference(row, f"{DEVICE}; {OTHER}", f"{DEVICE}; {wgnl}; {OTHER}")


NETDEV = table("netdev", netdev_lines, [
    ("mtu", "MTUBytes=1400"),
    ("mtu-reset", "MTUBytes=1300\nMTUBytes="),
    ("mtu-junk", "MTUBytes=large"),
    ("mtu-junk-behind", "MTUBytes=1300\nMTUBytes=large"),
    ("mac-junk", "MACAddress=junk"),
    ("unknown-key", "Colour=red"),
    ("name-empty-behind", "Name="),
    ("name-junk-behind", "Name=a/b"),
    ("kind-other-behind", "Kind=bridge"),
    ("kind-junk-behind", "Kind=junk"),
    ("key-in-lower-case", "mtubytes=1300"),
])

WIREGUARD = table("wireguard", wireguard_lines, [
    ("nothing", ""),
    ("port-last", "ListenPort=1\nListenPort=$port"),
    ("port-largest", "ListenPort=65535"),
    ("port-auto", "ListenPort=auto"),
    ("port-empty-behind", "ListenPort=$port\nListenPort="),
    ("port-auto-upper-case", "ListenPort=$port\nListenPort=AUTO"),
    ("port-zero", "ListenPort=$port\nListenPort=0"),
    ("port-too-large", "ListenPort=$port\nListenPort=65536"),
    ("port-hexadecimal", "ListenPort=$port\nListenPort=0x1000"),
    ("port-leading-zero", "ListenPort=$port\nListenPort=0010"),
    ("port-plus", "ListenPort=+$port"),
    ("port-range", "ListenPort=$port\nListenPort=1000-2000"),
    ("mark-hexadecimal", "FirewallMark=0xcafe"),
    ("mark-octal", "FirewallMark=010"),
    ("mark-binary", "FirewallMark=0b101"),
    ("mark-largest", "FirewallMark=4294967295"),
    ("mark-too-large", "FirewallMark=7\nFirewallMark=4294967296"),
    ("mark-negative", "FirewallMark=7\nFirewallMark=-1"),
    ("mark-empty-behind", "FirewallMark=7\nFirewallMark="),
    ("mark-alias", "FwMark=9"),
    ("section-again", "ListenPort=1\n[WireGuard]\nListenPort=$port\nFirewallMark=5"),
])

PRIVATE_KEY = "a private key"
PRIVATE = table("private", key_lines, [
    ("none", ""),
    ("short", "PrivateKey=c2hvcnQ="),
    ("without-padding", "PrivateKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("not-canonical", "PrivateKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="),
    ("empty-behind", "PrivateKey=$private\nPrivateKey="),
    ("junk-behind", "PrivateKey=$private\nPrivateKey=junk",
     Difference("a private key that cannot be read", "device; a", "none")),
    ("credential", "PrivateKey=@network.wireguard.named"),
    ("credential-missing", "PrivateKey=@network.wireguard.missing"),
    ("credential-junk", "PrivateKey=@network.wireguard.junk"),
    ("file", "PrivateKeyFile=$keys/private"),
    ("file-on-six-lines", "PrivateKeyFile=$keys/lines"),
    ("file-dots", "PrivateKeyFile=$keys/../wgnl-differential/./private"),
    ("file-double-slash", "PrivateKeyFile=/$keys//private"),
    ("file-over-key-in-either-order", "PrivateKeyFile=$keys/private\nPrivateKey=$other"),
    ("file-last", "PrivateKeyFile=$keys/missing\nPrivateKeyFile=$keys/private"),
    ("file-empty-behind", "PrivateKey=$private\nPrivateKeyFile=$keys/missing\nPrivateKeyFile="),
    ("file-missing", "PrivateKey=$private\nPrivateKeyFile=$keys/missing"),
    ("file-of-root", "PrivateKey=$private\nPrivateKeyFile=$keys/root"),
    ("file-long", "PrivateKey=$private\nPrivateKeyFile=$keys/long"),
    ("file-junk", "PrivateKey=$private\nPrivateKeyFile=$keys/junk"),
    ("file-zero", "PrivateKeyFile=$keys/zero"),
    ("file-relative", "PrivateKey=$private\nPrivateKeyFile=private",
     Difference("a private key that cannot be read", "device; a", "none")),
    ("file-of-the-kernel", "PrivateKey=$private\nPrivateKeyFile=/proc/self/status",
     Difference("a private key that cannot be read", "device; a", "none")),
    ("file-relative-alone", "PrivateKeyFile=private"),
    ("socket", "PrivateKeyFile=$keys/socket"),
    ("socket-nobody-listens", "PrivateKeyFile=$keys/deaf"),
])

NO_KEY = "`PresharedKey=` that is no key"
PRESHARED = table("preshared", peer_lines, [
    ("zero", "PresharedKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("empty-behind", "PresharedKey=$psk1\nPresharedKey="),
    ("junk", "PresharedKey=notbase64!!", held(NO_KEY, "a")),
    ("junk-behind", "PresharedKey=$psk1\nPresharedKey=junk", held(NO_KEY, "a psk=psk1")),
    ("credential", "PresharedKey=@network.wireguard.psk"),
    ("credential-missing", "PresharedKey=@network.wireguard.missing", held(NO_KEY, "a")),
    ("file", "PresharedKeyFile=$keys/psk1"),
    ("file-over-key", "PresharedKeyFile=$keys/psk1\nPresharedKey=$psk2"),
    ("file-empty-behind", "PresharedKey=$psk2\nPresharedKeyFile=$keys/missing\nPresharedKeyFile="),
    ("file-missing", "PresharedKeyFile=$keys/missing"),
    ("file-of-root", "PresharedKeyFile=$keys/root"),
    ("file-long", "PresharedKeyFile=$keys/long"),
    ("file-relative-before-a-good-one", "PresharedKeyFile=psk1\nPresharedKeyFile=$keys/psk1"),
    ("file-of-the-kernel", "PresharedKeyFile=/sys/kernel/uevent_seqnum"),
    ("file-zero", "PresharedKeyFile=$keys/zero"),
    ("socket", "PresharedKeyFile=$keys/psk-socket"),
])

PUBLIC = [
    case("public-missing", peer(None, "AllowedIPs=10.0.0.1/32"), peer("b")),
    case("public-zero", peer(None, "PublicKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
         peer("b")),
    case("public-junk", peer(None, "PublicKey=junk", "AllowedIPs=10.0.0.1/32"), peer("b")),
    case("public-last", peer(None, "PublicKey=$a", "PublicKey=$c"), peer("b")),
    case("public-empty-behind", peer(None, "PublicKey=$a", "PublicKey="), peer("b")),
    case("public-junk-behind", peer(None, "PublicKey=$a", "PublicKey=junk"), peer("b"),
         differs=Difference("`PublicKey=` missing or no key", "device; a; b", "device; b")),
    case("public-junk-before", peer(None, "PublicKey=junk", "PublicKey=$a"), peer("b")),
    case("public-at-the-end", "[WireGuardPeer]\nAllowedIPs=10.0.0.1/32\nPublicKey=$a\n"),
    case("public-credential", peer(None, "PublicKey=@network.wireguard.public"), peer("b")),
    case("public-file-over-key", peer(None, "PublicKeyFile=$keys/a", "PublicKey=$c"), peer("b")),
    case("public-file-missing-beside-key", peer("c", "PublicKeyFile=$keys/missing"), peer("b")),
    case("public-file-relative-beside-key", peer("c", "PublicKeyFile=a"), peer("b")),
    case("public-file-empty-behind", peer("c", "PublicKeyFile=$keys/missing", "PublicKeyFile="),
         peer("b")),
    case("public-own", peer("own", "AllowedIPs=10.0.0.1/32"), peer("b")),
]

BAD_WORD = "a word of `AllowedIPs=` that is no prefix"
ALLOWED = table("allowed", peer_lines, [
    ("addresses", "AllowedIPs=10.0.0.1, fd00::1"),
    ("commas", "AllowedIPs=10.0.0.1/32,10.0.0.2/32,fd00::/64"),
    ("spaces", "AllowedIPs=10.0.0.1/32 10.0.0.2/32\tfd00::/64"),
    ("stray-commas", "AllowedIPs=,,10.0.0.1/32, ,10.0.0.2/32,"),
    ("only-commas", "AllowedIPs=10.0.0.1\nAllowedIPs=,"),
    ("reset", "AllowedIPs=10.0.0.1\nAllowedIPs=\nAllowedIPs=10.0.0.3"),
    ("host-bits", "AllowedIPs=10.1.2.3/8, fd00::1/16"),
    ("host-bits-of-everything", "AllowedIPs=10.1.2.3/0"),
    ("nested", "AllowedIPs=10.0.0.0/8, 10.1.0.0/16, 10.1.1.0/24"),
    ("mapped", "AllowedIPs=::ffff:10.0.0.1/128"),
    ("name", "AllowedIPs=10.0.0.1 example.org", held(BAD_WORD, "a allowed=10.0.0.1/32")),
    ("prefix-too-long", "AllowedIPs=10.0.0.1/33 10.0.0.2", held(BAD_WORD, "a allowed=10.0.0.2/32")),
    ("prefix-empty", "AllowedIPs=10.0.0.1/ 10.0.0.2", held(BAD_WORD, "a allowed=10.0.0.2/32")),
    ("quoted", 'AllowedIPs="10.0.0.1"', held(BAD_WORD, "a")),
    ("scope", "AllowedIPs=fe80::1%lo", held(BAD_WORD, "a")),
    ("address-leading-zero", "AllowedIPs=10.0.0.01", held(BAD_WORD, "a")),
])

NO_PORT = "`Endpoint=10.0.0.1`"
NO_HOST = "`Endpoint=:51820`"
ENDPOINT = table("endpoint", peer_lines, [
    ("last", "Endpoint=192.0.2.1:1\nEndpoint=[2001:db8::1]:2"),
    ("empty", "Endpoint="),
    ("empty-behind", "Endpoint=192.0.2.1:51820\nEndpoint="),
    ("junk-behind", "Endpoint=192.0.2.1:51820\nEndpoint=junk"),
    ("name-that-nobody-has", "Endpoint=host.invalid:51820"),
    ("v4-without-a-port", "Endpoint=192.0.2.1", held(NO_PORT, "a endpoint=192.0.2.1:0")),
    ("v6-without-a-port", "Endpoint=[2001:db8::1]"),
    ("v6-bare", "Endpoint=2001:db8::1", held(NO_PORT, "a endpoint=[2001:db8::1]:0")),
    ("v6-bare-with-a-port", "Endpoint=2001:db8::1:4500",
     held(NO_PORT, "a endpoint=[2001:db8::1:4500]:0")),
    ("port-empty", "Endpoint=192.0.2.1:"),
    ("port-zero", "Endpoint=192.0.2.1:0"),
    ("port-too-large", "Endpoint=192.0.2.1:65536"),
    ("port-leading-zero", "Endpoint=192.0.2.1:051820"),
    ("port-hexadecimal", "Endpoint=192.0.2.1:0x50"),
    ("port-plus", "Endpoint=192.0.2.1:+80"),
    ("name-port-service", "Endpoint=host.invalid:http"),
    ("only-a-port", "Endpoint=:51820", held(NO_HOST, "a")),
    ("space-inside", "Endpoint=192.0.2.1 :51820", held(NO_HOST, "a")),
    ("credential", "Endpoint=@network.wireguard.endpoint"),
    ("credential-missing", "Endpoint=@network.wireguard.missing"),
])

KEEPALIVE = table("keepalive", peer_lines, [
    ("off", "PersistentKeepalive=25\nPersistentKeepalive=off"),
    ("zero", "PersistentKeepalive=25\nPersistentKeepalive=0"),
    ("largest", "PersistentKeepalive=65535"),
    ("hexadecimal", "PersistentKeepalive=0x19"),
    ("octal", "PersistentKeepalive=031"),
    ("off-upper-case", "PersistentKeepalive=OFF"),
    ("empty", "PersistentKeepalive="),
    ("junk", "PersistentKeepalive=foo"),
    ("junk-before-a-good-one", "PersistentKeepalive=foo\nPersistentKeepalive=25"),
])

PEER = table("peer", peer_lines, [
    ("x-key", "X-Colour=red\nX-Name=laptop"),
    ("alias", "AllowedIPs=10.0.0.1\nAllowedIP=10.0.0.2"),
    ("route-table-junk", "RouteTable=junk"),
    ("route-metric-junk", "RouteMetric=junk"),
])

ALL = (NETDEV + WIREGUARD + PRIVATE + PRESHARED + PUBLIC + ALLOWED + ENDPOINT + KEEPALIVE + PEER)
