/*
 * The simulator's random numbers: streams of their own, so that what the
 * stack draws for itself changes nothing of a seed's scenario.
 */
#pragma once

#include "host/splitmix.h"

#define PERMYRIAD 10000u /* probabilities are n of this */

struct rng {
	u64 state;
};

static inline u64 rng_next(struct rng *rng)
{
	return splitmix64(&rng->state);
}

/* Another stream of the same seed. */
static inline struct rng rng_stream(u64 seed, u64 stream)
{
	struct rng rng = {seed * 0xd1342543de82ef95ull + stream};

	rng_next(&rng);
	return rng;
}

/* [0, n); n > 0. */
static inline u32 rng_below(struct rng *rng, u32 n)
{
	return (u32)((rng_next(rng) >> 32) * n >> 32);
}

/* [low, high] */
static inline u32 rng_range(struct rng *rng, u32 low, u32 high)
{
	return low + rng_below(rng, high - low + 1);
}

static inline bool rng_chance(struct rng *rng, u32 permyriad)
{
	return rng_below(rng, PERMYRIAD) < permyriad;
}

/* [low, high], each power of two as likely as another; low > 0. */
static inline u32 rng_log(struct rng *rng, u32 low, u32 high)
{
	u32 first = 31u - (u32)__builtin_clz(low);
	u32 last = 31u - (u32)__builtin_clz(high);
	u32 bit = 1u << rng_range(rng, first, last);
	u32 value = bit + rng_below(rng, bit);

	return MIN(MAX(value, low), high);
}
