"""
HTTP/1.1 over raw sockets (RFC 9110, RFC 9112): status codes, keep-alive,
pipelining, HEAD, strictness, slow clients.
"""

import hashlib
import re
import socket
import time

import pytest

from guest import run


class Client:
    """A raw connection; replies are parsed only as far as needed."""

    def __init__(self, guest, timeout=10):
        self.sock = guest.connect(timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def _more(self):
        chunk = self.sock.recv(65536)
        self.rest += chunk
        return chunk

    def reply(self, head_only=False):
        """(status, headers, body) of the next reply; None at the end."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                assert not self.rest, self.rest
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        assert re.match(r"HTTP/1\.1 \d{3} \S", lines[0]), lines[0]
        headers = {k.lower(): v.strip() for k, v in
                   (line.split(":", 1) for line in lines[1:])}
        status = int(lines[0].split()[1])
        if head_only or status in (204, 304) or status < 200:
            return status, headers, b""
        length = int(headers["content-length"])
        while len(self.rest) < length:
            assert self._more(), "closed inside of a body"
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, headers, body

    def closed(self):
        """True when nothing but the end comes."""
        try:
            return not self.rest and not self._more()
        except ConnectionResetError:
            return True


def request(path="/", method="GET", extra="", version="1.1"):
    return f"{method} {path} HTTP/{version}\r\nHost: barenet\r\n{extra}\r\n"


def status_of(guest, data):
    with Client(guest) as client:
        client.send(data)
        return client.reply()[0]


def test_get(guest):
    with Client(guest) as client:
        client.send(request())
        status, headers, body = client.reply()
    assert status == 200 and body and "content-type" in headers


def test_1m_is_one_mebibyte(guest):
    status, body = guest.http("/1m")
    assert status == 200 and len(body) == 1 << 20
    assert hashlib.sha256(body).digest() == \
        hashlib.sha256(guest.http("/1m")[1]).digest()


def test_head_has_the_headers_of_get_and_no_body(guest):
    with Client(guest) as client:
        client.send(request())
        _, of_get, body = client.reply()
        client.send(request(method="HEAD") + request("/nowhere"))
        status, of_head, _ = client.reply(head_only=True)
        assert status == 200 and of_get == of_head
        assert int(of_head["content-length"]) == len(body)
        assert client.reply()[0] == 404


BAD = {
    "no such page": (404, request("/nowhere")),
    "dot dot": (404, request("/../etc/passwd")),
    "post to a page": (405, request(method="POST",
                                    extra="Content-Length: 0\r\n")),
    "delete": (405, request(method="DELETE")),
    "unknown method": (501, request(method="BREW")),
    "long method": (501, request(method="A" * 200)),
    "no host": (400, "GET / HTTP/1.1\r\n\r\n"),
    "two hosts": (400, request(extra="Host: other\r\n")),
    "garbage": (400, "\x01\x02\x03\r\n\r\n"),
    "one word": (400, "GET\r\n\r\n"),
    "no version": (400, "GET /\r\n\r\n"),
    "two spaces": (400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "http/2.0": (505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    "space before the colon": (400, request(extra="A : b\r\n")),
    "folded line": (400, request(extra="A: b\r\n c\r\n")),
    "space before the first field":
        (400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    "bare cr": (400, request(extra="A: b\rc\r\n")),
    "nul in a field": (400, request(extra="A: b\0c\r\n")),
    "field without colon": (400, request(extra="nonsense\r\n")),
    "length +5": (400, request(extra="Content-Length: +5\r\n")),
    "length 0x5": (400, request(extra="Content-Length: 0x5\r\n")),
    "length 5,6": (400, request(extra="Content-Length: 5,6\r\n")),
    "length empty": (400, request(extra="Content-Length:\r\n")),
    "two lengths": (400, request(extra="Content-Length: 5\r\n"
                                       "Content-Length: 6\r\n")),
    "length and chunked": (400, request(
        method="POST", extra="Content-Length: 5\r\n"
                             "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
    "unknown coding": (501, request(
        method="POST", extra="Transfer-Encoding: gzip\r\n")),
    "body of a gigabyte": (413, request(
        method="POST", extra="Content-Length: 1073741824\r\n")),
    "length of 30 digits": (413, request(
        method="POST", extra="Content-Length: " + "9" * 30 + "\r\n")),
    "target of 9000 octets": (414, request("/" + "a" * 9000)),
    "200 fields": (431, request(extra="".join(
        f"X-{i}: y\r\n" for i in range(200)))),
    "a field of 20000 octets": (431, request(
        extra="X: " + "y" * 20000 + "\r\n")),
}


@pytest.mark.parametrize("name", BAD)
def test_status(guest, name):
    status, data = BAD[name]
    data = data.encode("latin-1")
    allowed = {status}
    if status == 413 and "digits" in name:
        allowed.add(400)
    if name == "dot dot":
        allowed.add(400)
    assert status_of(guest, data) in allowed


def test_405_names_what_is_allowed(guest):
    with Client(guest) as client:
        client.send(request(method="DELETE"))
        status, headers, _ = client.reply()
    assert status == 405 and "GET" in headers["allow"]
    assert "HEAD" in headers["allow"]


def test_after_a_400_nothing_more_is_answered(guest):
    """Request smuggling: the canary behind the refusal stays silent."""
    with Client(guest) as client:
        client.send(request(extra="Content-Length: 5\r\n"
                                  "Content-Length: 6\r\n") + request())
        assert client.reply()[0] == 400
        assert client.closed()


def test_target_of_8000_octets_is_taken(guest):
    """RFC 9112 section 3."""
    assert status_of(guest, request("/" + "a" * 7999)) == 404


def test_keep_alive(guest):
    with Client(guest) as client:
        for _ in range(100):
            client.send(request())
            assert client.reply()[0] == 200


def test_close_is_obeyed(guest):
    with Client(guest) as client:
        client.send(request(extra="Connection: close\r\n") + request())
        assert client.reply()[0] == 200
        assert client.closed()


def test_http_1_0_closes(guest):
    with Client(guest) as client:
        client.send(request(version="1.0"))
        assert client.reply()[0] == 200
        assert client.closed()


def test_http_1_0_keeps_alive_when_asked(guest):
    with Client(guest) as client:
        for _ in range(3):
            client.send(request(version="1.0",
                                extra="Connection: keep-alive\r\n"))
            assert client.reply()[0] == 200


def test_1000_pipelined_requests_are_answered_in_order(guest):
    paths = ["/" if i % 3 else "/nowhere" for i in range(1000)]
    with Client(guest, 30) as client:
        client.send("".join(map(request, paths)))
        for path in paths:
            assert client.reply()[0] == (200 if path == "/" else 404)


def test_one_byte_a_segment(guest):
    with Client(guest) as client:
        for byte in request().encode():
            client.send(bytes([byte]))
            time.sleep(0.002)
        assert client.reply()[0] == 200


def test_leading_empty_line_is_skipped(guest):
    """RFC 9112 section 2.2."""
    assert status_of(guest, "\r\n" + request()) == 200


def test_absolute_form(guest):
    assert status_of(guest, request("http://elsewhere/")) == 200


def test_body_is_read_before_the_next_request(guest):
    with Client(guest) as client:
        client.send(request(method="POST", extra="Content-Length: 5\r\n") +
                    "GET /" + request())
        assert client.reply()[0] == 405
        reply = client.reply()
        assert reply is None or reply[0] == 200


def test_chunked_body_is_read(guest):
    with Client(guest) as client:
        client.send(request(method="POST",
                            extra="Transfer-Encoding: chunked\r\n") +
                    "5;a=b\r\nhello\r\n0\r\nT: x\r\n\r\n" + request())
        assert client.reply()[0] == 405
        reply = client.reply()
        assert reply is None or reply[0] == 200


def test_curl_with_expect_gets_a_final_status(guest, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b"x" * 10000)
    out = run("curl", "-s", "-m", "10", "-o", "/dev/null", "-w",
              "%{http_code}", "-H", "Expect: 100-continue", "--data-binary",
              f"@{body}", f"http://{guest.address}/")
    assert out == "405"


def test_a_refused_upload_can_still_read_the_answer(guest):
    """Staged close (RFC 9112 section 9.6): no reset before the 413."""
    with Client(guest) as client:
        try:
            client.send(request(method="POST",
                                extra="Content-Length: 10000000\r\n"))
            client.send(b"x" * 500000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert client.reply()[0] == 413


def test_half_closed_client_gets_its_answer(guest):
    with Client(guest) as client:
        client.send(request("/1m"))
        client.sock.shutdown(socket.SHUT_WR)
        status, _, body = client.reply()
        assert status == 200 and len(body) == 1 << 20


def test_slow_request_is_timed_out_with_408(guest):
    with Client(guest, 40) as client:
        client.send("GET / HTTP/1.1\r\nHost: a\r\n")
        reply = client.reply()
        assert reply is None or reply[0] == 408
        assert client.closed()


def test_slow_clients_do_not_stop_others(guest):
    """Slowloris: 200 connections that send next to nothing."""
    slow = [Client(guest) for _ in range(200)]
    try:
        for client in slow:
            client.send("GET / HT")
        for _ in range(20):
            assert guest.http("/", timeout=3)[0] == 200
    finally:
        for client in slow:
            client.sock.close()


def test_a_slow_reader_gets_every_byte(guest):
    want = guest.http("/1m")[1]
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(10)
    sock.connect((guest.address, guest.port))
    sock.sendall(request("/1m", extra="Connection: close\r\n").encode())
    time.sleep(1.5)  # the window closes and is probed
    got = b""
    while chunk := sock.recv(4096):
        got += chunk
    sock.close()
    assert got.split(b"\r\n\r\n", 1)[1] == want


def test_reset_in_a_transfer_leaves_the_guest_well(guest):
    for _ in range(20):
        with Client(guest) as client:
            client.send(request("/1m"))
            client.sock.recv(1000)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   b"\1\0\0\0\0\0\0\0")
