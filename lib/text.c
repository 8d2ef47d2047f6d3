/*
 * Text helpers. They stand apart from string.c, which a host test replaces
 * by the C library's (and the sanitizer's) functions.
 */
#include "lib/text.h"

size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = 0;

	for (; src[len]; len++)
		if (len + 1 < size)
			dst[len] = src[len];
	if (size)
		dst[MIN(len, size - 1)] = '\0';
	return len;
}

static inline u8 to_lower(u8 c)
{
	return (u8)(c - 'A') < 26 ? c | 0x20 : c;
}

bool mem_case_eq(const void *a, const void *b, size_t len)
{
	const u8 *p = a, *q = b;

	for (size_t i = 0; i < len; i++)
		if (to_lower(p[i]) != to_lower(q[i]))
			return false;
	return true;
}

bool is_host_char(char c)
{
	return (u8)(to_lower((u8)c) - 'a') < 26 || (u8)(c - '0') < 10 ||
	       c == '-' || c == '_';
}

bool is_host_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_host_char(text[i]) && text[i] != '.')
			return false;
	return true;
}

bool parse_u32(const char **s, u32 max, u32 *out)
{
	const char *p = *s;
	u64 value = 0;

	while ((u8)(*p - '0') < 10) {
		value = value * 10 + (u8)(*p++ - '0');
		if (value > max)
			return false;
	}
	if (p == *s)
		return false;
	*s = p;
	*out = (u32)value;
	return true;
}

bool parse_ipv4(const char **s, be32 *out)
{
	const char *p = *s;
	u32 addr = 0, byte;

	for (int i = 0; i < 4; i++) {
		if (i && *p++ != '.')
			return false;
		if (!parse_u32(&p, 255, &byte))
			return false;
		addr = addr << 8 | byte;
	}
	*s = p;
	*out = htonl(addr);
	return true;
}

bool parse_hwaddr(const char **s, u8 out[6])
{
	const char *p = *s;
	u8 mac[6];

	for (int i = 0; i < 6; i++, p += 2) {
		int high, low;

		if (i && *p++ != ':')
			return false;
		high = hex_digit((u8)*p);
		low = high < 0 ? -1 : hex_digit((u8)p[1]);
		if (low < 0)
			return false;
		mac[i] = (u8)(high << 4 | low);
	}
	__builtin_memcpy(out, mac, sizeof(mac));
	*s = p;
	return true;
}
