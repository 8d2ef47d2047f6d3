"""
A SYN flood from addresses that never answer, while real clients go on (RFC
4987, threat 22). On record with FLOOD_SECONDS=20 FLOOD_RATE=50000; a busy
machine cannot emulate so fast a receiver, so by default it is gentler.
"""

import contextlib
import os
import re
import subprocess
import time

import pytest

from guest import GUEST_IP, GUEST_MAC, TAP, run

SECONDS = int(os.environ.get("FLOOD_SECONDS", "4"))
RATE = int(os.environ.get("FLOOD_RATE", "10000"))  # SYNs a second, about
# trafgen's --rate would send all of a second in one burst, which the tap
# loses, with wrk's own SYNs: a pause between two, beside the 6 us of sending.
GAP = f"{1000000 // RATE - 6}us"
MEMORY = 8 << 20  # more than the SYN queue and the sockets of wrk need
URL = f"http://{GUEST_IP}/"
SYN = f"""{{
eth(da={GUEST_MAC}, sa=02:00:00:00:00:66),
ipv4(ttl=64, df, sa=198.18.0.0, sa[2:2]=drnd(), da={GUEST_IP}),
tcp(sp=drnd(1024, 65535), dp=80, seq=drnd(), syn, win=1024)
}}
"""


@pytest.fixture(scope="module", autouse=True)
def none_after_it(shared):
    """It leaves a full SYN queue and cookies that may come back."""
    yield
    shared.drop()


@contextlib.contextmanager
def flood(guest, path, seconds):
    """So long at RATE; all of them are sent, the SYN queue is full."""
    sent = counter(guest, "SyncookiesSent")
    config = path / "syn.cfg"
    config.write_text(SYN)
    with subprocess.Popen(
            ["trafgen", "--dev", TAP, "--conf", str(config), "--cpus", "1",
             "--gap", GAP, "--num", str(RATE * seconds)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True) as trafgen:
        try:
            while counter(guest, "SyncookiesSent") == sent:
                assert trafgen.poll() is None, trafgen.stdout.read()
                time.sleep(0.01)
            yield
            out = trafgen.communicate(timeout=3 * seconds + 10)[0]
        finally:
            trafgen.kill()
    assert f"{RATE * seconds} packets outgoing" in out, out
    took = re.search(r"(\d+) sec, (\d+) usec on CPU", out)
    rate = RATE * seconds / (int(took[1]) + int(took[2]) / 1e6)
    print(f"{rate:.0f} SYNs a second")


def counter(guest, name):
    """A value of /proc/net/snmp or netstat, by its name."""
    lines = (guest.get("/proc/net/snmp") +
             guest.get("/proc/net/netstat")).split("\n")
    for names, values in zip(lines[::2], lines[1::2]):
        for one, value in zip(names.split(), values.split()):
            if one == name:
                return int(value)
    raise AssertionError(f"no counter {name}")


def number(pattern, text):
    """The sum of what the pattern finds, 0 when it finds nothing."""
    return sum(int(found) for found in re.findall(pattern, text))


def wrk(*options):
    """(requests answered, requests that were not)"""
    out = run("wrk", "-t", "1", "-c", "16", "--timeout", "5s", *options, URL,
              timeout=SECONDS + 60)
    return (number(r"(\d+) requests in", out),
            number(r"(?:connect|read|write|timeout) (\d+)", out) +
            number(r"Non-2xx or 3xx responses: (\d+)", out))


def test_syn_flood_shuts_nobody_out(guest, tmp_path):
    held = guest.connect()
    before, resets = guest.stat(), counter(guest, "EstabResets")
    with flood(guest, tmp_path, SECONDS):
        answered, failed = wrk("-d", f"{max(SECONDS - 2, 2)}s")
        during = guest.stat()
        cookies = counter(guest, "SyncookiesSent")
    print(f"{answered} requests answered, {failed} not; {cookies} cookies")
    assert answered > 100 and failed <= answered / 100
    assert cookies > 0
    assert counter(guest, "SyncookiesRecv") > 0
    assert during["slab_bytes"] - before["slab_bytes"] < MEMORY
    assert during["tcp_requests"] <= 1024
    held.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert held.recv(100).startswith(b"HTTP/1.")
    while held.recv(65536):
        pass  # what is not read would be a reset of ours
    held.close()
    # wrk resets its own when its time is over.
    assert counter(guest, "EstabResets") - resets <= 16


def test_a_connection_each_through_a_flood(guest, tmp_path):
    """Each of them by a cookie, with its options."""
    with flood(guest, tmp_path, SECONDS):
        answered, failed = wrk("-d", f"{max(SECONDS - 2, 2)}s", "-H",
                               "Connection: close")
    print(f"{answered} connections, {failed} failed")
    assert answered > 100 and failed <= answered / 100
