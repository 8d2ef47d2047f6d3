"""
Real clients, many requests: none fails, and nothing is left behind. The
leak test is last in the file: it looks back at all that ran before it.
"""

import hashlib
import re
import subprocess
import time

from guest import GUEST_IP, run

URL = f"http://{GUEST_IP}/"


def ab(*options, timeout):
    out = run("ab", "-q", *options, URL, timeout=timeout)
    assert re.search(r"^Failed requests:\s+0$", out, re.M), out
    assert "Non-2xx" not in out, out
    return out


def test_ab_keep_alive(guest):
    out = ab("-n", "100000", "-c", "100", "-k", timeout=120)
    assert re.search(r"^Complete requests:\s+100000$", out, re.M), out


def test_ab_a_connection_each(guest):
    out = ab("-n", "10000", "-c", "50", timeout=120)
    assert re.search(r"^Complete requests:\s+10000$", out, re.M), out


def test_wrk_256_connections(guest):
    out = run("wrk", "-t", "1", "-c", "256", "-d", "5s", URL, timeout=60)
    assert "Socket errors" not in out, out
    assert "Non-2xx" not in out, out
    assert int(re.search(r"(\d+) requests in", out).group(1)) > 0


def test_100_parallel_curls_are_identical(guest, tmp_path):
    want = hashlib.sha256(guest.http("/1m")[1]).hexdigest()
    curls = [subprocess.Popen(["curl", "-s", "-f", "-m", "90", "-o",
                               str(tmp_path / str(i)), URL + "1m"])
             for i in range(100)]
    assert [curl.wait(100) for curl in curls] == [0] * 100
    for i in range(100):
        data = (tmp_path / str(i)).read_bytes()
        assert hashlib.sha256(data).hexdigest() == want


def test_tap_with_offloads(boot):
    """As `make run NET=tap`: checksums are left to the other side."""
    other = boot(net="tap-vnet")
    other.wait_http()
    for _ in range(3):
        status, body = other.http("/1m")
        assert status == 200
        assert body == b"".join(b"%07x barenet\n" % at
                                for at in range(0, 1 << 20, 16))
    assert " 0% packet loss" in other.ping("-c", "5", "-i", "0.05")


def test_nothing_is_left_behind(guest):
    """Live sk_buffs, sockets, timers: as at boot, once TIME-WAIT is over."""
    end = time.monotonic() + 90
    names = ("sk_buffs", "sockets", "timers", "tcp_requests",
             "tcp_memory_bytes")
    while time.monotonic() < end:
        now = guest.stat()
        more = {n: (guest.at_boot[n], now[n]) for n in names
                if now[n] > guest.at_boot[n]}
        if not more:
            return
        time.sleep(1)
    raise AssertionError(f"left behind: {more}\n{guest.get('/proc/net/tcp')}")
