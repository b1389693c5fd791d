# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds the peers of a file to a device by pyroute2; prints the seconds without its own start."""

import json
import struct
import sys
import time
from pathlib import Path

from pyroute2.netlink.generic.wireguard import WireGuard

from peers import FIRST_ADDRESS, text


def main():
    device, plain = sys.argv[1], Path(sys.argv[2]).read_bytes()
    rows = [plain[at:at + 38] for at in range(34, len(plain), 38)]
    port = struct.unpack("<H", plain[32:34])[0]
    begin = time.monotonic()
    with WireGuard() as wireguard:
        wireguard.set(device, private_key=text(plain[:32]), listen_port=port)
        for row in rows:
            number = struct.unpack("!I", row[32:36])[0] - FIRST_ADDRESS
            prefix = ".".join(map(str, struct.pack("!I", FIRST_ADDRESS + number))) + "/32"
            wireguard.set(device, peer={"public_key": text(row[:32]), "allowed_ips": [prefix]})
    print(json.dumps({"seconds": time.monotonic() - begin}))


main()
