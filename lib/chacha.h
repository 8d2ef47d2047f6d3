/* ChaCha20 block function (RFC 8439 section 2.3). */
#pragma once

#include "lib/types.h"

#define CHACHA_KEY_WORDS 8
#define CHACHA_BLOCK	 64

struct chacha_state {
	u32 word[16];
};

/* key: 8 words; nonce: 3 words; counter as in RFC 8439 section 2.3. */
void chacha_init(struct chacha_state *st, const u32 key[8], u32 counter,
		 const u32 nonce[3]);

/* Writes the next 64 bytes of key stream and advances the counter. */
void chacha_block(struct chacha_state *st, u8 out[CHACHA_BLOCK]);
