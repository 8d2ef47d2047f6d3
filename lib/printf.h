/*
 * Formatted text without allocation: %d %u %x %X %c %s %p %% with the length
 * words hh h l ll z, width, precision, 0 and - flags; and beside C's, three
 * for this field: %pI4 an IPv4 address (be32 *), %pM a MAC (u8[6]).
 */
#pragma once

#include <stdarg.h>
#include "lib/types.h"

/* Returns the length that the whole text has; buf[size] is terminated. */
int snprintf(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	printf_like(3, 0);

/* As snprintf, but returns what is in buf (less than size): for appending. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);
