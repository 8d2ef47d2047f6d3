"""
What the guest says about itself, and what a capture of its traffic says:
no bad checksum, nothing that RFC 1122 forbids on a wire.
"""

import re

import pytest

from guest import GUEST_IP, run


def rows(text):
    return [line.split() for line in text.strip().split("\n")]


def test_interrupts_rise_with_pings(guest):
    before = guest.interrupts_of("MSI-?X")
    guest.ping("-c", "10", "-i", "0.02")
    assert guest.interrupts_of("MSI-?X") >= before + 10


def test_snmp_has_the_format_of_linux(guest):
    lines = rows(guest.get("/proc/net/snmp"))
    assert [line[0] for line in lines[::2]] == [x[0] for x in lines[1::2]]
    groups = {}
    for names, values in zip(lines[::2], lines[1::2]):
        assert len(names) == len(values)
        groups[names[0]] = dict(zip(names[1:], map(int, values[1:])))
    assert set(groups) >= {"Ip:", "Icmp:", "Tcp:", "Udp:"}
    assert groups["Ip:"]["InReceives"] > 0 and groups["Tcp:"]["InSegs"] > 0


def test_netstat_has_the_format_of_linux(guest):
    lines = rows(guest.get("/proc/net/netstat"))
    for names, values in zip(lines[::2], lines[1::2]):
        assert names[0] == values[0] and len(names) == len(values)
        assert all(re.fullmatch(r"-?\d+", v) for v in values[1:])


def test_counters_count_pings(guest):
    def echos():
        lines = rows(guest.get("/proc/net/snmp"))
        icmp = [line for line in lines if line[0] == "Icmp:"]
        return int(dict(zip(*icmp))["InEchos"])

    before = echos()
    guest.ping("-c", "10", "-i", "0.01")
    assert echos() == before + 10


@pytest.mark.parametrize("page", [
    "/proc/net/dev", "/proc/net/snmp", "/proc/net/netstat", "/proc/net/tcp",
    "/proc/net/udp", "/proc/net/arp", "/proc/net/route",
    "/proc/net/softnet_stat", "/proc/interrupts", "/proc/softirqs",
    "/drops", "/stat"])
def test_page(guest, page):
    assert guest.get(page).strip()


def test_dev_counts_packets(guest):
    def received():
        line = re.search(r"eth0:\s*(\d+)\s+(\d+)", guest.get("/proc/net/dev"))
        return int(line.group(2))

    before = received()
    guest.ping("-c", "10", "-i", "0.01")
    assert received() >= before + 10


def test_arp_and_tcp_list_the_host(guest):
    assert "10.0.2.2" in guest.get("/proc/net/arp")
    listening = re.findall(r"^\s*\d+: \w{8}:0050 00000000:0000 0A",
                           guest.get("/proc/net/tcp"), re.M)
    assert listening, "no listener on port 80 in /proc/net/tcp"


def test_tcp_lists_each_of_many(guest):
    held = [guest.connect() for _ in range(500)]
    ports = {"%04X" % s.getsockname()[1] for s in held}
    try:
        text = guest.get("/proc/net/tcp")
    finally:
        for s in held:
            s.close()
    shown = re.findall(r":0050 0202000A:(\w{4}) 01 ", text)
    assert len(shown) == len(set(shown)) and ports <= set(shown)


def test_all_drop_reasons_are_listed(guest):
    drops = guest.drops()
    assert {"IP_BAD_CHECKSUM", "TCP_PAWS", "ARP_NOT_MINE"} <= set(drops)


# ---- a captured session

@pytest.fixture(scope="module")
def pcap(shared):
    guest = shared.get()
    with guest.capture() as path:
        guest.ping("-c", "5", "-i", "0.02", "-s", "1")
        guest.ping("-c", "2", "-i", "0.02", "-s", "4000")
        for _ in range(5):
            assert guest.http("/")[0] == 200
        assert len(guest.http("/1m")[1]) == 1 << 20
        guest.http("/nowhere")
        run("curl", "-s", "-m", "5", f"http://{GUEST_IP}:81/", check=False)
    return path


def tshark(pcap, what, *fields):
    """Rows of fields for the frames that the display filter takes."""
    command = ["tshark", "-n", "-r", str(pcap), "-Y", what, "-T", "fields"]
    for option in ("ip", "tcp", "udp", "icmp"):
        if option != "icmp":
            command += ["-o", f"{option}.check_checksum:TRUE"]
    for field in fields or ("frame.number",):
        command += ["-e", field]
    return [line.split("\t") for line in
            run(*command, timeout=60).split("\n") if line]


FROM_GUEST = f"ip.src=={GUEST_IP}"


def test_capture_is_not_empty(pcap):
    assert len(tshark(pcap, FROM_GUEST)) > 100


# QEMU writes a sum of 0 as 0xffff, which is the same in one's complement.
@pytest.mark.parametrize("what", [
    "ip.checksum.status==0", "tcp.checksum.status==0 && tcp.checksum != 0xffff",
    "udp.checksum.status==0", "icmp.checksum.status==0",
    "ip.ttl==0", "ip.dst==127.0.0.0/8", "tcp.analysis.retransmission",
    "_ws.malformed", "tcp.window_size==0 && tcp.flags.reset==0"])
def test_guest_never_sends(pcap, what):
    assert tshark(pcap, f"{FROM_GUEST} && ({what})") == []


def test_only_its_own_source_address_is_sent(pcap):
    assert tshark(pcap, f"eth.src==52:54:00:12:34:56 && ip && "
                        f"!(ip.src=={GUEST_IP})") == []
    assert tshark(pcap, "ip.src==127.0.0.0/8") == []


def test_last_segment_of_a_response_has_psh(pcap):
    found = tshark(pcap, f"{FROM_GUEST} && http.response",
                   "tcp.flags.push")
    assert found and all(flag[0] == "1" for flag in found)


def test_frames_of_the_guest_are_not_over_the_mtu(pcap):
    assert tshark(pcap, f"{FROM_GUEST} && frame.len > 1514") == []


def test_padding_is_zero(pcap):
    """Etherleak: bytes behind a short datagram are no old memory."""
    for (padding,) in tshark(pcap, f"{FROM_GUEST} && eth.padding",
                             "eth.padding"):
        assert not padding.replace("00", "").replace(":", ""), padding


def test_tcp_is_df(pcap):
    """RFC 6864: then the id, counted up by segmentation, means nothing."""
    assert tshark(pcap, f"{FROM_GUEST} && tcp && ip.flags.df==0") == []


def test_mss_is_only_on_syn(pcap):
    assert tshark(pcap, f"{FROM_GUEST} && tcp.options.mss && "
                        "tcp.flags.syn==0") == []
