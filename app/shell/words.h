/*
 * A command line as words: separated by blanks, 'quoted as it is', "quoted
 * with \ before a quote", and \ before any character outside of quotes.
 */
#pragma once

#include "lib/byteorder.h"

#define WORDS_MAX 32

/*
 * Cuts text, in place, into argv[WORDS_MAX + 1], NULL behind the last. Their
 * number, -EINVAL for a quote without end, -E2BIG for too many.
 */
int words_split(char *text, char **argv);

/* "10.0.2.2" and nothing behind it. */
bool parse_address(const char *text, be32 *out);

/* A decimal number of at most max, and nothing behind it. */
bool parse_number(const char *text, u32 max, u32 *out);

/* "0.2" seconds as milliseconds, at most max_ms. */
bool parse_seconds(const char *text, u32 max_ms, u32 *out);

/* "52:54:00:12:34:56". */
bool parse_mac(const char *text, u8 *out);
