/*
 * What a fuzz target is: test/fuzz/fuzz_X.c with fuzz_one(). It runs under
 * libFuzzer (make fuzz-X), and over the files of corpus/X (make fuzz-replay).
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include "lib/types.h"

/* Once, before the first input. */
void fuzz_init(void);

/* data has exactly size bytes; ends the program when something is wrong. */
void fuzz_one(const u8 *data, size_t size);

#define FUZZ_CHECK(cond)                                                       \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#cond);                                        \
			abort();                                               \
		}                                                              \
	} while (0)
