/*
 * The console as a terminal: typed characters come from the machine's
 * interrupt, through a bounded ring, to the one task that reads them; text
 * goes out as fast as the line takes it.
 */
#pragma once

#include "lib/types.h"

#define CONSOLE_RING 256

/* Before the machine's input is turned on. Task context. */
void console_init(void);

/* A byte has come; lost, and counted, when the ring is full. Hard irq. */
void console_input(u8 byte);

/* The output has room again, and has lost that many bytes. Hard irq. */
void console_drained(u32 lost);

/*
 * The next byte, slept for at most timeout_ms (WAIT_FOREVER: without end);
 * -ETIMEDOUT, which a nudge brings about as well. Task context.
 */
int console_read(u64 timeout_ms);
void console_nudge(void); /* any context */

/* Sleeps while the line is slower than the text. Task context. */
void console_write(const char *text, size_t len);

/* Bytes that found no room, in and out. */
u64 console_lost(void);
