"""The shell on the serial console, against the host's own tools."""

import contextlib
import functools
import http.server
import json
import pathlib
import re
import socket
import threading
import time

import pytest
from scapy.all import ARP, Ether, raw

from dhcp_server import dnsmasq, wait_for
from guest import Guest, PROMPT, run

BROADCAST = "ff:ff:ff:ff:ff:ff"


@pytest.fixture(scope="module")
def box():
    """One guest for all of these, with a tap and a subnet of its own."""
    with Guest(net="tap-vnet", cmdline="telnet=on") as guest:
        guest.host = re.sub(r"\d+$", "2", guest.address)
        guest.wait_http()
        guest.shell("hostname box")
        yield guest


def counters(text):
    """(rx packets, rx bytes, tx packets, tx bytes) of ifconfig."""
    found = re.search(r"RX packets (\d+)  bytes (\d+).*"
                      r"TX packets (\d+)  bytes (\d+)", text, re.S)
    return [int(n) for n in found.groups()]


def tap_counters(box):
    link = json.loads(run("ip", "-j", "-s", "link", "show", box.tap))[0]
    rx, tx = link["stats64"]["rx"], link["stats64"]["tx"]
    return [tx["packets"], tx["bytes"], rx["packets"], rx["bytes"]]


def test_prompt_comes_last(box):
    box.wait_log(f"listening after.*\n{PROMPT}")


def test_help_and_editing(box):
    assert "ifconfig" in box.shell("help")
    assert box.shell("hostnamx\x7fe") == "box\n"
    assert box.shell("tname\x01hos") == "box\n"
    assert box.shell("\x1b[A") == "box\n"  # the line before
    assert box.shell("upt\t").startswith(" up ")
    assert "not found" in box.shell("nonsense")


def test_a_huge_paste_leaves_it_alive(box):
    """More than one interrupt's batch, faster than any line."""
    box.wait_log(f"^{PROMPT}")
    box.type("x" * 200000)
    before = len(box.log())
    for _ in range(20):
        box.type("\x03")
        time.sleep(0.2)
    box.shell_wait(before, rf"\^C\n{PROMPT}")
    time.sleep(0.5)
    assert box.shell("hostname") == "box\n"


def test_ifconfig_counts_as_the_tap(box):
    box.ping("-c", "5", "-i", "0.05", "-s", "700")
    tap, guest = tap_counters(box), counters(box.shell("ifconfig eth0"))
    box.ping("-c", "20", "-i", "0.05", "-s", "900")
    tap = [b - a for a, b in zip(tap, tap_counters(box))]
    guest = [b - a for a, b in zip(guest, counters(box.shell(
        "ifconfig eth0")))]
    assert guest == tap
    assert f"inet {box.address}  netmask 255.255.255.0" in box.shell("ifconfig")


def test_netstat_shows_connections(box):
    with box.connect() as conn:
        port = conn.getsockname()[1]
        out = box.shell("netstat -an")
        assert re.search(rf"^tcp +0 +0 {box.address}:80 +{box.host}:{port} +"
                         "ESTABLISHED", out, re.M), out
    out = box.shell("netstat -tuln")
    assert re.search(r"^tcp .* 0.0.0.0:80 .* LISTEN", out, re.M), out
    assert re.search(r"^udp .* 0.0.0.0:7 ", out, re.M), out
    assert re.search(rf"^0.0.0.0 +{box.host} +0.0.0.0 +UG ",
                     box.shell("route -n"), re.M)


def test_ping(box):
    out = box.shell(f"ping -c 3 -i 0.1 {box.host}")
    assert "3 packets transmitted, 3 received, 0% packet loss" in out, out
    assert out.count(f"64 bytes from {box.host}: icmp_seq=") == 3, out
    out = box.shell(f"ping -c 2 -i 0.1 -s 5000 {box.host}")
    assert "5008 bytes from" in out and " 0% packet loss" in out, out
    mac = json.loads(run("ip", "-j", "link", "show", box.tap))[0]["address"]
    assert re.search(rf"^{box.host} +ether +{mac} +C ", box.shell("arp -n"),
                     re.M)


def test_ping_of_nobody(box):
    out = box.shell(f"ping -c 1 {box.host}9")
    assert "Destination Host Unreachable" in out, out
    assert "+1 errors, 100% packet loss" in out, out


@contextlib.contextmanager
def far_host():
    """10.0.9.2 in a namespace of its own, behind this one as a router."""
    run("ip", "netns", "add", "far")
    try:
        run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1",
            "netns", "far")
        run("ip", "addr", "add", "10.0.9.1/24", "dev", "v0")
        run("ip", "link", "set", "v0", "up")
        for words in ("addr add 10.0.9.2/24 dev v1", "link set v1 up",
                      "link set lo up", "route add default via 10.0.9.1"):
            run("ip", "-n", "far", *words.split())
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        yield "10.0.9.2"
    finally:
        run("ip", "netns", "del", "far")
        run("ip", "link", "del", "v0", check=False)


def test_traceroute(box):
    with far_host() as far:
        out = box.shell(f"traceroute -w 2 {far}", 60)
        assert re.search(rf"^ 1  {box.host} \({box.host}\)(  [\d.]+ ms)+",
                         out, re.M), out
        assert re.search(rf"^ 2  {far} \({far}\)(  [\d.]+ ms)+", out,
                         re.M), out
        assert len(out.strip().split("\n")) == 3, out
        out = box.shell(f"ping -c 1 -t 1 {far}")
        assert f"From {box.host} icmp_seq=1 Time to live exceeded" in out, out
        assert box.shell("route del default") == ""
        assert "Network is unreachable" in box.shell(f"ping -c 1 {far}")
        assert box.shell(f"route add -net 10.0.9.0/24 gw {box.host}") == ""
        assert " 0% packet loss" in box.shell(f"ping -c 1 {far}")
        assert box.shell("route del 10.0.9.0/24") == ""
        assert box.shell(f"route add default gw {box.host}") == ""
        assert " 0% packet loss" in box.shell(f"ping -c 1 {far}")


def test_wget(box, tmp_path):
    (tmp_path / "page.txt").write_text("hello from the host\n" * 5000)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                                directory=tmp_path)
    with http.server.ThreadingHTTPServer((box.host, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://{box.host}:{server.server_port}"
        out = box.shell(f"wget {url}/page.txt")
        assert "200 OK" in out and "100000 bytes received" in out, out
        (tmp_path / "short").write_text("hello\n" * 50)
        assert box.shell(f"wget -q -O - {url}/short") == "hello\n" * 50
        assert "404" in box.shell(f"wget {url}/none")
        server.shutdown()
    assert "Connection refused" in box.shell(f"wget {url}/page.txt")


def test_netstat_counts_as_the_host(box):
    def guest():
        out = box.shell("netstat -s")
        return [int(re.search(rf"(\d+) {words}\n", out)[1]) for words in
                ("ICMP messages received", "active connection openings")]

    def host():
        lines = pathlib.Path("/proc/net/snmp").read_text().split("\n")
        found = {name: value for names, values in zip(lines[::2], lines[1::2])
                 for name, value in zip(
                     [names.split(":")[0] + n for n in names.split()],
                     values.split())}
        # Not IcmpOutMsgs: it may still answer what other tests left.
        return [int(found[name]) for name in
                ("IcmpOutEchos", "TcpPassiveOpens")]

    before, seen = guest(), host()
    box.ping("-c", "7", "-i", "0.05")
    with socket.create_server((box.host, 0)) as server:
        port = server.getsockname()[1]
        broken_off(box, f"telnet {box.host} {port}", "Connected to")
    assert [b - a for a, b in zip(before, guest())] == \
        [b - a for a, b in zip(seen, host())] == [7, 1]


def frames(tap, count, seconds=10):
    """Destination and source MAC and EtherType of what the guest sends."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                       socket.htons(3)) as sock:
        sock.bind((tap, 0))
        sock.settimeout(seconds)
        yield
        for _ in range(count):
            data = sock.recv(2048)
            yield data[:6].hex(":"), data[12:14].hex()


def test_arp_is_what_goes_out(box):
    nobody, mac = f"{box.host}7", "02:00:00:00:00:77"
    assert box.shell(f"arp -s {nobody} {mac}") == ""
    assert f"? ({nobody}) at {mac} [ether] PERM on eth0" in box.shell("arp -a")
    seen = frames(box.tap, 20)
    next(seen)
    box.shell(f"ping -c 1 -W 0.2 {nobody}")
    assert (mac, "0800") in seen
    assert box.shell(f"arp -d {nobody}") == ""
    seen = frames(box.tap, 20)
    next(seen)
    box.shell(f"ping -c 1 -W 0.2 {nobody}")
    assert (BROADCAST, "0806") in seen
    assert "No such entry" in box.shell("arp -d 10.9.9.9")


@contextlib.contextmanager
def silent_server(box, reply=b""):
    """A TCP server that says no more than reply; its port."""
    def serve(server):
        with contextlib.suppress(OSError):
            while True:
                conn = server.accept()[0]
                conn.sendall(reply)
                kept.append(conn)

    kept = []
    with socket.create_server((box.host, 0)) as server:
        threading.Thread(target=serve, args=[server], daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for conn in kept:
        conn.close()


def broken_off(box, line, sign):
    """What a line printed that ^C ended, when it had shown the sign."""
    before = box.shell_begin(line)
    box.shell_wait(before, sign)
    box.type("\x03")
    return box.shell_end(before, 5)


def test_interrupt(box):
    out = broken_off(box, f"ping {box.host}", "icmp_seq=2 .*\n")
    assert re.search(r"\d packets transmitted, \d received", out), out
    out = broken_off(box, f"traceroute {box.host}7", r"\n 1 ")
    assert out.count("\n") == 3, out
    with silent_server(box, b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nx"
                       ) as port:
        broken_off(box, f"wget http://{box.host}:{port}/", "Length: 9")
        out = broken_off(box, f"telnet {box.host} {port}", "HTTP/1.0 200")
        assert "Connection closed." in out
    box.shell(f"arp -s {box.host}7 02:00:00:00:00:77")  # where SYNs vanish
    broken_off(box, f"wget http://{box.host}7/", "Connecting to")
    broken_off(box, f"telnet {box.host}7", "Trying")
    box.shell(f"arp -d {box.host}7")


def test_telnet_to_a_server(box):
    with socket.create_server((box.host, 0)) as server:
        server.settimeout(10)
        port = server.getsockname()[1]
        before = box.shell_begin(f"telnet {box.host} {port}")
        with server.accept()[0] as conn:
            conn.settimeout(10)
            conn.sendall(b"220 ready\r\n")
            box.shell_wait(before, "\n220 ready\n")
            box.type("HELO box\r")
            assert conn.recv(10, socket.MSG_WAITALL) == b"HELO box\r\n"
            conn.sendall(b"bye\r\n")
        out = box.shell_end(before)
    assert out.endswith("bye\nConnection closed.\n"), out


def test_dmesg_is_the_log(box):
    log = [line for line in box.log().split("\n") if line.startswith("[")]
    assert box.shell("dmesg").split("\n")[:-1] == log[-128:]


def test_a_slow_terminal_loses_nothing(box, tmp_path):
    lines = [f"line {n:06} of a long text" for n in range(40000)]
    (tmp_path / "long").write_text("\n".join(lines) + "\n")
    lost = box.stat()["console_lost"]
    handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                                directory=tmp_path)
    with http.server.ThreadingHTTPServer((box.host, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        box.reads.clear()
        before = box.shell_begin(
            f"wget -q -O - http://{box.host}:{server.server_port}/long")
        time.sleep(2)
        assert len(box.log()) - before < 200000  # it stands still
        assert " 0% packet loss" in box.ping("-c", "3", "-i", "0.2")
        box.reads.set()
        out = box.shell_end(before, 60)
        server.shutdown()
    assert out.split("\n")[:-1] == lines
    assert box.stat()["console_lost"] == lost


def test_names(box):
    with dnsmasq(box, f"--address=/box.test/{box.host}",
                 "--host-record=other.test,10.0.9.9"):
        wait_for(lambda: "Address:" in box.shell("nslookup box.test"), 10,
                 "name server")
        assert box.shell("nslookup other.test") == \
            (f"Server:\t\t{box.host}\nAddress:\t{box.host}#53\n\n"
             "Name:\tother.test\nAddress: 10.0.9.9\n")
        assert "can't find no.such" in box.shell("nslookup no.such")
        out = box.shell("ping -c 1 box.test")
        assert out.startswith(f"PING box.test ({box.host}) 56(84)"), out
        assert " 0% packet loss" in out, out
        out = box.shell("traceroute -w 2 box.test")
        assert f"traceroute to box.test ({box.host})" in out, out
        assert "Connection refused" in box.shell("wget http://box.test:81/")
        assert "Connection refused" in box.shell("telnet box.test 81")


def test_ifdown_and_ifup(box):
    assert box.shell("ifdown eth0") == ""
    assert "100% packet loss" in box.ping("-c", "2", "-i", "0.2", "-W", "1")
    box.shell("ifup eth0")
    out = box.ping("-c", "3", "-i", "0.2", "-W", "2")
    assert " 0% packet loss" in out, out


def test_an_address_set_by_hand_is_defended(box):
    """RFC 5227: announced at once, and again when another host has it."""
    own, new = box.address, re.sub(r"\d+$", "99", box.address)
    seen = frames(box.tap, 20)
    next(seen)
    assert box.shell(f"ifconfig eth0 {new} netmask 255.255.255.0") == ""
    assert (BROADCAST, "0806") in seen
    assert f"inet {new} " in box.shell("ifconfig eth0")
    box.address = new
    assert " 0% packet loss" in box.ping("-c", "2", "-i", "0.2")
    thief = "02:00:00:00:00:66"
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((box.tap, 0))
        sock.send(raw(Ether(src=thief, dst=BROADCAST) /
                      ARP(op=1, hwsrc=thief, psrc=new, pdst=new)))
    box.wait_log(rf"uses our address {re.escape(new)}", 5)
    box.address = own
    assert box.shell(f"ifconfig eth0 {own} netmask 255.255.255.0") == ""
    assert box.shell(f"route add default gw {box.host}") == ""
    assert re.search(rf"^0.0.0.0 +{box.host} +0.0.0.0 +UG ",
                     box.shell("netstat -rn"), re.M)
    assert " 0% packet loss" in box.ping("-c", "2", "-i", "0.2")


def test_telnet(box):
    with socket.create_connection((box.address, 23), 10) as conn:
        out = box.shell("netstat -tn")
        assert re.search(rf"^tcp .* {box.address}:23 +{box.host}:\d+ +"
                         "ESTABLISHED", out, re.M), out
        conn.sendall(b"\xff\xfd\x01\xff\xfd\x03hostname\r\x00exit\r\x00")
        got = b""
        while data := conn.recv(4096):
            got += data
    assert b"hostname\r\nbox\r\n" in got, got


def test_ethtool(box):
    out = box.shell("ethtool -S eth0")
    assert re.search(r"^     rx_tail_writes: \d+$", out, re.M), out
    out = box.shell("ethtool -g eth0")
    assert out.startswith("Ring parameters for eth0:\nPre-set maximums:\n")
    assert "Current hardware settings:\nRX:\t\t256\nRX Mini:\tn/a\n" in out
    out = box.shell("ethtool -k eth0")
    assert re.search("^tx-checksumming: on$", out, re.M), out


def test_log_line_does_not_spoil_the_prompt(box):
    box.type("upti")
    box.wait_log(PROMPT + "upti$", 10)
    box.qmp("set_link", name="n0", up=False)
    box.wait_log(r"^\[.*eth0: link down\n" + PROMPT + "upti", 10)
    box.qmp("set_link", name="n0", up=True)
    box.wait_log(r"^\[.*eth0: link up.*\n" + PROMPT + "upti", 10)
    assert box.shell("me").startswith(" up ")


def test_poweroff_ends_qemu(box):
    box.type("poweroff\r")
    box.qemu.wait(10)


def test_reboot_resets(boot):
    guest = boot(net="none")
    guest.shell_begin("reboot")
    guest.qemu.wait(10)  # it runs with -no-reboot
    assert "shell: reboot" in guest.log()
