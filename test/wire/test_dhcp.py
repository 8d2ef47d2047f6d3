"""
The guest's clients against real and hostile servers: DHCP (dnsmasq and a
script), DNS (dnsmasq) and SNTP (a script), each guest on a tap of its own.
Most of it is waiting, so the scenarios all run at once, in threads.
"""

import concurrent.futures
import email.utils
import http.client
import random
import re
import socket
import threading
import time

import pytest
from scapy.all import ARP, DHCP, Ether, IP, TCP, UDP, raw, rdpcap

from dhcp_server import (ACK, DISCOVER, NAK, OFFER, REQUEST,
                         DhcpScript, dnsmasq, ntp_server, opt, wait_for)
from guest import GUEST_MAC, Guest, iso_with, run

BOUND = r"eth0: address (\S+) netmask (\S+) gateway (\S+) lease (\d+) s"


def wait_bound(guest, seconds=40):
    """The address from the console's line; it answers HTTP."""
    found = guest.wait_log(BOUND, seconds)
    guest.address = found.group(1)
    guest.wait_log(rf"net up: http://{re.escape(guest.address)}/", 5)
    assert guest.http("/")[0] == 200
    return found


def date_of(guest):
    """The Date field as seconds since 1970; None: there is none."""
    conn = http.client.HTTPConnection(guest.address, guest.port, timeout=10)
    conn.request("GET", "/")
    date = conn.getresponse().getheader("Date")
    conn.close()
    return date and email.utils.parsedate_to_datetime(date).timestamp()


SCENARIOS = {}


def scenario(cmdline):
    """What follows is run with a guest of its own, on its own tap."""
    def register(function):
        SCENARIOS[function.__name__] = (cmdline, function)
        return function
    return register


def run_scenario(name):
    cmdline, function = SCENARIOS[name]
    with Guest(net="tap-own", cmdline=cmdline) as guest:
        function(guest)
        assert guest.alive()


@pytest.fixture(scope="module")
def results():
    for cmdline, _ in SCENARIOS.values():
        iso_with(cmdline)
    with concurrent.futures.ThreadPoolExecutor(len(SCENARIOS)) as pool:
        yield {name: pool.submit(run_scenario, name) for name in SCENARIOS}


def test_user_network(boot):
    guest = boot(net="user", cmdline="ip=dhcp")
    guest.wait_http()
    found = guest.wait_log(BOUND)
    assert found.groups() == ("10.0.2.15", "255.255.255.0", "10.0.2.2",
                              "86400")
    assert guest.log().count("asking for an address") == 1


def test_the_date_is_that_of_the_clock(guest):
    assert abs(date_of(guest) - time.time()) < 5


def test_log_lines_have_the_time_of_day(guest):
    found = guest.wait_log(r"\[ +\d+\.\d+ (\d\d:\d\d:\d\d)\] "
                           r"time: (.+), by the machine's clock")
    date = email.utils.parsedate_to_datetime(found.group(2))
    up = time.monotonic() - guest.started
    assert abs(time.time() - up - date.timestamp()) < 20
    assert found.group(1) == date.strftime("%H:%M:%S")


@scenario("ip=::::box:eth0:dhcp")
def dnsmasq_lease_and_renewals(guest):
    with guest.capture() as pcap, \
            dnsmasq(guest, "--dhcp-option=option:T1,8",
                    "--dhcp-option=option:T2,60") as log:
        found = wait_bound(guest)
        assert found.group(2) == "255.255.255.0"
        assert found.group(3) == guest.host
        assert found.group(4) == "120"
        wait_for(lambda: log().count("DHCPACK") >= 3, 40, "renewal")
        assert guest.http("/1m")[0] == 200
        assert "client provides name: box" in log()
        time.sleep(0.5)
    frames = [x for x in rdpcap(str(pcap)) if x.src == GUEST_MAC]
    arps = [x[ARP] for x in frames if ARP in x
            and x[ARP].pdst == guest.address]
    probes = [x for x in arps if x.psrc == "0.0.0.0"]
    announced = [x for x in arps if x.psrc == guest.address]
    assert len(probes) == 3 and len(announced) == 2
    assert all(a.time < b.time for a in probes for b in announced)
    assert sum(DHCP in x for x in frames) >= 4


@scenario("ip=dhcp")
def a_link_that_is_back(guest):
    with dnsmasq(guest) as log:
        wait_bound(guest)
        acks, searches = map(log().count, ("DHCPACK", "DHCPDISCOVER"))
        guest.qmp("set_link", name="n0", up=False)
        guest.wait_log(r"(?i)link.*down", 5)
        guest.qmp("set_link", name="n0", up=True)
        wait_for(lambda: log().count("DHCPACK") > acks, 10, "verification")
        assert log().count("DHCPDISCOVER") == searches
        assert guest.http("/")[0] == 200
        assert "given up" not in guest.log()


@scenario("ip=dhcp")
def names_of_the_lease(guest):
    with dnsmasq(guest, "--dhcp-option=option:domain-name,lan.example",
                 f"--dhcp-host={GUEST_MAC},fridge",
                 "--address=/printer.lan.example/192.0.2.7"):
        wait_bound(guest)
        assert guest.shell("hostname") == "fridge\n"
        assert "192.0.2.7" in guest.shell("nslookup printer")


@scenario("ip=dhcp")
def an_address_by_hand(guest):
    with dnsmasq(guest) as log:
        wait_bound(guest)
        by_hand = guest.host.rsplit(".", 1)[0] + ".99"
        guest.shell(f"ifconfig eth0 {by_hand} netmask 255.255.255.0")
        guest.wait_log("eth0: DHCP ends", 5)
        guest.address = by_hand
        assert guest.http("/")[0] == 200
        acks = log().count("DHCPACK")
        guest.shell("dhclient eth0")
        wait_for(lambda: log().count("DHCPACK") > acks, 10, "lease")
        wait_for(lambda: len(re.findall(BOUND, guest.log())) == 2, 20, "end")


@scenario("ip=dhcp")
def a_server_that_comes_late(guest):
    guest.wait_log("asking for an address by DHCP")
    time.sleep(6)
    with dnsmasq(guest):
        wait_bound(guest)


@scenario("ip=dhcp")
def an_address_in_use_is_declined(guest):
    """Another host answers the probes for the first address offered."""
    taken, stop = [], []
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    sock.bind((guest.tap, 0))
    sock.settimeout(0.2)

    def squat():
        while not stop:
            try:
                frame = Ether(sock.recv(2000))
            except TimeoutError:
                continue
            if ARP not in frame or frame[ARP].psrc != "0.0.0.0" or \
                    frame.src != GUEST_MAC:
                continue
            if not taken:
                taken.append(frame[ARP].pdst)
            if frame[ARP].pdst == taken[0]:
                sock.send(raw(
                    Ether(src="02:00:00:00:00:66", dst=GUEST_MAC) /
                    ARP(op=2, hwsrc="02:00:00:00:00:66", psrc=taken[0],
                        hwdst=GUEST_MAC, pdst="0.0.0.0")))

    thread = threading.Thread(target=squat, daemon=True)
    thread.start()
    try:
        with dnsmasq(guest) as log:
            wait_bound(guest, 60)
            assert "DHCPDECLINE" in log()
            assert guest.address != taken[0]
    finally:
        stop.append(True)
        thread.join(5)
        sock.close()


@scenario("ip=dhcp")
def the_end_of_a_lease_and_a_nak(guest):
    """The server falls silent, then refuses, then serves again."""
    base = guest.host.rsplit(".", 1)[0]
    mode = ["serve"]

    def answer(message, options):
        kind = options[53][0]
        if mode[0] == "mute":
            return []
        if kind == DISCOVER:
            return [script.reply(message, OFFER, f"{base}.77", lease=12)]
        if kind == REQUEST and mode[0] == "nak":
            return [script.reply(message, NAK, "")]
        if kind == REQUEST:
            return [script.reply(message, ACK, f"{base}.77", lease=12)]
        return []

    with DhcpScript(guest, answer) as script:
        wait_bound(guest)
        requests = script.count(REQUEST)
        wait_for(lambda: script.count(REQUEST) > requests + 1, 20, "renewal")
        assert guest.http("/")[0] == 200
        mode[0] = "mute"
        guest.wait_log(r"the lease of \S+ is over", 20)
        time.sleep(0.3)
        assert " 0 received" in guest.ping("-c", "1", "-W", "1")
        mode[0] = "nak"
        wait_for(lambda: script.count(REQUEST) > requests + 4, 40, "NAKs")
        mode[0] = "serve"
        bound = guest.log().count("net up:")
        wait_for(lambda: guest.log().count("net up:") > bound, 60, "address")
        wait_bound(guest)


def hostile(script, message, rng):
    """Replies that must not be believed, or not be survived."""
    base = script.guest.host.rsplit(".", 1)[0]
    good = script.reply(message, OFFER, f"{base}.66")
    cut = bytes(good[:rng.randrange(len(good))])
    wild = bytearray(good)
    for _ in range(20):
        wild[rng.randrange(240, len(wild))] = rng.randrange(256)
    wrong_xid = bytearray(good)
    wrong_xid[4] ^= 1
    wrong_mac = bytearray(good)
    wrong_mac[33] ^= 1
    tail = good[:240] + bytes([53, 1, OFFER])
    return [
        b"", cut, bytes(wild), bytes(wrong_xid), bytes(wrong_mac),
        tail + b"\x0c\xff", tail + b"\x0c", tail + b"\x36\x04\1\2",
        tail + opt(52, b"\3") + b"\xff", tail + opt(52, b"\4") + b"\xff",
        tail + b"\0" * 1000, tail + opt(12, b"a" * 255) * 4,
        script.reply(message, OFFER, "0.0.0.0"),
        script.reply(message, OFFER, "255.255.255.255"),
        script.reply(message, OFFER, "127.0.0.1"),
        script.reply(message, OFFER, f"{base}.66", lease=0),
        script.reply(message, OFFER, f"{base}.66", lease=1),
        script.reply(message, NAK, ""), script.reply(message, ACK, "1.2.3.4"),
    ]


@scenario("ip=dhcp")
def a_hostile_server(guest):
    """It is heard out without harm; a good one is used in its place."""
    rng = random.Random(1)
    last = []

    def answer(message, options):
        last.append(message)
        return [x for _ in range(20)
                for x in hostile(script, message, rng)]

    with DhcpScript(guest, answer) as script:
        wait_for(lambda: script.count(DISCOVER) >= 3, 30, "DISCOVER")
        for _ in range(200):
            script.send(rng.randbytes(rng.randrange(1400)))
        assert guest.alive()
        seen = len(script.seen)
    assert seen < 60, "it let itself be driven"
    with dnsmasq(guest):
        wait_bound(guest, 60)
    assert "panic" not in guest.log()


@scenario("ip=dhcp")
def an_address_is_defended_then_lost(guest):
    """RFC 5227 section 2.4: once in 10 s; then DECLINE and a new one."""
    claim = Ether(src="02:00:00:00:00:66", dst="ff:ff:ff:ff:ff:ff")
    with dnsmasq(guest) as log:
        wait_bound(guest)
        time.sleep(3)
        first = guest.address
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind((guest.tap, 0))
        frame = raw(claim / ARP(op=1, hwsrc="02:00:00:00:00:66", psrc=first,
                                pdst=first))
        sock.send(frame)
        guest.wait_log("uses our address", 5)
        assert guest.http("/")[0] == 200
        sock.send(frame)
        guest.wait_log("lost to 02:00:00:00:00:66", 5)
        wait_for(lambda: "DHCPDECLINE" in log(), 5, "DECLINE")
        bound = guest.log().count("net up:")
        wait_for(lambda: guest.log().count("net up:") > bound, 40, "address")
        sock.close()


@scenario("ip=dhcp ntp=clock.test")
def time_by_dhcp_name_and_alias(guest):
    """ntp= is a CNAME that dnsmasq resolves; its time goes into Date."""
    with ntp_server(guest.host) as asked, \
            dnsmasq(guest, f"--host-record=time.test,{guest.host}",
                    "--cname=clock.test,time.test") as log:
        wait_bound(guest)
        guest.wait_log(r"time: \w+, \d+ \w+ 2031", 30)
        assert abs(date_of(guest) - 1925000000) < 60
        assert "query[A] clock.test" in log()
        assert all(len(x) == 48 and x[0] == 0x23 for x in asked)


@scenario("ip=dhcp ntp=many.test")
def a_long_answer_comes_by_tcp(guest):
    """60 addresses are more than 512 bytes: truncated, asked for again."""
    hosts = guest.dir / "hosts"
    hosts.write_text("".join(f"192.0.2.{i} many.test\n"
                             for i in range(1, 61)))
    with guest.capture() as pcap, dnsmasq(guest, f"--addn-hosts={hosts}"):
        wait_bound(guest)
        time.sleep(6)
    frames = [x for x in rdpcap(str(pcap)) if x.src == GUEST_MAC and IP in x]
    assert [x for x in frames if UDP in x and x[UDP].dport == 53]
    assert [x for x in frames if TCP in x and x[TCP].dport == 53
            and len(x[TCP].payload) > 12]
    assert [x for x in frames if UDP in x and x[UDP].dport == 123
            and x[IP].dst.startswith("192.0.2.")]


@scenario("ip=dhcp")
def time_by_dhcp_option_and_liars(guest):
    """A server whose origin is wrong, or that denies, sets no clock."""
    change = [lambda x: x[:24] + b"\0" * 8 + x[32:]]
    with ntp_server(guest.host, lambda x: change[0](x)) as asked, \
            dnsmasq(guest, "--dhcp-option=option:ntp-server,0.0.0.0"):
        wait_bound(guest)
        wait_for(lambda: len(asked) >= 1, 20, "request")
        time.sleep(4)
        assert abs(date_of(guest) - time.time()) < 60
        change[0] = lambda x: x
        guest.wait_log(r"time: \w+, \d+ \w+ 2031", 40)


@scenario("ip=10.99.0.5::10.99.0.1")
def a_static_address_is_announced(guest):
    """Two announcements and no probe: a server is there at once."""
    with guest.capture() as pcap:
        guest.wait_log(r"net up: http://10\.99\.0\.5/")
        time.sleep(3)
    run("ip", "addr", "add", "10.99.0.1/24", "dev", guest.tap)
    guest.address = "10.99.0.5"
    assert guest.http("/")[0] == 200
    arps = [x[ARP] for x in rdpcap(str(pcap)) if ARP in x]
    assert 1 <= sum(x.psrc == x.pdst == "10.99.0.5" for x in arps) <= 2
    assert not [x for x in arps if x.psrc == "0.0.0.0"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(results, name):
    results[name].result(150)
