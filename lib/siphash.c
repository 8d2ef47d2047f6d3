/*
 * SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012),
 * section 2.1 initialization, 2.2 compression, 2.3 finalization. The number
 * of rounds follows the name: SipHash-c-d.
 */
#include "lib/siphash.h"

struct sip {
	u64 v0, v1, v2, v3;
};

static inline u64 rotl(u64 x, unsigned n)
{
	return (x << n) | (x >> (64 - n));
}

static inline __attribute__((always_inline)) void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 = rotl(s->v2, 32);
}

static inline struct sip sip_start(const struct siphash_key *key)
{
	return (struct sip){
		.v0 = key->k[0] ^ 0x736f6d6570736575ull,
		.v1 = key->k[1] ^ 0x646f72616e646f6dull,
		.v2 = key->k[0] ^ 0x6c7967656e657261ull,
		.v3 = key->k[1] ^ 0x7465646279746573ull,
	};
}

static inline __attribute__((always_inline)) void sip_word(struct sip *s,
							   u64 word, int rounds)
{
	s->v3 ^= word;
	for (int i = 0; i < rounds; i++)
		sip_round(s);
	s->v0 ^= word;
}

static inline __attribute__((always_inline)) u64 sip_end(struct sip *s,
							 int rounds)
{
	s->v2 ^= 0xff;
	for (int i = 0; i < rounds; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

u64 siphash(const void *data, size_t len, const struct siphash_key *key)
{
	struct sip s = sip_start(key);
	u64 word, last = (u64)len << 56;
	const u8 *p = data;

	for (size_t n = len / 8; n; n--, p += 8) {
		__builtin_memcpy(&word, p, sizeof(word));
		sip_word(&s, word, 2);
	}
	for (size_t i = 0; i < len % 8; i++)
		last |= (u64)p[i] << (8 * i);
	sip_word(&s, last, 2);
	return sip_end(&s, 4);
}

u64 siphash_2u64(u64 a, u64 b, const struct siphash_key *key)
{
	struct sip s = sip_start(key);

	sip_word(&s, a, 2);
	sip_word(&s, b, 2);
	sip_word(&s, 16ull << 56, 2);
	return sip_end(&s, 4);
}

/* All inputs have one length: it need not be mixed in. */
u64 hsiphash_2u64(u64 a, u64 b, const struct siphash_key *key)
{
	struct sip s = sip_start(key);

	sip_word(&s, a, 1);
	sip_word(&s, b, 1);
	return sip_end(&s, 3);
}
