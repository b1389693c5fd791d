# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where keys come from: files that networkd may read, and sockets that answer with a key."""

import shutil
import socketserver
import threading
from pathlib import Path


class KeyServer(socketserver.ThreadingUnixStreamServer):
    """A socket that answers every connection with a key."""

    daemon_threads = True

    def __init__(self, path, text):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(text.encode())
        super().__init__(str(path), Handler)
        Path(path).chmod(0o666)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def readable_by_networkd(path, text):
    path.write_text(text)
    shutil.chown(path, "root", "systemd-network")
    path.chmod(0o640)
