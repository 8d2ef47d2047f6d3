/*
 * A spin lock between CPUs for what they share off the data path (pages,
 * slabs). Taken with bottom halves off. On one CPU it costs nothing.
 */
#pragma once

#include "kernel/cpu.h"

struct spinlock {
	u32 held;
};

static inline void spin_lock(struct spinlock *lock)
{
	if (NR_CPUS == 1)
		return;
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		machine_relax();
}

static inline void spin_unlock(struct spinlock *lock)
{
	if (NR_CPUS > 1)
		__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}
