"""
The table of malformed frames: each a name, the bytes, and the one drop
reason that it must raise. Built with scapy; numbers of RFCs are at the
groups. Frames come from the host's own address, so that an answer (a reset,
an ICMP error) needs no ARP.

QEMU pads what is shorter than 60 bytes, as a real sender does: a truncated
packet is seen by the guest with zeros behind it.
"""

from collections import namedtuple

from scapy.all import (ARP, ICMP, IP, TCP, UDP, Ether, Raw, raw)

from guest import GUEST_IP, GUEST_MAC, HOST_IP

Case = namedtuple("Case", "name frame reason")
HOST_MAC = "02:00:00:00:00:02"
BROADCAST = "ff:ff:ff:ff:ff:ff"
CASES = []


def add(name, reason, frame):
    CASES.append(Case(name, raw(frame), reason))


def ether(payload=b"", kind=0x0800, src=HOST_MAC, dst=GUEST_MAC):
    return Ether(src=src, dst=dst, type=kind) / payload


def ip(payload=b"", proto=17, **fields):
    """An IPv4 packet by scapy; fields may be wrong on purpose."""
    fields = {"src": HOST_IP, "dst": GUEST_IP, "id": 1, **fields}
    return IP(proto=proto, **fields) / Raw(bytes(payload))


def fix_ip(packet, **fields):
    """Fields changed after the checksum would be: with a right checksum."""
    data = bytearray(raw(packet))
    for at, value in fields.items():
        data[int(at[1:])] = value
    data[10:12] = b"\0\0"
    length = min(max((data[0] & 15) * 4, 20), len(data))
    data[10:12] = inet_sum(data[:length]).to_bytes(2, "big")
    return bytes(data)


def inet_sum(data):
    data = bytes(data) + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[i:i + 2], "big")
                for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def l4(layer, data=b"", **fields):
    """An IPv4 packet with this layer, checksums right; bytes."""
    fields = {"src": HOST_IP, "dst": GUEST_IP, "id": 1, **fields}
    return raw(IP(**fields) / layer / Raw(data))


def cut(packet, length):
    """An IP packet cut to `length` bytes, the header corrected."""
    data = packet[:length]
    return fix_ip(data, b2=length >> 8, b3=length & 255)


def flip(packet, bit):
    data = bytearray(packet)
    data[bit // 8] ^= 0x80 >> (bit % 8)
    return bytes(data)


# ---- Ethernet

for kind, what in ((0x86dd, "ipv6"), (0x88cc, "lldp"), (0x8847, "mpls"),
                   (0x8035, "rarp"), (0x88a8, "qinq"), (0x0842, "wol"),
                   (0x8863, "pppoe"), (0xffff, "reserved"),
                   (0x0600, "first type")):
    add(f"ethertype {what}", "ETH_UNKNOWN_TYPE",
        ether(bytes(46), kind, dst=GUEST_MAC))
for length in (0, 1, 46, 0x5dc, 0x5ff):
    add(f"802.3 length {length}", "ETH_802_3", ether(bytes(46), length))
for src in ("01:00:5e:00:00:01", BROADCAST, "33:33:00:00:00:01",
            "00:00:00:00:00:00"):
    add(f"source mac {src}", "ETH_SRC_MULTICAST",
        ether(l4(ICMP()), src=src))

# ---- ARP: RFC 826, RFC 5227


def arp(dst=BROADCAST, **fields):
    fields = {"op": 1, "hwsrc": HOST_MAC, "psrc": HOST_IP,
              "hwdst": "00:00:00:00:00:00", "pdst": GUEST_IP, **fields}
    return ether(raw(ARP(**fields)), 0x0806, dst=dst)


for value in (0, 2, 6, 0xffff):
    add(f"arp hardware type {value}", "ARP_BAD_HEADER", arp(hwtype=value))
for value in (0, 0x0806, 0x86dd, 0x0801):
    add(f"arp protocol type {value:#x}", "ARP_BAD_HEADER", arp(ptype=value))


def arp_bytes(at, value):
    data = bytearray(raw(arp()))
    data[14 + at] = value
    return bytes(data)


for value in (0, 5, 7, 255):
    add(f"arp hardware length {value}", "ARP_BAD_HEADER", arp_bytes(4, value))
for value in (0, 3, 5, 16, 255):
    add(f"arp protocol length {value}", "ARP_BAD_HEADER", arp_bytes(5, value))
for value in (0, 3, 4, 8, 9, 25, 0xffff):
    add(f"arp opcode {value}", "ARP_BAD_OPCODE", arp(op=value))
for psrc in ("255.255.255.255", "224.0.0.1", "239.1.2.3", "127.0.0.1",
             "0.1.2.3", "10.0.2.255", "10.0.2.0"):
    add(f"arp sender {psrc}", "ARP_BAD_SENDER", arp(psrc=psrc))
for hwsrc in (BROADCAST, "01:00:5e:00:00:01", "00:00:00:00:00:00"):
    add(f"arp sender mac {hwsrc}", "ARP_BAD_SENDER", arp(hwsrc=hwsrc))
add("arp reply unasked", "ARP_UNSOLICITED",
    arp(GUEST_MAC, op=2, psrc="10.0.2.99", hwdst=GUEST_MAC))
add("arp reply by broadcast", "ARP_UNSOLICITED",
    arp(op=2, psrc="10.0.2.98", pdst="10.0.2.98"))
for pdst in ("10.0.2.16", "10.0.2.255", "0.0.0.0", "192.168.1.1"):
    add(f"arp request for {pdst}", "ARP_NOT_MINE",
        arp(psrc="10.0.2.97", pdst=pdst))
for length, reason in ((0, "HEADER"), (1, "HEADER"), (5, "HEADER"),
                       (6, "OPCODE"), (7, "OPCODE")):
    add(f"arp cut to {length}", f"ARP_BAD_{reason}",
        raw(arp())[:14 + length].ljust(60, b"\0"))

# ---- IPv4: RFC 791, RFC 1122 section 3.2.1

PING = l4(ICMP(id=7, seq=1), b"payload")
for version in (0, 1, 3, 5, 6, 7, 8, 15):
    add(f"ip version {version}", "IP_BAD_VERSION",
        ether(fix_ip(PING, b0=version << 4 | 5)))
for words in (0, 1, 2, 3, 4):
    add(f"ip header of {words} words", "IP_BAD_IHL",
        ether(fix_ip(PING, b0=0x40 | words)))
for words, reason in ((10, "IP_BAD_LENGTH"), (11, "IP_BAD_LENGTH"),
                      (12, "IP_BAD_IHL"), (15, "IP_BAD_IHL")):
    # 35 bytes, padded to 46: a header inside of the padding is too long.
    add(f"ip header of {words} words in 35 bytes", reason,
        ether(fix_ip(PING, b0=0x40 | words)))
for length in (0, 1, 19):
    add(f"ip total length {length}", "IP_BAD_LENGTH",
        ether(fix_ip(PING, b2=0, b3=length)))
for length in (61, 1500, 65535):
    add(f"ip total length {length} of 35", "IP_BAD_LENGTH",
        ether(fix_ip(PING, b2=length >> 8, b3=length & 255)))
for bit in (8, 15, 33, 47, 63, 64, 71, 80, 81, 84, 88, 91, 95, 100, 111, 127):
    add(f"ip header bit {bit} flipped", "IP_BAD_CHECKSUM",
        ether(flip(PING, bit)))
for name, option in (
        ("record route length 0", b"\x07\x00\x04\x00"),
        ("record route length 1", b"\x07\x01\x04\x00"),
        ("record route past the end", b"\x07\x27\x04\x00"),
        ("length past the end after nop", b"\x01\x01\x44\x05"),
        ("timestamp length 0", b"\x44\x00\x05\x00"),
        ("unknown 0x5e length 0", b"\x5e\x00\x00\x00"),
        ("unknown 0x5e length 1", b"\x5e\x01\x00\x00"),
        ("length octet missing", b"\x01\x01\x01\x5e")):
    add(f"ip option {name}", "IP_BAD_OPTION", ether(fix_ip(
        bytes(PING[:20]) + option + PING[20:], b0=0x46,
        b3=len(PING) + 4)))
for kind, name in ((0x83, "loose"), (0x89, "strict")):
    for hops in (0, 1, 9):
        option = bytes([kind, 3 + 4 * hops, 4]) + bytes(4 * hops) + b"\0"
        add(f"ip {name} source route, {hops} hops", "IP_SOURCE_ROUTE",
            ether(fix_ip(PING[:20] + option + PING[20:],
                         b0=0x45 + len(option) // 4,
                         b3=len(PING) + len(option))))
for src in ("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.250",
            "255.255.255.255", "10.0.2.255"):
    add(f"ip source {src}", "IP_BAD_SOURCE", ether(l4(ICMP(), src=src)))
add("ip source ours (land)", "IP_OWN_SOURCE",
    ether(l4(TCP(sport=80, dport=80, flags="S"), src=GUEST_IP)))
add("ip source ours, icmp", "IP_OWN_SOURCE", ether(l4(ICMP(), src=GUEST_IP)))
for src, dst in (("127.0.0.1", GUEST_IP), ("127.9.9.9", GUEST_IP),
                 (HOST_IP, "127.0.0.1")):
    add(f"ip {src} to {dst}", "IP_LOOPBACK_ON_WIRE",
        ether(l4(ICMP(), src=src, dst=dst)))
for dst in ("10.0.2.16", "8.8.8.8", "192.168.0.1"):
    add(f"ip for {dst}", "IP_NOT_MINE", ether(l4(ICMP(), dst=dst)))
for layer, name in ((ICMP(), "echo"), (TCP(dport=80), "syn"),
                    (UDP(dport=7), "udp")):
    add(f"{name} for us in a link broadcast", "IP_UNICAST_IN_BROADCAST",
        ether(l4(layer), dst=BROADCAST))
add("multicast nobody joined", "IP_BROADCAST",
    ether(l4(UDP(dport=5353), dst="224.0.0.251"), dst=BROADCAST))
for proto in (3, 4, 41, 47, 50, 89, 132, 136, 253, 255):
    add(f"ip protocol {proto}", "IP_NO_PROTOCOL", ether(ip(bytes(40), proto)))

# ---- fragments: RFC 815, RFC 1858, RFC 5722
for length in (1, 7, 9, 1479):
    add(f"fragment of {length} bytes, more follow", "IP_FRAG_BAD_LENGTH",
        ether(ip(bytes(length), flags="MF", id=1000 + length)))
add("fragment of 0 bytes, more follow", "IP_FRAG_BAD_LENGTH",
    ether(ip(b"", flags="MF", id=1100)))
for offset, length in ((8189, 100), (8191, 8), (8100, 1480)):
    add(f"fragment at {offset}, {length} bytes (ping of death)",
        "IP_FRAG_TOO_LONG",
        ether(ip(bytes(length), 1, frag=offset, id=1200 + offset)))

# ---- ICMP: RFC 792, RFC 1122 section 3.2.2
for length in (0, 1, 4, 7):
    add(f"icmp of {length} bytes", "ICMP_SHORT", ether(cut(PING, 20 + length)))
for bit in (160, 167, 170, 176, 191, 200, 223, 230):
    add(f"icmp bit {bit - 160} flipped", "ICMP_BAD_CHECKSUM",
        ether(flip(PING, bit)))
for kind in (1, 2, 6, 7, 9, 10, 13, 15, 17, 18, 30, 37, 40, 42, 255):
    add(f"icmp type {kind}", "ICMP_UNKNOWN_TYPE",
        ether(l4(ICMP(type=kind), bytes(12))))
for dst in ("255.255.255.255", "10.0.2.255"):
    add(f"echo to {dst}", "ICMP_BROADCAST",
        ether(l4(ICMP(), dst=dst), dst=BROADCAST))
QUOTE = l4(TCP(sport=80, dport=9, seq=1), src=GUEST_IP, dst=HOST_IP)
for kind, code in ((3, 3), (3, 4), (11, 0), (12, 0)):
    for length in (0, 19, 20, 27):
        add(f"icmp {kind}/{code} quoting {length} bytes", "ICMP_BAD_QUOTE",
            ether(l4(ICMP(type=kind, code=code), QUOTE[:length])))
    add(f"icmp {kind}/{code} about no connection of ours", "ICMP_NO_SOCKET",
        ether(l4(ICMP(type=kind, code=code), QUOTE[:28])))
    add(f"icmp {kind}/{code} about a protocol of nobody", "ICMP_NO_SOCKET",
        ether(l4(ICMP(type=kind, code=code), fix_ip(QUOTE[:28], b9=47))))
for code in (0, 1, 2, 3):
    add(f"redirect code {code}", "ICMP_REDIRECT",
        ether(l4(ICMP(type=5, code=code, gw="10.0.2.66"), QUOTE[:28])))

# ---- UDP: RFC 768
DATAGRAM = l4(UDP(sport=4000, dport=7), b"echo")
for length in (0, 1, 4, 7):
    add(f"udp of {length} bytes", "UDP_SHORT",
        ether(cut(DATAGRAM, 20 + length)))
for length in (0, 1, 7, 13, 1000, 65535):
    add(f"udp length field {length} of 12", "UDP_BAD_LENGTH",
        ether(DATAGRAM[:24] + length.to_bytes(2, "big") + DATAGRAM[26:]))
for bit in (160, 191, 210, 224, 255):
    add(f"udp bit {bit - 160} flipped", "UDP_BAD_CHECKSUM",
        ether(flip(DATAGRAM, bit)))
add("udp to port 0", "UDP_BAD_PORT", ether(l4(UDP(sport=4000, dport=0))))
for port in (1, 9, 81, 65535):
    add(f"udp to closed port {port}", "UDP_NO_PORT",
        ether(l4(UDP(sport=4000, dport=port), b"x")))
for port in (7, 19, 17, 13):
    add(f"udp echo from port {port}", "UDP_ECHO_LOOP",
        ether(l4(UDP(sport=port, dport=7), b"x")))

# ---- TCP: RFC 9293
SYN = l4(TCP(sport=4000, dport=80, flags="S", seq=1))
for length in (0, 1, 8, 19):
    add(f"tcp of {length} bytes", "TCP_SHORT", ether(cut(SYN, 20 + length)))


def tcp_raw(offset=None, options=b"", **fields):
    """TCP with these option bytes and data offset, checksum right."""
    header = bytearray(raw(TCP(**{"sport": 4000, "dport": 80, "seq": 1,
                                  "flags": "S", **fields})) + options)
    words = len(header) // 4 if offset is None else offset
    header[12] = words << 4
    header[16:18] = b"\0\0"
    pseudo = bytes(map(int, (HOST_IP + "." + GUEST_IP).split(".")))
    pseudo += b"\0\x06" + len(header).to_bytes(2, "big")
    header[16:18] = inet_sum(pseudo + header).to_bytes(2, "big")
    return ether(ip(bytes(header), 6))


for offset in (0, 1, 4, 6, 10, 15):
    add(f"tcp data offset {offset} of 5", "TCP_BAD_OFFSET", tcp_raw(offset))
for bit in (160, 192, 250, 272, 288, 303):
    add(f"tcp bit {bit - 160} flipped", "TCP_BAD_CHECKSUM",
        ether(flip(SYN, bit)))
for name, options in (("mss length 0", b"\2\0\5\xb4"),
                      ("mss length 1", b"\2\1\5\xb4"),
                      ("mss past the end", b"\2\5\5\xb4"),
                      ("kind 253 length 0", b"\xfd\0\0\0"),
                      ("kind 253 length 1", b"\xfd\1\0\0"),
                      ("kind 253 past the end", b"\xfd\x28\0\0"),
                      ("length octet missing", b"\1\1\1\3"),
                      ("timestamps past the end", b"\1\1\x08\x0a")):
    add(f"syn option {name}", "TCP_BAD_OPTION", tcp_raw(options=options))
for flags in ("SF", "SFR", "SFA", "SFPU", "SFRPAU"):
    add(f"tcp flags {flags}", "TCP_BAD_FLAGS",
        ether(l4(TCP(sport=4000, dport=80, flags=flags))))
for dst in ("255.255.255.255", "10.0.2.255"):
    add(f"syn to {dst}", "IP_BROADCAST",
        ether(l4(TCP(dport=80), dst=dst), dst=BROADCAST))
for sport, dport in ((0, 80), (4000, 0)):
    add(f"tcp port {sport} to {dport}", "TCP_BAD_PORT",
        ether(l4(TCP(sport=sport, dport=dport))))
for flags in ("S", "A", "SA", "FA", "PA", "R", "RA"):
    add(f"tcp flags {flags} to a closed port", "TCP_NO_SOCKET",
        ether(l4(TCP(sport=4000, dport=9, flags=flags))))
for flags in ("", "A", "FA", "SA", "PA", "R", "RA", "SR", "SRA", "FPU"):
    add(f"tcp flags '{flags}' to the listener", "TCP_LISTEN_BAD",
        ether(l4(TCP(sport=4001, dport=80, flags=flags))))
