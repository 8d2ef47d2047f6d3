"""
Bad segments into a living connection (RFC 9293 section 3.10.7.4, RFC 5961,
RFC 7323) and overlapping fragments (RFC 5722): one named counter each, the
connection survives and still serves a page.
"""

import socket

import pytest
from scapy.all import IP, Ether, Raw, raw

from guest import GUEST_IP, GUEST_MAC, TAP
from peer import PEER_IP, PEER_MAC, Peer
from test_malformed import rises

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
FAR = 0x20000000

# name, flags, change of seq, change of ack (None: no ACK), data, reason
SEGMENTS = [
    ("data left of the window", "PA", -10, 0, b"12345", "TCP_OLD_SEQUENCE"),
    ("data far right of the window", "PA", FAR, 0, b"x",
     "TCP_OUT_OF_WINDOW"),
    ("rst in the window, not at rcv.nxt", "R", 1, None, b"", "TCP_BAD_RST"),
    ("rst far right of the window", "R", FAR, None, b"",
     "TCP_OUT_OF_WINDOW"),
    ("syn in the window", "S", 1, None, b"", "TCP_BAD_SYN"),
    ("syn-ack at rcv.nxt", "SA", 0, 0, b"", "TCP_BAD_SYN"),
    ("ack of what was not sent", "A", 0, 1000, b"", "TCP_BAD_ACK"),
    ("ack far left", "PA", 0, -FAR, b"x", "TCP_BAD_ACK"),
    ("no ack flag", "P", 0, None, b"x", "TCP_NO_ACK_FLAG"),
]


def alive(peer):
    """The connection still serves: the GET is answered with 200."""
    peer.send("PA", GET, options=peer.options)
    reply = peer.receive(3, lambda tcp: bytes(tcp.payload))
    assert reply and bytes(reply.payload).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("case", SEGMENTS, ids=[s[0] for s in SEGMENTS])
def test_bad_segment(guest, case):
    _, flags, seq, ack, data, reason = case
    with Peer() as peer:
        peer.connect()
        before = guest.drops()
        peer.send(flags, data, seq=(peer.seq + seq) & 0xffffffff,
                  ack=None if ack is None else
                  (peer.ack + ack) & 0xffffffff)
        peer.drain()
        assert rises(before, guest.drops()) == {reason: 1}
        alive(peer)


def test_old_timestamp(guest):
    with Peer() as peer:
        peer.connect([("Timestamp", (1000, 0))])
        assert peer.options, "timestamps not negotiated"
        before = guest.drops()
        peer.send("PA", b"x", options=[("Timestamp", (900, 0))])
        peer.drain()
        assert rises(before, guest.drops()) == {"TCP_PAWS": 1}
        alive(peer)


def test_missing_timestamp(guest):
    with Peer() as peer:
        peer.connect([("Timestamp", (1000, 0))])
        assert peer.options, "timestamps not negotiated"
        before = guest.drops()
        peer.send("PA", b"x")
        peer.drain()
        assert rises(before, guest.drops()) == {"TCP_NO_TIMESTAMP": 1}
        alive(peer)


def test_exact_rst_resets(guest):
    with Peer() as peer:
        peer.connect()
        before = guest.drops()
        peer.send("R", ack=None)
        peer.drain()
        assert rises(before, guest.drops()) == {"TCP_RESET": 1}
        peer.send("PA", GET)
        reply = peer.receive(3)
        assert reply and "R" in reply.flags


def test_window_of_the_peer_is_kept(guest):
    """No more than the window is sent; it opens, and the rest comes."""
    with Peer() as peer:
        peer.connect([("MSS", 1460)])
        request = GET.replace(b"GET /", b"GET /1m")
        peer.send("PA", request, window=3000)
        peer.seq += len(request)
        for _ in range(3):
            reach = max((tcp.seq + len(bytes(tcp.payload)) - peer.ack)
                        & 0xffffffff for tcp in peer.drain(0.5))
            assert 0 < reach <= 3000
            peer.ack = (peer.ack + reach) & 0xffffffff
            peer.send("A", window=3000)


def test_no_option_means_mss_536(guest):
    """RFC 9293 MUST-15."""
    with Peer() as peer:
        peer.connect()
        peer.send("PA", GET.replace(b"GET /", b"GET /1m"))
        sizes = {len(bytes(t.payload)) for t in peer.drain(0.3)}
        assert max(sizes) == 536


def test_syn_ack_offers_an_mss(guest):
    """RFC 9293 SHLD-5, MUST-67."""
    with Peer() as peer:
        options = dict(peer.connect([("MSS", 1460)]).options)
        assert options["MSS"] == 1460


def send_all(packets):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((TAP, 0))
        for packet in packets:
            sock.send(raw(Ether(src=PEER_MAC, dst=GUEST_MAC) / packet))


@pytest.mark.parametrize("second", [8, 16, 24], ids=["left", "inside",
                                                     "right"])
def test_overlapping_fragments(guest, second):
    """Teardrop: the whole datagram goes, with its own counter."""
    head = {"src": PEER_IP, "dst": GUEST_IP, "proto": 17,
            "id": 0x5000 + second}
    before = guest.drops()
    send_all([IP(frag=1, flags="MF", **head) / Raw(bytes(32)),
              IP(frag=second // 8, flags="MF", **head) / Raw(bytes(24))])
    risen = rises(before, guest.drops())
    assert set(risen) == {"IP_FRAG_OVERLAP"} and \
        risen["IP_FRAG_OVERLAP"] in (1, 2)


def test_udp_echo(guest):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(3)
        sock.connect((GUEST_IP, 7))
        for size in (0, 1, 512, 1472, 4000):
            data = bytes(i & 255 for i in range(size))
            sock.send(data)
            assert sock.recv(65535) == data


def test_closed_udp_port_is_refused(guest):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(3)
        sock.connect((GUEST_IP, 9))
        sock.send(b"x")
        with pytest.raises(ConnectionRefusedError):
            sock.recv(10)


def test_closed_tcp_port_is_refused(guest):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((GUEST_IP, 9), 3)
