"""
Our own EFI loader under OVMF: to HTTP 200 on both machines, what it hands
over, and what it says and does when something is wrong: a sentence, and back
to the firmware.
"""

import re

import pytest

from guest import ELF, LOADER, WORK, esp_with

BACK = r"barenet: not started: "  # then EFI's word for the status


@pytest.mark.parametrize("machine,nic", [("q35", "e1000e"), ("pc", "e1000")])
def test_efi_app_reaches_http(boot, machine, nic):
    guest = boot(firmware="efi-app", machine=machine, nic=nic, net="user")
    guest.wait_http()
    log = guest.log()
    assert re.search(r"booted by BOOTX64.EFI on UEFI 2\.\d+ \(efi\)", log)
    assert "barenet: ACPI tables found" in log
    assert "acpi: no valid tables" not in log


def test_command_line_module_and_entropy(boot, tmp_path):
    site = tmp_path / "site.tar"
    site.write_bytes(b"x" * 54321)
    guest = boot(firmware="efi-app", net="user", site=site,
                 cmdline="e1000.irq=msi loglevel=debug",
                 extra=["-device", "virtio-rng-pci"])
    guest.wait_http()
    log = guest.log()
    assert "command line: e1000.irq=msi loglevel=debug" in log
    assert "module: site.tar, 54321 bytes" in log
    assert "random: 64 bytes from the loader" in log
    assert guest.interrupts_of(r"MSI\b(?!-?X)")


def failing(boot, image, sentence, **options):
    """The loader's sentence, then the firmware goes on by itself."""
    guest = boot(firmware="efi-app", net="none", image=image, **options)
    guest.wait_log(sentence)
    guest.wait_log(BACK)
    guest.wait_log(r"(?s)" + BACK + r".*(BdsDxe|Shell|EFI Internal)")
    assert guest.alive()


def test_missing_kernel(boot, tmp_path):
    image = esp_with(tmp_path / "esp.img", elf="")
    failing(boot, image, r"there is no \\barenet\.elf")


NOT_KERNELS = {
    "garbage": (b"this is not a kernel" * 100, "is not an ELF file"),
    "empty": (b"", "is too short for an ELF file"),
    "arm": (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" +
            bytes(200), "not for x86-64"),
}


@pytest.mark.parametrize("kind", NOT_KERNELS)
def test_wrong_elf(boot, tmp_path, kind):
    content, words = NOT_KERNELS[kind]
    elf = tmp_path / "wrong.elf"
    elf.write_bytes(content)
    image = esp_with(tmp_path / "esp.img", elf=elf)
    failing(boot, image, r"\\barenet\.elf is .*" + words.split("is ")[-1])


def test_kernel_without_the_note(boot, tmp_path):
    """An ELF for x86-64 that is not ours: this machine's own loader."""
    elf = tmp_path / "other.elf"
    data = bytearray(ELF.read_bytes())
    at = re.search(rb"barenet\0.\0\0\0", data, re.S).start()
    data[at:at + 7] = b"another"
    elf.write_bytes(data)
    image = esp_with(tmp_path / "esp.img", elf=elf)
    failing(boot, image, "not barenet: it has no note")


def test_too_little_memory_for_the_site(boot, tmp_path):
    site = tmp_path / "site.tar"
    with site.open("wb") as file:
        file.truncate(96 << 20)
    image = esp_with(tmp_path / "esp.img", site=site)
    failing(boot, image, r"too little memory for \\site\.tar, 100663296",
            mem="64M")


def test_the_loader_is_there():
    assert LOADER.parent == WORK
    assert LOADER.read_bytes()[:2] == b"MZ"
