# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run in the first machine: the files that the second one must come up with."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import lab  # noqa: E402

# Public keys are any 32 bytes to the module; no host needs to answer after the boot.
hub = lab.Hub()
owned = lab.Hub("wgown", 51999)
owned.netdev = Path("/etc/wgnl/network/wgown.netdev")
owned.netdev.parent.mkdir(parents=True, exist_ok=True)
keys = [lab.Keys().public for _ in range(3)]
sections = [f"[WireGuardPeer]\nPublicKey={key}\nAllowedIPs=10.77.{n}.0/24\n"
            for n, key in enumerate(keys)]
hub.write(*sections)
hub.write_network()
owned.write(*sections)
Path("/etc/wgnl/expected.json").write_text(json.dumps(
    {"keys": keys, "wg0": hub.keys.public, "wgown": owned.keys.public}))
lab.run("systemctl", "enable", "systemd-networkd")
