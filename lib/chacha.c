/*
 * The ChaCha20 block function, RFC 8439 section 2.3. The state is a square
 * of words; a double round mixes its columns, then its diagonals:
 *
 *	 0  1  2  3	constants
 *	 4  5  6  7	key
 *	 8  9 10 11	key
 *	12 13 14 15	counter, nonce
 */
#include "lib/chacha.h"

void chacha_init(struct chacha_state *st, const u32 key[8], u32 counter,
		 const u32 nonce[3])
{
	st->word[0] = 0x61707865;
	st->word[1] = 0x3320646e;
	st->word[2] = 0x79622d32;
	st->word[3] = 0x6b206574;
	for (int i = 0; i < 8; i++)
		st->word[4 + i] = key[i];
	st->word[12] = counter;
	for (int i = 0; i < 3; i++)
		st->word[13 + i] = nonce[i];
}

static inline u32 rotl(u32 x, unsigned n)
{
	return (x << n) | (x >> (32 - n));
}

/* RFC 8439 section 2.1. */
static inline void quarter_round(u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a += *b;
	*d = rotl(*d ^ *a, 16);
	*c += *d;
	*b = rotl(*b ^ *c, 12);
	*a += *b;
	*d = rotl(*d ^ *a, 8);
	*c += *d;
	*b = rotl(*b ^ *c, 7);
}

static inline void double_round(u32 x[16])
{
	quarter_round(&x[0], &x[4], &x[8], &x[12]);
	quarter_round(&x[1], &x[5], &x[9], &x[13]);
	quarter_round(&x[2], &x[6], &x[10], &x[14]);
	quarter_round(&x[3], &x[7], &x[11], &x[15]);
	quarter_round(&x[0], &x[5], &x[10], &x[15]);
	quarter_round(&x[1], &x[6], &x[11], &x[12]);
	quarter_round(&x[2], &x[7], &x[8], &x[13]);
	quarter_round(&x[3], &x[4], &x[9], &x[14]);
}

void chacha_block(struct chacha_state *st, u8 out[CHACHA_BLOCK])
{
	u32 x[16];

	for (int i = 0; i < 16; i++)
		x[i] = st->word[i];
	for (int i = 0; i < 10; i++)
		double_round(x);
	for (int i = 0; i < 16; i++) {
		x[i] += st->word[i];
		__builtin_memcpy(out + 4 * i, &x[i], 4);
	}
	st->word[12]++;
}
