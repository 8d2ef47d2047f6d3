"""
Crashes on purpose (crash= of the command line): what the report says, that
it ends, and that netconsole carries it.
"""

import re
import socket
import time

import pytest

# crash=, the reason, what else must be in the report.
KINDS = [
    ("panic", r"panic: crash=panic", r"panic\+0x.*\n.*crash_main"),
    ("assert", r"panic: boot/crash_test\.c:\d+: assertion failed: kind",
     r"panic\+0x.*\n.*crash_main"),
    ("null", r"exception 14: page fault", r"cannot write 0: not mapped"),
    ("stack", r"stack overflow in task crash: guard page",
     r"(recurse\S*\+0x\w+\n.*){5}"),
    ("exec", r"exception 14: page fault", r"cannot execute 0x\w+: no right"),
]
PARTS = [
    r"^rip [0-9a-f]{16} rsp [0-9a-f]{16} rflags", r"^r13 [0-9a-f]{16} r14",
    r"^cr0 [0-9a-f]{8} cr2", r"^backtrace:\n +0x", r"^task: crash$",
    r"^last \d+ log lines:\n  \[ ", r"^  \[.*\] net up: http://",
    r"^counters: uptime_ms \d+ timers \d+ soft_lockups 0$",
    r"^  slab_bytes \d+ free_bytes \d+ total_bytes \d+$",
    r"^net: sk_buffs \d+ sockets \d+$", r"^  eth0: up.* rx \d+ tx \d+",
]


def wait_end(guest, seconds=20):
    """Until QEMU ends by itself: with -no-reboot that is a reset."""
    end = time.monotonic() + seconds
    while guest.alive():
        if time.monotonic() > end:
            guest.fail(f"no reset in {seconds} s")
        time.sleep(0.05)


@pytest.mark.parametrize("kind,reason,detail", KINDS,
                         ids=[k[0] for k in KINDS])
def test_report_and_halt(boot, kind, reason, detail):
    guest = boot(net="user", cmdline=f"crash={kind}")
    guest.wait_log(r"^\*\*\* halted after " + reason)
    log = guest.log()
    report = log[log.index("on purpose"):]
    for part in [reason, detail] + PARTS:
        if not re.search(part, report, re.M):
            guest.fail(f"no {part!r} in the report")
    assert guest.alive()


def test_report_shows_the_last_64_lines(boot):
    words = " ".join(f"word{n}" for n in range(100))
    guest = boot(net="user", cmdline=f"crash=panic {words}")
    guest.wait_log(r"^\*\*\* halted after panic")
    before, after = guest.log().split("\nlast 64 log lines:\n")
    stamped = re.findall(r"^\[ *\d+\.\d{6}[^]]*\] .*", before, re.M)
    again = re.findall(r"^  (\[ *\d+\.\d{6}[^]]*\] .*)", after, re.M)
    assert "panic" in stamped.pop()
    assert len(stamped) > 100 and again == stamped[-64:]


def test_panic_in_a_softirq_says_so(boot):
    guest = boot(net="user", cmdline="crash=softirqpanic")
    guest.wait_log(r"^\*\*\* halted after panic: crash=softirqpanic")
    assert re.search(r"^task: crash, in softirq HI$", guest.log(), re.M)


def test_panic_seconds_then_reset(boot):
    guest = boot(net="user", cmdline="crash=panic panic=1")
    guest.wait_log(r"^\*\*\* reset in 1 s after panic")
    began = time.monotonic()
    wait_end(guest)
    assert time.monotonic() - began > 0.5


def test_negative_panic_resets_at_once(boot):
    guest = boot(net="user", cmdline="crash=null panic=-1")
    guest.wait_log(r"^\*\*\* reset in 0 s after exception 14")
    wait_end(guest, 2)


def test_fault_in_the_report_ends_it(boot):
    guest = boot(net="user", cmdline="crash=nested panic=1")
    guest.wait_log(r"^\*\*\* another fault in the crash report")
    wait_end(guest)
    assert guest.log().count("another fault") == 1


@pytest.mark.parametrize("kind,name", [("softlockup", "task crash"),
                                       ("softirq", "softirq HI")])
def test_soft_lockup_is_reported_once(boot, kind, name):
    guest = boot(net="user", cmdline=f"crash={kind}")
    guest.wait_log(rf"watchdog: soft lockup: {name} has run")
    guest.wait_log(r"crash test: survived")
    report = guest.log()[guest.log().index("soft lockup"):]
    assert re.search(r"^backtrace:\n( +0x.*\n)+ +0x.* crash_main", report,
                     re.M)
    assert guest.log().count("soft lockup") == 1
    guest.wait_http()
    assert guest.stat()["soft_lockups"] == 1


def test_idle_and_busy_guest_has_no_lockup(guest):
    guest.ping("-c", "300", "-i", "0.005")
    time.sleep(2)
    assert guest.stat()["soft_lockups"] == 0


@pytest.fixture
def receiver():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", 6666))
    sock.settimeout(20)
    yield sock
    sock.close()


def receive_until(sock, pattern):
    """All datagrams up to the one that matches, as a list of text."""
    lines = []
    while not lines or not re.search(pattern, lines[-1]):
        lines.append(sock.recv(2000).decode())
    return lines


@pytest.mark.parametrize("kind,task", [
    ("null", "task: crash"), ("softirqpanic", "task: crash, in softirq HI")])
@pytest.mark.parametrize("nic", ["e1000", "e1000e"])
def test_netconsole_carries_log_and_report(boot, receiver, nic, kind, task):
    guest = boot(net="tap-vnet", nic=nic,
                 cmdline=f"crash={kind} netconsole=@/,@HOST/")
    lines = receive_until(receiver, r"^\*\*\* halted after ")
    assert all(line.endswith("\n") for line in lines)
    text = "".join(lines)
    for part in [r"net up: http://", r"^rip [0-9a-f]{16} rsp",
                 r"^backtrace:\n( +0x.*\n)+ +0x.* task_entry",
                 rf"^{task}$", r"^counters: uptime_ms", r"^  eth0: up"]:
        assert re.search(part, text, re.M), f"{part!r} not in\n{text}"
    stamped = r"\[ *\d+\.\d{6}\] .*"
    serial = guest.log().split("\nlast ")[0]
    assert re.findall(stamped, text) == re.findall(stamped, serial)


def test_netconsole_without_network_does_not_stop_the_boot(boot):
    guest = boot(net="none", cmdline="netconsole=@/,@10.0.2.2/ crash=panic")
    guest.wait_log(r"netconsole: cannot start on eth0")
    guest.wait_log(r"^\*\*\* halted after panic")
