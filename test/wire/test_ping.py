"""Echo: sizes, floods, fragments, broadcast; the neighbour's ageing is not
waited for here (test/unit has the clock for that)."""

import re

import pytest

from guest import GUEST_IP, TAP, run

FULL = 1472  # 1500 - IP 20 - ICMP 8


def lost(text):
    return re.search(r"([\d.]+)% packet loss", text).group(1)


@pytest.mark.parametrize("size", [0, 1, 8, 17, 18, 1471, FULL, 1473, 8192,
                                  65507])
def test_size(guest, size):
    out = guest.ping("-c", "3", "-i", "0.05", "-s", str(size), "-W", "3")
    assert lost(out) == "0", f"{out}\n{guest.drops()}\n{guest.stat()}"
    assert "wrong data" not in out, out


@pytest.mark.parametrize("pattern", ["00", "ff", "a5"])
def test_pattern(guest, pattern):
    out = guest.ping("-c", "3", "-i", "0.05", "-p", pattern, "-s", "777")
    assert lost(out) == "0" and "wrong" not in out, out


def test_flood_loses_none(guest):
    out = guest.ping("-f", "-c", "10000", "-q", timeout=60)
    assert lost(out) == "0", out


def test_after_the_hosts_arp_entry_is_gone(guest):
    run("ip", "neigh", "flush", "dev", TAP)
    out = guest.ping("-c", "2", "-i", "0.05")
    assert lost(out) == "0", out


def test_ttl_1_is_answered(guest):
    """RFC 1122 section 3.2.1.7: no drop for a low TTL when it is for us."""
    out = guest.ping("-c", "1", "-t", "1")
    assert lost(out) == "0", out


def test_broadcast_is_not_answered(guest):
    out = run("ping", "-b", "-c", "2", "-i", "0.2", "-W", "1", "10.0.2.255",
              check=False)
    assert f"from {GUEST_IP}" not in out
