#!/usr/bin/env python3
"""
How long booting takes: from QEMU's exec to the first HTTP 200, and barenet's
own part of it (its line "listening after N us"), for each way to boot.
Prints a table; `make boottime` calls it. TCG, e1000e, user network.
"""

import argparse
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time

GIVE_UP_S = 60
TRY_S = 0.02  # slirp accepts before the guest listens: ask again soon
OVMF = "/usr/share/ovmf/OVMF.fd"
BARE = ["-nodefaults", "-vga", "none"]


def ways(build):
    """Name: QEMU's options."""
    elf, iso = f"{build}/barenet.elf", f"{build}/barenet.iso"
    esp = ["-drive", f"if=none,id=esp,format=raw,snapshot=on,"
                     f"file={build}/esp.img",
           "-device", "ide-hd,drive=esp,bootindex=0"]
    return {
        "iso-bios": ["-cdrom", iso, "-boot", "d"],
        "iso-uefi": ["-cdrom", iso, "-boot", "d", "-bios", OVMF],
        "efi-app": ["-bios", OVMF] + esp,
        "direct": ["-kernel", elf],
        "direct-bare": ["-kernel", elf] + BARE,
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """One short try: has it said 200?"""
    try:
        with socket.create_connection(("127.0.0.1", port), TRY_S) as conn:
            conn.settimeout(TRY_S)
            conn.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return conn.recv(12).endswith(b" 200")
    except OSError:
        return False


def boot(machine, nic, options):
    """(seconds to HTTP 200, barenet's own microseconds) of one boot."""
    port = free_port()
    with tempfile.NamedTemporaryFile("r", errors="replace") as serial:
        command = ["qemu-system-x86_64", "-machine", machine, "-accel",
                   "tcg", "-m", "64M", "-display", "none", "-monitor",
                   "none", "-no-reboot", "-serial", f"file:{serial.name}",
                   "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:80",
                   "-device", f"{nic},netdev=n0"] + options
        start = time.monotonic()
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        try:
            while not answers(port):
                if qemu.poll() is not None:
                    raise SystemExit(f"QEMU has ended: {' '.join(command)}")
                if time.monotonic() - start > GIVE_UP_S:
                    raise SystemExit(f"no HTTP 200:\n{serial.read()}")
                time.sleep(0.002)
            took = time.monotonic() - start
        finally:
            qemu.terminate()
            qemu.wait(10)
        own = re.search(r"listening after (\d+) us", serial.read())
        return took, int(own.group(1)) if own else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default="build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--machine", default="q35")
    parser.add_argument("--nic", default="e1000e")
    parser.add_argument("ways", nargs="*")
    args = parser.parse_args()
    all_ways = ways(args.build)

    print(f"{args.machine}, {args.nic}, TCG; median and least of "
          f"{args.rounds}; {os.cpu_count()} CPUs, load "
          f"{os.getloadavg()[0]:.1f}")
    print(f"{'way':12} {'HTTP 200 after, s':>18} {'of it barenet, ms':>20}")
    for name in args.ways or all_ways:
        runs = [boot(args.machine, args.nic, all_ways[name])
                for _ in range(args.rounds)]
        took, own = zip(*runs)
        print(f"{name:12} {statistics.median(took):10.3f} {min(took):7.3f}"
              f"{statistics.median(own) / 1000:14.1f}"
              f"{min(own) / 1000:7.1f}", flush=True)


if __name__ == "__main__":
    main()
