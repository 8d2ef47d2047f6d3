"""
Blind attacks (RFC 5961, RFC 5927; threats 20, 21, 31): one who knows both
addresses and both ports of a connection, but sees nothing of it, sends RST,
SYN, data and ICMP errors in the peer's name, evenly over all sequence
numbers, so that some do hit the window.
"""

import os
import random
import socket
import struct
import threading
import time

GUESSES = 25000  # of each kind
STRIDE = (1 << 32) // GUESSES
LUCKY = 100  # more of each but ICMP, for by chance a window may be missed
BURST, PAUSE = 100, 0.004  # what the guest's ring takes under TCG
ETHERNET = bytes.fromhex("525400123456" "020000000066" "0800")
RST, SYN, ACK = 4, 2, 16


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def ip_frame(src, dst, proto, data):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0x4000,
                       64, proto, 0, src, dst)
    return (ETHERNET + head[:10] + struct.pack("!H", checksum(head)) +
            head[12:] + data)


class Attacker:
    """Frames to the guest in the name of `ours`, of this connection."""

    def __init__(self, sock):
        (ours, self.sport), (guest, self.dport) = (sock.getsockname(),
                                                   sock.getpeername())
        self.ours, self.guest = map(socket.inet_aton, (ours, guest))
        self.random = random.Random(1)

    def tcp(self, flags, seq, data=b""):
        ack = self.random.getrandbits(32) if flags & ACK else 0
        stamp = struct.pack("!BBBBII", 1, 1, 8, 10,
                            self.random.getrandbits(32), 0)
        head = struct.pack("!HHIIBBHHH", self.sport, self.dport, seq, ack,
                           8 << 4, flags, 65535, 0, 0)
        text = head + stamp + data
        pseudo = self.ours + self.guest + struct.pack("!HH", 6, len(text))
        text = text[:16] + struct.pack("!H", checksum(pseudo + text)) + \
            text[18:]
        return ip_frame(self.ours, self.guest, 6, text)

    def icmp(self, code, seq):
        """Unreachable, or a link that takes 68 bytes only."""
        quote = struct.pack("!BBHHHBBH4s4sHHI", 0x45, 0, 1500, 0, 0x4000, 60,
                            6, 0, self.guest, self.ours, self.dport,
                            self.sport, seq)
        text = struct.pack("!BBHHH", 3, code, 0, 0, 68) + quote
        return ip_frame(self.ours, self.guest, 1, text[:2] + struct.pack(
            "!H", checksum(text)) + text[4:])

    def guesses(self):
        for i in range(GUESSES):
            seq = (i * STRIDE + self.random.randrange(STRIDE)) & 0xffffffff
            yield self.tcp(RST, seq)
            yield self.tcp(SYN, seq)
            yield self.tcp(ACK, seq, b"injected")
            yield self.icmp((1, 2, 3, 4)[i % 4], seq)

    def lucky(self, tap):
        """In the window: each guess from an ACK that has been seen."""
        seen = 0
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                           socket.htons(0x800)) as sniffer:
            sniffer.bind((tap, 0))
            sniffer.settimeout(10)
            while seen < LUCKY:
                tcp = sniffer.recv(2048)[34:54]
                if len(tcp) < 20 or tcp[:2] != struct.pack("!H", self.dport):
                    continue
                seen += 1
                seq = (int.from_bytes(tcp[8:12], "big") + 5000) & 0xffffffff
                yield self.tcp(RST, seq)
                yield self.tcp(SYN, seq)
                yield self.tcp(ACK, seq, b"injected")


class Transfer(threading.Thread):
    """Random bytes to the echo service and back until it is told to end."""

    def __init__(self, sock):
        super().__init__()
        self.sock, self.done, self.bytes = sock, threading.Event(), 0
        self.failed = None

    def run(self):
        try:
            while not self.done.is_set():
                data = os.urandom(65536)
                self.sock.sendall(data)
                back = b""
                while len(back) < len(data):
                    piece = self.sock.recv(65536)
                    assert piece, "the connection has ended"
                    back += piece
                assert back == data, "other bytes came back"
                self.bytes += len(data)
        except (OSError, AssertionError) as err:
            self.failed = err


def attack(tap, frames):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((tap, 0))
        for count, frame in enumerate(frames):
            raw.send(frame)
            if count % BURST == BURST - 1:
                time.sleep(PAUSE)


def test_blind_guesses_hit_nothing(boot):
    guest = boot(net="tap-vnet", cmdline="tcp-small-servers=on")
    guest.wait_http()
    before = guest.drops()
    with socket.create_connection((guest.address, 7), 20) as sock:
        transfer = Transfer(sock)
        transfer.start()
        attacker = Attacker(sock)
        attack(guest.tap, attacker.guesses())
        attack(guest.tap, attacker.lucky(guest.tap))
        during = transfer.bytes
        time.sleep(1)
        transfer.done.set()
        transfer.join(30)
    risen = {why: count - before[why]
             for why, count in guest.drops().items() if count != before[why]}
    print(f"{transfer.bytes} bytes there and back, drops {risen}")
    assert not transfer.failed and not transfer.is_alive(), transfer.failed
    assert transfer.bytes > during > 0
    assert "TCP_RESET" not in risen
    # They have arrived, and some in the window.
    assert risen["ICMP_BAD_QUOTE"] > 0.9 * GUESSES
    assert risen["TCP_OUT_OF_WINDOW"] + risen["TCP_OLD_SEQUENCE"] + \
        risen["TCP_PAWS"] > 0.9 * 2 * GUESSES
    assert risen["TCP_BAD_RST"] > 0 and risen["TCP_BAD_SYN"] > 0
