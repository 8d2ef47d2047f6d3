/* The first serial port: console output, and typed characters. */
#pragma once

#include "lib/types.h"

/* 115200 baud, 8N1. Without a port at 0x3F8, output goes nowhere. */
void serial_init(void);

/* The next received byte, or -1. */
int serial_read(void);

/* What still waits to go out, before the end; bounded. Interrupts off. */
void serial_flush(void);
