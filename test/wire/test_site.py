"""
A tar as the guest's site: every file of it as it is on disk, with curl as
the client; an archive of 200 MiB, and one that is broken.
"""

import gzip
import hashlib
import http.client
import io
import itertools
import os
import random
import subprocess
import tarfile

import pytest

from guest import ROOT, Guest, run

MTIME = 1577836800  # Wed, 01 Jan 2020 00:00:00 GMT


def make_files(folder):
    """Nested folders, odd names, all kinds of sizes."""
    random.seed(7)
    long = "/".join(["folder-with-a-long-name"] * 8)
    sizes = {"index.html": 700, "a.css": 1459, "empty": 0, "one": 1,
             "d/index.html": 10, "d/e/f/g.js": 1460, "d/b c.txt": 1461,
             "d/100%.txt": 99, "\u00e4\u00f6.txt": 5, f"{long}/x.png": 70000,
             "big.bin": 3000001, "n/none.txt": 8}
    for i in range(200):
        sizes[f"many/{i % 10}/{i}.txt"] = i * 37
    files = {}
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        files[name] = random.randbytes(size)
        path.write_bytes(files[name])
    files["d/e/f/g.js.gz"] = gzip.compress(files["d/e/f/g.js"])
    (folder / "d/e/f/g.js.gz").write_bytes(files["d/e/f/g.js.gz"])
    for path in folder.rglob("*"):
        os.utime(path, (MTIME, MTIME))
    return files


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """(tar, files)"""
    folder = tmp_path_factory.mktemp("site")
    files = make_files(folder / "www")
    run(str(ROOT / "tools/mksite.sh"), str(folder / "www"),
        str(folder / "site.tar"))
    return folder / "site.tar", files


@pytest.fixture(scope="module")
def site(archive):
    """(guest, files): what `make run SITE=folder` boots."""
    tar, files = archive
    with Guest(net="user", site=tar, cmdline="listing=on") as guest:
        guest.wait_http()
        yield guest, files


def curl(guest, path, *options):
    """curl's status, the header fields, and the content."""
    done = subprocess.run(
        ["curl", "-s", "-m", "30", "-i", "--path-as-is", *options,
         f"http://{guest.address}:{guest.port}{path}"],
        stdout=subprocess.PIPE, check=True, timeout=40)
    head, body = done.stdout.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), fields, body


def url_of(name):
    return "/" + "".join(c if c.isalnum() and c.isascii() or c in "/-._~"
                         else "".join(f"%{b:02x}" for b in c.encode())
                         for c in name)


def test_every_file_is_served_as_it_is(site):
    guest, files = site
    for name, data in files.items():
        status, body = guest.http(url_of(name))
        assert status == 200 and body == data, name


def test_what_the_log_says(site):
    guest, files = site
    guest.wait_log(rf"site: {len(files)} files")
    assert "left out" not in guest.log()


def test_types_and_validators(site):
    guest, files = site
    status, fields, body = curl(guest, "/a.css")
    assert status == 200 and body == files["a.css"]
    assert fields["content-type"] == "text/css; charset=utf-8"
    assert fields["last-modified"] == "wed, 01 jan 2020 00:00:00 gmt"
    tag = fields["etag"]
    again = curl(guest, "/a.css", "-H", f"If-None-Match: {tag}")
    assert again[0] == 304 and again[2] == b"" and again[1]["etag"] == tag
    again = curl(guest, "/a.css", "-z", "Wed, 01 Jan 2020 00:00:00 GMT")
    assert again[0] == 304


def test_directories(site):
    guest, files = site
    assert curl(guest, "/")[2] == files["index.html"]
    status, fields, _ = curl(guest, "/d")
    assert status == 301 and fields["location"] == "/d/"
    assert curl(guest, "/d", "-L")[0] == 301
    assert curl(guest, "/d/")[2] == files["d/index.html"]
    status, _, body = curl(guest, "/n/")
    assert status == 200 and b'<a href="./none.txt">none.txt</a>' in body


@pytest.mark.parametrize("path", [
    "/..", "/../etc/passwd", "/d/../index.html", "/%2e%2e/x", "/d%2findex.html",
    "/index.html%00", "/index.html/", "/nothing", "//index.html", "/many/10/"])
def test_paths_that_lead_nowhere(site, path):
    assert curl(site[0], path)[0] in (400, 404)


UP = ["..", "%2e%2e", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "..%00", "..;",
      "....", "%uff0e%uff0e", "%2e%2e%20", "%%32%65%%32%65"]
SLASH = ["/", "%2f", "\\", "%5c", "%252f", "%c0%af", "%c1%9c", "//", "/./"]
END = ["etc/passwd", "index.html%00.png", "etc%2fpasswd"]


def test_500_payloads_lead_nowhere(site):
    """Dots and slashes in many codings, each one to three levels up."""
    guest, _ = site
    targets = [f"/{start}{(up + slash) * (1 + i % 3)}{end}"
               for i, (up, slash, end, start) in enumerate(
                   itertools.product(UP, SLASH, END, ("", "d/")))]
    assert len(targets) >= 500
    for target in targets:
        assert guest.http(target)[0] in (400, 404), target


def random_range(size):
    """(first, last) as a client may ask; last may lie behind the end."""
    first = random.randrange(size + 2)
    return first, first + random.randrange(20000)


def test_10000_random_ranges(site):
    guest, files = site
    names = ["one", "a.css", url_of(max(files, key=len))[1:], "big.bin"]
    data = {name: guest.http("/" + name)[1] for name in names}
    random.seed(4)
    conn = http.client.HTTPConnection(guest.address, guest.port, timeout=10)
    for i in range(10000):
        name = names[i % len(names)]
        size = len(data[name])
        first, last = random_range(size)
        conn.request("GET", "/" + name,
                     headers={"Range": f"bytes={first}-{last}"})
        reply = conn.getresponse()
        body = reply.read()
        assert reply.status == (206 if first < size else 416)
        if reply.status == 206:
            assert body == data[name][first:last + 1]
    conn.close()


def test_ranges(site):
    guest, files = site
    data = files["big.bin"]
    random.seed(3)
    for _ in range(30):
        first = random.randrange(len(data))
        last = random.randrange(first, len(data))
        status, fields, body = curl(guest, "/big.bin", "-r",
                                    f"{first}-{last}")
        assert status == 206 and body == data[first:last + 1]
        assert fields["content-range"] == f"bytes {first}-{last}/{len(data)}"
    assert curl(guest, "/big.bin", "-r", "-5")[2] == data[-5:]
    assert curl(guest, "/big.bin", "-r", f"{len(data)}-")[0] == 416
    assert curl(guest, "/a.css", "-r", "0-1,4-5")[2] == files["a.css"]


def test_a_download_is_resumed(site, tmp_path):
    guest, files = site
    out = tmp_path / "big.bin"
    out.write_bytes(files["big.bin"][:1234567])
    run("curl", "-s", "-m", "30", "-C", "-", "-o", str(out),
        f"http://{guest.address}:{guest.port}/big.bin", timeout=40)
    assert out.read_bytes() == files["big.bin"]


def test_gzip_neighbour(site):
    guest, files = site
    plain, packed = files["d/e/f/g.js"], files["d/e/f/g.js.gz"]
    status, fields, body = curl(guest, "/d/e/f/g.js", "--compressed")
    assert body == plain and fields["content-encoding"] == "gzip"
    assert fields["content-length"] == str(len(packed))
    status, fields, body = curl(guest, "/d/e/f/g.js", "-H",
                                "Accept-Encoding: gzip;q=0")
    assert status == 200 and body == plain
    assert "content-encoding" not in fields
    assert fields["vary"] == "accept-encoding"


def test_head(site):
    guest, files = site
    status, fields, body = curl(guest, "/big.bin", "--head")
    assert status == 200 and body == b""
    assert fields["content-length"] == str(len(files["big.bin"]))


def test_pages_of_the_server_stay(site):
    guest, _ = site
    assert len(guest.http("/1k")[1]) == 1024
    assert guest.http("/stat")[0] == guest.http("/drops")[0] == 200


# ---- other ways to get it into memory

WAYS = [("bios", "pc", "e1000"), ("uefi", "q35", "e1000e"),
        ("efi-app", "q35", "e1000e"), ("efi-app", "pc", "e1000"),
        ("direct", "q35", "e1000e"), ("direct", "pc", "e1000")]


@pytest.mark.parametrize("firmware,machine,nic", WAYS)
def test_every_loader_brings_the_site(boot, archive, firmware, machine, nic):
    tar, files = archive
    guest = boot(net="user", site=tar, firmware=firmware, machine=machine,
                 nic=nic, mem="256M")
    guest.wait_http()
    assert guest.http("/") == (200, files["index.html"])
    assert guest.http("/big.bin", timeout=30) == (200, files["big.bin"])
    assert guest.http("/d/b%20c.txt") == (200, files["d/b c.txt"])
    assert guest.http("/none")[0] == 404


# ---- other archives

def put(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size, info.mtime = len(data), MTIME
    with io.BytesIO(data) as file:
        tar.addfile(info, file)


def test_200_mebibytes(boot, tmp_path):
    path = tmp_path / "big.tar"
    last = random.Random(5).randbytes(5 << 20)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for i in range(39):
            put(tar, f"part{i}", bytes([i]) * (5 << 20))
        put(tar, "last.bin", last)
    guest = boot(net="user", mem="512M", site=path)
    guest.wait_http(240)
    guest.wait_log(r"site: 40 files, 0 directories, 209715200 bytes")
    status, body = guest.http("/last.bin", timeout=60)
    assert status == 200
    assert hashlib.sha256(body).digest() == hashlib.sha256(last).digest()
    assert guest.http("/part17", timeout=60)[1] == bytes([17]) * (5 << 20)


def test_a_broken_archive(boot, tmp_path):
    path = tmp_path / "broken.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        put(tar, "first.txt", b"first")
        put(tar, "broken.txt", b"x" * 2000)
        put(tar, "../../outside", b"no")
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "first.txt"
        tar.addfile(link)
        put(tar, "n" * 300, b"long name")
        put(tar, "last.txt", b"last")
        put(tar, "cut.txt", b"y" * 5000)
    data = bytearray(path.read_bytes())
    data[1024 + 148] ^= 1
    path.write_bytes(data[:data.index(b"yyyy") + 1000])
    guest = boot(net="user", site=path)
    guest.wait_http()
    for line in (r"header at 0x400 \(broken.txt\): bad checksum",
                 r"\(../../outside\): a name that is not safe",
                 r"\(link\): a symbolic link",
                 r"\(cut.txt\): longer than the archive",
                 r"site: 3 files"):
        guest.wait_log(line)
    assert guest.http("/first.txt") == (200, b"first")
    assert guest.http("/last.txt") == (200, b"last")
    assert guest.http("/" + "n" * 300) == (200, b"long name")
    for name in ("broken.txt", "outside", "link", "cut.txt"):
        assert guest.http("/" + name)[0] == 404
    assert b"<h1>barenet</h1>" in guest.http("/")[1]
    assert guest.http("/n/")[0] == 404
