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


# Who needs ports without TIME-WAIT comes first, then what leaves it behind,
# what has guests of its own later, and last the test that looks back at all.
ORDER = ("nmap", "flood", "blind", "load", "http", "live", "loss", "link",
         "malformed", "ping", "proc", "shell", "site", "library", "boot",
         "two_nics", "badboot", "goodput", "pvh", "efi", "power", "crash",
         "vga", "dhcp", "size")
LAST = "test_nothing_is_left_behind"


def place(item):
    """Where it comes; a file that ORDER does not know, behind all others."""
    name = item.path.stem.removeprefix("test_")
    known = ORDER.index(name) if name in ORDER else len(ORDER)
    return (item.name == LAST, known)


def pytest_collection_modifyitems(items):
    items.sort(key=place)


class Shared:
    """The shared guest, and a new one in place of one that broke."""

    def __init__(self):
        self.guest, self.broken = None, 0

    def get(self):
        if not self.guest:
            self.guest = Guest()
            self.guest.wait_http()
            self.guest.at_boot = self.guest.stat()
        return self.guest

    def drop(self):
        if self.guest:
            self.guest.close()
        self.guest = None

    def check(self):
        """After a test: a guest that does not answer is replaced."""
        try:
            self.guest.wait_http(10)
        except AssertionError:
            self.drop()
            self.broken += 1
            if self.broken == 5:
                pytest.exit("the guest broke five times: giving up", 1)
            raise


@pytest.fixture(scope="session")
def shared():
    one = Shared()
    yield one
    one.drop()


@pytest.fixture
def guest(shared):
    """The shared guest: it must still answer after the test."""
    yield shared.get()
    shared.check()


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
