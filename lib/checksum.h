/*
 * The Internet checksum (RFC 1071). A `csum` is a partial one's-complement
 * sum in 32 bits, in memory byte order: sums of pieces may be added with
 * csum_add as long as each piece starts at an even offset.
 */
#pragma once

#include "lib/byteorder.h"

typedef u32 csum_t;

/* Sum of len bytes at any alignment, added to `sum`. */
csum_t csum_partial(const void *data, size_t len, csum_t sum) pure;

static inline csum_t csum_add(csum_t a, csum_t b)
{
	a += b;
	return a + (a < b);
}

/* The sum of a piece that starts at an odd offset of the whole. */
static inline csum_t csum_shift(csum_t sum)
{
	return (sum << 8) | (sum >> 24);
}

/*
 * Folds and complements: the value of the header field. A sum added to itself
 * with its halves swapped has both, with their carry, in its upper half.
 */
static inline be16 csum_fold(csum_t sum)
{
	sum += sum << 16 | sum >> 16;
	return (be16){(u16)(~sum >> 16)};
}

/* The TCP/UDP pseudo-header (RFC 9293 section 3.1, RFC 768). */
static inline csum_t csum_pseudo(be32 src, be32 dst, u8 proto, u16 len)
{
	u64 sum = (u64)src.raw + dst.raw + BE16(proto).raw + BE16(len).raw;

	return csum_add((csum_t)sum, (csum_t)(sum >> 32));
}

/* An IPv4 header's own sum; 0 in a header that is right. */
be16 ip_fast_csum(const void *iph, unsigned ihl_words);
