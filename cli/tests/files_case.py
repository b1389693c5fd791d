# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests of `wgnl` on files: a folder for them, and keys that belong to no machine."""

import tempfile
import unittest
from pathlib import Path

PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
PUBLIC_OF_PRIVATE = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
PEER = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
OTHER_PEER = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
PRESHARED = "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="
# As `wgnl convert` writes it.
CONF = f"""[Interface]
ListenPort = 51821
PrivateKey = {PRIVATE}
Address = 10.0.0.1/24, fd00::1/64
MTU = 1400

[Peer]
PublicKey = {PEER}
PresharedKey = {PRESHARED}
AllowedIPs = 10.0.0.2/32, fd00::2/128
Endpoint = vpn.example.org:51820
PersistentKeepalive = 25
"""


class FilesCase(unittest.TestCase):
    """Each test has a folder of its own."""

    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name)

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=mode)
        path.write_text(text)
        return path

    def text(self, name):
        return (self.folder / name).read_text()
