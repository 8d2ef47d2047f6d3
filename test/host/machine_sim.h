/*
 * The simulated machine: a virtual clock that moves only when a test says so
 * or when every task sleeps, seeded random numbers, memory that can fail.
 * One seed is one run.
 */
#pragma once

#include "kernel/machine.h"

/*
 * Resets all of kernel/: clock at 0, seed 1, main the only task (beside
 * ksoftirqd), no timer. Call it from a test's setup.
 */
void sim_init(void);

/* Frees the tasks; fails the test when a timer is left running. */
void sim_exit(void);

/* Random numbers: kernel/random.c and sim_random() start over from it. */
void sim_seed(u64 seed);
u64 sim_random(void);

/* The machine's time of day, for kernel/wallclock.c; 0 after sim_init. */
void sim_set_wall_seconds(s64 seconds);

/* Moves the clock and runs nothing: time that code takes. */
void sim_advance_ns(u64 ns);

/* Runs softirqs and tasks at this instant, until all sleep. */
void sim_settle(void);

/* Runs everything due until clock_ms() is `ms`, each timer at its time. */
void sim_run_until(u64 ms);
void sim_run_until_ns(u64 end_ns);

/* When the armed timer is due; UINT64_MAX: none is. */
u64 sim_next_ns(void);

/* The same, `ms` from now. */
void sim_run_ms(u64 ms);

/*
 * Memory, of slabs and of pages: fails the n-th allocation from now (1: the
 * next), or each n-th. 0 ends it.
 */
void sim_fail_alloc_after(u64 n);
void sim_fail_alloc_every(u64 n);

/* For allocators of the host: true when this allocation shall fail. */
bool sim_alloc_fails(void);
u64 sim_allocs_failed(void);

/* Objects of kernel/slab.h and pages that are not yet freed. */
u64 sim_live_objects(void);
u64 sim_live_pages(void);

/* What was written to the console, terminated; the end of it when long. */
const char *sim_console(void);

/* The line takes nothing, as behind a terminal that does not read. */
void sim_console_hold(bool hold);
void sim_console_clear(void);

/*
 * Calls fn(arg). Returns the reason when it panics, NULL when it does not.
 * Bottom halves and interrupts are as before. Outside of it, a panic prints
 * the console and fails the test.
 */
const char *sim_expect_panic(void (*fn)(void *arg), void *arg);
