"""
Direct boot (qemu -kernel, the PVH entry): to HTTP 200, with the command line
by -append and a module by -initrd, and how long barenet takes itself.
"""

import re

import pytest

from guest import ROOT, make_tap, run

OWN_PART_MS = 250  # 20 ms on an idle machine; this one runs tests beside


@pytest.mark.parametrize("machine", ["q35", "pc"])
@pytest.mark.parametrize("nic", ["e1000e", "e1000"])
def test_direct_boot_reaches_http(boot, machine, nic):
    guest = boot(firmware="direct", machine=machine, nic=nic, net="user")
    guest.wait_http()
    assert "booted by direct boot (pvh)" in guest.log()
    assert "acpi: no valid tables" not in guest.log()


def test_append_is_the_command_line(boot):
    make_tap("tap77", "10.0.77.2")
    guest = boot(firmware="direct", net="none",
                 cmdline="ip=10.0.77.15::10.0.77.2:255.255.255.0 "
                         "loglevel=info",
                 extra=["-netdev", "tap,id=n0,ifname=tap77,script=no,"
                                   "downscript=no,vnet_hdr=off",
                        "-device", "e1000e,netdev=n0"])
    guest.address = "10.0.77.15"
    guest.wait_http()
    assert "command line: ip=10.0.77.15::" in guest.log()


def test_initrd_is_the_site(boot, tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www/index.html").write_text("mine\n")
    site = tmp_path / "anything"
    run(str(ROOT / "tools/mksite.sh"), str(tmp_path / "www"), str(site))
    guest = boot(firmware="direct", net="user", site=site)
    guest.wait_http()
    assert guest.http("/") == (200, b"mine\n")


def test_initrd_that_is_no_tar_is_said(boot, tmp_path):
    site = tmp_path / "site.tar"
    site.write_bytes(b"x" * 123457)
    guest = boot(firmware="direct", net="user", site=site)
    guest.wait_http()
    assert re.search(r"module: site.tar, 123457 bytes", guest.log())
    assert "nothing to serve" in guest.log()


def test_little_memory_is_enough(boot):
    guest = boot(firmware="direct", net="user", mem="16M")
    guest.wait_http()


def test_too_little_memory_is_said(boot):
    guest = boot(firmware="direct", net="user", mem="3M")
    guest.wait_log(r"memory: \d+ KiB are too little")


def test_own_part_is_logged_and_short(boot):
    guest = boot(firmware="direct", net="user")
    match = guest.wait_log(r"listening after (\d+) us")
    assert int(match.group(1)) < OWN_PART_MS * 1000
