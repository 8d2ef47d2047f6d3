/* The first serial port: console output, and typed characters. */
#pragma once

#include "lib/types.h"

/* 115200 baud, 8N1. Without a port at 0x3F8, output goes nowhere. */
void serial_init(void);

/* The next received byte, or -1. */
int serial_read(void);

/*
 * Before the end: what still waits goes out, though its reader be slow, for
 * some seconds at most. Interrupts off.
 */
void serial_drain(void);
