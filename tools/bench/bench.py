#!/usr/bin/python3
"""barenet beside a Linux guest on the same QEMU, machine and NIC.

Run by `make bench` inside a network namespace of its own. Boots each guest
in turn, measures, and prints one table with ratios (median of three rounds).
"""
import argparse
import mmap
import os
import re
import statistics
import struct
import subprocess
import sys
import time

GUEST = "10.0.2.15"
KERNEL = "build/barenet.elf"
ISO = "build/barenet.iso"
LINUX = "build/bench/linux"
PLUGIN = "build/bench/insn-plugin.so"


def sh(cmd, timeout=120):
    run = subprocess.run(cmd, shell=True, timeout=timeout, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.stdout


class Guest:
    """One booted machine; ends with the `with` block."""

    def __init__(self, kind, nic, memory=256, count=None, extra=""):
        self.kind = kind
        cmd = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35",
               "-m", str(memory), "-display", "none", "-no-reboot",
               "-serial", f"file:build/bench/{kind}.log", "-netdev",
               "tap,id=n,ifname=tap0,script=no,downscript=no",
               "-device", f"{nic},netdev=n"]
        if kind == "barenet":
            cmd += ["-cdrom", ISO]
        else:
            cmd += ["-kernel", f"{LINUX}/vmlinuz", "-initrd",
                    f"{LINUX}/initrd", "-append", "console=ttyS0 quiet"]
        if count:
            cmd += ["-plugin", f"{PLUGIN},count={count}"]
        self.started = time.monotonic()
        self.qemu = subprocess.Popen(cmd + extra.split(),
                                     stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qemu.terminate()
        self.qemu.wait()

    def wait(self, limit=90):
        """Seconds from QEMU's start to the first HTTP 200, None if never."""
        while time.monotonic() - self.started < limit:
            if self.qemu.poll() is not None:
                return None
            if "200" in sh(f"curl -s -o /dev/null -m 1 -w '%{{http_code}}' "
                           f"http://{GUEST}/"):
                return time.monotonic() - self.started
            time.sleep(0.02)
        return None


def wrk(url, conns, seconds=4, close=False):
    head = "-H 'Connection: close'" if close else ""
    out = sh(f"wrk -t1 -c{conns} -d{seconds} {head} {url}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    return float(rate.group(1)) if rate else 0.0


def ping_flood(n=5000):
    out = sh(f"ping -f -q -c {n} {GUEST}")
    avg = re.search(r"= [\d.]+/([\d.]+)/", out)
    return float(avg.group(1)) if avg else float("nan")


def measure(guest):
    """All rows of one booted guest."""
    row = {}
    row["up"] = guest.wait()
    lean = f"http://{GUEST}:81/" if guest.kind == "linux" \
        else f"http://{GUEST}/"
    servers = {"lean": lean}
    if guest.kind == "linux":
        servers["nginx"] = f"http://{GUEST}/"
    time.sleep(1)
    row["ping"] = ping_flood()
    for name, url in servers.items():
        for conns in (1, 16, 256):
            row[f"{name}-{conns}"] = wrk(url, conns)
        row[f"{name}-close"] = wrk(url, 16, close=True)
    row["bulk"] = wrk(f"http://{GUEST}/1m", 4) * 1.048576
    return row


def instructions(kind, nic):
    """Guest instructions per ping, keep-alive GET and connect+GET+close."""
    path = "build/bench/count"
    if os.path.exists(path):
        os.unlink(path)
    with Guest(kind, nic, count=path) as guest:
        guest.wait()
        time.sleep(2)
        with open(path, "rb") as f:
            cell = mmap.mmap(f.fileno(), 8, prot=mmap.PROT_READ)

        def count():
            return struct.unpack("Q", cell[:8])[0]

        def per_op(cmd, n):
            c0, t0 = count(), time.monotonic()
            time.sleep(1)
            idle = (count() - c0) / (time.monotonic() - t0)
            c0, t0 = count(), time.monotonic()
            sh(cmd)
            spent = count() - c0 - idle * (time.monotonic() - t0)
            return spent / n
        port = ":81" if kind == "linux" else ""
        url = f"http://{GUEST}{port}/"
        sh(f"ab -q -n 200 -c 1 -k {url}")
        return {
            "i-ping": per_op(f"ping -f -q -c 3000 {GUEST}", 3000),
            "i-get": per_op(f"ab -q -n 5000 -c 1 -k {url}", 5000),
            "i-conn": per_op(f"ab -q -n 2000 -c 1 {url}", 2000),
        }


def floor(kind, nic, sizes):
    """The smallest memory in MiB with which HTTP is served."""
    best = None
    for size in sizes:
        with Guest(kind, nic, memory=size) as guest:
            if guest.wait(limit=25) is None:
                break
            best = size
    return best


def median_of(rounds):
    keys = rounds[0].keys()
    return {k: statistics.median(r[k] for r in rounds if r.get(k))
            if any(r.get(k) for r in rounds) else None for k in keys}


ROWS = [
    # label, barenet's key, Linux's key, True when more is better
    ("ping -f, average ms", "ping", "ping", False),
    ("keep-alive req/s, 1 connection, lean server", "lean-1", "lean-1", True),
    ("keep-alive req/s, 16 connections, lean server", "lean-16", "lean-16",
     True),
    ("keep-alive req/s, 256 connections, lean server", "lean-256", "lean-256",
     True),
    ("req/s, a connection each, lean server", "lean-close", "lean-close",
     True),
    ("keep-alive req/s, 16 connections, nginx", "lean-16", "nginx-16", True),
    ("req/s, a connection each, nginx", "lean-close", "nginx-close", True),
    ("1 MiB at 4 connections, MB/s (Linux: nginx)", "bulk", "bulk", True),
    ("QEMU start to HTTP 200, s", "up", "up", False),
    ("guest instructions per ping", "i-ping", "i-ping", False),
    ("guest instructions per keep-alive GET", "i-get", "i-get", False),
    ("guest instructions per connect+GET+close", "i-conn", "i-conn", False),
    ("memory floor, MiB", "floor", "floor", False),
    ("image, KiB", "size", "size", False),
]


def table(nic, bare, linux):
    print(f"\n### {nic}\n")
    print("| | barenet | Linux | times better |")
    print("|---|---:|---:|---:|")
    for label, bkey, lkey, more in ROWS:
        b, lx = bare.get(bkey), linux.get(lkey)
        if not b or not lx:
            continue
        ratio = b / lx if more else lx / b
        print(f"| {label} | {b:,.3f} | {lx:,.3f} | {ratio:.2f} |"
              .replace(".000 ", " "))


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--nics", default="e1000,e1000e")
    args.add_argument("--quick", action="store_true",
                      help="no memory floor, no instruction counts")
    opt = args.parse_args()
    for cmd in ("ip link set lo up", "ip tuntap add tap0 mode tap",
                "ip addr add 10.0.2.2/24 dev tap0", "ip link set tap0 up"):
        subprocess.run(cmd.split(), check=True)
    print(f"barenet beside Linux, {time.strftime('%Y-%m-%d')}, "
          f"{sh('qemu-system-x86_64 --version').splitlines()[0]}, TCG, q35, "
          f"median of {opt.rounds}")
    for nic in opt.nics.split(","):
        rounds = {"barenet": [], "linux": []}
        for _ in range(opt.rounds):
            for kind, rows in rounds.items():
                with Guest(kind, nic) as guest:
                    rows.append(measure(guest))
        bare, linux = median_of(rounds["barenet"]), median_of(rounds["linux"])
        if not opt.quick:
            bare.update(instructions("barenet", nic))
            linux.update(instructions("linux", nic))
            bare["floor"] = floor("barenet", nic, (64, 32, 24, 16, 12, 10, 8))
            linux["floor"] = floor("linux", nic, (256, 192, 160, 128, 96, 64))
        sh(f"strip -o build/bench/barenet.elf {KERNEL}")
        bare["size"] = os.path.getsize("build/bench/barenet.elf") / 1024
        linux["size"] = (os.path.getsize(f"{LINUX}/vmlinuz") +
                         os.path.getsize(f"{LINUX}/initrd")) / 1024
        table(nic, bare, linux)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
