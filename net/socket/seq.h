/* Text that grows in a buffer of a caller and is counted where it ends. */
#pragma once

#include "lib/printf.h"
#include "lib/types.h"

struct seq {
	char *buf;
	size_t size, len; /* len: of the whole text, perhaps over size */
};

static inline struct seq seq_on(char *buf, size_t size)
{
	if (size)
		buf[0] = '\0';
	return (struct seq){buf, size, 0};
}

void seq_printf(struct seq *seq, const char *fmt, ...) printf_like(2, 3);

/* Spaces until the line that began at `start` is `width` long. */
void seq_pad(struct seq *seq, size_t start, size_t width);
