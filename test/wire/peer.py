"""
A TCP peer made of raw frames, at an address the host's kernel does not
have: what it sends is exactly what the test says, and nobody answers in its
place. It answers ARP for itself while it waits.
"""

import socket
import time

from scapy.all import ARP, IP, TCP, Ether, Raw, raw

from guest import GUEST_IP, GUEST_MAC, TAP

PEER_IP = "10.0.2.77"
PEER_MAC = "02:00:00:00:00:77"
PORTS = iter(range(30000, 60000))


class Peer:
    """One connection to the guest's HTTP port."""

    def __init__(self, address=PEER_IP, port=80):
        self.address, self.port = address, port
        self.sport = next(PORTS)
        self.seq, self.ack = 0x1000, 0
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.ntohs(3))
        self.socket.bind((TAP, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.send("R", ack=None)
        self.socket.close()

    def send(self, flags, data=b"", **fields):
        """A segment; seq and ack are ours unless given; advances nothing."""
        if fields.get("ack", 0) is None:
            fields["ack"] = 0
        fields = {"seq": self.seq, "ack": self.ack, "window": 65535, **fields}
        self.socket.send(raw(
            Ether(src=PEER_MAC, dst=GUEST_MAC) /
            IP(src=self.address, dst=GUEST_IP) /
            TCP(sport=self.sport, dport=self.port, flags=flags, **fields) /
            Raw(data)))

    def receive(self, seconds=1.0, want=lambda tcp: True):
        """The next segment of the connection that is wanted, or None."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                frame = Ether(self.socket.recv(65535))
            except TimeoutError:
                return None
            if frame.src != GUEST_MAC:
                continue
            if ARP in frame and frame[ARP].op == 1 and \
                    frame[ARP].pdst == self.address:
                self._answer(frame[ARP])
            elif TCP in frame and frame[IP].dst == self.address and \
                    frame[TCP].dport == self.sport and want(frame[TCP]):
                return frame[TCP]

    def _answer(self, request):
        self.socket.send(raw(
            Ether(src=PEER_MAC, dst=GUEST_MAC) /
            ARP(op=2, hwsrc=PEER_MAC, psrc=self.address,
                hwdst=request.hwsrc, pdst=request.psrc)))

    def connect(self, options=()):
        """The handshake; the SYN-ACK."""
        self.send("S", ack=None, options=list(options))
        reply = self.receive(5, lambda tcp: tcp.flags == "SA")
        assert reply, "no SYN-ACK"
        self.seq += 1
        self.ack = (reply.seq + 1) & 0xffffffff
        stamps = [o for o in reply.options if o[0] == "Timestamp"]
        self.options = [("Timestamp", (1000, stamps[0][1][0]))] \
            if stamps else []
        self.send("A", options=self.options)
        return reply

    def drain(self, seconds=0.2):
        """Everything that comes, for a while."""
        found = []
        while True:
            segment = self.receive(seconds)
            if not segment:
                return found
            found.append(segment)
