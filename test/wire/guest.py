"""
A barenet guest in QEMU, for the tests: booted, watched, asked, ended.

pytest runs inside a network namespace of its own (tools/run-wire.sh), so a
tap made here is seen by nobody else and gone at the end. A guest with
net="tap" owns the address 10.0.2.15 on it; guests with net="user" can run
beside it and are reached by a forwarded port on 127.0.0.1.
"""

import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
WORK = BUILD / "wire"  # copies: a make meanwhile changes nothing here
ISO = WORK / "barenet.iso"
ELF = WORK / "barenet.elf"
LOADER = WORK / "BOOTX64.EFI"
OVMF = "/usr/share/ovmf/OVMF.fd"
GUEST_IP = "10.0.2.15"
HOST_IP = "10.0.2.2"
GUEST_MAC = "52:54:00:12:34:56"
TAP = "tap0"
PROMPT = "barenet> "
BOOT_SECONDS = 60

_ports = itertools.count(20000)
_taps = itertools.count(1)


def run(*command, timeout=30, check=True):
    """A command's stdout; its stderr is in the exception."""
    done = subprocess.run(command, timeout=timeout, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: exit status "
                             f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def copy_build():
    """The kernel, the ISO and the EFI loader as they are now."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for path in (ISO, ELF, LOADER):
        shutil.copy(BUILD / path.name, path)


def make_tap(name=TAP, address=HOST_IP):
    """A tap with the host's address; no IPv6 chatter on it."""
    for scope in ("all", "default"):
        path = f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"
        if os.path.exists(path):
            pathlib.Path(path).write_text("1")
    if f" {name}:" in run("ip", "-o", "link"):
        return
    run("ip", "tuntap", "add", "dev", name, "mode", "tap")
    run("ip", "addr", "add", f"{address}/24", "dev", name)
    run("ip", "link", "set", name, "up")


def iso_with(cmdline, site=None):
    """An ISO with this kernel command line, and this tar as its site."""
    if not cmdline and not site:
        return ISO
    name = re.sub(r"[^A-Za-z0-9=.-]+", "_", cmdline)[:60]
    if site:
        name = f"{site.parent.name}-{site.name}-{name}"
    iso = WORK / f"{name}.iso"
    if not iso.exists():
        run(str(ROOT / "tools/mkiso.sh"), str(ELF), str(iso), cmdline,
            str(site or ""), timeout=120)
    return iso


def esp_with(out, elf=ELF, cmdline="", site=""):
    """A disk image for UEFI with our own loader; elf="": no kernel."""
    run(str(ROOT / "tools/mkesp.sh"), str(out), str(LOADER), str(elf),
        cmdline, str(site or ""))
    return out


class Guest:
    """
    One QEMU. Use as a context manager, or call close().

    firmware: "bios" and "uefi" boot the ISO, or the `image` given instead;
    "efi-app" a disk with our own EFI loader, "direct" QEMU's -kernel: both
    take a `site`, a file that becomes the kernel's module.

    net: "tap" (the shared tap, checksums and segments as on a real wire),
    "tap-vnet" (a tap and a subnet of its own, the offloads of QEMU's
    virtio header on; HOST in the command line is the host's address there),
    "tap-own" (the same without offloads, and without an address on the
    command line: address is set by who knows it), "user", "none", or else a
    -netdev of QEMU with id=n0.
    """

    def __init__(self, *, nic="e1000e", machine="q35", firmware="bios",
                 mem="64M", net="tap", cmdline="", extra=(), image=None,
                 site=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="barenet-"))
        self.serial = self.dir / "serial.log"
        self.address, self.port = GUEST_IP, 80
        self.keep = None  # the connection that get() keeps
        self.reads = threading.Event()  # cleared: the terminal is held
        self.reads.set()
        if net in ("tap-vnet", "tap-own"):
            number = next(_taps)
            self.tap = f"tap{number}"
            self.address = f"10.0.{2 + number}.15"
            self.host = f"10.0.{2 + number}.2"
            make_tap(self.tap, self.host)
        if net == "tap-vnet":
            cmdline = cmdline.replace("HOST", self.host)
            cmdline += (f" ip={self.address}::{self.host}:255.255.255.0::::"
                        f"{self.host}")
        self.started = time.monotonic()
        command = [
            "qemu-system-x86_64", "-machine", machine, "-accel", "tcg",
            "-m", mem, "-display", "none", "-monitor", "none", "-no-reboot",
            "-serial", f"unix:{self.dir}/tty",
            "-qmp", f"unix:{self.dir}/qmp,server=on,wait=off"]
        command += self._boot(firmware, cmdline, image, site)
        command += self._net(net, nic) + list(extra)
        listener = socket.create_server(f"{self.dir}/tty",
                                        family=socket.AF_UNIX)
        self.errors = open(self.dir / "qemu.log", "w+", encoding="utf-8")
        self.qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                     stdout=self.errors, stderr=self.errors)
        self.tty, self.reader = None, threading.Thread(
            target=self._read_tty, args=[listener], daemon=True)
        self.reader.start()
        self.qmp_socket = None

    def _read_tty(self, listener):
        """A thread: the serial port's text becomes a file."""
        with listener, open(self.serial, "wb", buffering=0) as log:
            with contextlib.suppress(OSError):
                listener.settimeout(30)
                self.tty = listener.accept()[0]
                while text := self.tty.recv(65536):
                    log.write(text)
                    self.reads.wait()

    def _boot(self, firmware, cmdline, image, site):
        """What is booted: the ISO, an ESP, or the ELF itself."""
        if firmware == "direct":
            return (["-kernel", str(image or ELF), "-append", cmdline] +
                    (["-initrd", str(site)] if site else []))
        if firmware == "efi-app":
            image = image or esp_with(self.dir / "esp.img", ELF, cmdline,
                                      site)
            return ["-bios", OVMF, "-device",
                    "ide-hd,drive=esp,bootindex=0", "-drive",
                    f"if=none,id=esp,format=raw,file={image}"]
        options = ["-boot", "d", "-cdrom",
                   str(image or iso_with(cmdline, site))]
        return options + (["-bios", OVMF] if firmware == "uefi" else [])

    def _net(self, net, nic):
        device = ["-device", f"{nic},netdev=n0,mac={GUEST_MAC}"]
        if net == "none":
            return ["-nic", "none"]
        if net == "tap":
            make_tap()
            return ["-netdev", f"tap,id=n0,ifname={TAP},script=no,"
                               f"downscript=no,vnet_hdr=off"] + device
        if net in ("tap-vnet", "tap-own"):
            offloads = "on" if net == "tap-vnet" else "off"
            return ["-netdev", f"tap,id=n0,ifname={self.tap},script=no,"
                               f"downscript=no,vnet_hdr={offloads}"] + device
        if net != "user":
            return ["-netdev", net] + device
        self.address, self.port = "127.0.0.1", next(_ports)
        return ["-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.port}"
                           f"-:80"] + device

    # ---- life

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends QEMU and removes its files; safe to call twice."""
        if self.keep:
            self.keep.close()
        if self.qmp_socket:
            self.qmp_socket.close()
        if self.qemu.poll() is None:
            self.qemu.terminate()
            try:
                self.qemu.wait(5)
            except subprocess.TimeoutExpired:
                self.qemu.kill()
                self.qemu.wait(5)
        self.reads.set()
        self.reader.join(5)
        if self.tty:
            self.tty.close()
        self.errors.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def alive(self):
        return self.qemu.poll() is None

    def log(self):
        """The serial console so far."""
        if not self.alive() and self.reads.is_set():
            self.reader.join(5)  # its last words
        if not self.serial.exists():
            return ""
        text = self.serial.read_bytes().decode(errors="replace")
        return text.replace("\r", "")

    def fail(self, why):
        """An assertion that shows the end of the console."""
        self.errors.flush()
        errors = pathlib.Path(self.errors.name).read_text()
        tail = "\n".join(self.log().split("\n")[-25:])
        raise AssertionError(f"{why}\n--- serial\n{tail}\n--- qemu\n{errors}")

    def wait_log(self, pattern, seconds=BOOT_SECONDS):
        """Until the console matches; the match."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            match = re.search(pattern, self.log(), re.M)
            if match:
                return match
            if not self.alive():
                break
            time.sleep(0.05)
        match = re.search(pattern, self.log(), re.M)
        if not match:
            self.fail(f"no {pattern!r} on the console in {seconds} s")
        return match

    def wait_http(self, seconds=BOOT_SECONDS):
        """Until / answers 200; seconds since QEMU was started."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.alive():
                self.fail("QEMU has ended")
            try:
                if self.http("/", timeout=1)[0] == 200:
                    return time.monotonic() - self.started
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        return self.fail(f"no HTTP 200 in {seconds} s")

    # ---- talking to it

    def http(self, path, timeout=10, method="GET", headers=None):
        """One request on a connection of its own: (status, body)."""
        conn = http.client.HTTPConnection(self.address, self.port,
                                          timeout=timeout)
        try:
            conn.request(method, path, headers=headers or {})
            reply = conn.getresponse()
            return reply.status, reply.read()
        finally:
            conn.close()

    def get(self, path):
        """A page as text, on one kept connection."""
        for attempt in (1, 2):
            if not self.keep:
                self.keep = http.client.HTTPConnection(
                    self.address, self.port, timeout=10)
            try:
                self.keep.request("GET", path)
                reply = self.keep.getresponse()
                body = reply.read().decode()
                assert reply.status == 200, f"{path}: {reply.status}"
                return body
            except (OSError, http.client.HTTPException):
                self.keep.close()
                self.keep = None
                if attempt == 2:
                    raise
        raise AssertionError("not reached")

    def connect(self, timeout=10):
        """A plain TCP connection to the HTTP port."""
        return socket.create_connection((self.address, self.port), timeout)

    def drops(self):
        """{reason: count} of /drops, whose lines are count, name, text."""
        found = re.findall(r"^\s*(\d+)\s+([A-Z][A-Z0-9_]+)\b",
                           self.get("/drops"), re.M)
        assert found, "no counters on /drops"
        return {name: int(count) for count, name in found}

    def stat(self):
        """{name: number} of /stat."""
        return {name: int(count) for name, count in
                re.findall(r"^\s*([a-z]\S*)\s+(\d+)$",
                           self.get("/stat"), re.M)}

    def interrupts(self):
        """[(type and name as text, count)] of /proc/interrupts."""
        lines = self.get("/proc/interrupts").split("\n")
        found = [re.match(r"\s*(\S+):\s+(\d+)\s+(.*)", x) for x in lines]
        return [(m.group(3), int(m.group(2))) for m in found if m]

    def interrupts_of(self, kind):
        """The count of the NIC's vectors, which must be of this kind."""
        nic = [(text, count) for text, count in self.interrupts()
               if re.search(r"eth\d|e1000", text)]
        assert nic, "no vector of the NIC in /proc/interrupts"
        assert all(re.search(kind, text) for text, _ in nic), nic
        return sum(count for _, count in nic)

    def type(self, text):
        """Keys for the serial console."""
        self.tty.sendall(text.encode())

    def shell_begin(self, line):
        """Types a line at the console's prompt; where its output begins."""
        self.wait_log(f"^{PROMPT}")
        before = len(self.log())
        self.type(line + "\r")
        return before

    def shell_wait(self, before, pattern, seconds=20):
        """Until the console's text from there on matches; that text."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.log()[before:]
            if re.search(pattern, text):
                return text
            time.sleep(0.02)
        return self.fail(f"no {pattern!r} on the console in {seconds} s")

    def shell_end(self, before, seconds=20):
        """What the line printed, once there is a prompt again."""
        text = self.shell_wait(before, f"\n{PROMPT}$", seconds)
        text = re.sub(r"\033\[[0-9]*[A-Z]", "", text)
        return text[text.index("\n") + 1:-len(PROMPT)]

    def shell(self, line, seconds=20):
        """Runs a line in the console's shell: what it printed."""
        return self.shell_end(self.shell_begin(line), seconds)

    def ping(self, *options, timeout=60):
        return run("ping", *options, self.address, timeout=timeout,
                   check=False)

    @contextlib.contextmanager
    def capture(self):
        """What passes the NIC meanwhile, in the pcap file that it gives."""
        pcap = self.dir / "wire.pcap"
        self.qmp("object-add", id="dump", netdev="n0", file=str(pcap),
                 **{"qom-type": "filter-dump"})
        try:
            yield pcap
        finally:
            self.qmp("object-del", id="dump")

    def _qmp_connect(self):
        """Its socket; a QEMU that has just been started has none yet."""
        end = time.monotonic() + 10
        while True:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(10)
            try:
                sock.connect(f"{self.dir}/qmp")
                return sock
            except OSError:
                sock.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def qmp(self, command, **arguments):
        """One QMP command; its return value."""
        if not self.qmp_socket:
            self.qmp_socket = self._qmp_connect()
            self.qmp_file = self.qmp_socket.makefile("rw")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
        self.qmp_file.write(json.dumps(
            {"execute": command, "arguments": arguments}) + "\n")
        self.qmp_file.flush()
        while True:
            reply = json.loads(self.qmp_file.readline())
            if "error" in reply:
                raise AssertionError(f"{command}: {reply['error']}")
            if "return" in reply:
                return reply["return"]
