# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file of wg-quick that tests import as a profile, and keys that belong to no machine."""

import re

NAME = "My Office VPN (Zürich) – 2026"
PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
PUBLIC_OF_PRIVATE = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
PEERS = ["xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
         "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=",
         "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA="]
PEER, PRESHARED = PEERS[:2]
ZERO = "A" * 43 + "="
# As `wgnl convert` writes it.
CONF = f"""[Interface]
ListenPort = 51821
PrivateKey = {PRIVATE}
Address = 10.0.0.2/24, fd00::2/64
MTU = 1400
DNS = 10.0.0.1, corp.example

[Peer]
PublicKey = {PEER}
PresharedKey = {PRESHARED}
AllowedIPs = 10.0.0.0/24, fd00::/64
Endpoint = vpn.example.org:51820
PersistentKeepalive = 25
"""


def uuid_in(said):
    """That of the profile which nmcli says it has added."""
    return re.search(r"\(([0-9a-f-]{36})\) successfully added", said).group(1)
