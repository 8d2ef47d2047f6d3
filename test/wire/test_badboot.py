"""
A machine that is not as it should be: one clear line on the console and a
halt, not a triple fault (QEMU runs with -no-reboot and would end).
"""

import time

import pytest


def stays_up(guest, seconds=1.0):
    time.sleep(seconds)
    if not guest.alive():
        guest.fail("the guest has reset")


def test_no_nic(boot):
    guest = boot(net="none")
    guest.wait_log(r"no network device is up")
    stays_up(guest)


@pytest.mark.parametrize("nic", ["rtl8139", "virtio-net-pci"])
def test_unknown_nic(boot, nic):
    guest = boot(nic=nic, net="user")
    guest.wait_log(r"(?i)no driver")
    stays_up(guest)


def test_too_little_memory(boot):
    guest = boot(mem="4M", net="user")
    guest.wait_log(r"memory: \d+ KiB are too little")
    stays_up(guest)


def test_no_memory_for_the_loader(boot):
    """GRUB itself has no room, says so and shows its prompt."""
    guest = boot(mem="2M", net="user")
    guest.wait_log(r"(?i)out of memory|grub>")
    stays_up(guest)


CORRUPT = ["ip=999.1.2.3", "ip=10.0.2.15:::255.0.255.0", "ip=", "=",
           "e1000.irq=what", "nonsense", "x" * 2000]


@pytest.mark.parametrize("cmdline", CORRUPT, ids=lambda c: c[:20])
def test_corrupt_command_line(boot, cmdline):
    guest = boot(net="user", cmdline=cmdline)
    guest.wait_log(r"command line: (bad value|unknown|word too long)")
    guest.wait_http()
