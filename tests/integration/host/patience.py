# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long the tests wait before they take something for hanging.

A test never asserts a time. It awaits events, and nothing but this ends a wait for one that never
comes: so it is far longer than anything takes, also on a machine that is busy with other work.
WGNL_TEST_PATIENCE is how many times slower than usual a machine may be.
"""
import os

FACTOR = float(os.environ.get("WGNL_TEST_PATIENCE", "20"))
# In seconds, of anything that is awaited. On a machine of its own nothing takes a tenth of 15 s, but
# for what the protocol's own timers begin, which takes up to 25 s and is no longer on a slow one.
DEADLINE = 15 * FACTOR


def longer(seconds):
    """For what lasts so long by itself on every machine, as what timers of the protocol end does."""
    return seconds + DEADLINE
