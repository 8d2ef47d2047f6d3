"""
Transfers over a bad network: relay.c between a Linux client here and a far
end, which is barenet in QEMU or another Linux in a namespace of its own.

    client, its tap -- relay (loss, delay, ...) -- far end

The far end answers HTTP on port 80 with a file, echoes on port 7, and
discards on port 9.
"""

import hashlib
import http.client
import itertools
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

from guest import BUILD, Guest, make_tap, run

TCP_CONGESTION = socket.TCP_CONGESTION
PIECE = 1 << 16
_numbers = itertools.count(1)


def hold_all(tap):
    """
    A window of a long path comes in one burst, longer than a tap's 1,000
    frames: what the relay has not read yet must not be lost.
    """
    run("ip", "link", "set", "dev", tap, "txqueuelen", "16000")


class Relay:
    """One relay between two ends; settings as relay.c names them."""

    def __init__(self, far_end, **settings):
        number = next(_numbers)
        self.tap = f"bad{number}"
        self.host = f"10.9.{number}.2"
        self.far = f"10.9.{number}.15"
        make_tap(self.tap, self.host)
        hold_all(self.tap)
        self.process = subprocess.Popen(
            [str(BUILD / "relay"), f"tap:{self.tap}", far_end] +
            [f"{name}={value}" for name, value in settings.items()],
            stdout=subprocess.PIPE, text=True)

    def close(self):
        """Ends it; the counters that it printed, as text."""
        self.process.send_signal(signal.SIGTERM)
        told = self.process.communicate(timeout=10)[0]
        run("ip", "link", "del", self.tap)
        return told.strip()


class Barenet:
    """barenet behind a relay, with the tar `site`."""

    def __init__(self, site, nic="e1000e", cmdline="", **settings):
        # Frames wait in the socket, not in a loss that nobody asked for.
        pathlib.Path("/proc/sys/net/unix/max_dgram_qlen").write_text("4096")
        self.dir = tempfile.TemporaryDirectory(prefix="badnet-")
        ours, theirs = f"{self.dir.name}/relay", f"{self.dir.name}/qemu"
        self.relay = Relay(f"dgram:{ours}:{theirs}", **settings)
        self.guest = Guest(
            nic=nic, firmware="direct", mem="128M", site=site,
            net=("dgram,id=n0,local.type=unix,remote.type=unix,"
                 f"local.path={theirs},remote.path={ours}"),
            cmdline=f"ip={self.relay.far}::{self.relay.host}:255.255.255.0 "
                    f"tcp-small-servers=on {cmdline}")
        self.address = self.guest.address = self.relay.far
        self.guest.wait_log("net up")

    def close(self):
        self.guest.close()
        told = self.relay.close()
        self.dir.cleanup()
        return told


class Linux:
    """The host's own TCP behind a relay, in a namespace of its own."""

    def __init__(self, site, cong="cubic", **settings):
        self.relay = None
        tap = f"far{next(_numbers)}"
        run("ip", "tuntap", "add", "dev", tap, "mode", "tap")
        hold_all(tap)
        self.relay = Relay(f"tap:{tap}", **settings)
        assert self.relay.process.stdout.readline() == "ready\n"
        self.server = subprocess.Popen(
            ["unshare", "--net", sys.executable, __file__, str(site), cong],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.server.stdout.readline() == "there\n"
        run("ip", "link", "set", tap, "netns", str(self.server.pid))
        for command in (f"ip addr add {self.relay.far}/24 dev {tap}",
                        f"ip link set {tap} up"):
            run("nsenter", "-t", str(self.server.pid), "-n",
                *command.split())
        self.server.stdin.write("go\n")
        self.server.stdin.flush()
        assert self.server.stdout.readline() == "listening\n"
        self.address = self.relay.far

    def close(self):
        self.server.kill()
        self.server.wait(5)
        return self.relay.close()


def make_site(directory, size):
    """A tar with one file, /data, of this size; (tar, its SHA-256)."""
    data = b"".join(hashlib.sha256(b"%d" % i).digest()
                    for i in range(size // 32 + 1))[:size]
    path = pathlib.Path(directory) / "data"
    path.write_bytes(data)
    site = pathlib.Path(directory) / "site.tar"
    with tarfile.open(site, "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(path, "data")
    return site, hashlib.sha256(data).hexdigest()


def connect(address, port, cong, seconds):
    sock = socket.socket()
    sock.settimeout(seconds)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, cong.encode())
    sock.connect((address, port))
    return sock


def download(address, cong="cubic", seconds=300):
    """GET /data: (SHA-256, seconds from the request to the last byte)."""
    conn = http.client.HTTPConnection(address, 80)
    conn.sock = connect(address, 80, cong, seconds)
    start = time.monotonic()
    conn.request("GET", "/data")
    reply = conn.getresponse()
    digest = hashlib.sha256()
    while piece := reply.read(PIECE):
        digest.update(piece)
    took = time.monotonic() - start
    conn.close()
    return digest.hexdigest(), took


def echo(address, data, cong="cubic", seconds=300):
    """All of it there and back at once: (SHA-256 of what came, seconds)."""
    sock = connect(address, 7, cong, seconds)
    start = time.monotonic()

    def push():
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)

    pusher = threading.Thread(target=push, daemon=True)
    pusher.start()
    digest, left = hashlib.sha256(), len(data)
    while left and (piece := sock.recv(PIECE)):
        digest.update(piece)
        left -= len(piece)
    took = time.monotonic() - start
    pusher.join(seconds)
    sock.close()
    return digest.hexdigest(), took


# ---- the Linux far end, in its own process and namespace


def serve_http(sock, data):
    sock.recv(PIECE)
    sock.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" %
                 len(data) + data)


def serve_echo(sock, _data):
    while piece := sock.recv(PIECE):
        sock.sendall(piece)


def serve_discard(sock, _data):
    while sock.recv(PIECE):
        pass


def serve(port, cong, server, data):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, cong.encode())
    listener.bind(("", port))
    listener.listen(16)

    def one(sock):
        with sock:
            try:
                server(sock, data)
            except OSError:
                pass  # the client has gone

    def accept():
        while True:
            threading.Thread(target=one, args=(listener.accept()[0],),
                             daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def main(site, cong):
    print("there", flush=True)
    sys.stdin.readline()
    with tarfile.open(site) as tar:
        data = tar.extractfile("data").read()
    serve(80, cong, serve_http, data)
    serve(7, cong, serve_echo, data)
    serve(9, cong, serve_discard, data)
    print("listening", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
