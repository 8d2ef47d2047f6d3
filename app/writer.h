/*
 * Text made of pieces, bounded: what does not fit is only counted, so that a
 * first pass without a buffer tells the size. No terminator is written.
 */
#pragma once

#include "lib/string.h"

struct writer {
	char *buf;
	u64 size, len; /* len: of all that was put */
};

static inline void put_bytes(struct writer *out, const void *bytes, u64 len)
{
	if (out->len < out->size)
		memcpy(out->buf + out->len, bytes,
		       MIN(len, out->size - out->len));
	out->len += len;
}

static inline void put_text(struct writer *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

void put_number(struct writer *out, u64 value);
void put_hex(struct writer *out, u64 value);

/* A path in a URL: "/" and unreserved as they are (RFC 3986 section 2.3). */
void put_url(struct writer *out, const char *path, u32 len);

/* Text and attribute values: & < > and both quotes as references. */
void put_html(struct writer *out, const char *text, u32 len);
