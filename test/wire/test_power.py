"""
The end of a guest: off by ACPI, by the debug exit device and by the power
button; reset, which starts it again. On both machines and both firmwares.
"""

import subprocess
import time

import pytest

BOTH = pytest.mark.parametrize("machine,firmware", [
    ("q35", "direct"), ("pc", "direct"), ("q35", "efi-app")])
SECONDS = 40


def exit_status(guest):
    try:
        return guest.qemu.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return guest.fail("QEMU has not ended")


@BOTH
def test_off_by_acpi(boot, machine, firmware):
    guest = boot(machine=machine, firmware=firmware, net="user",
                 cmdline="end=off")
    assert exit_status(guest) == 0
    assert "listening after" in guest.log()


def test_off_by_debug_exit(boot):
    guest = boot(firmware="direct", net="user", cmdline="end=off",
                 extra=["-device", "isa-debug-exit,iobase=0xf4,iosize=4"])
    assert exit_status(guest) == 1  # 2 * code + 1


@BOTH
def test_power_button(boot, machine, firmware):
    guest = boot(machine=machine, firmware=firmware, net="user")
    guest.wait_http()
    guest.qmp("system_powerdown")
    assert exit_status(guest) == 0
    assert "power button: off" in guest.log()


@BOTH
def test_reset_starts_again(boot, machine, firmware):
    guest = boot(machine=machine, firmware=firmware, net="user",
                 cmdline="end=reset",
                 extra=["-action", "reboot=reset"])
    end = time.monotonic() + SECONDS
    while guest.log().count("listening after") < 2:
        assert guest.alive() and time.monotonic() < end
        time.sleep(0.1)
