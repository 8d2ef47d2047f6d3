/* The clock: the time stamp counter, measured against a known timer. */
#pragma once

#include "lib/types.h"

/* Written by boot/start32.S as its first act: the clock's zero. */
extern u64 tsc_at_entry;

/* Finds the rates of the TSC and the local APIC's timer, in 2 ms at most. */
void tsc_init(void);

/* The counter's value at `ns` of machine_now_ns; UINT64_MAX is "never": 0. */
u64 tsc_of_ns(u64 ns);
