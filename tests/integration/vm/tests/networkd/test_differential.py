# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl makes of every .netdev file what networkd makes of it, but for the table of differences."""

import re

import pytest

import lab
import netdev_generated
import netdev_structure
import netdev_written
from two_readers import TwoReaders

CASES = netdev_written.ALL + netdev_structure.ALL + netdev_generated.cases(30)
SAME = [case for case in CASES if not case.differs]
DIFFERENT = [case for case in CASES if case.differs]
# What systemd 262 refuses, with all of the device's files, and 257 did not: a header without a name, and a
# link to /dev/null that hides a drop-in ("File descriptor in bad state").
REFUSED_BY_262 = ("empty-header", "dropin-null-hides-usr")
# What networkd lacks before 257, and how a file asks for it.
LACKED_BEFORE_257 = {"credentials as values": "=@", "public keys in files": "PublicKeyFile=",
                     "an empty AllowedIPs=": "AllowedIPs=\n",
                     "private keys in files of the kernel": "PrivateKeyFile=/proc/"}


@pytest.fixture(scope="module")
def read(daemons):
    """What both made of all cases."""
    print(f"generated from seed {netdev_generated.SEED}")
    readers = TwoReaders(CASES)
    try:
        readers.run()
        yield readers
    finally:
        readers.close()


@pytest.fixture
def case(request):
    """One that this networkd can be asked for."""
    for what, text in LACKED_BEFORE_257.items():
        if request.param.has(text):
            lab.need_networkd(257, what)
    return request.param


@pytest.mark.parametrize("case", SAME, indirect=True, ids=lambda case: case.name)
def test_same(read, case):
    device = read.name(case)
    if case.name in REFUSED_BY_262 and lab.networkd_version() >= 262:
        assert (device in read.wgnl, device in read.networkd) == (True, False)
    else:
        assert read.wgnl.get(device) == read.networkd.get(device), case


@pytest.mark.parametrize("case", DIFFERENT, indirect=True, ids=lambda case: case.name)
def test_different(read, case):
    device, expected = read.name(case), case.differs
    assert read.networkd.get(device, "none") == read.expected(case, expected.networkd), case
    assert read.wgnl.get(device, "none") == read.expected(case, expected.wgnl), case


def test_most_files_are_a_device(read):
    """That both refuse nearly everything would prove nothing."""
    assert len(read.networkd) > len(CASES) * 2 // 3, sorted(read.networkd)
    peers = sum(len(re.findall("; ", text)) for text in read.networkd.values())
    assert peers > len(read.networkd)
