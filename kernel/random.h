/*
 * Random numbers: ChaCha20 with fast key erasure, seeded by the machine and
 * reseeded every minute of use. Any context but hard irq.
 */
#pragma once

#include "lib/types.h"

/* Starts over from the machine's entropy; the first use does it as well. */
void random_init(void);

/* Stirs more seed in, however good or bad it is; it takes none away. */
void random_mix(const void *buf, size_t len);
void random_bytes(void *buf, size_t len);
u32 random_u32(void);
u64 random_u64(void);

/* Even over [0, bound), without modulo bias; bound > 0. */
u32 random_below(u32 bound);
