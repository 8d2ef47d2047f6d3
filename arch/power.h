/* The end: power off and reset. Any context. */
#pragma once

#include "lib/types.h"

/*
 * Leaves QEMU by its isa-debug-exit device (I/O 0xF4; exit status is
 * 2 * code + 1) when that is there, else switches off by ACPI, else halts.
 */
void machine_poweroff(u8 code) noreturn;
void machine_reset(void) noreturn;
