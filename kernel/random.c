/*
 * Random numbers by ChaCha20 with fast key erasure (Bernstein, 2017): each
 * refill gives a new key and a buffer of output,
 *
 *	key -> | new key, 32 bytes | output, 480 bytes |
 *
 * and what has been handed out is wiped, so a later look at the memory tells
 * nothing about earlier numbers.
 */
#include "kernel/random.h"
#include "kernel/cpu.h"
#include "kernel/softirq.h"
#include "lib/chacha.h"
#include "lib/string.h"

#define BLOCKS	    8
#define KEY_BYTES   32
#define POOL_BYTES  (BLOCKS * CHACHA_BLOCK)
#define RESEED_NS   (60 * 1000000000ull)
#define SEED_ROUNDS 16 /* 512 raw bytes: little entropy in each is enough */

struct pool {
	u32 key[CHACHA_KEY_WORDS];
	u32 pos; /* next unused byte of out */
	u64 reseed_ns;
	u8 out[POOL_BYTES] aligned(8);
};

static struct pool pools[NR_CPUS] = {
	[0 ... NR_CPUS - 1] = {.pos = POOL_BYTES},
};

/* A new key and new output from the key. */
static void stir(struct pool *pool)
{
	static const u32 nonce[3];
	struct chacha_state st;

	chacha_init(&st, pool->key, 0, nonce);
	for (int i = 0; i < BLOCKS; i++)
		chacha_block(&st, pool->out + i * CHACHA_BLOCK);
	memcpy(pool->key, pool->out, KEY_BYTES);
	memset(pool->out, 0, KEY_BYTES);
	memset(&st, 0, sizeof(st));
	pool->pos = KEY_BYTES;
}

/* The raw bytes enter by XOR, so bad ones never take entropy away. */
static void seed(struct pool *pool, int rounds)
{
	u32 raw[CHACHA_KEY_WORDS];

	for (; rounds; rounds--) {
		machine_entropy(raw, sizeof(raw));
		for (int i = 0; i < CHACHA_KEY_WORDS; i++)
			pool->key[i] ^= raw[i];
		stir(pool);
	}
	memset(raw, 0, sizeof(raw));
	pool->reseed_ns = machine_now_ns() + RESEED_NS;
}

static void refill(struct pool *pool)
{
	if (!pool->reseed_ns)
		seed(pool, SEED_ROUNDS);
	else if (machine_now_ns() >= pool->reseed_ns)
		seed(pool, 1);
	else
		stir(pool);
}

/* Bottom halves off: `len` (4 or 8) bytes of output, each given out once. */
static inline u64 take(struct pool *pool, u32 len)
{
	u8 *from = pool->out + pool->pos;
	u64 value = 0;

	if (unlikely(pool->pos + len > POOL_BYTES)) {
		refill(pool);
		from = pool->out + pool->pos;
	}
	__builtin_memcpy(&value, from, len);
	__builtin_memset(from, 0, len);
	pool->pos += len;
	return value;
}

u32 random_u32(void)
{
	u32 value;

	local_bh_disable();
	value = (u32)take(&pools[cpu_id()], sizeof(u32));
	local_bh_enable();
	return value;
}

u64 random_u64(void)
{
	u64 value;

	local_bh_disable();
	value = take(&pools[cpu_id()], sizeof(u64));
	local_bh_enable();
	return value;
}

void random_bytes(void *buf, size_t len)
{
	struct pool *pool = &pools[cpu_id()];
	u8 *to = buf;

	local_bh_disable();
	while (len) {
		size_t part;

		if (pool->pos >= POOL_BYTES)
			refill(pool);
		part = MIN(len, POOL_BYTES - pool->pos);
		memcpy(to, pool->out + pool->pos, part);
		memset(pool->out + pool->pos, 0, part);
		pool->pos += (u32)part;
		to += part;
		len -= part;
	}
	local_bh_enable();
}

/* Lemire, "Fast random integer generation in an interval", 2019. */
u32 random_below(u32 bound)
{
	u64 product = (u64)random_u32() * bound;

	if ((u32)product < bound) {
		u32 uneven = (0u - bound) % bound;

		while ((u32)product < uneven)
			product = (u64)random_u32() * bound;
	}
	return (u32)(product >> 32);
}

void random_init(void)
{
	struct pool *pool = &pools[cpu_id()];

	local_bh_disable();
	memset(pool->key, 0, sizeof(pool->key));
	seed(pool, SEED_ROUNDS);
	local_bh_enable();
}

void random_mix(const void *buf, size_t len)
{
	struct pool *pool = &pools[cpu_id()];
	const u8 *from = buf;

	local_bh_disable();
	while (len) {
		u32 part[CHACHA_KEY_WORDS] = {0};
		size_t n = MIN(len, sizeof(part));

		memcpy(part, from, n);
		for (int i = 0; i < CHACHA_KEY_WORDS; i++)
			pool->key[i] ^= part[i];
		stir(pool);
		memset(part, 0, sizeof(part));
		from += n;
		len -= n;
	}
	local_bh_enable();
}
