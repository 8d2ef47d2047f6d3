#!/usr/bin/python3
"""
Goodput over a bad network, barenet's and Linux's own, side by side.

For each loss and round trip time a file of 20 MB goes down (the far end
sends) and up (Linux sends), over two relays of the same kind and seed: one
to barenet in QEMU, one to another Linux in a namespace. What takes longer
than a minute is measured over that minute.
Of several runs the medians are told.

    goodput.py [--loss 0,1,5,10] [--rtt 0,20,100] [--cong cubic] [--mb 20]
               [--runs 1]
"""

import argparse
import hashlib
import itertools
import pathlib
import socket
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/wire"))

import badnet  # noqa: E402
from guest import copy_build  # noqa: E402

MOST_SECONDS = 60


def down(address, cong, want):
    """Bytes per second of GET /data; its bytes must be right."""
    sock = badnet.connect(address, 80, cong, 30)
    digest, got, head = hashlib.sha256(), 0, b""
    start = time.monotonic()
    sock.sendall(b"GET /data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    while time.monotonic() - start < MOST_SECONDS:
        piece = sock.recv(badnet.PIECE)
        if not piece:
            break
        if b"\r\n\r\n" not in head:
            head += piece
            if b"\r\n\r\n" not in head:
                continue
            piece = head.split(b"\r\n\r\n", 1)[1]
        digest.update(piece)
        got += len(piece)
    else:
        want = None  # not all of it
    took = time.monotonic() - start
    sock.close()
    assert want in (None, digest.hexdigest()), "wrong bytes"
    return got / took


def up(address, cong, size):
    """Bytes per second to the discard server, until it has them all."""
    sock = badnet.connect(address, 9, cong, 30)
    sent, data = 0, bytes(badnet.PIECE)
    start = time.monotonic()
    while sent < size and time.monotonic() - start < MOST_SECONDS:
        sent += sock.send(data[:size - sent])
    if sent == size:
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""
    took = time.monotonic() - start
    # What the other side has is what has been acknowledged.
    left = int.from_bytes(sock.getsockopt(socket.IPPROTO_TCP, 11, 280)
                          [24:28], sys.byteorder) * 1448
    sock.close()
    return max(sent - (left if sent < size else 0), 0) / took


def both(work):
    """work(0) and work(1) at the same time; their results."""
    result = [None, None]

    def run(i):
        result[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return result


def cell(args, site, cong, loss, rtt):
    """One row of each direction."""
    settings = {"seed": args.seed, "loss": int(loss * 10000),
                "delay_us": int(rtt * 500)}
    ends = [badnet.Barenet(site[0], args.nic, **settings),
            badnet.Linux(site[0], cong, **settings)]
    alone = not loss and not rtt  # the machine is the limit: by turns
    try:
        for name, one in (
                ("down", lambda i: down(ends[i].address, cong, site[1])),
                ("up", lambda i: up(ends[i].address, cong, args.mb << 20))):
            runs = [[one(0), one(1)] if alone else both(one)
                    for _ in range(args.runs)]
            ours, linux = [statistics.median(run[i] or 0 for run in runs)
                           for i in (0, 1)]
            ratio = f"{ours / linux:.2f}" if ours and linux else "failed"
            print(f"| {cong} | {name} | {loss:g} % | {rtt:g} ms |"
                  f" {ours / 1e3:,.0f} | {linux / 1e3:,.0f} | {ratio} |",
                  flush=True)
    finally:
        for end in ends:
            end.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--loss", default="0,1,5,10")
    parser.add_argument("--rtt", default="0,20,100")
    parser.add_argument("--cong", default="cubic")
    parser.add_argument("--nic", default="e1000e")
    parser.add_argument("--mb", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    pathlib.Path("/proc/sys/net/ipv4/tcp_no_metrics_save").write_text("1")
    copy_build()
    print("| Linux | way | loss each way | RTT | barenet, kB/s | Linux, kB/s |"
          " ratio |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        site = badnet.make_site(folder, args.mb << 20)
        for cong, rtt, loss in itertools.product(
                args.cong.split(","), args.rtt.split(","),
                args.loss.split(",")):
            cell(args, site, cong, float(loss), float(rtt))


if __name__ == "__main__":
    main()
