/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): the keyed hash behind every
 * table that the wire can fill and behind ISN and port selection.
 */
#pragma once

#include "lib/types.h"

struct siphash_key {
	u64 k[2];
};

u64 siphash(const void *data, size_t len, const struct siphash_key *key);

/* The same value as siphash() over the words in little-endian order. */
u64 siphash_2u64(u64 a, u64 b, const struct siphash_key *key);

/* SipHash-1-3 of two words: fewer rounds, for hash tables only. */
u64 hsiphash_2u64(u64 a, u64 b, const struct siphash_key *key);
