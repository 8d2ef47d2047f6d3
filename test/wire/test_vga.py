"""
The screen: a person without a serial port sees the address and the URL, in
text on BIOS and in pixels on UEFI, read back by the font's own table.
"""

import re

import pytest

from guest import ROOT

URL = "http://10.0.2.15/"
TEXT_BASE, COLS, ROWS = 0xb8000, 80, 25
CELL_WIDTH, CELL_HEIGHT = 8, 16


def text_screen(guest):
    """The rows of the VGA's text memory."""
    path = guest.dir / "text.bin"
    guest.qmp("pmemsave", val=TEXT_BASE, size=COLS * ROWS * 2,
              filename=str(path))
    cells = path.read_bytes()[::2].decode("latin-1")
    return [cells[y * COLS:(y + 1) * COLS].rstrip() for y in range(ROWS)]


def glyphs():
    """{the 16 rows of a cell: character}, by arch/font.c's table."""
    text = (ROOT / "arch/font.c").read_text(encoding="utf-8")
    rows = re.findall(r"^\t\{((?:0x[0-9a-f]{2}(?:, )?){8})\}", text, re.M)
    assert len(rows) == 95
    found = {}
    for number, row in enumerate(rows):
        half = [int(x, 16) << 2 for x in row.split(", ")]
        found[bytes(x for x in half for _ in (0, 1))] = chr(32 + number)
    return found


def pixel_screen(guest):
    """The rows of text in a picture of the framebuffer."""
    path = guest.dir / "screen.ppm"
    guest.qmp("screendump", filename=str(path))
    magic, size, _, pixels = path.read_bytes().split(b"\n", 3)
    assert magic == b"P6"
    width, height = map(int, size.split())
    font, rows = glyphs(), []
    for top in range(0, height - CELL_HEIGHT + 1, CELL_HEIGHT):
        row = ""
        for left in range(0, width - CELL_WIDTH + 1, CELL_WIDTH):
            cell = bytearray()
            for y in range(top, top + CELL_HEIGHT):
                at = (y * width + left) * 3
                line = pixels[at:at + CELL_WIDTH * 3:3]
                cell.append(sum((value > 127) << 7 - x
                                for x, value in enumerate(line)))
            row += font.get(bytes(cell), "\ufffd")
        rows.append(row.rstrip())
    return rows


def on_serial(guest):
    """The log's lines as the serial console has them."""
    return re.findall(r"\[ *\d+\.\d{6}\] .*", guest.log())


def test_bios_text_screen(boot):
    guest = boot(net="user", machine="pc", nic="e1000")
    guest.wait_log(r"net up: " + URL)
    rows = text_screen(guest)
    assert any(URL in row for row in rows), "\n".join(rows)
    assert any("eth0: address 10.0.2.15" in row for row in rows)


def test_bios_text_screen_scrolls_and_shows_a_crash(boot):
    guest = boot(net="user", cmdline="crash=panic loglevel=debug")
    guest.wait_log(r"^\*\*\* halted after panic")
    rows = text_screen(guest)
    shown = [row for row in rows if row]
    assert shown[-1] == "*** halted after panic: crash=panic", rows
    assert "backtrace:" in rows and "task: crash" in rows


@pytest.mark.parametrize("firmware,loader", [
    ("uefi", "GRUB"), ("efi-app", "BOOTX64.EFI")])
def test_uefi_framebuffer(boot, firmware, loader):
    guest = boot(net="user", firmware=firmware)
    guest.wait_log(r"listening after \d+ us\n")
    rows = pixel_screen(guest)
    serial = on_serial(guest)
    assert rows[0].startswith(
        f"[    0.000000] barenet, booted by {loader}")
    assert rows[:len(serial)] == [line.rstrip() for line in serial]
    assert any(row.endswith("net up: " + URL) for row in rows)
    assert not any("\ufffd" in row for row in rows)
