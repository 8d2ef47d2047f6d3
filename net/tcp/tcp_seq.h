/*
 * Sequence number arithmetic (RFC 9293 section 3.4): modulo 2^32, a half of
 * the space being "before". No other file compares sequence numbers.
 */
#pragma once

#include "lib/types.h"

static inline bool seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool seq_leq(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

static inline bool seq_gt(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static inline bool seq_geq(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

/* low <= seq <= high, going up from low. */
static inline bool seq_between(u32 seq, u32 low, u32 high)
{
	return seq - low <= high - low;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return seq_gt(a, b) ? a : b;
}

static inline u32 seq_min(u32 a, u32 b)
{
	return seq_lt(a, b) ? a : b;
}
