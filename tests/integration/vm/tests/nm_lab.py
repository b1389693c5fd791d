# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager in the machine: its settings, a client of its bus, and a world that it configures."""

import uuid
from pathlib import Path

import lab
from bus import Client, Refused
from joined import Joined

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SETTINGS = f"{ROOT}/Settings"
CONNECTION = f"{NM}.Settings.Connection"
ACTIVE = f"{NM}.Connection.Active"
DEVICE = "wgnm0"
TO_DISK = 1
ACTIVATED, DEACTIVATED = 2, 4
STORED, AGENT_OWNED, NOT_REQUIRED = 0, 1, 4

RESOLV_CONF = Path("/etc/resolv.conf")
# Of all devices in the machine it has those of the tests.
CONFIGURATION = """\
[main]
plugins=keyfile
no-auto-default=*
dns=default
rc-manager=file

[keyfile]
unmanaged-devices=*,except:interface-name:wgnm*,except:interface-name:nmtest*
"""
LEAVE_ALONE = "[Match]\nName=wgnm* nmtest*\n\n[Link]\nUnmanaged=yes\n"


class Service:
    """NetworkManager's unit with the settings of the tests, until it is closed."""

    FILES = {Path("/etc/NetworkManager/conf.d/95-wgnl-tests.conf"): CONFIGURATION,
             lab.NETWORK / "05-wgnl-tests.network": LEAVE_ALONE}

    def __init__(self):
        for path, text in self.FILES.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        # What it writes there, it writes for itself.
        self.aside = RESOLV_CONF.with_name("resolv.conf.before")
        if RESOLV_CONF.exists() or RESOLV_CONF.is_symlink():
            RESOLV_CONF.rename(self.aside)
        lab.run("networkctl", "reload")
        # The image has neither enabled; this one is started by the bus, under a name of its own.
        lab.run("systemctl", "enable", "NetworkManager-dispatcher")
        # Type=dbus: it has its name when this returns.
        lab.run("systemctl", "start", "NetworkManager")

    def close(self):
        lab.run("systemctl", "stop", "NetworkManager")
        lab.run("systemctl", "disable", "NetworkManager-dispatcher")
        for path in self.FILES:
            path.unlink(missing_ok=True)
        RESOLV_CONF.unlink(missing_ok=True)
        if self.aside.exists() or self.aside.is_symlink():
            self.aside.rename(RESOLV_CONF)
        lab.run("networkctl", "reload")


class Profile:
    """A native WireGuard profile as its owner writes it; peers are dictionaries of plain values by
    the names of NetworkManager's attributes."""

    TYPES = {"allowed-ips": "as", "persistent-keepalive": "u", "preshared-key-flags": "u"}

    def __init__(self, private_key, device=DEVICE, addresses=("10.77.0.1/16", "fd77::1/64")):
        self.device, self.id, self.uuid = device, f"tests {device}", str(uuid.uuid4())
        self.addresses, self.peers, self.path = addresses, [], None
        # More of each setting, with the types of the bus.
        self.wireguard = {"private-key": ("s", private_key), "listen-port": ("u", 51820)}
        self.connection, self.user_data = {"autoconnect": ("b", False)}, {}
        self.families = {4: {}, 6: {}}

    def settings(self):
        """As AddConnection2 and Update2 take it."""
        peers = [{name: (self.TYPES.get(name, "s"), value) for name, value in peer.items()}
                 for peer in self.peers]
        wireguard = self.wireguard | {"peers": ("aa{sv}", peers)}
        made = {"connection": {"id": ("s", self.id), "uuid": ("s", self.uuid),
                               "type": ("s", "wireguard"), "interface-name": ("s", self.device),
                               **self.connection},
                "wireguard": {name: value for name, value in wireguard.items() if value is not None},
                "ipv4": self._addresses(4) | self.families[4],
                "ipv6": self._addresses(6) | self.families[6]}
        if self.user_data:
            made["user"] = {"data": ("a{ss}", self.user_data)}
        return made

    def _addresses(self, version):
        mine = [one.split("/") for one in self.addresses if (":" in one) == (version == 6)]
        if not mine:
            return {"method": ("s", "disabled")}
        return {"method": ("s", "manual"), "address-data": ("aa{sv}", [
            {"address": ("s", address), "prefix": ("u", int(length))} for address, length in mine])}

    def peer(self, key):
        """The dictionary of the peer with this public key."""
        return next(peer for peer in self.peers if peer["public-key"] == key)


def peer_of(spoke, **more):
    """A spoke as a profile has it; a value of None leaves its attribute out."""
    peer = {"public-key": spoke.keys.public, "allowed-ips": [f"{spoke.inside}/32"]}
    if not spoke.passive:
        peer["endpoint"] = f"{spoke.outside}:51820"
    if spoke.psk:
        peer |= {"preshared-key": spoke.psk, "preshared-key-flags": STORED}
    peer |= {name.replace("_", "-"): value for name, value in more.items()}
    return {name: value for name, value in peer.items() if value is not None}


class Nm:
    """NetworkManager as a client of the bus has it."""

    def __init__(self):
        self.client = Client()
        self._active = {}

    def close(self):
        self.client.close()

    def call(self, path, interface, *what):
        return self.client.call(path, interface, *what, to=NM)

    def get(self, path, interface, name):
        return self.call(path, "org.freedesktop.DBus.Properties", "Get", "ss", interface, name)[0][1]

    def add(self, profile):
        profile.path = self.call(SETTINGS, f"{NM}.Settings", "AddConnection2", "a{sa{sv}}ua{sv}",
                                 profile.settings(), TO_DISK, {})[0]

    def update(self, profile):
        """What every settings dialogue does: the profile is stored, and that is all."""
        self.call(profile.path, CONNECTION, "Update2", "a{sa{sv}}ua{sv}",
                  profile.settings(), TO_DISK, {})

    def delete(self, profile):
        self.call(profile.path, CONNECTION, "Delete")

    def settings(self, profile):
        return self.call(profile.path, CONNECTION, "GetSettings")[0]

    def secrets(self, profile):
        return self.call(profile.path, CONNECTION, "GetSecrets", "s", "wireguard")[0]

    def activate(self, profile):
        """Until NetworkManager says that it is up."""
        active = self.call(ROOT, NM, "ActivateConnection", "ooo", profile.path, "/", "/")[0]
        self._active[profile.uuid] = active
        lab.eventually(lambda: self.state(profile) in (ACTIVATED, DEACTIVATED), "it is activated")
        assert self.state(profile) == ACTIVATED, lab.journal("NetworkManager")[-2000:]

    def renew(self, profile):
        """NetworkManager was restarted: its objects may have other names."""
        self.find_again(profile)
        self._active[profile.uuid] = lab.eventually(lambda: self._activation_of(profile),
                                                    "it is active again")

    def find_again(self, profile):
        """Takes the profile's new path from a NetworkManager that has just been started."""
        profile.path = lab.eventually(lambda: self._path_of(profile), "it has read its profiles")

    def _path_of(self, profile):
        try:
            return self.call(SETTINGS, f"{NM}.Settings", "GetConnectionByUuid", "s",
                             profile.uuid)[0]
        except Refused:
            return None  # it has its name on the bus already, and not all of its objects

    def _activation_of(self, profile):
        for path in self.get(ROOT, NM, "ActiveConnections"):
            if self.get(path, ACTIVE, "Uuid") == profile.uuid:
                return path
        return None

    def state(self, profile):
        """Of the last activation, as NetworkManager sees it."""
        try:
            return self.get(self._active[profile.uuid], ACTIVE, "State")
        except Refused:
            return DEACTIVATED

    def deactivate(self, profile):
        """Until the device is gone."""
        try:
            self.call(ROOT, NM, "DeactivateConnection", "o", self._active.pop(profile.uuid))
        except (Refused, KeyError):
            pass
        lab.eventually(lambda: not Path(f"/sys/class/net/{profile.device}").exists(),
                       f"NetworkManager takes {profile.device} away")

    def reapply(self, profile):
        lab.run("nmcli", "device", "reapply", profile.device)

    @staticmethod
    def reapplies():
        """How often anyone has had a device reapplied so far."""
        return lab.journal("NetworkManager").count('op="device-reapply"')

    def peers(self, profile):
        """What the profile that NetworkManager has says of every peer, as `lab.configured()` does
        of the module's."""
        peers = {}
        for peer in self.settings(profile)["wireguard"].get("peers", ("", []))[1]:
            keepalive = peer.get("persistent-keepalive", ("u", 0))[1]
            peers[peer["public-key"][1]] = {
                "psk": "(none)", "keepalive": str(keepalive) if keepalive else "off",
                "allowed": set(peer.get("allowed-ips", ("as", []))[1])}
        for peer in self.secrets(profile).get("wireguard", {}).get("peers", ("", []))[1]:
            if "preshared-key" in peer:
                peers[peer["public-key"][1]]["psk"] = peer["preshared-key"][1]
        return peers


class NmWorld(Joined):
    """A hub that is a profile of NetworkManager's, with three spokes that have preshared keys; the
    profile knows no endpoint of the third."""

    def __init__(self, nm):
        self.nm, self.keys = nm, lab.Keys()
        super().__init__(DEVICE, [self.spoke(1), self.spoke(2), self.spoke(3, passive=True)])
        self.profile = Profile(self.keys.private)
        self.profile.peers = [peer_of(spoke) for spoke in self.spokes]

    def spoke(self, number, **more):
        return lab.Spoke(number, self.keys.public, psk=lab.genpsk(), **more)

    def peer(self, spoke):
        """The spoke in the profile, to be changed; `update()` stores it."""
        return self.profile.peer(spoke.keys.public)

    def begin(self):
        self.nm.add(self.profile)
        self.nm.activate(self.profile)
        self.settle()

    def update(self):
        self.nm.update(self.profile)

    def is_declared(self):
        """Whether wgnl-nm has told wgnld of the device."""
        return lab.device_property("Source", self.device, check=False) == "NetworkManager"

    def as_in_the_profile(self):
        """Whether the module has exactly the peers of the profile, and each of them as there."""
        live = {key: lab.configured(peer) for key, peer in lab.dump(self.device).items() if key}
        return live == self.nm.peers(self.profile)

    def shakes_hands(self, spoke, what, deadline=lab.DEADLINE):
        """Waits for a new handshake, which the spoke begins without the keys of its last one."""
        before = self.live(spoke)["handshake"]
        self.forget_session(spoke)
        lab.eventually(lambda: self.live(spoke)["handshake"] > before, what, deadline)

    @staticmethod
    def forget_session(spoke):
        """The spoke has to begin anew: its keys go when its link goes down."""
        lab.run("ip", "-n", spoke.netns, "link", "set", "wg0", "down")
        lab.run("ip", "-n", spoke.netns, "link", "set", "wg0", "up")

    def close(self):
        if self.profile.path:
            self.nm.deactivate(self.profile)
            self.nm.delete(self.profile)
        self.leave()
        lab.run("ip", "link", "del", self.device, check=False)
