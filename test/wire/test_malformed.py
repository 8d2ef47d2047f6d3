"""
Malformed frames: each raises exactly the one counter that names it, no
other, and afterwards the guest still answers.
"""

import socket

import pytest

from frames import CASES
from guest import TAP

# Reasons that are no fault: ARP and ICMP that the guest has dealt with.
CONSUMED = {"ARP_CONSUMED", "ICMP_CONSUMED"}


@pytest.fixture(scope="module")
def wire(shared):
    shared.get()  # its tap
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((TAP, 0))
        yield raw


def rises(before, after):
    return {name: count - before.get(name, 0)
            for name, count in after.items()
            if count != before.get(name, 0) and name not in CONSUMED}


def test_reading_the_counters_raises_none(guest):
    first = guest.drops()
    assert rises(first, guest.drops()) == {}


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_malformed(shared, wire, case):
    guest = shared.get()
    before = guest.drops()
    wire.send(case.frame)
    assert rises(before, guest.drops()) == {case.reason: 1}


def test_the_table_is_long_enough_and_its_names_are_unique():
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


def test_ping_still_answers(guest):
    assert " 0% packet loss" in guest.ping("-c", "10", "-i", "0.01")
