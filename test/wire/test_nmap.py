"""nmap's fingerprinting: odd probes, sequence numbers that nobody guesses."""

import re

from guest import GUEST_IP, run


def test_nmap_os_detection_leaves_it_alive(guest):
    out = run("nmap", "-n", "-Pn", "-O", "-v", "-p", "1-100", GUEST_IP,
              timeout=90)
    assert re.search(r"^80/tcp\s+open", out, re.M), out
    match = re.search(r"Difficulty=(\d+)", out)
    assert match and int(match.group(1)) >= 250, out
    assert " 0% packet loss" in guest.ping("-c", "3", "-i", "0.05")


def test_nmap_udp_scan_leaves_it_alive(guest):
    run("nmap", "-n", "-Pn", "-sU", "-p", "1-20", "--max-retries", "1",
        "--host-timeout", "20s", GUEST_IP, timeout=60)
    assert guest.http("/")[0] == 200
