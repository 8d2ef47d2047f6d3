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

/* The compiler makes one add and four adc of it. */
static inline u64 sum_32_bytes(u64 sum, const u8 *p)
{
	const word64 *w = (const word64 *)p;
	unsigned long long s = sum;
	u8 carry;

	carry = __builtin_ia32_addcarryx_u64(0, s, w[0], &s);
	carry = __builtin_ia32_addcarryx_u64(carry, s, w[1], &s);
	carry = __builtin_ia32_addcarryx_u64(carry, s, w[2], &s);
	carry = __builtin_ia32_addcarryx_u64(carry, s, w[3], &s);
	__builtin_ia32_addcarryx_u64(carry, s, 0, &s);
	return s;
}

csum_t csum_partial(const void *data, size_t len, csum_t start)
{
	const u8 *p = data;
	u64 sum = start;

	for (; len >= 32; p += 32, len -= 32)
		sum = sum_32_bytes(sum, p);
	for (; len >= 8; p += 8, len -= 8)
		sum = add64(sum, *(const word64 *)p);
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
