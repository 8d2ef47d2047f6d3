"""Two percent of the packets lost both ways: slower, and every byte right."""

import hashlib
import subprocess
import urllib.request

import pytest

from guest import GUEST_IP, TAP

RULES = f"""
table netdev loss {{
    chain ingress {{
        type filter hook ingress device {TAP} priority 0;
        numgen random mod 100 < 2 counter drop
    }}
    chain egress {{
        type filter hook egress device {TAP} priority 0;
        numgen random mod 100 < 2 counter drop
    }}
}}
"""


@pytest.fixture
def nothing_lost(guest):
    return sha256(f"http://{GUEST_IP}/1m")


@pytest.fixture
def lossy():
    subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True,
                   timeout=10)
    yield
    subprocess.run(["nft", "delete", "table", "netdev", "loss"], check=True,
                   timeout=10)


def sha256(url):
    with urllib.request.urlopen(url, timeout=60) as reply:
        return hashlib.sha256(reply.read()).hexdigest()


def test_all_bytes_arrive_with_two_percent_loss(guest, nothing_lost, lossy):
    for _ in range(10):
        assert sha256(f"http://{GUEST_IP}/1m") == nothing_lost


def test_small_requests_with_two_percent_loss(guest, lossy):
    for _ in range(200):
        assert guest.http("/", timeout=30)[0] == 200
