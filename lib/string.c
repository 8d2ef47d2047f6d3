/*
 * C's string functions in 8-byte words, without SSE: 32 bytes a round, the
 * last round laid over the one before instead of a loop over single bytes:
 *
 *	|--- 32 ---|--- 32 ---|--- 32 ---|
 *				   |--- 32 ---|   the tail, ends at len
 *
 * `rep movsb` is not used: an emulator runs it byte by byte.
 */
#include "lib/string.h"
#include "lib/word.h"

#define ONES  0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

static inline u64 load(const u8 *p)
{
	return *(const word64 *)p;
}

static inline void store(u8 *p, u64 value)
{
	*(word64 *)p = value;
}

/* All loads come before the first store, so the areas may overlap. */
static inline void move_upto_16(u8 *dst, const u8 *src, size_t len)
{
	if (len >= 8) {
		u64 head = load(src), tail = load(src + len - 8);

		store(dst, head);
		store(dst + len - 8, tail);
	} else if (len >= 4) {
		u32 head = *(const word32 *)src;
		u32 tail = *(const word32 *)(src + len - 4);

		*(word32 *)dst = head;
		*(word32 *)(dst + len - 4) = tail;
	} else if (len) {
		u8 head = src[0], mid = src[len / 2], tail = src[len - 1];

		dst[0] = head;
		dst[len / 2] = mid;
		dst[len - 1] = tail;
	}
}

static inline void move_32(u8 *dst, const u8 *src)
{
	u64 a = load(src), b = load(src + 8);
	u64 c = load(src + 16), d = load(src + 24);

	store(dst, a);
	store(dst + 8, b);
	store(dst + 16, c);
	store(dst + 24, d);
}

/* 17 to 32 bytes; they may overlap. */
static inline void move_upto_32(u8 *dst, const u8 *src, size_t len)
{
	u64 a = load(src), b = load(src + 8);
	u64 c = load(src + len - 16), d = load(src + len - 8);

	store(dst, a);
	store(dst + 8, b);
	store(dst + len - 16, c);
	store(dst + len - 8, d);
}

void *memcpy(void *to, const void *from, size_t len)
{
	const u8 *src = from;
	u8 *dst = to;
	u8 *last = dst + len - 32;

	if (len <= 16) {
		move_upto_16(dst, src, len);
		return to;
	}
	if (len <= 32) {
		move_upto_32(dst, src, len);
		return to;
	}
	do {
		move_32(dst, src);
		dst += 32;
		src += 32;
	} while (dst < last);
	move_32(last, src + (last - dst));
	return to;
}

/* Downwards; what lies under the last whole round is read before it goes. */
static void move_down(u8 *dst, const u8 *src, size_t len)
{
	u64 a = load(src), b = load(src + 8);
	u64 c = load(src + 16), d = load(src + 24);
	u8 *first = dst;

	for (dst += len, src += len; dst - first > 32;) {
		dst -= 32;
		src -= 32;
		move_32(dst, src);
	}
	store(first, a);
	store(first + 8, b);
	store(first + 16, c);
	store(first + 24, d);
}

/* Upwards, for dst below src: the tail is read before it is overwritten. */
static void move_up(u8 *dst, const u8 *src, size_t len)
{
	const u8 *end = src + len - 32;
	u64 a = load(end), b = load(end + 8);
	u64 c = load(end + 16), d = load(end + 24);
	u8 *last = dst + len - 32;

	for (; dst < last; dst += 32, src += 32)
		move_32(dst, src);
	store(last, a);
	store(last + 8, b);
	store(last + 16, c);
	store(last + 24, d);
}

void *memmove(void *dst, const void *src, size_t len)
{
	if (len <= 16)
		move_upto_16(dst, src, len);
	else if (len <= 32)
		move_upto_32(dst, src, len);
	else if ((uintptr_t)dst - (uintptr_t)src >= len)
		move_up(dst, src, len);
	else
		move_down(dst, src, len);
	return dst;
}

static inline void fill_upto_32(u8 *dst, u64 word, size_t len)
{
	if (len >= 8) {
		store(dst, word);
		store(dst + (len >= 16 ? 8 : 0), word);
		store(dst + len - (len >= 16 ? 16 : 8), word);
		store(dst + len - 8, word);
	} else if (len >= 4) {
		*(word32 *)dst = (u32)word;
		*(word32 *)(dst + len - 4) = (u32)word;
	} else if (len >= 2) {
		*(word16 *)dst = (u16)word;
		dst[len - 1] = (u8)word;
	} else if (len) {
		dst[0] = (u8)word;
	}
}

static inline void fill_32(u8 *dst, u64 word)
{
	store(dst, word);
	store(dst + 8, word);
	store(dst + 16, word);
	store(dst + 24, word);
}

void *memset(void *to, int byte, size_t len)
{
	u64 word = (u8)byte * ONES;
	u8 *dst = to, *last = dst + len - 32;

	if (len <= 32) {
		fill_upto_32(dst, word, len);
		return to;
	}
	for (; dst < last; dst += 32)
		fill_32(dst, word);
	fill_32(last, word);
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *p = a, *q = b;

	for (; len >= 8; p += 8, q += 8, len -= 8) {
		u64 x = load(p), y = load(q);

		if (x != y) {
			x = __builtin_bswap64(x);
			y = __builtin_bswap64(y);
			return x < y ? -1 : 1;
		}
	}
	for (; len; p++, q++, len--)
		if (*p != *q)
			return *p - *q;
	return 0;
}

/* A byte is zero where subtracting one borrows into a clear top bit. */
void *memchr(const void *s, int c, size_t len)
{
	u64 pattern = (u8)c * ONES;
	const u8 *p = s;

	for (; len >= 8; p += 8, len -= 8) {
		u64 x = load(p) ^ pattern;
		u64 zero = (x - ONES) & ~x & HIGHS;

		if (zero)
			return (void *)(p + (__builtin_ctzll(zero) >> 3));
	}
	for (; len; p++, len--)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len])
		len++;
	return len;
}

size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t len)
{
	for (; len && *a && *a == *b; a++, b++, len--)
		;
	return len ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}
