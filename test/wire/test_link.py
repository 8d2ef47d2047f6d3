"""The cable is pulled during a transfer: it goes on when it is back."""

import hashlib
import http.client
import threading
import time

from guest import GUEST_IP


def test_link_off_and_on_during_a_transfer(guest):
    want = hashlib.sha256(guest.http("/1m")[1]).hexdigest()
    got = []

    def fetch():
        conn = http.client.HTTPConnection(GUEST_IP, timeout=40)
        conn.request("GET", "/1m")
        reply, body = conn.getresponse(), b""
        while chunk := reply.read(8192):
            body += chunk
            time.sleep(0.005)
        got.append(hashlib.sha256(body).hexdigest())

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    for _ in range(2):
        time.sleep(0.2)
        guest.qmp("set_link", name="n0", up=False)
        time.sleep(0.5)
        guest.qmp("set_link", name="n0", up=True)
    thread.join(45)
    assert got == [want]


def test_link_toggled_often_ends_up(guest):
    for _ in range(20):
        guest.qmp("set_link", name="n0", up=False)
        guest.qmp("set_link", name="n0", up=True)
    assert guest.http("/", timeout=20)[0] == 200


def test_the_console_tells_of_the_link(guest):
    guest.qmp("set_link", name="n0", up=False)
    guest.wait_log(r"(?i)link.*down", 5)
    guest.qmp("set_link", name="n0", up=True)
    guest.wait_log(r"(?is)link.*down.*link.*up", 5)
    assert guest.http("/", timeout=20)[0] == 200
