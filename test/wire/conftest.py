"""
Fixtures: `guest` is the one that most tests share (q35, e1000e, tap);
`boot` starts others, which end with the test.
"""

import re

import pytest

from guest import Guest, copy_build, run


def pytest_sessionstart():
    if re.findall(r"^\d+: (?!lo:)", run("ip", "-o", "link"), re.M):
        pytest.exit("not in a network namespace of its own: make wire", 2)
    copy_build()


# What leaves TIME-WAIT behind comes first, what has guests of its own later,
# and last the test that looks back at all of it.
ORDER = ("load", "http", "live", "loss", "link", "nmap", "malformed", "ping",
         "proc", "site", "boot", "badboot", "pvh", "efi", "power", "size")
LAST = "test_nothing_is_left_behind"


def place(item):
    """Where it comes; a file that ORDER does not know, behind all others."""
    name = item.path.stem.removeprefix("test_")
    known = ORDER.index(name) if name in ORDER else len(ORDER)
    return (item.name == LAST, known)


def pytest_collection_modifyitems(items):
    items.sort(key=place)


@pytest.fixture(scope="session")
def shared_guest():
    with Guest() as guest:
        guest.wait_http()
        guest.at_boot = guest.stat()
        yield guest


@pytest.fixture
def guest(shared_guest):
    """The shared guest: must be there before the test and after it."""
    assert shared_guest.alive(), "the guest died in an earlier test"
    yield shared_guest
    if not shared_guest.alive():
        shared_guest.fail("the guest died")
    assert shared_guest.http("/")[0] == 200


@pytest.fixture
def boot():
    """boot(nic=..., ...): a guest of this test's own."""
    started = []

    def start(**options):
        started.append(Guest(**options))
        return started[-1]

    yield start
    for one in started:
        one.close()
