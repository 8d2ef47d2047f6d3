/* Text helpers that C's library does not have; none of them allocates. */
#pragma once

#include "lib/byteorder.h"

/*
 * Copies src into dst[size], always terminated. Returns the length of src;
 * the copy was cut when that is >= size.
 */
size_t str_copy(char *dst, const char *src, size_t size);

/* ASCII letters compare equal in either case; others byte for byte. */
bool mem_case_eq(const void *a, const void *b, size_t len);

/*
 * Reads an unsigned decimal number at *s, at most `max`. On success stores
 * it, moves *s behind it and returns true; nothing changes otherwise.
 */
bool parse_u32(const char **s, u32 max, u32 *out);

/* The same for an address: "10.0.2.15". */
bool parse_ipv4(const char **s, be32 *out);

/* The same for a link address: "02:00:00:00:00:01". */
bool parse_hwaddr(const char **s, u8 out[6]);

/* A hexadecimal digit's value; -1: it is none. */
static inline int hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * What a label of a host's name has: letters, digits, '-' (RFC 1123 section
 * 2.1), and '_', which is no less common.
 */
bool is_host_char(char c);

/* Such characters and dots only; true of no characters at all, too. */
bool is_host_text(const char *text, size_t len);
