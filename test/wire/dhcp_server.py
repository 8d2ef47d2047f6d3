"""
Servers for the guest's clients: dnsmasq, and scripted ones for DHCP and NTP
that say what no good server would. Each has a tap of its own.
"""

import contextlib
import socket
import struct
import subprocess
import threading
import time

SO_BINDTODEVICE = 25
MAGIC = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = range(1, 7)
NTP_EPOCH = 2208988800


@contextlib.contextmanager
def dnsmasq(guest, *options):
    """dnsmasq on the guest's tap, .50 to .60; gives a function: its log."""
    log = guest.dir / "dnsmasq.log"
    base = guest.host.rsplit(".", 1)[0]
    server = subprocess.Popen([
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
        "--user=root", "--pid-file=", "--no-resolv", "--no-hosts",
        f"--interface={guest.tap}", "--bind-interfaces", "--except-interface",
        "lo", f"--dhcp-leasefile={guest.dir}/leases", "--log-dhcp",
        "--log-queries", f"--log-facility={log}",
        f"--dhcp-range={base}.50,{base}.60,255.255.255.0,2m", *options])
    try:
        yield lambda: log.read_text() if log.exists() else ""
    finally:
        server.terminate()
        server.wait(5)


def wait_for(condition, seconds, what):
    """Until condition() is true; its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"no {what} in {seconds} s")


def options_of(message):
    """{code: value} of a client's message."""
    found, at = {}, 240
    while at < len(message) and message[at] != 255:
        if message[at] == 0:
            at += 1
            continue
        length = message[at + 1]
        found[message[at]] = message[at + 2:at + 2 + length]
        at += 2 + length
    return found


def opt(code, value):
    return bytes([code, len(value)]) + value


class DhcpScript:
    """
    A DHCP server on the guest's tap. answer(message, options) is called for
    each message and returns the list of replies; all are broadcast.
    """

    def __init__(self, guest, answer):
        self.guest, self.answer = guest, answer
        self.seen = []  # (time, type, message)
        self.ip = socket.inet_aton(guest.host)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_REUSEADDR, socket.SO_BROADCAST):
            self.socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE,
                               guest.tap.encode())
        self.socket.bind(("", 67))
        self.socket.settimeout(0.2)
        self.stop = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop = True
        self.thread.join(5)
        self.socket.close()

    def _run(self):
        while not self.stop:
            try:
                message = self.socket.recv(2000)
            except TimeoutError:
                continue
            options = options_of(message)
            self.seen.append((time.monotonic(), options[53][0], message))
            for reply in self.answer(message, options):
                self.send(reply)

    def send(self, reply):
        with contextlib.suppress(OSError):
            self.socket.sendto(reply, ("255.255.255.255", 68))

    def count(self, kind):
        return sum(1 for _, found, _ in self.seen if found == kind)

    def reply(self, message, kind, address, options=b"", lease=3600):
        """An honest reply, with more options if wanted."""
        offered = b"\0\0\0\0" if kind == NAK else socket.inet_aton(address)
        fixed = (b"\2\1\6\0" + message[4:8] + b"\0" * 8 + offered +
                 b"\0" * 8 + message[28:44] + b"\0" * 192 + MAGIC)
        body = opt(53, bytes([kind])) + opt(54, self.ip)
        if kind != NAK:
            body += (opt(51, struct.pack("!I", lease)) +
                     opt(1, b"\xff\xff\xff\0") + opt(3, self.ip))
        return fixed + body + options + b"\xff"


@contextlib.contextmanager
def ntp_server(address, change=lambda reply: reply, when=1925000000):
    """Answers SNTP with that time; gives the list of requests."""
    seen, stop = [], []
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 123))
    sock.settimeout(0.2)

    def serve():
        while not stop:
            try:
                request, client = sock.recvfrom(200)
            except TimeoutError:
                continue
            seen.append(request)
            stamp = struct.pack("!II", (when + NTP_EPOCH) & 0xffffffff, 0)
            reply = bytearray(b"\x24\x02\x06\xec" + b"\0" * 20 +
                              request[40:48] + stamp + stamp)
            sock.sendto(change(bytes(reply)), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.append(True)
        thread.join(5)
        sock.close()
