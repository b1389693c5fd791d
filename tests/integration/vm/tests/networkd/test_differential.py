# SPDX-License-Identifier: LGPL-2.1-or-later
"""wgnl makes of every .netdev file what networkd makes of it, but for the table of differences."""

import re

import pytest

import netdev_generated
import netdev_structure
import netdev_written
from two_readers import TwoReaders

CASES = netdev_written.ALL + netdev_structure.ALL + netdev_generated.cases(30)
SAME = [case for case in CASES if not case.differs]
DIFFERENT = [case for case in CASES if case.differs]


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


@pytest.mark.parametrize("case", SAME, ids=lambda case: case.name)
def test_same(read, case):
    device = read.name(case)
    assert read.wgnl.get(device) == read.networkd.get(device), case


@pytest.mark.parametrize("case", DIFFERENT, ids=lambda case: case.name)
def test_different(read, case):
    device, expected = read.name(case), case.differs
    assert read.networkd.get(device, "none") == read.expected(case, expected.networkd), case
    assert read.wgnl.get(device, "none") == read.expected(case, expected.wgnl), case


def test_most_files_are_a_device(read):
    """That both refuse nearly everything would prove nothing."""
    assert len(read.networkd) > len(CASES) * 2 // 3, sorted(read.networkd)
    peers = sum(len(re.findall("; ", text)) for text in read.networkd.values())
    assert peers > len(read.networkd)
