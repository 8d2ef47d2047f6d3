"""
The boot matrix: machine x firmware x NIC, each to HTTP 200 over QEMU's user
network. A few by default, all with BARENET_MATRIX=all.
"""

import itertools
import os

import pytest

NICS = {
    "e1000": ("e1000", ""),
    "82545em": ("e1000-82545em", ""),
    "e1000e-msix": ("e1000e", "e1000.irq=msix"),
    "e1000e-msi": ("e1000e", "e1000.irq=msi"),
    "e1000e-intx": ("e1000e", "e1000.irq=intx"),
}
VECTOR = {
    "e1000": "IO-APIC", "82545em": "IO-APIC", "e1000e-msix": "MSI-?X",
    "e1000e-msi": r"MSI\b(?!-?X)", "e1000e-intx": "IO-APIC",
}
ALL = list(itertools.product(("pc", "q35"), ("bios", "uefi"), NICS))
SOME = [
    ("pc", "bios", "e1000"),
    ("q35", "bios", "e1000e-msi"),
    ("q35", "bios", "e1000e-intx"),
    ("pc", "uefi", "82545em"),
    ("q35", "uefi", "e1000e-msix"),
]
MATRIX = ALL if os.environ.get("BARENET_MATRIX") == "all" else SOME


@pytest.mark.parametrize("machine,firmware,nic", MATRIX,
                         ids=["-".join(m) for m in MATRIX])
def test_boot_reaches_http_and_interrupts_count(boot, machine, firmware, nic):
    model, cmdline = NICS[nic]
    guest = boot(machine=machine, firmware=firmware, nic=model, net="user",
                 cmdline=cmdline)
    guest.wait_http()
    before = guest.interrupts_of(VECTOR[nic])
    for _ in range(5):
        assert guest.http("/")[0] == 200
    assert guest.interrupts_of(VECTOR[nic]) > before
