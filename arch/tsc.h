/* The clock: the time stamp counter, measured against a known timer. */
#pragma once

#include "lib/types.h"

/* Written by boot/start32.S as its first act: the clock's zero. */
extern u64 tsc_at_entry;

/*
 * Finds the rates of the TSC and the local APIC's timer: by what they count
 * from tsc_begin to tsc_init, or for 2 ms when that was shorter.
 */
void tsc_begin(void);
void tsc_init(void);

/* The counter's value at `ns` of machine_now_ns; UINT64_MAX is "never": 0. */
u64 tsc_of_ns(u64 ns);
