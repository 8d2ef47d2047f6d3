"""Two NICs at once: on a shared INTx line, or with vectors of their own."""

import subprocess

import pytest

from guest import make_tap, run

SECOND = ("10.0.42.15", "10.0.42.2")


@pytest.mark.parametrize("nic", ["e1000", "e1000e"])
def test_both_answer_at_once(boot, nic):
    """Slots 3 and 7 of `pc` share a line: each handler has to look."""
    make_tap("tap42", SECOND[1])
    guest = boot(
        nic=f"{nic},addr=3", machine="pc", net="tap-vnet",
        cmdline=f"ip={SECOND[0]}:::255.255.255.0::eth1:off",
        extra=["-netdev", "tap,id=n42,ifname=tap42,script=no,downscript=no,"
                          "vnet_hdr=off",
               "-device", f"{nic},netdev=n42,addr=7,mac=52:54:00:12:34:77"])
    guest.wait_http()
    floods = [subprocess.Popen(["ping", "-f", "-q", "-c", "2000", address],
                               stdout=subprocess.PIPE, text=True)
              for address in (guest.address, SECOND[0])]
    for flood in floods:
        assert " 0% packet loss" in flood.communicate(timeout=60)[0]
    page = run("curl", "-s", "-m", "10", f"http://{SECOND[0]}/1k")
    assert len(page) == 1024
    lines = run("curl", "-s", "-m", "10",
                f"http://{SECOND[0]}/proc/interrupts")
    if nic == "e1000":
        assert "eth0, eth1" in lines
    else:
        assert "eth0-rx-0" in lines and "eth1-rx-0" in lines
