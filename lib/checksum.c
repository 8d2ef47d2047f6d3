/*
 * The Internet checksum, RFC 1071. The sum is taken in 64-bit words of the
 * machine's byte order: section 2(B) shows that swapping the bytes of the
 * result is all that byte order changes, and storing it swaps them back.
 */
#include "lib/checksum.h"
#include "lib/word.h"

/* One's-complement addition: the carry comes in again at the bottom. */
static inline u64 add64(u64 a, u64 b)
{
	a += b;
	return a + (a < b);
}

static inline csum_t fold64(u64 sum)
{
	return csum_add((csum_t)sum, (csum_t)(sum >> 32));
}

/* The compiler makes one add and `words` times adc of it. */
static inline __attribute__((always_inline)) u64 sum_words(u64 sum, const u8 *p,
							   unsigned words)
{
	const word64 *w = (const word64 *)p;
	unsigned long long s = sum;
	u8 carry = 0;

#pragma GCC unroll 16
	for (unsigned i = 0; i < words; i++)
		carry = __builtin_ia32_addcarryx_u64(carry, s, w[i], &s);
	__builtin_ia32_addcarryx_u64(carry, s, 0, &s);
	return s;
}

/* The last len bytes, fewer than 8. */
static inline u64 sum_tail(u64 sum, const u8 *p, size_t len)
{
	if (len & 4) {
		sum = add64(sum, *(const word32 *)p);
		p += 4;
	}
	if (len & 2) {
		sum = add64(sum, *(const word16 *)p);
		p += 2;
	}
	if (len & 1)
		sum = add64(sum, *p);
	return sum;
}

csum_t csum_partial(const void *data, size_t len, csum_t start)
{
	const u8 *p = data, *end = p + (len & ~(size_t)127);
	u64 sum = start;

	for (; p != end; p += 128)
		sum = sum_words(sum, p, 16);
	if (len & 64) {
		sum = sum_words(sum, p, 8);
		p += 64;
	}
	if (len & 32) {
		sum = sum_words(sum, p, 4);
		p += 32;
	}
	if (len & 16) {
		sum = sum_words(sum, p, 2);
		p += 16;
	}
	if (len & 8) {
		sum = sum_words(sum, p, 1);
		p += 8;
	}
	if (len & 7)
		sum = sum_tail(sum, p, len);
	return fold64(sum);
}

be16 ip_fast_csum(const void *iph, unsigned ihl_words)
{
	const u8 *p = iph;
	u64 sum;

	if (unlikely(ihl_words != 5))
		return csum_fold(csum_partial(iph, ihl_words * 4ul, 0));
	sum = add64(*(const word64 *)p, *(const word64 *)(p + 8));
	return csum_fold(fold64(add64(sum, *(const word32 *)(p + 16))));
}
