/*
 * Per-CPU numbering. Data that belongs to a CPU is an array [NR_CPUS]; this
 * version brings up one CPU, and nothing but this file knows that.
 */
#pragma once

#include "kernel/machine.h"

#define NR_CPUS 1

static inline unsigned cpu_id(void)
{
	return NR_CPUS == 1 ? 0 : machine_cpu_id();
}
