"""How small it is: the kernel's file, and the memory that it needs."""

import subprocess

import pytest

from guest import ELF, WORK


def test_stripped_kernel_is_below_384_kib():
    out = WORK / "stripped.elf"
    subprocess.run(["strip", "-o", str(out), str(ELF)], check=True,
                   timeout=30)
    assert out.stat().st_size < 384 * 1024


@pytest.mark.parametrize("mem", ["16M", "5M"])
def test_memory_that_is_enough_for_http(boot, mem):
    """5M is the floor with SeaBIOS: below, /1m answers 503."""
    guest = boot(mem=mem, net="user")
    guest.wait_http()
    status, body = guest.http("/1m")
    assert status == 200 and len(body) == 1 << 20
