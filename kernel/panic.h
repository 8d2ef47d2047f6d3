/*
 * The crash report. An exception handler calls panic_begin, prints what it
 * knows, and ends with panic_end; panic() of kernel/log.h does the same:
 *
 *	reason, registers, backtrace | task, last log lines, counters | stop
 *	      panic_begin ...        |            panic_end
 *
 * From panic_begin on interrupts and softirqs are off for good, and whatever
 * fails once more ends the report: it never loops.
 */
#pragma once

#include "kernel/log.h"

/* Log lines that the report shows again. */
#define PANIC_LINES 64

/* Adds its part to the report, by log_line. Crashed state: only reads. */
struct panic_notifier {
	void (*call)(struct panic_notifier *notifier);
	struct panic_notifier *next;
};

void panic_notifier_add(struct panic_notifier *notifier);
void panic_notifier_del(struct panic_notifier *notifier);

/*
 * What the machine does after the report, as Linux's panic=: 0 it halts, n
 * waits n seconds and resets, below 0 resets at once.
 */
void panic_set_timeout(s32 seconds);

/* Prints the reason. Inside of another report: stops the machine. */
void panic_begin(const char *reason);
void panic_end(const char *reason) noreturn;
